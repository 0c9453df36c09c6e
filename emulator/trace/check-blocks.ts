/**
 * Which blocks are worth code of their own (`check-block-code.ts`). The fast loop jumps from row to row; how long that takes depends on how well the processor guesses where to, and a
 * long block of ever other instructions it does not guess well. So rows are looked at here and there: where many are of one long block, it is made. Short blocks are not, however hot:
 * the loop goes through them almost as fast as code of theirs could be entered and left.
 */
import { decoderOf, immediateOf } from "../isa/decode.ts";
import { field } from "../isa/format.ts";
import { INSTRUCTIONS } from "../isa/table.ts";
import type { MachineConfig } from "../machine/config.ts";
import { ENGINE, ROM_SIZE } from "../machine/layout.ts";
import type { MachineMemory } from "../machine/memory.ts";
import { type Block, type BlockRow, blockModule, isStraight } from "./check-block-code.ts";
import { BLOCK_OPERATION, BLOCKS } from "./check-layout.ts";
import { checkedOperation } from "./check-row-code.ts";
import { ROW } from "./layout.ts";

/** Of so many rows one is looked at: a prime, so that no loop's length goes into it. */
const STEP = 2039;
/** Rows of a block, at least: to enter and leave it takes 50 ns, and a row 3 less than in the loop. */
const LEAST_ROWS = 64;
const MOST_ROWS = 1024;
/** Times that a block was gone through when it is made: as code it costs 25 µs a row, which come back after 8000. */
const PAYS = 2500;
/** Rows found in a block that one came to at the same place, before it is made from there on; and rows of a run for which that place is looked for, at most. */
const VOTES = 3;
const TRIES = 60;

/** Instructions one behind the other, none of which jumps or is more than a plain row. */
interface Run {
  start: number;
  /** behind the last one */
  end: number;
  /** rows that were found here */
  seen: number;
  /** by where one came to it, once it is hot; none when it is made, or does not become one */
  votes: Map<number, number> | undefined;
  tries: number;
}

/** What a block's module imports, besides the table. */
export type BlockImports = Readonly<Record<"memory" | "compareRows" | "undoBlock", WebAssembly.ImportValue>>;

export class HotBlocks {
  readonly #store: MachineMemory;
  readonly #decoder: ReturnType<typeof decoderOf>;
  readonly #code: Uint8Array;
  readonly #imports: Record<string, WebAssembly.ImportValue>;
  /** by word of the ROM: 0 not yet looked for, -1 of no long run, else a run's number + 1 */
  readonly #runOf = new Int16Array(ROM_SIZE / 4);
  readonly #runs: Run[] = [];
  readonly #heads: number[] = [];
  /** the number of the next block, from 1, and where its template will be */
  #next = 1;
  #template: number = BLOCKS.templates;
  #phase = 0;

  constructor(store: MachineMemory, config: MachineConfig, imports: BlockImports, table: WebAssembly.Table) {
    this.#store = store;
    this.#decoder = decoderOf(config);
    this.#code = new Uint8Array(store.memory.buffer, ENGINE.code, ROM_SIZE);
    this.#imports = { ...imports, table };
  }

  /** Blocks that have code of their own and were not given up. */
  get count(): number {
    return this.#heads.filter((head) => this.#code[head] === BLOCK_OPERATION).length;
  }

  /** Looks at rows that were accepted. @param words of the memory they are in, the first one at `start`, which is an index of these */
  look(words: Uint32Array, start: number, count: number): void {
    let i = this.#phase;
    for (; i < count; i += STEP) {
      const pc = words[start + (ROW.size / 4) * i];
      const number = this.#runOf[pc / 4] || this.#find(pc);
      if (number < 0) continue;
      const run = this.#runs[number - 1];
      run.seen++;
      if (run.votes && run.seen * STEP > PAYS * ((run.end - run.start) / 4)) this.#vote(run, words, start, i);
    }
    this.#phase = i - count;
  }

  /** For tests: all of the program that is straight, in pieces of up to `most` rows. */
  makeAll(imageBytes: number, most: number): void {
    const blocks: Block[] = [];
    for (let head = 0; head < imageBytes; head += 4) {
      const end = Math.min(this.#endOf(head), head + 4 * most);
      if (end <= head) continue;
      this.#plan(head, end, blocks);
      head = end - 4;
    }
    this.#make(blocks);
  }

  #indexAt(address: number): number {
    return address < ROM_SIZE && address >= 0 ? this.#decoder.decode(this.#store.words[address / 4]) : -1;
  }
  #isStraightAt(address: number): boolean {
    const index = this.#indexAt(address);
    return index >= 0 && isStraight(INSTRUCTIONS[index].effect);
  }
  #endOf(start: number): number {
    let end = start;
    while (this.#isStraightAt(end)) end += 4;
    return end;
  }

  #find(pc: number): number {
    // a jump is in no run: that in front of it may have been found before
    if (!this.#isStraightAt(pc)) return (this.#runOf[pc / 4] = -1);
    let start = pc;
    while (this.#isStraightAt(start - 4)) start -= 4;
    const end = this.#endOf(pc);
    const isLong = end - start >= 4 * LEAST_ROWS && this.#runs.length < 2 ** 15 - 2;
    const number = isLong ? this.#runs.push({ start, end, seen: 0, votes: new Map(), tries: 0 }) : -1;
    this.#runOf.fill(number, start / 4, end / 4);
    return number;
  }

  /** Where one came to the run is found by going back, not further than a block is long: else each look at a very long run would take longer than to check it. */
  #vote(run: Run, words: Uint32Array, start: number, row: number): void {
    const pcAt = (i: number) => words[start + (ROW.size / 4) * i];
    const least = Math.max(0, row - MOST_ROWS);
    let first = row;
    while (first > least && pcAt(first) > run.start && pcAt(first - 1) === pcAt(first) - 4) first--;
    const head = pcAt(first);
    // else it began in rows that are gone, or too far away
    const votes = first > least ? (run.votes!.get(head) ?? 0) + 1 : 0;
    run.votes!.set(head, votes);
    run.tries++;
    if (votes >= VOTES || run.tries === TRIES) run.votes = undefined;
    if (votes < VOTES) return;
    const end = Math.min(run.end, head + 4 * MOST_ROWS);
    if (end - head < 4 * LEAST_ROWS) return;
    const blocks: Block[] = [];
    this.#plan(head, end, blocks);
    this.#make(blocks);
  }

  /** Adds a block, if there is room. */
  #plan(head: number, end: number, blocks: Block[]): void {
    const bytes = ((end - head) / 4) * ROW.size;
    // the operation that was there before the first one would be lost
    if (this.#code[head] === BLOCK_OPERATION) return;
    if (this.#next >= BLOCKS.most || this.#template + bytes > BLOCKS.templatesEnd) return;
    const rows: BlockRow[] = [];
    for (let address = head; address < end; address += 4) {
      const word = this.#store.words[address / 4];
      const index = this.#indexAt(address);
      const imm = immediateOf(index, word);
      rows.push({ index, rd: field.rd(word), r1: field.rs1(word), r2: field.rs2(word), imm });
    }
    blocks.push({ head, rows, number: this.#next++, template: this.#template });
    this.#template += bytes;
  }

  #make(blocks: readonly Block[]): void {
    if (blocks.length === 0) return;
    const { module, templates } = blockModule(blocks);
    new WebAssembly.Instance(new WebAssembly.Module(module), { env: this.#imports });
    const { bytes, words } = this.#store;
    for (const [i, { head, number, template }] of blocks.entries()) {
      words.set(templates[i], template / 4);
      words[(BLOCKS.entries + head) / 4] = number;
      // what was there goes on for who asks; and no pair may lead past it
      bytes[BLOCKS.operations + head] = this.#code[head];
      const before = this.#indexAt(head - 4);
      if (before >= 0 && this.#isStraightAt(head - 4) && this.#code[head - 4] !== BLOCK_OPERATION)
        this.#code[head - 4] = checkedOperation(before, field.rd(words[head / 4 - 1]));
      this.#code[head] = BLOCK_OPERATION;
      this.#heads.push(head);
    }
  }
}
