/**
 * The first 2 KiB of ROM are within reach of x0: a table there is indexed without an address, a constant of two instructions is one load.
 * The pool lies in `_start`, behind a jump; tables of the deepest loops come first, then the constants that are made most often.
 */
import { dominators, findLoops, predecessors, renumber } from "../ir/cfg.ts";
import type { Func } from "../ir/function.ts";
import type { ObjectData, Relocation } from "../link/object.ts";
import { constantCost } from "./encode.ts";
import type { MFunc } from "./machine.ts";
import { switchSymbol, TABLE_CASES } from "./select.ts";

/** The pool begins behind the jump at address 0 and ends where offsets do. */
const BASE = 4;
const WORDS = 511;
/** Words that tables may take; the rest is for constants. */
const TABLE_WORDS = 448;

export class LowPool {
  /** address by symbol */
  readonly symbols = new Map<string, number>();
  private words: number[] = [];
  private relocations: Relocation[] = [];

  /** Chooses tables: jump tables of switches, and those of indirect calls. */
  placeTables(funcs: ReadonlyMap<string, Func>, tables: readonly ObjectData[]): void {
    const candidates = tables.map((t) => ({ symbol: t.symbol, words: t.bytes.length / 4, depth: 1 }));
    for (const func of funcs.values()) {
      renumber(func);
      const preds = predecessors(func);
      const { of } = findLoops(func, dominators(func, preds), preds);
      let index = 0;
      for (const block of func.blocks) {
        const cases = block.terminator.edges.length - 1;
        if (block.terminator.op !== "switch" || cases < TABLE_CASES) continue;
        candidates.push({ symbol: switchSymbol(func.symbol, index++), words: cases, depth: of[block.id]?.depth ?? 0 });
      }
    }
    candidates.sort((a, b) => b.depth - a.depth || a.words - b.words || (a.symbol < b.symbol ? -1 : 1));
    let used = 0;
    for (const { symbol, words } of candidates) {
      if (used + words > TABLE_WORDS) continue;
      this.symbols.set(symbol, BASE + 4 * used);
      used += words;
    }
    this.words = new Array(used).fill(0);
  }

  /** Replaces the most frequent constants of two instructions by loads. */
  placeConstants(machine: Iterable<MFunc>): void {
    const weights = new Map<number, number>();
    const all = [...machine];
    for (const func of all)
      for (const b of func.blocks)
        for (const i of b.insts)
          if (i.op === "li" && constantCost(i.imm) > 1) weights.set(i.imm, (weights.get(i.imm) ?? 0) + b.frequency);
    const chosen = [...weights].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, WORDS - this.words.length);
    const address = new Map<number, number>();
    for (const [imm] of chosen) {
      address.set(imm, BASE + 4 * this.words.length);
      this.words.push(imm >>> 0);
    }
    for (const func of all)
      for (const b of func.blocks)
        for (const i of b.insts) {
          const at = i.op === "li" ? address.get(i.imm) : undefined;
          if (at === undefined) continue;
          i.op = "lic";
          i.imm = at;
        }
  }

  /** Forgets the contents of tables; places and constants stay. */
  empty(): void {
    this.relocations = [];
  }

  /** Takes the contents of a table that was placed here; false if it was not. */
  fill(table: ObjectData): boolean {
    const address = this.symbols.get(table.symbol);
    if (address === undefined) return false;
    const first = (address - BASE) / 4;
    const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.length);
    for (let k = 0; k < table.bytes.length / 4; k++) this.words[first + k] = view.getUint32(4 * k, true);
    for (const r of table.relocations) this.relocations.push({ ...r, at: r.at + first });
    return true;
  }

  contents(): { readonly words: readonly number[]; readonly relocations: readonly Relocation[] } {
    return { words: this.words, relocations: this.relocations };
  }
}
