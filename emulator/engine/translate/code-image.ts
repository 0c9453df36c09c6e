/**
 * The image as the translator sees it: decoded words, which of them must be left to `BaseMachine.step`, and what a linear scan tells
 * about where functions begin and where jump tables are. The scan only guides: code that it misses is found when execution arrives.
 */
import { evaluate, isOperand } from "../../isa/expression.ts";
import { field } from "../../isa/format.ts";
import { INSTRUCTIONS, type Instruction } from "../../isa/table.ts";
import { DELEGATION_REGISTERS, U256_FLAG } from "../../machine/delegation.ts";
import { ROM_SIZE } from "../../machine/layout.ts";
import { type DecodedWords, LEAVE } from "../decoded-words.ts";

/** A decoded word. */
export interface Decoded {
  readonly row: Instruction;
  readonly pc: number;
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  readonly imm: number;
  /** Registers that it reads from locals, and that it writes to them (bit i: x_i). */
  readonly reads: number;
  readonly writes: number;
  /** Whether it may go elsewhere than to the next. */
  readonly isTerminator: boolean;
  /** What may make it worth looking at: `TRAIT`. */
  readonly traits: number;
}

/** Of instructions, and of blocks with such ones: most have none, and need not be searched for what is made of them. */
export const TRAIT = { access: 1, compare: 2, product: 4, upperProduct: 8 } as const;

/** Unsigned comparisons of registers tell carries; of products there are the lower half, and the upper one of three kinds. */
function traitsOf({ effect, reads }: Instruction): number {
  if (effect.kind === "load" || effect.kind === "store") return TRAIT.access;
  if (effect.kind !== "compute") return 0;
  const { op } = effect.value;
  if (op === "ltU" && reads.rs2) return TRAIT.compare;
  if (op === "mul") return TRAIT.product;
  return op === "wrap" ? TRAIT.upperProduct : 0;
}

const maskOf = (registers: readonly number[]): number => registers.reduce((mask, r) => mask | (1 << r), 0);
/** By row: masks of what it reads beside rs1 and rs2, and writes beside rd; and whether it has those, as -1 or 0. */
const READS = Int32Array.from(INSTRUCTIONS, ({ effect }) =>
  effect.kind === "delegate" ? maskOf(DELEGATION_REGISTERS[effect.delegation]) : 0,
);
const WRITES = Int32Array.from(INSTRUCTIONS, ({ effect }) =>
  effect.kind === "delegate" && effect.delegation === "u256" ? maskOf([U256_FLAG]) : 0,
);
const HAS_RS1 = Int32Array.from(INSTRUCTIONS, ({ reads }) => (reads.rs1 ? -1 : 0));
const HAS_RS2 = Int32Array.from(INSTRUCTIONS, ({ reads }) => (reads.rs2 ? -1 : 0));
const HAS_RD = Int32Array.from(INSTRUCTIONS, ({ effect: { kind } }) =>
  kind === "store" || kind === "branch" ? 0 : -1,
);
const TRAITS = Uint8Array.from(INSTRUCTIONS, traitsOf);
const TERMINATES = INSTRUCTIONS.map(({ effect: { kind } }) => kind === "branch" || kind === "jump");

/** How long a jump table may be, in words, and how far its targets, in bytes. */
const MOST_ENTRIES = 1024;
const MOST_DISTANCE = 0x20000;

/** The only shape of address that the table has; the translator joins checks of accesses by the same register. */
function requireRegisterPlusImmediate(row: Instruction): void {
  const { effect } = row;
  if (effect.kind !== "load" && effect.kind !== "store") return;
  const { address } = effect;
  if (address.op !== "add" || !isOperand(address.a, "rs1") || !isOperand(address.b, "imm"))
    throw new Error(`bug: ${row.name} does not address by rs1 + imm; teach memory-access.ts its shape`);
}
INSTRUCTIONS.forEach(requireRegisterPlusImmediate);

/** Whether rs1's value decides where a jump goes (jalr). */
export const isIndirect = ({ row }: Decoded): boolean => row.reads.rs1;

/** Target of a branch, or of a jump when rs1 is known. Where rs1 does not matter it is pc + imm: `decoded-words.ts` makes sure of it. */
export function targetOf({ row: { effect, reads }, pc, imm }: Decoded, rs1 = 0): number {
  if (effect.kind === "branch") return (pc + imm) >>> 0;
  if (effect.kind !== "jump") throw new Error("bug: not a jump");
  if (!reads.rs1) return (pc + imm) >>> 0;
  return (evaluate(effect.target, { pc, imm, rs1, rs2: 0 }) as number) >>> 0;
}

/** Whether a jump to a known target is plain: neither refused nor the end of the run, and to the ROM. */
export const isPlainTarget = (target: number, pc: number): boolean =>
  target !== pc && target % 4 === 0 && target < ROM_SIZE;

export class CodeImage {
  readonly #words: Uint32Array;
  readonly #decodedWords: DecodedWords;
  readonly #imageBytes: number;
  /** By word, 1 where direct calls of the image go to. */
  readonly #isFunction: Uint8Array;
  /** What looks like a jump through a table: address of the jalr → address of its table. */
  readonly #tables = new Map<number, number>();
  #tableStarts: readonly number[] = [];
  /** What `at` has made, and by word where it is there. */
  readonly #decoded: (Decoded | undefined)[] = [undefined];
  readonly #indices: Uint32Array;
  /** By word: what `terminatorFrom` has found, plus 1. */
  readonly #terminators: Uint32Array;

  /** @param words of the image, or of more of the ROM; behind them nothing is executed */
  constructor(words: Uint32Array, decodedWords: DecodedWords, imageBytes: number) {
    this.#words = words;
    this.#decodedWords = decodedWords;
    this.#imageBytes = imageBytes;
    this.#isFunction = new Uint8Array(words.length);
    this.#indices = new Uint32Array(words.length);
    this.#terminators = new Uint32Array(words.length);
    this.#scan();
  }

  /** Words that there may be instructions in, from address 0 on. */
  get length(): number {
    return this.#words.length;
  }

  isFunction(pc: number): boolean {
    return this.#isFunction[pc >>> 2] === 1;
  }

  /** The instruction at `pc`, or undefined where execution must leave: refused words, breakpoints, jumps that are not plain. */
  at(pc: number): Decoded | undefined {
    if (pc >= 4 * this.#words.length) return undefined;
    const known = this.#indices[pc >>> 2];
    if (known !== 0) return this.#decoded[known];
    const decoded = this.#decode(pc);
    if (decoded) this.#indices[pc >>> 2] = this.#decoded.push(decoded) - 1;
    return decoded;
  }

  #decode(pc: number): Decoded | undefined {
    const { operations, immediates } = this.#decodedWords;
    if (operations[pc] === LEAVE) return undefined;
    const word = this.#words[pc >>> 2];
    const row = operations[pc] - 1;
    const rd = field.rd(word);
    const rs1 = field.rs1(word);
    const rs2 = field.rs2(word);
    return {
      row: INSTRUCTIONS[row],
      pc,
      rd,
      rs1,
      rs2,
      imm: immediates[pc >>> 2],
      reads: (((1 << rs1) & HAS_RS1[row]) | ((1 << rs2) & HAS_RS2[row]) | READS[row]) & ~1,
      writes: (((1 << rd) & HAS_RD[row]) | WRITES[row]) & ~1,
      isTerminator: TERMINATES[row],
      traits: TRAITS[row],
    };
  }

  /** The first terminator, or word that is not executed, at or behind `pc`. */
  terminatorFrom(pc: number): number {
    const end = 4 * this.#words.length;
    let at = pc;
    for (; at < end; at += 4) {
      const known = this.#terminators[at >>> 2];
      if (known !== 0) {
        at = known - 1;
        break;
      }
      const d = this.at(at);
      if (!d || d.isTerminator) break;
    }
    // 0 is for unknown, so they are kept with 1 added
    for (let i = pc; i <= at; i += 4) this.#terminators[i >>> 2] = at + 1;
    return at;
  }

  /** Targets of the jump at `pc`, where it goes through a table of addresses of code near it; else []. */
  tableEntries(pc: number): number[] {
    const address = this.#tables.get(pc);
    if (address === undefined) return [];
    const next = this.#tableStarts.find((other) => other > address) ?? this.#imageBytes;
    const end = Math.min(next, this.#imageBytes, address + 4 * MOST_ENTRIES);
    const entries = new Set<number>();
    for (let at = address; at + 4 <= end; at += 4) {
      const entry = this.#words[at >>> 2];
      if (entry % 4 !== 0 || entry >= this.#imageBytes || Math.abs(entry - pc) > MOST_DISTANCE) break;
      if (this.at(entry) === undefined) break;
      entries.add(entry);
    }
    return entries.size > 1 ? [...entries] : [];
  }

  /** Every word once, so without making anything of most: 800 KB take 2 ms. */
  #scan(): void {
    const words = this.#words;
    const { operations, immediates } = this.#decodedWords;
    for (let i = 0; i < this.#imageBytes / 4; i++) {
      const word = words[i];
      const opcode = word & 0x7f;
      // most words are neither of these; 0x67 is jalr, 0x6f jal
      if ((opcode !== 0x67 && opcode !== 0x6f) || operations[4 * i] === LEAVE) continue;
      const rd = field.rd(word);
      if (opcode === 0x6f) {
        if (rd !== 0) this.#isFunction[(4 * i + immediates[i]) >>> 2] = 1;
      } else if (rd !== 0) this.#findCall(4 * i);
      // returns, which most of them are, are no jumps through tables
      else if (field.rs1(word) !== 1 && field.rs1(word) !== 5) this.#findTable(this.at(4 * i)!);
    }
    this.#tableStarts = [...new Set(this.#tables.values())].sort((a, b) => a - b);
  }

  /** auipc and jalr */
  #findCall(pc: number): void {
    const word = pc >= 4 ? this.#words[(pc >>> 2) - 1] : 0;
    if ((word & 0x7f) !== 0x17 || field.rd(word) !== field.rs1(this.#words[pc >>> 2])) return;
    const before = this.at(pc - 4);
    if (!before) return;
    const target = targetOf(this.at(pc)!, before.pc + before.imm);
    if (isPlainTarget(target, pc)) this.#isFunction[target >>> 2] = 1;
  }

  /** The nearest instruction before `pc`, by address, that writes a register. */
  #writer(register: number, pc: number, within: number): Decoded | undefined {
    if (register === 0) return undefined;
    for (let at = pc - 4; at >= 0 && at >= pc - 4 * within; at -= 4) {
      if (field.rd(this.#words[at >>> 2]) !== register) continue;
      const d = this.at(at);
      if (d && d.row.effect.kind !== "store" && d.row.effect.kind !== "branch") return d;
    }
    return undefined;
  }

  /** jalr of what was loaded from (constant + something); the constant may have been made long before. */
  #findTable(jump: Decoded): void {
    const load = this.#writer(jump.rs1, jump.pc, 24);
    if (load?.row.effect.kind !== "load") return;
    const sum = this.#writer(load.rs1, load.pc, 24);
    if (sum?.row.name !== "add") return;
    for (const register of [sum.rs1, sum.rs2]) {
      const low = this.#writer(register, sum.pc, 4000);
      const upper = low?.row.name === "addi" ? this.#writer(low.rs1, low.pc, 16) : low;
      if (!low || upper?.row.name !== "lui") continue;
      const address = (upper.imm + (low === upper ? 0 : low.imm) + load.imm) >>> 0;
      if (address < this.#imageBytes && address % 4 === 0) this.#tables.set(jump.pc, address);
    }
  }
}
