/**
 * Joins checked chunks to a whole run: what a chunk found at a place is what the chunks before it left there, the run ends where it is said to,
 * registers, output and the list of touched words are what was left, and reads and writes balance in the prover's own memory argument.
 */
import { ADDRESS_SPACE, ROM_SIZE } from "../machine/layout.ts";
import type { ChunkReport } from "./check-chunk.ts";
import { JoinState } from "./check-join-state.ts";
import { ENTRY } from "./check-layout.ts";
import { nameOf } from "./check-message.ts";
import { type Challenge, equal, keyOf, multiply, ONE, type Quartic } from "./field.ts";
import { CHUNK_ROWS, MEMORY, PART } from "./layout.ts";
import type { FinalRegister } from "./recorder.ts";
import { CheckRefusal } from "./refusal.ts";

const hex = (value: number) => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;

/** What the witness claims about the whole run. */
export interface RunClaim {
  cycles: number;
  chunks: number;
  finalPc: number;
  finalRegisters: readonly FinalRegister[];
  /** x10…x17, then x18…x25 (the recursion chain; zero for a program of its own) */
  output: readonly number[];
  chain: readonly number[];
  delegations: Readonly<Record<string, number>>;
  tapeWordsRead: number;
  touchedWords: number;
}

const quartic = (limbs: BigUint64Array, from: number): Quartic =>
  [0, 1, 2, 3].map((i) => limbs[from + i] % 2147483647n) as unknown as Quartic;

/** An address that a list of touched words may have: of a word of RAM, or 0, which stands for the ROM. */
const isTouchable = (address: number) =>
  address % 4 === 0 && address < ADDRESS_SPACE && (address === 0 || address >= ROM_SIZE);

export class ChunkJoin {
  readonly #chunkRows: number;
  readonly #challenge: Challenge;
  readonly #tape: Uint32Array;
  readonly #state: JoinState;
  #chunk = 0;
  #pc = 0;
  #reads: Quartic = ONE;
  #writes: Quartic = ONE;
  #firstEnd = -1;
  #tapeRead = 0;
  readonly #calls: Record<string, number> = { blake2s: 0, u256: 0 };

  /**
   * @param tape what the bundle says that the program reads
   * @param state one to use again, cleared
   */
  constructor(challenge: Challenge, tape: Uint32Array, chunkRows: number = CHUNK_ROWS, state = new JoinState()) {
    this.#state = state;
    this.#challenge = challenge;
    this.#tape = tape;
    this.#chunkRows = chunkRows;
  }

  /** The next chunk's report, in order. @throws CheckRefusal when it does not go on from the ones before */
  add(report: ChunkReport): void {
    const { chunk } = report;
    if (chunk !== this.#chunk) throw new Error(`bug: chunk ${chunk} is joined as chunk ${this.#chunk}`);
    if (report.startPc !== this.#pc) {
      const message = `the chunk begins at pc ${hex(report.startPc)}, the chunk before ends in front of ${hex(this.#pc)}`;
      throw new CheckRefusal("chunk-link", message, { chunk, row: 0, cycle: chunk * this.#chunkRows });
    }
    this.#pc = report.endPc;
    this.#link(report);
    this.#balance(report.products);
    this.#checkEnd(report);
    this.#checkTape(report);
    for (const [name, calls] of Object.entries(report.calls)) this.#calls[name] += calls;
    this.#chunk++;
  }

  #balance(products: BigUint64Array): void {
    this.#reads = multiply(this.#reads, quartic(products, 0));
    this.#writes = multiply(this.#writes, quartic(products, 4));
  }

  #link({ chunk, list }: ChunkReport): void {
    const at = this.#state.link(list);
    if (at >= 0) throw this.#notLinked(chunk, new DataView(list.buffer, list.byteOffset + at, ENTRY.size));
  }

  #notLinked(chunk: number, entry: DataView): CheckRefusal {
    const word = (offset: number) => entry.getUint32(offset, true);
    const place = word(ENTRY.place);
    const left = this.#state.at(place);
    const row = Math.floor(word(ENTRY.firstStamp) / 4) - 1;
    const cycle = chunk * this.#chunkRows + row;
    const timestamp = entry.getBigUint64(ENTRY.timestamp, true);
    const message = `${nameOf(place)} is read as ${hex(word(ENTRY.value))} last accessed at ${timestamp}; the chunks before left ${hex(left.value)} at ${left.timestamp}`;
    return new CheckRefusal("memory-link", message, { chunk, row, cycle });
  }

  #checkEnd({ chunk, firstSelfJump, selfJumps }: ChunkReport): void {
    if (this.#firstEnd >= 0 && selfJumps !== this.#chunkRows)
      throw new CheckRefusal("end", `the run has ended at cycle ${this.#firstEnd}, yet this chunk goes on`, { chunk });
    if (firstSelfJump < 0 || this.#firstEnd >= 0) return;
    this.#firstEnd = chunk * this.#chunkRows + firstSelfJump;
    if (selfJumps !== this.#chunkRows - firstSelfJump) {
      const place = { chunk, row: firstSelfJump, cycle: this.#firstEnd };
      throw new CheckRefusal("end", "the program goes on behind its first jump to itself", place);
    }
  }

  #checkTape({ chunk, tapeWords }: ChunkReport): void {
    for (let i = 0; i < tapeWords.length; i++) {
      const word = tapeWords[i];
      const at = this.#tapeRead++;
      const expected = this.#tape[at];
      if (expected === word) continue;
      const message =
        expected === undefined
          ? `the rows read word ${at} of the tape, which has ${this.#tape.length}`
          : `word ${at} of the tape is ${hex(expected)}, the rows read ${hex(word)}`;
      throw new CheckRefusal("tape", message, { chunk });
    }
  }

  /**
   * @param touched pieces of the lazy-initialisation and teardown list, in order
   * @throws CheckRefusal when a claim about the whole run is wrong
   */
  finish(claim: RunClaim, touched: Iterable<Uint8Array>): void {
    if (claim.chunks !== this.#chunk)
      throw new CheckRefusal("counts", `${this.#chunk} chunks instead of the ${claim.chunks} that are claimed`);
    if (this.#firstEnd < 0) throw new CheckRefusal("end", "the run does not end: no row jumps to itself");
    if (Math.floor(this.#firstEnd / this.#chunkRows) !== this.#chunk - 1)
      throw new CheckRefusal("end", `the run ends at cycle ${this.#firstEnd}, before the last chunk`);
    if (claim.cycles !== this.#firstEnd + 1)
      throw new CheckRefusal("counts", `the run has ${this.#firstEnd + 1} cycles, ${claim.cycles} are claimed`);
    if (claim.finalPc !== this.#pc)
      throw new CheckRefusal("end", `the run ends at pc ${hex(this.#pc)}, ${hex(claim.finalPc)} is claimed`);
    if (claim.tapeWordsRead !== this.#tapeRead)
      throw new CheckRefusal("tape", `${this.#tapeRead} words are read, ${claim.tapeWordsRead} are claimed`);
    for (const [name, calls] of Object.entries(this.#calls))
      if (claim.delegations[name] !== calls)
        throw new CheckRefusal("counts", `${calls} calls of ${name}, ${claim.delegations[name]} are claimed`);
    this.#checkRegisters(claim);
    this.#checkTouched(claim, touched);
    // registers have no list: they are all torn down, and initialised as 0 at timestamp 0
    for (let i = 0; i < 32; i++) {
      const { value, timestamp } = this.#state.at(i);
      this.#reads = multiply(this.#reads, keyOf(this.#challenge, i, BigInt(timestamp), value));
      this.#writes = multiply(this.#writes, keyOf(this.#challenge, i, 0n, 0));
    }
    if (!equal(this.#reads, this.#writes))
      throw new CheckRefusal("permutation", "reads and writes do not balance in the memory argument");
  }

  #checkRegisters({ finalRegisters, output, chain }: RunClaim): void {
    if (finalRegisters.length !== 32)
      throw new CheckRefusal("final-registers", `there are ${finalRegisters.length} registers instead of 32`);
    finalRegisters.forEach((claimed, i) => {
      const { value, timestamp } = this.#state.at(i);
      if (claimed.value === value && claimed.timestamp === timestamp) return;
      const message = `x${i} is left as ${hex(value)} at timestamp ${timestamp}, claimed are ${hex(claimed.value)} and ${claimed.timestamp}`;
      throw new CheckRefusal("final-registers", message);
    });
    for (const [what, first, words] of [
      ["public output", 10, output],
      ["recursion chain", 18, chain],
    ] as const)
      for (let i = 0; i < 8; i++)
        if (words[i] !== finalRegisters[first + i].value || words.length !== 8) {
          const message = `${what}: word ${i} is claimed as ${hex(words[i] ?? 0)}, x${first + i} is ${hex(finalRegisters[first + i].value)}`;
          throw new CheckRefusal("output", message);
        }
  }

  /** @param last address of the entry before it */
  #whyNotTouched(entry: DataView, last: number): string {
    const [address, value, low, high] = [0, 4, 8, 12].map((offset) => entry.getUint32(offset, true));
    if (address <= last) return `not greater than the entry before it, ${hex(last)}`;
    if (!isTouchable(address)) return "not the address of a word of RAM";
    if (high > 0xffff) return "its padding is not zero";
    const left = this.#state.at(MEMORY + address / 4);
    if (left.timestamp === 0) return "the run never accesses this word";
    return `left as ${hex(left.value)} at ${left.timestamp}; the list says ${hex(value)} at ${low + 2 ** 32 * high}`;
  }

  #checkTouched({ touchedWords }: RunClaim, pieces: Iterable<Uint8Array>): void {
    const state = this.#state;
    const products = state.beginTouched(this.#challenge);
    let last = -1;
    let count = 0;
    for (const piece of pieces) {
      const items = piece.length / PART.touched;
      if (!Number.isInteger(items))
        throw new CheckRefusal("touched-words", `the list's length is not a multiple of ${PART.touched} bytes`);
      const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
      const at = state.addTouched(piece);
      if (at >= 0) {
        if (at > 0) last = view.getUint32(at - PART.touched, true);
        const why = this.#whyNotTouched(new DataView(piece.buffer, piece.byteOffset + at, PART.touched), last);
        const number = count + at / PART.touched;
        throw new CheckRefusal("touched-words", `entry ${number} (${hex(view.getUint32(at, true))}): ${why}`);
      }
      if (items > 0) last = view.getUint32(piece.length - PART.touched, true);
      count += items;
    }
    this.#balance(products);
    const { touched } = state;
    if (count !== touched || count !== touchedWords)
      throw new CheckRefusal(
        "touched-words",
        `${touched} words are accessed, the list has ${count}, and ${touchedWords} are claimed`,
      );
  }
}
