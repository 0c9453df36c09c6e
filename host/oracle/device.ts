/**
 * The oracle as a device under the emulator: takes the words of a query one by one, gives the words of the answer one by one,
 * and records what the guest read. What it does in odd cases (a query while an answer is unread, reading after the
 * disconnect) is what the original's source of non-determinism does (`oracle_provider/src/lib.rs`).
 */
import type { TapeDevice } from "../../emulator/engine/engine.ts";
import type { Tape } from "../../emulator/tape/tape.ts";
import type { Oracle } from "./oracle.ts";
import { DISCONNECT, UART } from "./queries.ts";

/** A query as it was asked, and the part of the tape that answers it. */
export interface RecordedQuery {
  id: number;
  parameters: Uint32Array;
  /** Position on the tape of the first word read, which is the answer's length. */
  start: number;
}

/** A recorded tape query by query, as its text form shows it. */
export function tapeByQuery(tape: Uint32Array, queries: readonly RecordedQuery[]): Tape {
  return {
    queries: queries.map(({ id, parameters, start }, i) => ({
      id,
      parameters: [...parameters],
      words: [...tape.subarray(start, queries[i + 1]?.start ?? tape.length)],
    })),
  };
}

export class OracleDevice implements TapeDevice {
  readonly #oracle: Pick<Oracle, "answer">;
  readonly queries: RecordedQuery[] = [];
  #connected = true;
  /** Words of the query that is being written: id, count, parameters. */
  #query: number[] = [];
  /** Length word and words of the answer that is being read. */
  #answer: Uint32Array = new Uint32Array();
  #position = 0;
  #tape = new Uint32Array(1 << 12);
  #recorded = 0;

  constructor(oracle: Pick<Oracle, "answer">) {
    this.#oracle = oracle;
  }

  /** What the guest read so far. */
  tape(): Uint32Array {
    return this.#tape.slice(0, this.#recorded);
  }

  read(): number {
    if (!this.#connected) return this.#record(0);
    if (this.#position >= this.#answer.length) return -1;
    return this.#record(this.#answer[this.#position++]);
  }

  write(word: number): void {
    this.#position = this.#answer.length; // what is unread is lost
    const query = this.#query;
    if (query.length === 0 && !this.#connected && word !== UART) return;
    query.push(word);
    if (query.length >= 2 && query.length === 2 + query[1]) this.#ask();
  }

  #ask(): void {
    const [id, , ...words] = this.#query;
    this.#query = [];
    const parameters = Uint32Array.from(words);
    this.queries.push({ id, parameters, start: this.#recorded });
    if (id === DISCONNECT) {
      this.#connected = false;
      return;
    }
    const words64 = this.#oracle.answer(id, parameters);
    this.#answer = new Uint32Array(1 + words64.length);
    this.#answer[0] = words64.length;
    this.#answer.set(words64, 1);
    this.#position = 0;
  }

  #record(word: number): number {
    if (this.#recorded === this.#tape.length) {
      const longer = new Uint32Array(2 * this.#tape.length);
      longer.set(this.#tape);
      this.#tape = longer;
    }
    this.#tape[this.#recorded++] = word;
    return word;
  }
}
