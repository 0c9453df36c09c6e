/**
 * Joins checked chunks to a whole run: what a chunk found at a place is what the chunks before it left there, the run ends where it is said to,
 * registers, output and the list of touched words are what was left, and reads and writes balance in the prover's own memory argument.
 */
import { InputError } from "../../errors.ts";
import { ADDRESS_SPACE, PAGE_SHIFT, PAGE_SIZE, ROM_SIZE } from "../machine/layout.ts";
import type { ChunkChecker, ChunkReport } from "./check-chunk.ts";
import { ENTRY } from "./check-layout.ts";
import { nameOf } from "./check-message.ts";
import { type Challenge, equal, multiply, ONE, type Quartic } from "./field.ts";
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

/** Its words, copied where it does not lie at the address of one. */
function wordsOf(piece: Uint8Array): Uint32Array {
  const aligned = piece.byteOffset % 4 === 0 ? piece : piece.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

/** Values and last timestamps of all places; memory that is touched by nobody costs nothing. */
export class JoinState {
  readonly values: Uint32Array;
  readonly timestamps: Float64Array;
  readonly registers: FinalRegister[] = Array.from({ length: 32 }, () => ({ value: 0, timestamp: 0 }));
  touched = 0;
  /** one for each 64 KiB of words */
  readonly #pages = new Uint8Array(ADDRESS_SPACE / PAGE_SIZE);

  constructor() {
    const bytes = 3 * ADDRESS_SPACE;
    let memory: WebAssembly.Memory;
    try {
      // plain: V8 would not count a shared one, so those of many checks in one process would pile up; it begins a collection of 9 ms for this one
      memory = new WebAssembly.Memory({ initial: bytes / 65536, maximum: bytes / 65536 });
    } catch {
      throw new InputError(
        "the checker's address space of 3 GiB cannot be reserved",
        "this process",
        "lift the limit (ulimit -v)",
      );
    }
    this.values = new Uint32Array(memory.buffer, 0, ADDRESS_SPACE / 4);
    this.timestamps = new Float64Array(memory.buffer, ADDRESS_SPACE, ADDRESS_SPACE / 4);
  }

  setWord(index: number, value: number, timestamp: number): void {
    this.values[index] = value;
    this.timestamps[index] = timestamp;
    this.#pages[index >>> (PAGE_SHIFT - 2)] = 1;
  }

  /** For another run: as new. */
  clear(): void {
    const words = PAGE_SIZE / 4;
    this.#pages.forEach((used, page) => {
      if (!used) return;
      this.values.fill(0, page * words, (page + 1) * words);
      this.timestamps.fill(0, page * words, (page + 1) * words);
    });
    this.#pages.fill(0);
    this.touched = 0;
    for (let i = 0; i < 32; i++) this.registers[i] = { value: 0, timestamp: 0 };
  }
}

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
    this.#reads = multiply(this.#reads, quartic(report.products, 0));
    this.#writes = multiply(this.#writes, quartic(report.products, 4));
    this.#checkEnd(report);
    this.#checkTape(report);
    for (const [name, calls] of Object.entries(report.calls)) this.#calls[name] += calls;
    this.#chunk++;
  }

  #link({ chunk, list }: ChunkReport): void {
    const state = this.#state;
    const { values, timestamps, registers } = state;
    const words = new Uint32Array(list.buffer, list.byteOffset, list.length / 4);
    for (let i = 0; i < words.length; i += ENTRY.size / 4) {
      const place = words[i];
      const value = words[i + 1];
      const timestamp = words[i + 2] + 2 ** 32 * words[i + 3];
      const last = words[i + 6] + 2 ** 32 * words[i + 7];
      if (place >= MEMORY) {
        const index = place - MEMORY;
        const leftValue = values[index];
        const leftTimestamp = timestamps[index];
        if (leftValue !== value || leftTimestamp !== timestamp)
          throw this.#notLinked(chunk, words.subarray(i), leftValue, leftTimestamp);
        if (timestamp === 0) state.touched++;
        state.setWord(index, words[i + 5], last);
        continue;
      }
      const left = registers[place];
      if (left.value !== value || left.timestamp !== timestamp)
        throw this.#notLinked(chunk, words.subarray(i), left.value, left.timestamp);
      registers[place] = { value: words[i + 5], timestamp: last };
    }
  }

  #notLinked(chunk: number, entry: Uint32Array, leftValue: number, leftTimestamp: number): CheckRefusal {
    const [place, value, low, high, stamp] = entry;
    const row = Math.floor(stamp / 4) - 1;
    const cycle = chunk * this.#chunkRows + row;
    const timestamp = low + 2 ** 32 * high;
    const message = `${nameOf(place)} is read as ${hex(value)} last accessed at ${timestamp}; the chunks before left ${hex(leftValue)} at ${leftTimestamp}`;
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
   * @param checker any checker that is not in use: it multiplies
   * @throws CheckRefusal when a claim about the whole run is wrong
   */
  finish(claim: RunClaim, touched: Iterable<Uint8Array>, checker: ChunkChecker): void {
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
    this.#checkTouched(claim, touched, checker);
    const registers = new Uint32Array(32 * (ENTRY.size / 4));
    this.#state.registers.forEach(({ value, timestamp }, i) => {
      registers.set([i, value, timestamp % 2 ** 32, Math.floor(timestamp / 2 ** 32)], 8 * i);
    });
    this.#balance(new Uint8Array(registers.buffer), checker);
    if (!equal(this.#reads, this.#writes))
      throw new CheckRefusal("permutation", "reads and writes do not balance in the memory argument");
  }

  /** Teardown is a read of what was left, initialisation a write of 0 at timestamp 0. */
  #balance(entries: Uint8Array, checker: ChunkChecker): void {
    const products = checker.productsOf(entries, this.#challenge);
    this.#reads = multiply(this.#reads, quartic(products, 0));
    this.#writes = multiply(this.#writes, quartic(products, 4));
  }

  #checkRegisters({ finalRegisters, output, chain }: RunClaim): void {
    if (finalRegisters.length !== 32)
      throw new CheckRefusal("final-registers", `there are ${finalRegisters.length} registers instead of 32`);
    finalRegisters.forEach((claimed, i) => {
      const { value, timestamp } = this.#state.registers[i];
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

  #whyNotTouched(address: number, value: number, timestamp: number, last: number, high: number): string {
    if (address <= last) return `not greater than the entry before it, ${hex(last)}`;
    if (!isTouchable(address)) return "not the address of a word of RAM";
    if (high > 0xffff) return "its padding is not zero";
    const [left, stamp] = [this.#state.values[address >>> 2], this.#state.timestamps[address >>> 2]];
    if (stamp === 0) return "the run never accesses this word";
    return `left as ${hex(left)} at ${stamp}; the list says ${hex(value)} at ${timestamp}`;
  }

  #checkTouched({ touchedWords }: RunClaim, pieces: Iterable<Uint8Array>, checker: ChunkChecker): void {
    const { values, timestamps, touched } = this.#state;
    let last = -1;
    let count = 0;
    // of all pieces, for what is in their upper halves is always 0
    let entries = new Uint32Array();
    for (const piece of pieces) {
      const items = piece.length / PART.touched;
      if (!Number.isInteger(items))
        throw new CheckRefusal("touched-words", `the list's length is not a multiple of ${PART.touched} bytes`);
      const words = wordsOf(piece);
      if (entries.length < items * (ENTRY.size / 4)) entries = new Uint32Array(items * (ENTRY.size / 4));
      for (let at = 0; at < words.length; at += PART.touched / 4) {
        const address = words[at];
        const value = words[at + 1];
        const low = words[at + 2];
        const high = words[at + 3];
        // the upper half is padding
        const timestamp = low + 2 ** 32 * (high & 0xffff);
        const left = values[address >>> 2];
        const stamp = timestamps[address >>> 2];
        const isRight = address > last && isTouchable(address) && high <= 0xffff && stamp !== 0;
        if (!isRight || left !== value || stamp !== timestamp) {
          const why = this.#whyNotTouched(address, value, timestamp, last, high);
          throw new CheckRefusal("touched-words", `entry ${count + (at >>> 2)} (${hex(address)}): ${why}`);
        }
        last = address;
        const to = 2 * at;
        entries[to] = (address >>> 2) + MEMORY;
        entries[to + 1] = value;
        entries[to + 2] = low;
        entries[to + 3] = high;
      }
      this.#balance(new Uint8Array(entries.buffer, 0, items * ENTRY.size), checker);
      count += items;
    }
    if (count !== touched || count !== touchedWords)
      throw new CheckRefusal(
        "touched-words",
        `${touched} words are accessed, the list has ${count}, and ${touchedWords} are claimed`,
      );
  }
}
