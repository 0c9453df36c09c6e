/**
 * The recorder: runs a program and hands over the witness of the run as it comes, in pieces; its memory does not grow with the run.
 * Plain instructions are recorded by generated code (`recorder-code.ts`); the few that are not, and the end, here.
 */

import { InputError } from "../../errors.ts";
import type { TapeDevice } from "../engine/engine.ts";
import { BaseMachine } from "../engine/machine.ts";
import { immediateOf } from "../isa/decode.ts";
import { evaluate } from "../isa/expression.ts";
import { field } from "../isa/format.ts";
import { type Delegation, INSTRUCTIONS } from "../isa/table.ts";
import type { MachineConfig } from "../machine/config.ts";
import { DELEGATION_REGISTERS } from "../machine/delegation.ts";
import { ENGINE, PAGE_SIZE, PAGES, ROM_SIZE } from "../machine/layout.ts";
import type { Stop } from "../machine/stop.ts";
import {
  BUFFER_ROWS,
  bytesPerCall,
  CHUNK_ROWS,
  DELEGATION_NAMES,
  DELEGATION_PARTS,
  type DelegationPart,
  PART,
  ROW,
  TRACE,
  TRACE_PAGES,
  timestampOf,
} from "./layout.ts";
import { LEAVE, operationOf, paddingOperationOf, recorderModule } from "./recorder-code.ts";

/** Takes the witness. Every array is a view of memory that is soon written over: use or copy it before returning. */
export interface TraceSink {
  /** The next rows of the chunk. They request all calls that were handed over and not requested by rows before, and no others. */
  rows(bytes: Uint8Array): void;
  /** The next calls of a delegation: no other calls of it come before the rows that request these. They stay where they are until then. */
  delegation(name: Delegation, calls: number, parts: Readonly<Record<DelegationPart, Uint8Array>>): void;
}

/** What is known when a chunk is complete. */
export interface ChunkEnd {
  /** Its rows that belong to the program; the others are padding. */
  realRows: number;
  /** The run ended in this chunk. */
  finished: boolean;
}

/** A register at the end of the last chunk. */
export interface FinalRegister {
  value: number;
  timestamp: number;
}

/** What changed since the last checkpoint; plain data. Applied in order they give the state at any chunk's beginning. */
export interface CheckpointDelta {
  pc: number;
  cycles: number;
  chunk: number;
  tapeWordsRead: number;
  delegations: Record<Delegation, number>;
  registers: Uint32Array;
  registerTimestamps: BigUint64Array;
  /** pages of the guest's memory that were accessed: number, content, timestamps of its words */
  pages: { page: number; bytes: Uint8Array; timestamps: Uint8Array }[];
}

/** A run that cannot be proven: no witness exists. */
export class UnprovableRun extends Error {
  override name = "UnprovableRun";
  readonly stop: Stop;
  constructor(stop: Stop) {
    super(stop.message ?? `the run stopped: ${stop.kind}`);
    this.stop = stop;
  }
}

type Run = (pc: number, row: number, end: number, timestamp: bigint) => number;

let compiled: WebAssembly.Module | undefined;

export class Recorder extends BaseMachine {
  readonly chunkRows: number;
  readonly #sink: TraceSink;
  readonly #run: Run;
  readonly #skim: Run;
  readonly #code: Uint8Array;
  readonly #immediates: Int32Array;
  readonly #view: DataView;
  readonly #registerTimestamps: BigUint64Array;
  #chunk = 0;
  /** rows of the chunk that are made, and those of them that are still in the buffer */
  #row = 0;
  #buffered = 0;
  #finished = false;
  /** no rows are wanted of this chunk */
  #skipping = false;

  /** @param chunkRows rows of a chunk; anything but 2^22 - 1 is for tests only */
  constructor(
    image: Uint8Array,
    config: MachineConfig,
    tape: TapeDevice,
    sink: TraceSink,
    chunkRows: number = CHUNK_ROWS,
  ) {
    super(image, config, tape, TRACE_PAGES);
    this.chunkRows = chunkRows;
    this.#sink = sink;
    const { memory } = this.store;
    const { buffer } = memory;
    this.#code = new Uint8Array(buffer, ENGINE.code, ROM_SIZE + 4);
    this.#immediates = new Int32Array(buffer, ENGINE.immediates, ROM_SIZE / 4);
    this.#view = new DataView(buffer);
    this.#registerTimestamps = new BigUint64Array(buffer, TRACE.registerTimestamps, 32);
    for (let address = 0; address < image.length; address += 4) this.codeChanged(address);
    compiled ??= new WebAssembly.Module(recorderModule());
    const env = { memory, ...this.tapeImports, ...this.delegate };
    const { run, skim } = new WebAssembly.Instance(compiled, { env }).exports;
    this.#run = run as Run;
    this.#skim = skim as Run;
  }

  /** The memory that what is handed over is in. */
  get memory(): WebAssembly.Memory {
    return this.store.memory;
  }
  /** The chunk that is being recorded, from 0. */
  get chunk(): number {
    return this.#chunk;
  }
  get finished(): boolean {
    return this.#finished;
  }

  /**
   * Records the next chunk: all its rows go to the sink, the last ones of the run followed by padding.
   * @throws UnprovableRun when the program does something that cannot be proven; InputError when padding is not possible
   */
  recordChunk(): ChunkEnd {
    return this.#chunkOf(false);
  }

  /** The next chunk without its rows: nothing goes to the sink. Faster. @throws as `recordChunk` */
  skipChunk(): ChunkEnd {
    return this.#chunkOf(true);
  }

  #chunkOf(skipping: boolean): ChunkEnd {
    this.#skipping = skipping;
    if (this.#finished) throw new Error("the run has ended: there are no more chunks");
    const begin = this.cycles;
    const stop = this.run({ maxCycles: begin + this.chunkRows });
    const realRows = this.cycles - begin;
    if (stop.kind === "finished") {
      this.#finished = true;
      this.#pad(stop.pc);
    } else if (stop.kind !== "cycle-limit") throw new UnprovableRun(stop);
    this.#flushRows();
    this.#chunk++;
    this.#row = 0;
    return { realRows, finished: this.#finished };
  }

  protected override advance(count: number): number {
    let done = 0;
    while (done < count) {
      const { pc } = this;
      if (pc >= ROM_SIZE || pc % 4 !== 0) return done;
      const made = this.#record(pc, Math.min(count - done, BUFFER_ROWS - this.#buffered));
      done += made;
      this.pc = this.store.words[ENGINE.pc / 4];
      const flushed = this.#flushDelegations();
      if (flushed || this.#buffered === BUFFER_ROWS) this.#flushRows();
      else if (done < count) return done;
    }
    return done;
  }

  #record(pc: number, rows: number): number {
    const start = TRACE.rows + this.#buffered * ROW.size;
    const stamp = BigInt(timestampOf(this.#chunk, this.#row, this.chunkRows));
    const run = this.#skipping ? this.#skim : this.#run;
    const end = run(pc | 0, start | 0, (start + rows * ROW.size) | 0, stamp) >>> 0;
    const made = (end - start) / ROW.size;
    this.#buffered += made;
    this.#row += made;
    return made;
  }

  /** Only instructions that are not plain come here: jumps and branches that end the run or go astray, and what is refused. */
  override step(): Stop | undefined {
    const { pc } = this;
    const index = pc < ROM_SIZE && pc % 4 === 0 ? this.decoder.decode(this.store.words[pc / 4]) : -1;
    const before = this.registers.slice();
    const stop = super.step();
    if (stop?.kind === "unprovable") return stop;
    const { kind } = INSTRUCTIONS[index].effect;
    if (kind !== "branch" && kind !== "jump") throw new Error(`bug: ${INSTRUCTIONS[index].name} was left as not plain`);
    this.#recordJump(this.store.words[pc / 4], pc, kind === "branch" ? 0 : undefined, before);
    return stop;
  }

  #recordJump(word: number, pc: number, toZero: 0 | undefined, before: Uint32Array): void {
    const at = TRACE.rows + this.#buffered * ROW.size;
    const stamp = BigInt(timestampOf(this.#chunk, this.#row, this.chunkRows));
    const [rs1, rs2, rd] = [field.rs1(word), field.rs2(word), toZero ?? field.rd(word)];
    const u32 = (offset: number, value: number) => this.#view.setUint32(at + offset, value, true);
    const access = (offset: number, register: number, plus: bigint, upper = 0n) => {
      this.#view.setBigUint64(at + offset, this.#registerTimestamps[register] | (upper << 48n), true);
      this.#registerTimestamps[register] = stamp + plus;
    };
    u32(ROW.pc, pc);
    u32(ROW.rs1Value, before[rs1]);
    access(ROW.rs1Timestamp, rs1, 0n, BigInt(rs1));
    u32(ROW.secondValue, before[rs2]);
    u32(ROW.secondPlace, rs2);
    access(ROW.secondTimestamp, rs2, 1n);
    u32(ROW.thirdOld, before[rd]);
    u32(ROW.thirdNew, rd === 0 ? 0 : this.registers[rd]);
    u32(ROW.thirdPlace, rd);
    access(ROW.thirdTimestamp, rd, 2n);
    u32(ROW.tapeWord, 0);
    this.#row++;
    this.#buffered++;
    if (this.#buffered === BUFFER_ROWS) this.#flushRows();
  }

  /** The final jump is executed up to the end of the chunk. */
  #pad(pc: number): void {
    const word = this.store.words[pc / 4];
    const index = this.decoder.decode(word);
    const { effect, reads } = INSTRUCTIONS[index];
    if (effect.kind === "jump" && reads.rs1 && field.rd(word) !== 0 && field.rd(word) === field.rs1(word))
      throw new InputError(
        "the program ends with a jump to itself that changes its own target: the prover executes it again and goes on elsewhere",
        `pc 0x${pc.toString(16)}`,
        "end with `j .`",
      );
    this.#code[pc] = paddingOperationOf(index, field.rd(word));
    while (this.#row < this.chunkRows) {
      this.#flushRows();
      this.#record(pc, Math.min(this.chunkRows - this.#row, BUFFER_ROWS));
    }
    this.#code[pc] = LEAVE;
  }

  #flushRows(): void {
    if (this.#buffered === 0) return;
    if (!this.#skipping) this.#sink.rows(this.store.bytes.subarray(TRACE.rows, TRACE.rows + this.#buffered * ROW.size));
    this.#buffered = 0;
  }

  /** @returns whether there were any */
  #flushDelegations(): boolean {
    let any = false;
    for (const name of DELEGATION_NAMES) {
      const calls = this.store.words[TRACE.calls[name] / 4];
      if (calls === 0) continue;
      any = true;
      this.store.words[TRACE.calls[name] / 4] = 0;
      if (this.#skipping) continue;
      const size = bytesPerCall(name);
      const parts = DELEGATION_PARTS.map((part) => {
        const start = TRACE.delegations[name][part];
        return [part, this.store.bytes.subarray(start, start + size[part] * calls)];
      });
      this.#sink.delegation(name, calls, Object.fromEntries(parts));
    }
    return any;
  }

  protected override codeChanged(address: number): void {
    const word = this.store.words[address / 4];
    const index = this.decoder.decode(word);
    this.#code[address] = LEAVE;
    if (index < 0) return;
    const rd = field.rd(word);
    const immediate = immediateOf(index, word);
    if (this.#isPlain(index, address, rd, immediate)) this.#code[address] = operationOf(index, rd);
    this.#code[address + 1] = 4 * rd;
    this.#code[address + 2] = 4 * field.rs1(word);
    this.#code[address + 3] = 4 * field.rs2(word);
    this.#immediates[address / 4] = immediate;
  }

  #isPlain(index: number, pc: number, rd: number, imm: number): boolean {
    const { effect, reads } = INSTRUCTIONS[index];
    if (effect.kind === "delegate") return !DELEGATION_REGISTERS[effect.delegation].includes(rd);
    if (effect.kind === "branch" || (effect.kind === "jump" && !reads.rs1)) {
      const target = evaluate(effect.target, { pc, imm, rs1: 0, rs2: 0 }) as number;
      return target !== pc && target % 4 === 0 && target >= 0 && target < ROM_SIZE;
    }
    return true;
  }

  /** Registers with the timestamps of their last accesses, padding included. */
  finalRegisters(): FinalRegister[] {
    return Array.from({ length: 32 }, (_, i) => ({
      value: this.registers[i],
      timestamp: Number(this.#registerTimestamps[i]),
    }));
  }

  /**
   * Every word that was accessed, by address: 16 bytes each (address, final value, timestamp of the last access, two zero bytes).
   * A piece at a time: one for each page that has any.
   */
  *touchedWords(): Generator<Uint8Array> {
    const { buffer } = this.store.memory;
    const ever = this.#everAccessed();
    for (let page = 0; page < PAGES; page++) {
      if (!ever[page]) continue;
      const words = new Uint32Array(buffer, page * PAGE_SIZE, PAGE_SIZE / 4);
      const timestamps = new Uint32Array(buffer, TRACE.wordTimestamps + 2 * page * PAGE_SIZE, PAGE_SIZE / 2);
      const out = new Uint32Array(PAGE_SIZE);
      let length = 0;
      for (let i = 0; i < words.length; i++) {
        // one by one: an array of them for each word takes as long as all the rest, until V8 has optimized this
        const low = timestamps[2 * i];
        const high = timestamps[2 * i + 1];
        if (low === 0 && high === 0) continue;
        out[length] = page * PAGE_SIZE + 4 * i;
        // the word at 0 stands for all loads from the ROM
        out[length + 1] = page === 0 ? 0 : words[i];
        out[length + 2] = low;
        out[length + 3] = high;
        length += 4;
      }
      if (length > 0) yield new Uint8Array(out.buffer, 0, (length / 4) * PART.touched);
    }
  }

  #accessedBefore = new Uint8Array(PAGES);
  #everAccessed(): Uint8Array {
    const now = this.store.bytes.subarray(TRACE.accessed, TRACE.accessed + PAGES);
    return this.#accessedBefore.map((flag, page) => flag | now[page]);
  }

  /** What the chunks since the last call changed. To be called between chunks. */
  takeDelta(): CheckpointDelta {
    const { bytes } = this.store;
    const accessed = bytes.subarray(TRACE.accessed, TRACE.accessed + PAGES);
    const pages: CheckpointDelta["pages"] = [];
    for (let page = 0; page < PAGES; page++) {
      if (!accessed[page]) continue;
      const stamps = TRACE.wordTimestamps + 2 * page * PAGE_SIZE;
      pages.push({
        page,
        bytes: page * PAGE_SIZE < ROM_SIZE ? new Uint8Array() : bytes.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE),
        timestamps: bytes.slice(stamps, stamps + 2 * PAGE_SIZE),
      });
      this.#accessedBefore[page] = 1;
    }
    accessed.fill(0);
    const { pc, cycles, tapeWordsRead, delegations } = this;
    return {
      pc,
      cycles,
      chunk: this.#chunk,
      tapeWordsRead,
      delegations,
      registers: this.registers.slice(),
      registerTimestamps: this.#registerTimestamps.slice(),
      pages,
    };
  }

  /** Goes to the state that a recorder of the same program had when it made this delta; those before it must have been applied. */
  applyDelta(delta: CheckpointDelta): void {
    this.restoreState(delta);
    this.#chunk = delta.chunk;
    this.#row = 0;
    this.#registerTimestamps.set(delta.registerTimestamps);
    const { bytes, unwritten } = this.store;
    for (const { page, bytes: content, timestamps } of delta.pages) {
      bytes.set(content, page * PAGE_SIZE);
      bytes.set(timestamps, TRACE.wordTimestamps + 2 * page * PAGE_SIZE);
      unwritten[page] = 0;
      this.#accessedBefore[page] = 1;
    }
    bytes.fill(0, TRACE.accessed, TRACE.accessed + PAGES);
  }
}

/** For runs of which only the state matters. */
export const NO_SINK: TraceSink = { rows() {}, delegation() {} };
