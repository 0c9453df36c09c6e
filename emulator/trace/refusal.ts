/** Why a witness is refused: where, which rule, and the values. */

export interface RefusalPlace {
  chunk?: number;
  row?: number;
  /** index of the row in the whole run */
  cycle?: number;
}

/** The rules, by the names that scripts may rely on. */
export type RuleName =
  | "pc"
  | "instruction"
  | "rs1"
  | "second-place"
  | "second"
  | "third-place"
  | "third"
  | "result"
  | "tape-word"
  | "address"
  | "jump"
  | "delegation"
  | "delegation-count"
  | "chunk-size"
  | "chunk-link"
  | "memory-link"
  | "end"
  | "final-registers"
  | "output"
  | "touched-words"
  | "init-padding"
  | "permutation"
  | "tape"
  | "capacity"
  | "counts"
  | "file"
  | "configuration";

export class CheckRefusal extends Error {
  override name = "CheckRefusal";
  readonly rule: RuleName;
  readonly place: RefusalPlace;

  constructor(rule: RuleName, message: string, place: RefusalPlace = {}) {
    const { chunk, row, cycle } = place;
    const at = [
      cycle === undefined ? undefined : `cycle ${cycle}`,
      chunk === undefined ? undefined : `chunk ${chunk}`,
      row === undefined ? undefined : `row ${row}`,
    ].filter((part) => part !== undefined);
    super(`${at.length ? `${at.join(", ")}: ` : ""}${rule}: ${message}`);
    this.rule = rule;
    this.place = place;
  }
}
