/** From an allocated function to words: pseudo-operations expanded, blocks laid out; `assemble.ts` finds distances. */
import type { ObjectData, ObjectFunction, Relocation } from "../link/object.ts";
import type { Allocation } from "./allocate.ts";
import { assemble, INVERSE, type Item } from "./assemble.ts";
import { CSR, csrrw, encode, hi20, lo12, UNPROVABLE } from "./encode.ts";
import { FINISH } from "./finish.ts";
import { renumberBlocks } from "./graph.ts";
import { layoutBlocks, skipEmptyBlocks } from "./layout.ts";
import type { MBlock, MFunc, MInst } from "./machine.ts";
import { orderMoves } from "./parallel-move.ts";
import { A0, ALLOCATABLE_MASK, RA, SP, ZERO } from "./registers.ts";
import { dropRepeatedConstants } from "./repeat.ts";

/** Where a function's stack slots are: below sp, which moves only where recursion demands it. */
export interface Frame {
  /** bytes below sp that callers may be using */
  readonly depth: number;
  /** sp is lowered by `depth + bias` during the body */
  readonly adjusts: boolean;
  /** so that large frames are within reach of 12-bit offsets on both sides of sp; 0 unless `adjusts` */
  readonly bias: number;
}

const LOADS: ReadonlySet<string> = new Set(["lw", "lb", "lbu", "lh", "lhu"]);
const STORES: ReadonlySet<string> = new Set(["sw", "sb", "sh"]);

/** Words of frame: outgoing arguments, spill slots, saved registers. */
export function frameWords(func: MFunc, allocation: Allocation): number {
  let saved = 0;
  for (let r = 0; r < 32; r++) if ((allocation.saved & (1 << r)) !== 0) saved++;
  return func.slots + saved;
}

class Emitter {
  readonly items: Item[] = [];
  readonly func: MFunc;
  readonly allocation: Allocation;
  readonly frame: Frame;
  readonly color: Int32Array;
  readonly depthOf: (symbol: string | undefined) => number;
  origin = -1;
  trapUsed = false;

  constructor(func: MFunc, allocation: Allocation, frame: Frame, depthOf: (symbol: string | undefined) => number) {
    this.func = func;
    this.allocation = allocation;
    this.frame = frame;
    this.color = allocation.color;
    this.depthOf = depthOf;
  }

  word(word: number, reloc?: Omit<Relocation, "at">): void {
    this.items.push(
      reloc === undefined
        ? { kind: "word", word, origin: this.origin }
        : { kind: "word", word, origin: this.origin, reloc },
    );
  }
  op(name: string, rd: number, rs1: number, rs2: number, imm = 0): void {
    this.word(encode(name, rd, rs1, rs2, imm));
  }
  li(rd: number, value: number): void {
    if (value >= -2048 && value <= 2047) this.op("addi", rd, ZERO, 0, value);
    else {
      this.op("lui", rd, 0, 0, hi20(value));
      if (lo12(value) !== 0) this.op("addi", rd, rd, 0, lo12(value));
    }
  }
  symbol(
    name: string,
    rd: number,
    rs1: number,
    rs2: number,
    kind: Relocation["kind"],
    symbol: string,
    addend: number,
  ): void {
    this.word(encode(name, rd, rs1, rs2, 0), { kind, symbol, addend });
  }
  /** Offset from sp (as it is in the body) of slot k. */
  slot(k: number): number {
    return -4 * (k + 1) + (this.frame.adjusts ? this.frame.bias : -this.frame.depth);
  }
  /**
   * A load or store of a stack slot. Out of reach of 12 bits, sp itself goes there and back: no register is surely free, and nothing can
   * interrupt the machine in between.
   */
  stack(name: "lw" | "sw", register: number, offset: number): void {
    const [rd, rs2] = name === "lw" ? [register, 0] : [0, register];
    const shift = offset >= -2048 && offset <= 2047 ? 0 : offset & ~15;
    this.addSp(shift);
    this.op(name, rd, SP, rs2, offset - shift);
    this.addSp(-shift);
  }
  savedRegisters(): number[] {
    return Array.from({ length: 32 }, (_, r) => r).filter((r) => (this.allocation.saved & (1 << r)) !== 0);
  }
  prologue(): void {
    if (this.frame.adjusts) this.addSp(-this.frame.depth - this.frame.bias);
    this.savedRegisters().forEach((r, k) => {
      this.stack("sw", r, this.slot(this.func.slots + k));
    });
  }
  addSp(by: number): void {
    // no register is free at either end: as many steps as it takes
    for (let left = by; left !== 0; ) {
      const step = Math.max(-2048, Math.min(2032, left));
      this.op("addi", SP, SP, 0, step);
      left -= step;
    }
  }
  epilogue(): void {
    this.savedRegisters().forEach((r, k) => {
      this.stack("lw", r, this.slot(this.func.slots + k));
    });
    if (this.frame.adjusts) this.addSp(this.frame.depth + this.frame.bias);
  }

  copy(i: MInst, liveAfter: number): void {
    const pairs = i.defs.map((d, k): [number, number] => [this.color[d]!, this.color[i.uses[k]!]!]);
    let busy = liveAfter;
    for (const [d, s] of pairs) busy |= (1 << d) | (1 << s);
    const spare = ALLOCATABLE_MASK & ~busy & this.scratch;
    const free = spare === 0 ? -1 : 31 - Math.clz32(spare);
    for (const step of orderMoves(pairs, free)) {
      if (step.op === "mv") this.op("addi", step.to, step.from, 0, 0);
      else {
        this.op("xor", step.to, step.to, step.from);
        this.op("xor", step.from, step.to, step.from);
        this.op("xor", step.to, step.to, step.from);
      }
    }
  }
  /** registers that this function may destroy: what it writes anyway and does not save */
  scratch = 0;

  instruction(i: MInst, liveAfter: number): void {
    const rd = i.defs.length > 0 ? this.color[i.defs[0]!]! : 0;
    const a = i.uses.length > 0 ? this.color[i.uses[0]!]! : 0;
    const b = i.uses.length > 1 ? this.color[i.uses[1]!]! : 0;
    if (LOADS.has(i.op)) {
      if (i.symbol !== undefined) this.symbol(i.op, rd, a, 0, "lo12i", i.symbol, i.imm);
      else this.op(i.op, rd, a, 0, i.imm);
      return;
    }
    if (STORES.has(i.op)) {
      if (i.symbol !== undefined) this.symbol(i.op, 0, a, b, "lo12s", i.symbol, i.imm);
      else this.op(i.op, 0, a, b, i.imm);
      return;
    }
    if (i.op.startsWith("trapif.")) {
      this.trapUsed = true;
      this.items.push({ kind: "branch", op: i.op.slice(7), a, b, to: "trap", origin: this.origin });
      return;
    }
    const emit = PSEUDO_EMIT[i.op];
    if (emit !== undefined) emit(this, i, rd, a, liveAfter);
    else this.op(i.op, rd, a, b, i.imm);
  }

  /** The body of a block, its terminator excluded. */
  body(block: MBlock): void {
    const after = this.live(block);
    for (let at = 0; at < block.insts.length - 1; at++) {
      const i = block.insts[at]!;
      this.origin = i.origin;
      this.instruction(i, after[at]!);
    }
    this.origin = block.insts[block.insts.length - 1]!.origin;
  }
  live: (block: MBlock) => number[] = () => [];

  /**
   * A jump to a short block becomes a copy of it: the jump itself is saved, at worst another one takes its place. Loop ends, returns and the
   * dispatch of interpreters are such blocks.
   */
  jump(to: MBlock, next: MBlock | undefined, frequency: number, copies = 0): void {
    if (to === next) return;
    const short = to.insts.length <= SHORT && to.insts[0]!.op !== "entry" && to.insts[0]!.op !== "trap";
    // a table's cases share its frequency: each is rare, all of them together are not
    const dispatches = to.insts[to.insts.length - 1]!.op === "jr" && to.frequency >= WORTH;
    if (!short || copies >= MAX_COPIES || (frequency < WORTH && !dispatches)) {
      this.items.push({ kind: "jump", to, origin: this.origin });
      return;
    }
    this.body(to);
    this.terminator(to, next, copies + 1, Math.min(frequency, to.frequency));
  }

  /** A block's end, given what comes behind it. */
  terminator(block: MBlock, next: MBlock | undefined, copies = 0, frequency = block.frequency): void {
    const last = block.insts[block.insts.length - 1]!;
    if (last.op === "j") this.jump(block.succs[0]!.to, next, frequency, copies);
    else if (INVERSE[last.op] !== undefined) {
      const [taken, other] = [block.succs[0]!.to, block.succs[1]!.to];
      const a = this.color[last.uses[0]!]!;
      const b = this.color[last.uses[1]!]!;
      // when neither follows, the more frequent way is the branch
      const [ofTaken, ofOther] = block.succs.map((e) => e.frequency!) as [number, number];
      const invert = taken === next || (other !== next && ofOther > ofTaken);
      const to = invert ? other : taken;
      const rest = invert ? taken : other;
      this.items.push({ kind: "branch", op: invert ? INVERSE[last.op]! : last.op, a, b, to, origin: this.origin });
      this.jump(rest, next, Math.min(frequency, rest.frequency), copies);
    } else this.instruction(last, 0);
  }
}

/** Instructions of a block that is copied rather than jumped to, the terminator included; how many in a row; from which frequency on. */
const SHORT = 6;
const MAX_COPIES = 2;
const WORTH = 0.2;

const PSEUDO_EMIT: Readonly<Record<string, (e: Emitter, i: MInst, rd: number, a: number, liveAfter: number) => void>> =
  {
    entry: () => {},
    li: (e, i, rd) => e.li(rd, i.imm),
    lic: (e, i, rd) => e.op("lw", rd, ZERO, 0, i.imm),
    luis: (e, i, rd) => e.symbol("lui", rd, 0, 0, "hi20", i.symbol!, i.imm),
    la: (e, i, rd) => {
      e.symbol("lui", rd, 0, 0, "hi20", i.symbol!, i.imm);
      e.symbol("addi", rd, rd, 0, "lo12i", i.symbol!, i.imm);
    },
    mv: (e, i, _rd, _a, liveAfter) => e.copy(i, liveAfter),
    pcopy: (e, i, _rd, _a, liveAfter) => e.copy(i, liveAfter),
    spill: (e, i, _rd, a) => e.stack("sw", a, e.slot(i.imm)),
    reload: (e, i, rd) => e.stack("lw", rd, e.slot(i.imm)),
    // The area for arguments that find no register lies above the callee's frame, at the depth that all its callers agree on.
    outarg: (e, i, _rd, a) => e.stack("sw", a, e.frame.bias - e.depthOf(i.symbol) + 4 * i.imm),
    inres: (e, i, rd) => e.stack("lw", rd, e.frame.bias - e.depthOf(i.symbol) + 4 * i.imm),
    inarg: (e, i, rd) => e.stack("lw", rd, e.slot(-1) + 4 * i.imm),
    outres: (e, i, _rd, a) => e.stack("sw", a, e.slot(-1) + 4 * i.imm),
    call: (e, i) => e.word(encode("jal", i.imm, 0, 0, 0), { kind: "jal", symbol: i.symbol!, addend: 0 }),
    calli: (e, i) => e.op("jalr", RA, e.color[i.uses[i.uses.length - 1]!]!, 0, 0),
    ret: (e, _i, _rd, a) => {
      e.epilogue();
      e.op("jalr", ZERO, a, 0, 0);
    },
    tail: (e, i) => {
      e.epilogue();
      e.word(encode("jal", ZERO, 0, 0, 0), { kind: "jal", symbol: i.symbol!, addend: 0 });
    },
    taili: (e, _i, _rd, a) => {
      e.epilogue();
      e.op("jalr", ZERO, a, 0, 0);
    },
    jr: (e, _i, _rd, a) => e.op("jalr", ZERO, a, 0, 0),
    trap: (e) => e.word(UNPROVABLE),
    finish: (e, i) => {
      for (let r = A0 + i.uses.length; r <= 25; r++) e.op("addi", r, ZERO, 0, 0);
      e.word(encode("jal", ZERO, 0, 0, 0), { kind: "jal", symbol: FINISH, addend: 0 });
    },
    marker: (e, i) => void e.items.push({ kind: "label", name: `marker.${i.imm}` }),
    tape_read: (e, _i, rd) => e.word(csrrw(rd, CSR.tape, 0)),
    tape_write: (e, _i, _rd, a) => e.word(csrrw(0, CSR.tape, a)),
    blake2s: (e) => e.word(csrrw(0, CSR.blake2s, 0)),
    u256: (e) => e.word(csrrw(0, CSR.u256, 0)),
  };

export interface Emitted {
  readonly object: ObjectFunction;
  readonly data: ObjectData[];
}

/** @returns what makes the object, given which of the function's calls (numbers in order) are too far for a `jal` */
export function emitFunction(
  func: MFunc,
  allocation: Allocation,
  frame: Frame,
  depthOf: (symbol: string | undefined) => number,
): (farCalls: ReadonlySet<number>) => Emitted {
  dropIdleCopies(func, allocation.color);
  skipEmptyBlocks(func);
  renumberBlocks(func);
  const emitter = new Emitter(func, allocation, frame, depthOf);
  emitter.live = liveRegisters(func, allocation.color);
  emitter.scratch = writtenRegisters(func, allocation);
  const order = layoutBlocks(func);
  order.forEach((block, k) => {
    emitter.items.push({ kind: "block", block });
    emitter.origin = -1;
    if (k === 0) emitter.prologue();
    emitter.body(block);
    emitter.terminator(block, order[k + 1]);
  });
  const items = dropRepeatedConstants(emitter.items, new Set(func.tables.flatMap((t) => t.targets)));
  return (farCalls) => makeObject(func, frame, emitter, items, farCalls);
}

function makeObject(
  func: MFunc,
  frame: Frame,
  emitter: Emitter,
  items: readonly Item[],
  farCalls: ReadonlySet<number>,
): Emitted {
  const { words, relocations, origins, labels, offsetOf } = assemble(items, emitter.trapUsed, farCalls);
  const data = func.tables.map(
    (t): ObjectData => ({
      symbol: t.symbol,
      align: 4,
      bytes: new Uint8Array(4 * t.targets.length),
      relocations: t.targets.map((b, k) => ({ at: k, kind: "word", symbol: func.symbol, addend: offsetOf(b) })),
    }),
  );
  const returnRegister = emitter.color[func.returnAddress]!;
  const object: ObjectFunction = {
    symbol: func.symbol,
    displayName: func.name,
    code: Uint32Array.from(words),
    relocations,
    origins,
    labels,
    frameSize: frame.adjusts ? frame.depth + frame.bias : 0,
    returnAddressSlot: func.returnSlot >= 0 ? emitter.slot(func.returnSlot) : -1,
    ...(func.returnSlot < 0 && returnRegister > 0 ? { returnRegister } : {}),
  };
  return { object, data };
}

/** Copies that allocation made superfluous. */
function dropIdleCopies(func: MFunc, color: Int32Array): void {
  for (const b of func.blocks)
    b.insts = b.insts.filter(
      (i) => (i.op !== "pcopy" && i.op !== "mv") || i.defs.some((d, k) => color[d] !== color[i.uses[k]!]),
    );
}

function writtenRegisters(func: MFunc, allocation: Allocation): number {
  let mask = allocation.saved;
  for (const b of func.blocks)
    for (const i of b.insts) {
      mask |= i.clobbers ?? 0;
      if (i.op !== "entry") for (const d of i.defs) mask |= 1 << allocation.color[d]!;
    }
  return mask;
}

/** For a block: the registers live after each instruction. */
function liveRegisters(func: MFunc, color: Int32Array): (block: MBlock) => number[] {
  const index = new Map(func.blocks.map((b, i) => [b, i]));
  const liveIn = new Int32Array(func.blocks.length);
  const through = (b: MBlock, out: number, record?: number[]): number => {
    let live = out;
    for (let at = b.insts.length - 1; at >= 0; at--) {
      const i = b.insts[at]!;
      if (record !== undefined) record[at] = live;
      for (const d of i.defs) live &= ~(1 << color[d]!);
      for (const u of i.uses) live |= 1 << color[u]!;
    }
    return live;
  };
  const liveOut = (b: MBlock): number => b.succs.reduce((mask, { to }) => mask | liveIn[index.get(to)!]!, 0);
  for (let changed = true; changed; ) {
    changed = false;
    for (let k = func.blocks.length - 1; k >= 0; k--) {
      const next = through(func.blocks[k]!, liveOut(func.blocks[k]!));
      if (next !== liveIn[k]) {
        liveIn[k] = next;
        changed = true;
      }
    }
  }
  return (block) => {
    const record: number[] = new Array(block.insts.length).fill(0);
    through(block, liveOut(block), record);
    return record;
  };
}
