/**
 * Checks one chunk, by itself: that every row is a legal step of the machine on the image, that every place is read as it was left within the
 * chunk, and that delegation calls are those requested and right. What the chunk found and left is its report; `check-join.ts` joins reports.
 */
import { InputError } from "../../errors.ts";
import { decoderOf, immediateOf } from "../isa/decode.ts";
import { field } from "../isa/format.ts";
import { type Delegation, INSTRUCTIONS } from "../isa/table.ts";
import type { MachineConfig } from "../machine/config.ts";
import { DELEGATION_REGISTERS } from "../machine/delegation.ts";
import { ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { createMemory, type MachineMemory } from "../machine/memory.ts";
import { HotBlocks } from "./check-blocks.ts";
import { checkModule } from "./check-code.ts";
import { BLOCKS, CHECK, CHECK_PAGES, ENTRY, LIST_LIMIT, ROWS_BYTES, RULE, WINDOW_CALLS } from "./check-layout.ts";
import { Explanation } from "./check-message.ts";
import { pairOperation } from "./check-pairs.ts";
import { checkedOperation, REFUSED } from "./check-row-code.ts";
import { beginProducts, type Challenge } from "./field.ts";
import { CHUNK_ROWS, DELEGATION_NAMES, DELEGATION_PARTS, type DelegationPart, ROW } from "./layout.ts";
import { CheckRefusal } from "./refusal.ts";
import { hasSecondMemory } from "./witness-code.ts";

/** Calls of a delegation, in the order of the witness: at most `limit`, none when there are no more. */
export type CallSource = (
  name: Delegation,
  limit: number,
) => { calls: number; parts: Readonly<Record<DelegationPart, Uint8Array>> } | undefined;

/** What a checked chunk found at its beginning and left at its end. */
export interface ChunkReport {
  chunk: number;
  startPc: number;
  /** pc behind the last row */
  endPc: number;
  /** entries of `ENTRY.size` bytes, in the order of first accesses */
  list: Uint8Array;
  /** the memory argument: product of reads (four limbs), of writes (four) */
  products: BigUint64Array;
  /** row of the first jump to itself, -1 for none; rows that jump to themselves */
  firstSelfJump: number;
  selfJumps: number;
  /** what the chunk read from the tape */
  tapeWords: Uint32Array<ArrayBuffer>;
  calls: Record<Delegation, number>;
}

/** By row of the table: whether it has rd, and which rd a delegation may not have. */
const HAS_RD = INSTRUCTIONS.map(({ accesses }) => accesses.third === "rd");
const FORBIDDEN_RD = INSTRUCTIONS.map(({ effect }) =>
  effect.kind === "delegate" ? DELEGATION_REGISTERS[effect.delegation] : undefined,
);

interface Exports {
  rows(pc: number, row: number, end: number, stamp: number, base: bigint): number;
  close(base: bigint, entry: number, end: number): void;
  multiply(entry: number, end: number): void;
  compareRows: WebAssembly.ImportValue;
  undoBlock: WebAssembly.ImportValue;
}

const compiled = new Map<string, WebAssembly.Module>();

function moduleOf(name: string, make: () => Uint8Array<ArrayBuffer>): WebAssembly.Module {
  const known = compiled.get(name);
  if (known) return known;
  const made = new WebAssembly.Module(make());
  compiled.set(name, made);
  return made;
}

export interface CheckerOptions {
  /** rows of a chunk; anything but 2^22 - 1 is for tests only */
  chunkRows?: number;
  /** where all rows and calls will be: they are read there, if the host can. Else, and without it, they are copied. */
  source?: WebAssembly.Memory;
  /** every row by the loop that decides; for tests, which hold the fast one against it */
  careful?: boolean;
  /** code of its own for all that is straight, from the beginning, in blocks of up to so many rows; for tests */
  blockRows?: number;
}

export class ChunkChecker {
  readonly #config: MachineConfig;
  readonly #imageBytes: number;
  readonly #chunkRows: number;
  readonly #store: MachineMemory;
  readonly #view: DataView;
  /** the memory that rows and calls are in, where it is not the checker's own */
  readonly #source: ArrayBuffer | undefined;
  readonly #witness: DataView;
  /** no witness has this for a timestamp, except by guessing */
  readonly #unseen: bigint = crypto.getRandomValues(new BigUint64Array(1))[0];
  readonly #code: Exports;
  readonly #rowWords: Uint32Array;
  readonly #blocks: HotBlocks | undefined;
  // the chunk that is being checked
  #chunk = 0;
  #row = 0;
  #pc = 0;
  #startPc = 0;
  #calls: Record<Delegation, number> = { blake2s: 0, u256: 0 };
  #nextCalls: CallSource = () => undefined;

  constructor(image: Uint8Array, config: MachineConfig, options: CheckerOptions = {}) {
    const { chunkRows = CHUNK_ROWS, source, careful = false, blockRows } = options;
    if (chunkRows > CHUNK_ROWS)
      throw new Error(`bug: a chunk of ${chunkRows} rows may read more of the tape than there is room for`);
    this.#config = config;
    this.#imageBytes = image.length;
    this.#chunkRows = chunkRows;
    this.#store = createMemory(image, CHECK_PAGES);
    this.#view = new DataView(this.#store.memory.buffer);
    this.#decode(image.length);
    this.#view.setBigUint64(CHECK.unseen, this.#unseen, true);
    const other = hasSecondMemory() ? source : undefined;
    const number = other ? 1 : 0;
    const check = moduleOf(`${careful ? "careful" : "fast"} ${number}`, () => checkModule(number, careful));
    const { memory } = this.#store;
    const witness = other ?? memory;
    this.#source = other?.buffer;
    this.#witness = new DataView(witness.buffer);
    const table = new WebAssembly.Table({ element: "anyfunc", initial: BLOCKS.most });
    const env = { memory, witness, table };
    this.#code = new WebAssembly.Instance(check, { env }).exports as unknown as Exports;
    this.#rowWords = new Uint32Array(witness.buffer);
    if (careful) return;
    const { compareRows, undoBlock } = this.#code;
    this.#blocks = new HotBlocks(this.#store, config, { memory, compareRows, undoBlock }, table);
    if (blockRows) this.#blocks.makeAll(image.length, blockRows);
  }

  #decode(imageBytes: number): void {
    const { buffer } = this.#store.memory;
    const code = new Uint8Array(buffer, ENGINE.code, ROM_SIZE);
    const immediates = new Int32Array(buffer, ENGINE.immediates, ROM_SIZE / 4);
    const decoder = decoderOf(this.#config);
    const { words } = this.#store;
    let before = -1;
    for (let address = 0; address < imageBytes; address += 4) {
      const word = words[address / 4];
      const index = decoder.decode(word);
      const previous = before;
      before = -1;
      if (index < 0) continue;
      const rd = field.rd(word);
      if (rd !== 0 || !HAS_RD[index]) {
        before = index;
        const pair = previous < 0 ? 0 : pairOperation(previous, index);
        if (pair !== 0) code[address - 4] = pair;
      }
      const refused = FORBIDDEN_RD[index]?.includes(rd);
      code[address] = refused ? REFUSED : checkedOperation(index, rd);
      code[address + 1] = 8 * rd;
      code[address + 2] = 8 * field.rs1(word);
      code[address + 3] = 8 * field.rs2(word);
      immediates[address / 4] = immediateOf(index, word);
    }
  }

  get #base(): number {
    return 4 * this.#chunk * (this.#chunkRows + 1);
  }

  #word(address: number): number {
    return this.#store.words[address / 4];
  }

  /** Begins a chunk. `calls` is asked for delegation calls when a row needs them. */
  begin(chunk: number, calls: CallSource): void {
    const { words, bytes } = this.#store;
    // what a refused chunk left behind
    this.#forget();
    this.#chunk = chunk;
    this.#row = 0;
    this.#nextCalls = calls;
    this.#calls = { blake2s: 0, u256: 0 };
    for (const address of [CHECK.locations, CHECK.tapeWords, CHECK.selfJumps, CHECK.firstSelfJump])
      words[address / 4] = 0;
    for (const name of DELEGATION_NAMES) words[CHECK.callsIn[name] / 4] = words[CHECK.callsDone[name] / 4] = 0;
    bytes.fill(0, CHECK.registers, CHECK.registers + 8 * 32);
    new BigUint64Array(bytes.buffer, CHECK.registerStamps, 32).fill(this.#unseen);
  }

  #forget(): void {
    const end = CHECK.list + this.#word(CHECK.locations) * ENTRY.size;
    this.#code.close(0n, CHECK.list | 0, end | 0);
  }

  /** The chunk's next rows. @throws CheckRefusal at the first one that is wrong */
  rows(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += ROWS_BYTES) this.#window(bytes.subarray(at, at + ROWS_BYTES));
  }

  #window(bytes: Uint8Array): void {
    const count = bytes.length / ROW.size;
    if (!Number.isInteger(count) || this.#row + count > this.#chunkRows)
      throw new CheckRefusal("chunk-size", `a chunk has ${this.#chunkRows} rows of ${ROW.size} bytes, here are more`, {
        chunk: this.#chunk,
      });
    const start = this.#put(bytes, CHECK.rows);
    if (this.#row === 0 && count > 0)
      this.#pc = this.#startPc = this.#chunk === 0 ? 0 : this.#witness.getUint32(start + ROW.pc, true);
    const end = start + bytes.length;
    let row = start;
    while (row < end) {
      const stamp = 4 * (this.#row + 1);
      const reached = this.#code.rows(this.#pc | 0, row | 0, end | 0, stamp, BigInt(this.#base)) >>> 0;
      this.#row += (reached - row) / ROW.size;
      row = reached;
      this.#pc = this.#word(ENGINE.pc);
      const rule = this.#word(CHECK.rule);
      if (rule === RULE.good) break;
      if (rule === RULE.moreBlake2s) this.#moreCalls("blake2s");
      else if (rule === RULE.moreU256) this.#moreCalls("u256");
      else throw this.#explain(rule, row);
    }
    this.#blocks?.look(this.#rowWords, start / 4, count);
    if (this.#word(CHECK.locations) > LIST_LIMIT)
      throw new InputError(
        `more than ${LIST_LIMIT} places are accessed: the checker has no room for so many`,
        `chunk ${this.#chunk}`,
        "such a chunk is not the recorder's; make it again",
      );
  }

  /** Where the generated code finds these bytes. */
  #put(bytes: Uint8Array, window: number): number {
    if (this.#source === undefined) {
      this.#store.bytes.set(bytes, window);
      return window;
    }
    if (bytes.buffer !== this.#source) throw new Error("bug: a piece of the witness is in another memory");
    return bytes.byteOffset;
  }

  #moreCalls(name: Delegation): void {
    const more = this.#nextCalls(name, WINDOW_CALLS);
    if (!more || more.calls === 0) {
      const place = this.#place();
      throw new CheckRefusal("delegation-count", `${name} is called, but its witness has no more calls`, place);
    }
    this.#calls[name] += more.calls;
    const { words } = this.#store;
    for (const part of DELEGATION_PARTS)
      words[CHECK.callsAt[name][part] / 4] = this.#put(more.parts[part], CHECK.windows[name][part]);
    words[CHECK.callsIn[name] / 4] = more.calls;
    words[CHECK.callsDone[name] / 4] = 0;
  }

  /** Calls that were given and not yet requested by a row. */
  callsLeft(name: Delegation): number {
    return this.#word(CHECK.callsIn[name]) - this.#word(CHECK.callsDone[name]);
  }

  /**
   * Ends the chunk.
   * @param challenge of the memory argument
   * @param copies whether the report's list is a copy; otherwise it is of this checker's own memory, and good until the next chunk begins
   * @throws CheckRefusal when rows or calls are missing or too many
   */
  end(challenge: Challenge, copies = true): ChunkReport {
    const chunk = this.#chunk;
    if (this.#row !== this.#chunkRows)
      throw new CheckRefusal("chunk-size", `the chunk has ${this.#row} rows instead of ${this.#chunkRows}`, { chunk });
    for (const name of DELEGATION_NAMES) {
      const left = this.callsLeft(name);
      if (left === 0 && this.#nextCalls(name, 0) === undefined) continue;
      const message = `the witness of ${name} has a call with a timestamp in this chunk that no row requests: call ${this.#calls[name] - left} of those in the chunk`;
      throw new CheckRefusal("delegation-count", message, { chunk });
    }
    const { bytes } = this.#store;
    const count = this.#word(CHECK.locations);
    const end = CHECK.list + count * ENTRY.size;
    this.#code.close(BigInt(this.#base), CHECK.list | 0, end | 0);
    const products = beginProducts(bytes.buffer, CHECK, challenge);
    this.#code.multiply(CHECK.list | 0, end | 0);
    this.#store.words[CHECK.locations / 4] = 0;
    const first = this.#word(CHECK.firstSelfJump);
    return {
      chunk,
      startPc: this.#startPc,
      endPc: this.#pc,
      list: copies ? bytes.slice(CHECK.list, end) : bytes.subarray(CHECK.list, end),
      products: products.slice(),
      firstSelfJump: first === 0 ? -1 : first / 4 - 1,
      selfJumps: this.#word(CHECK.selfJumps),
      tapeWords: this.#store.words.slice(
        CHECK.tape / 4,
        CHECK.tape / 4 + this.#word(CHECK.tapeWords),
      ) as Uint32Array<ArrayBuffer>,
      calls: { ...this.#calls },
    };
  }

  /** Blocks that are looked at by code of their own. */
  get blocks(): number {
    return this.#blocks?.count ?? 0;
  }

  #place() {
    return { chunk: this.#chunk, row: this.#row, cycle: this.#chunk * this.#chunkRows + this.#row };
  }

  #explain(rule: number, at: number): CheckRefusal {
    const model = {
      config: this.#config,
      imageBytes: this.#imageBytes,
      chunkRows: this.#chunkRows,
      chunk: this.#chunk,
      row: this.#row,
      pc: this.#pc,
      base: this.#base,
      calls: this.#calls,
      unseen: this.#unseen,
      registers: this.#store.registers,
      view: this.#view,
      witness: this.#witness,
    };
    return new Explanation(model).refusal(rule, at);
  }
}
