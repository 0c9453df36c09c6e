/**
 * A region as one WebAssembly function: (cycles left, calls that may still be nested) → (pc, cycles left). Control flow is structured along the dominator tree
 * (Ramsey, "Beyond Relooper"). Registers are in locals; whoever leaves writes back what is dirty, by one of the exits at the function's end.
 *
 * The pc that is returned is a multiple of 4, plus `STEP` when its instruction must be left to `BaseMachine.step`, or plus `BUDGET` when too few cycles
 * are left to go on without looking at every one.
 */
import { emitExpression } from "../../isa/emit.ts";
import { type Expression, evaluate, OPERATORS } from "../../isa/expression.ts";
import { DELEGATION_REGISTERS } from "../../machine/delegation.ts";
import { ADDRESS_SPACE, ENGINE, PAGE_SHIFT, ROM_SIZE } from "../../machine/layout.ts";
import { Code, type LoadName, OP, type StoreName } from "../../wasm/builder.ts";
import type { Decoded } from "./code-image.ts";
import { checkLimit, type Group, groupAccesses, isValidAddress } from "./memory-access.ts";
import type { Block, Edge, Region } from "./region.ts";
import { analyseRegisters, type RegionRegisters, writeMask } from "./registers.ts";

export const STEP = 1;
export const BUDGET = 2;

/**
 * Why a region is asked for, in the low bits of its pc: a function, or a target of an indirect jump; a loop that has been running for
 * long; the rest of something; where the driver has arrived, which may be anywhere.
 */
export const REQUEST = { function: 0, loop: 1, rest: 2, arrival: 3 } as const;

/** Cycles after which a loop enters its function anew: that is how V8's optimised code replaces baseline code. */
const LOOP_SLICE = 1 << 17;
/** Regions with more instructions note which of their blocks are executed: a loop of such a region is translated without the others. */
const UNMARKED = 1000;
/** Bits of a `leave` exit's number that are the pc; above are the cycles of the block that were not executed. */
const PC_BITS = 21;

const { add, sub, and, shrU, ltS, eq, ne, eqz, rotr, or, xor } = OPERATORS;
/** Comparisons that no row of the table needs. */
const [GT_S, GT_U] = [0x4a, 0x4b];
const LOAD: Record<string, LoadName> = {
  "1true": "i8S",
  "1false": "i8U",
  "2true": "i16S",
  "2false": "i16U",
  "4false": "i32",
};
const STORE: Record<number, StoreName> = { 1: "i8", 2: "i16", 4: "i32" };
const LINKS = [1, 5];

/** What the region's function needs from its module. */
export interface Surroundings {
  readonly tapeRead: number;
  readonly tapeWrite: number;
  readonly delegate: Readonly<Record<string, number>>;
  /** Function (pc with a `REQUEST`) → table index of the region there, 0 if there can be none. */
  readonly translate: number;
  readonly signature: number;
  /** Function of this module for the region at `pc`. */
  functionOf(pc: number): number | undefined;
  /** Table index of a region of another module. */
  tableIndexOf(pc: number): number | undefined;
  /** Address of a byte for each word of code, which a block sets when it is executed, in regions that are to tell. */
  readonly marks: number;
  /** Address of a new map from jump targets to numbers of cases (16 bits a word of code), or undefined when there is no room. */
  caseMap(first: number, last: number, cases: ReadonlyMap<number, number>): number | undefined;
}

type ExitKind = "leave" | "goto" | "return";
const [LEFT, DEPTH] = [0, 1];

/** What is known where control is inside a block; handed on to blocks that only this one reaches. */
interface Knowledge {
  constants: Map<number, number>;
  groups: Map<number, Group>;
  /** Pages that are marked as written. */
  pages: Set<number>;
}
const nothing = (): Knowledge => ({ constants: new Map(), groups: new Map(), pages: new Set() });

export class RegionCode {
  readonly #code = new Code(2);
  readonly #region: Region;
  readonly #around: Surroundings;
  readonly #masks: RegionRegisters;
  readonly #registerLocals: number[] = [];
  /** Exit's number, or target. */
  readonly #exit: number;
  readonly #target: number;
  readonly #bound: number;
  #value = -1;
  readonly #addressLocals: number[] = [];
  readonly #exits = new Map<string, { index: number; mask: number; kind: ExitKind }>();
  readonly #labels = new Map<Block, number>();

  readonly #mark: boolean;

  constructor(region: Region, around: Surroundings) {
    this.#mark = region.instructions > UNMARKED;
    this.#region = region;
    this.#around = around;
    this.#masks = analyseRegisters(region);
    this.#exit = this.#code.local();
    this.#target = this.#code.local();
    this.#bound = this.#code.local();
  }

  build(): Code {
    const { root, blocks } = this.#region;
    const c = this.#code;
    c.i32(root.pc | BUDGET).set(this.#exit);
    c.get(LEFT).i32(root.longest).op(ltS.code).brIf(this.#exitTo("return", 0));
    const loops = blocks.filter((block) => block.isLoop);
    if (loops.length > 0) {
      // max(left - slice, cycles of the longest way through a loop)
      const least = Math.max(...loops.map((block) => block.longest));
      c.get(LEFT).i32(LOOP_SLICE).op(sub.code).tee(this.#bound).i32(least).get(this.#bound).i32(least);
      c.op(GT_S, OP.select).set(this.#bound);
    }
    this.#load(this.#masks[root.order].needed);
    this.#tree(root, nothing());
    return this.#finish();
  }

  /** The body, inside one block for each exit; and the exits. */
  #finish(): Code {
    const body = this.#code;
    const c = body.around(this.#exits.size + 2);
    const [leave, goto] = [1, 2];
    for (const { mask, kind } of this.#exits.values()) {
      c.end();
      this.#writeBack(c, mask);
      if (kind === "return") c.get(this.#exit).get(LEFT).op(OP.return);
      else c.br(kind === "leave" ? goto : leave);
    }
    c.end();
    // leave: block `goto` is the inner one of the two
    c.get(this.#exit)
      .i32((1 << PC_BITS) - 1)
      .op(and.code)
      .i32(STEP)
      .op(or.code);
    c.get(LEFT).get(this.#exit).i32(PC_BITS).op(shrU.code, add.code, OP.return);
    c.end();
    // go to the region at an address, in place of this one; the low bits say what is asked for
    c.get(this.#exit).i32(-ROM_SIZE).op(and.code).if();
    c.get(this.#exit).i32(~3).op(and.code).get(LEFT).op(OP.return).end();
    c.get(this.#exit).i32(~3).op(and.code).load("i32", ENGINE.tables).tee(this.#target).op(eqz.code).if();
    c.get(this.#exit).call(this.#around.translate).tee(this.#target).op(eqz.code).if();
    c.get(this.#exit).i32(~3).op(and.code).get(LEFT).op(OP.return).end().end();
    c.get(LEFT).get(DEPTH).get(this.#target).callIndirect(this.#around.signature, true);
    return c;
  }

  // ---- registers

  #local(register: number): number {
    return (this.#registerLocals[register] ??= this.#code.local());
  }

  #load(mask: number): void {
    for (let r = 1; r < 32; r++)
      if (mask & (1 << r))
        this.#code
          .i32(0)
          .load("i32", ENGINE.registers + 4 * r)
          .set(this.#local(r));
  }

  #writeBack(c: Code, mask: number): void {
    for (let r = 1; r < 32; r++)
      if (mask & (1 << r))
        c.i32(0)
          .get(this.#local(r))
          .store("i32", ENGINE.registers + 4 * r);
  }

  #get(register: number, { constants }: Knowledge): void {
    const constant = register === 0 ? 0 : constants.get(register);
    if (constant === undefined) this.#code.get(this.#local(register));
    else this.#code.i32(constant);
  }

  /** The instruction that is being emitted, and what is known there: read by `#operands`, which is made once. */
  #current!: Decoded;
  #known: Knowledge = nothing();
  readonly #operands = {
    rs1: () => this.#get(this.#current.rs1, this.#known),
    rs2: () => this.#get(this.#current.rs2, this.#known),
    imm: () => void this.#code.i32(this.#current.imm),
    pc: () => void this.#code.i32(this.#current.pc),
  };

  #emit(e: Expression, d: Decoded, known: Knowledge): void {
    this.#current = d;
    this.#known = known;
    emitExpression(this.#code, e, this.#operands);
  }

  // ---- exits

  /** Depth of the exit's label: 0 is what encloses the body, -1 what encloses that, and so on. */
  #exitTo(kind: ExitKind, mask: number): number {
    const key = `${kind}${mask}`;
    let found = this.#exits.get(key);
    if (!found) {
      found = { index: this.#exits.size, mask, kind };
      this.#exits.set(key, found);
    }
    return -found.index;
  }

  // ---- control flow

  #tree(block: Block, known: Knowledge): void {
    const merges = block.dominated.filter(({ isMerge }) => isMerge);
    if (block.isLoop) {
      this.#code.loop();
      this.#labels.set(block, this.#code.depth);
      this.#within(block, merges, nothing());
      this.#code.end();
    } else this.#within(block, merges, known);
  }

  /** The block's own code, inside a block for each merge that follows it; the last in order is outermost. */
  #within(block: Block, merges: Block[], known: Knowledge): void {
    for (let i = merges.length - 1; i >= 0; i--) {
      this.#code.block();
      this.#labels.set(merges[i], this.#code.depth);
    }
    this.#block(block, known);
    for (const merge of merges) {
      this.#code.end();
      this.#tree(merge, nothing());
    }
  }

  /** Goes along an edge; `mask` is what is dirty. What follows is unreachable. */
  #follow(from: Block, edge: Edge, mask: number, known: Knowledge): void {
    const c = this.#code;
    const { block } = edge;
    if (!block)
      c.i32(edge.pc | REQUEST.rest)
        .set(this.#exit)
        .br(this.#exitTo("goto", mask));
    else if (block.order <= from.order) {
      c.i32(block.pc | REQUEST.loop).set(this.#exit);
      c.get(LEFT).get(this.#bound).op(ltS.code).brIf(this.#exitTo("goto", mask));
      c.br(this.#labels.get(block)!);
    } else if (block.isMerge) c.br(this.#labels.get(block)!);
    else this.#tree(block, known);
  }

  #block(block: Block, known: Knowledge): void {
    const c = this.#code;
    const { body, end, length } = block;
    if (length > 0) c.get(LEFT).i32(length).op(sub.code).set(LEFT);
    if (this.#mark)
      c.i32(0)
        .i32(1)
        .store("i8", this.#around.marks + block.pc / 4);
    let { dirty: mask } = this.#masks[block.order];
    const lastWrites = this.#lastWrites(body, this.#masks[block.order].stored);
    const groups = groupAccesses(body, known.groups);
    for (const [i, d] of body.entries()) {
      this.#instruction(d, known, groups, mask, length - i);
      const written = writeMask(d);
      mask |= written;
      const stored = lastWrites[i] ?? 0;
      if (stored !== 0) this.#writeBack(c, stored);
      mask &= ~stored;
      if (known.groups.size > 0)
        for (let rest = written; rest !== 0; rest &= rest - 1) known.groups.delete(31 - Math.clz32(rest & -rest));
    }
    switch (end.kind) {
      case "next":
      case "jump":
        this.#follow(block, end.to, mask, known);
        break;
      case "leave":
        this.#leaveUnless(end.pc, 0);
        c.br(this.#exitTo("leave", mask));
        break;
      case "branch":
        this.#branch(block, end.at, end.taken, end.other, mask, known);
        break;
      case "call":
        this.#call(block, end.at, end.target, end.back, mask, known);
        break;
      case "indirect":
        this.#indirect(end.at, end.cases, mask, known);
    }
  }

  /** By instruction: which of the registers it is the last to write. */
  #lastWrites(body: readonly Decoded[], registers: number): number[] {
    const found: number[] = [];
    let left = registers;
    for (let i = body.length - 1; left !== 0 && i >= 0; i--) {
      found[i] = writeMask(body[i]) & left;
      left &= ~found[i];
    }
    return found;
  }

  #branch(block: Block, at: Decoded, taken: Edge, other: Edge, mask: number, known: Knowledge): void {
    const c = this.#code;
    const { effect } = at.row;
    if (effect.kind !== "branch") throw new Error("bug: not a branch");
    const isShort = taken.block?.isMerge && taken.block.order > block.order;
    if (taken.block === undefined) c.i32(taken.pc | REQUEST.rest).set(this.#exit);
    this.#emit(effect.condition, at, known);
    if (isShort) c.brIf(this.#labels.get(taken.block!)!);
    else if (taken.block === undefined) c.brIf(this.#exitTo("goto", mask));
    else {
      c.if();
      this.#follow(block, taken, mask, copy(known));
      c.end();
    }
    this.#follow(block, other, mask, known);
  }

  /** The number for a `leave` exit. `refund`: cycles of the block from this instruction on. */
  #leaveUnless(pc: number, refund: number): void {
    this.#code.i32(pc | (refund << PC_BITS)).set(this.#exit);
  }

  /** Evaluates a jump's target into `#target`; leaves if `step` must look at it. */
  #evaluateTarget(at: Decoded, mask: number, known: Knowledge, outside: number): void {
    const c = this.#code;
    const { effect } = at.row;
    if (effect.kind !== "jump") throw new Error("bug: not a jump");
    this.#leaveUnless(at.pc, 1);
    this.#emit(effect.target, at, known);
    c.tee(this.#target).i32(outside).op(and.code).brIf(this.#exitTo("leave", mask));
    c.get(this.#target).i32(at.pc).op(eq.code).brIf(this.#exitTo("leave", mask));
  }

  #call(block: Block, at: Decoded, target: number | undefined, back: Edge, mask: number, known: Knowledge): void {
    const c = this.#code;
    const { effect } = at.row;
    if (effect.kind !== "jump") throw new Error("bug: not a call");
    if (target === undefined) this.#evaluateTarget(at, mask, known, -ROM_SIZE | 3);
    this.#writeBack(c, mask & ~(1 << at.rd));
    c.i32(0);
    this.#emit(effect.link, at, known);
    c.store("i32", ENGINE.registers + 4 * at.rd);
    const putTarget = () => (target === undefined ? c.get(this.#target) : c.i32(target));
    putTarget().set(this.#exit);
    const toCaller = this.#exitTo("return", 0);
    c.get(DEPTH).op(eqz.code).brIf(toCaller);
    const own = target === undefined ? undefined : this.#around.functionOf(target);
    const index = target === undefined ? undefined : this.#around.tableIndexOf(target);
    const pushArguments = () => c.get(LEFT).get(DEPTH).i32(1).op(sub.code);
    if (own !== undefined) pushArguments().call(own);
    else if (index !== undefined) pushArguments().i32(index).callIndirect(this.#around.signature);
    else {
      c.get(this.#exit).load("i32", ENGINE.tables).tee(this.#target).op(eqz.code).if();
      putTranslated(c, this.#exit, this.#target, this.#around.translate);
      c.op(eqz.code).brIf(toCaller).end();
      pushArguments().get(this.#target).callIndirect(this.#around.signature);
    }
    c.set(LEFT).tee(this.#exit).i32(back.pc).op(ne.code).brIf(toCaller);
    if (!back.block) {
      c.i32(back.pc | REQUEST.rest)
        .set(this.#exit)
        .br(this.#exitTo("goto", 0));
      return;
    }
    c.i32(back.pc | BUDGET).set(this.#exit);
    c.get(LEFT).i32(back.block.longest).op(ltS.code).brIf(toCaller);
    this.#load(this.#masks[back.block.order].needed);
    this.#follow(block, back, 0, nothing());
  }

  #indirect(at: Decoded, cases: readonly Edge[], mask: number, known: Knowledge): void {
    const c = this.#code;
    this.#evaluateTarget(at, mask, known, 3);
    c.get(this.#target);
    if (cases.length > 0) c.i32(REQUEST.rest).op(or.code);
    c.set(this.#exit);
    const inside = cases.filter(({ block }) => block);
    const goto = this.#exitTo("goto", mask);
    if (LINKS.includes(at.rs1)) c.br(this.#exitTo("return", mask));
    else if (inside.length === 0) c.br(goto);
    else {
      const numbers = new Map(inside.map(({ pc }, i) => [pc, i + 1]));
      const pcs = [...numbers.keys()];
      const [first, last] = [Math.min(...pcs), Math.max(...pcs)];
      const map = this.#around.caseMap(first, last, numbers);
      if (map === undefined) {
        c.br(goto);
        return;
      }
      c.get(this.#target).i32(first).op(sub.code).tee(this.#target);
      c.i32(last - first)
        .op(GT_U)
        .brIf(goto);
      c.get(this.#target).i32(1).op(shrU.code).load("i16U", map);
      c.brTable([goto, ...inside.map(({ block }) => this.#labels.get(block!)!)], goto);
    }
  }

  // ---- instructions

  #instruction(d: Decoded, known: Knowledge, groups: ReadonlyMap<Decoded, Group>, mask: number, refund: number): void {
    const { effect } = d.row;
    switch (effect.kind) {
      case "compute":
        this.#compute(d, effect.value, known);
        break;
      case "load":
      case "store":
        this.#access(d, known, groups, mask, refund);
        break;
      case "tape":
        this.#tape(d, known, mask, refund);
        break;
      case "delegate":
        this.#delegate(d, effect.delegation, known, mask, refund);
        break;
      default:
        throw new Error(`bug: ${d.row.name} inside a block`);
    }
  }

  #compute(d: Decoded, value: Expression, known: Knowledge): void {
    const { rd, rs1, rs2, imm, pc, row } = d;
    if (rd === 0) return;
    const { constants } = known;
    const constant = (register: number) => (register === 0 ? 0 : constants.get(register));
    const [a, b] = [row.reads.rs1 ? constant(rs1) : 0, row.reads.rs2 ? constant(rs2) : 0];
    if (a !== undefined && b !== undefined) {
      const result = evaluate(value, { rs1: a, rs2: b, imm, pc }) as number;
      this.#code.i32(result).set(this.#local(rd));
      constants.set(rd, result);
      return;
    }
    this.#emit(value, d, known);
    this.#code.set(this.#local(rd));
    constants.delete(rd);
  }

  #access(d: Decoded, known: Knowledge, groups: ReadonlyMap<Decoded, Group>, mask: number, refund: number): void {
    const { effect } = d.row;
    if (effect.kind !== "load" && effect.kind !== "store") throw new Error("bug: no access");
    const c = this.#code;
    const group = groups.get(d)!;
    const base = d.rs1 === 0 ? 0 : known.constants.get(d.rs1);
    const isConstant = base !== undefined && isValidAddress(group, base + group.low);
    if (!isConstant && group.local < 0) this.#check(d, group, known, groups, mask, refund);
    if (isConstant && effect.kind === "store") {
      const page = (base + d.imm) >>> PAGE_SHIFT;
      if (!known.pages.has(page))
        c.i32(0)
          .i32(1)
          .store("i8", ENGINE.dirty + page);
      known.pages.add(page);
    }
    const offset = isConstant ? (base + d.imm) >>> 0 : d.imm - group.low;
    const address = () => (isConstant ? c.i32(0) : c.get(group.local));
    if (effect.kind === "store") {
      address();
      this.#emit(effect.value, d, known);
      c.store(STORE[effect.bytes], offset);
    } else if (d.rd !== 0) {
      address();
      c.load(LOAD[`${effect.bytes}${effect.signed}`], offset).set(this.#local(d.rd));
      known.constants.delete(d.rd);
    }
  }

  /** Checks a group's whole extent. */
  #check(
    d: Decoded,
    group: Group,
    known: Knowledge,
    groups: ReadonlyMap<Decoded, Group>,
    mask: number,
    refund: number,
  ): void {
    const c = this.#code;
    const { low, high, align, stores } = group;
    group.local = this.#addressLocal(groups, known);
    this.#leaveUnless(d.pc, refund);
    this.#get(d.rs1, known);
    c.i32(low).op(add.code);
    if (stores) c.set(group.local);
    else c.tee(group.local);
    const leave = this.#exitTo("leave", mask);
    if (stores) {
      this.#isUnwritten(group.local, 0, align).brIf(leave);
      const last = Math.floor((high - low - 1) / align) * align;
      if (last > 0) this.#isUnwritten(group.local, last, align).brIf(leave);
    } else if (high - low === align)
      c.i32(-ADDRESS_SPACE | (align - 1))
        .op(and.code)
        .brIf(leave);
    else {
      if (align > 1) c.i32(Math.log2(align)).op(rotr.code);
      c.i32(checkLimit(group)).op(GT_U).brIf(leave);
    }
    known.groups.set(d.rs1, group);
  }

  /**
   * Puts 0 if local + offset is a multiple of `align` in a page of RAM that was written before: else the store is left to `step`, which marks the page. An
   * address that is not a multiple is, rotated, that of a zero behind the marks. (The mark is compared by an exclusive or, for V8 loads it twice for `eqz`.
   * Time of all stores' checks and marks by range check and marking, in seven kernels: 5 % more of the whole; the last page in a local for each base
   * register: the same.)
   */
  #isUnwritten(local: number, offset: number, align: number): Code {
    const c = this.#code;
    const low = Math.log2(align);
    c.get(local);
    if (offset > 0) c.i32(offset).op(add.code);
    if (low > 0) c.i32(low).op(rotr.code);
    return c
      .i32(PAGE_SHIFT - low)
      .op(shrU.code)
      .load("i8U", ENGINE.dirty)
      .i32(1)
      .op(xor.code);
  }

  /** A local that no group of this block uses; what an earlier block has established in it is given up. */
  #addressLocal(groups: ReadonlyMap<Decoded, Group>, known: Knowledge): number {
    const used = new Set<number>();
    for (const { local } of groups.values()) used.add(local);
    let local = this.#addressLocals.find((candidate) => !used.has(candidate));
    if (local === undefined) this.#addressLocals.push((local = this.#code.local()));
    for (const [register, group] of known.groups) if (group.local === local) known.groups.delete(register);
    return local;
  }

  #tape(d: Decoded, known: Knowledge, mask: number, refund: number): void {
    const c = this.#code;
    // rs1 is written after the read, which may go to the same register
    if (d.rs1 !== 0) {
      this.#get(d.rs1, known);
      c.set(this.#target);
    }
    if (d.rd !== 0) {
      if (this.#value < 0) this.#value = c.local("f64");
      this.#leaveUnless(d.pc, refund);
      c.call(this.#around.tapeRead).tee(this.#value);
      c.op(0x44, 0, 0, 0, 0, 0, 0, 0, 0).op(OP.f64Lt).brIf(this.#exitTo("leave", mask)); // f64.const 0
      c.get(this.#value).op(OP.f64ToU32).set(this.#local(d.rd));
      known.constants.delete(d.rd);
    }
    if (d.rs1 === 0) return;
    // the device failed: rd has been written, `step` throws its error
    this.#leaveUnless(d.pc, refund);
    c.get(this.#target)
      .call(this.#around.tapeWrite)
      .brIf(this.#exitTo("leave", mask | writeMask(d)));
  }

  #delegate(d: Decoded, name: keyof typeof DELEGATION_REGISTERS, known: Knowledge, mask: number, refund: number): void {
    const c = this.#code;
    const registers = DELEGATION_REGISTERS[name];
    const own = registers.reduce((sum, r) => sum | (1 << r), 0);
    this.#writeBack(c, own & mask);
    this.#leaveUnless(d.pc, refund);
    c.call(this.#around.delegate[name]).brIf(this.#exitTo("leave", mask));
    this.#load(own);
    for (const r of registers) known.constants.delete(r);
    if (d.rd !== 0) {
      c.i32(0).set(this.#local(d.rd));
      known.constants.set(d.rd, 0);
    }
  }
}

const copy = ({ constants, groups, pages }: Knowledge): Knowledge => ({
  constants: new Map(constants),
  groups: new Map(groups),
  pages: new Set(pages),
});

function putTranslated(c: Code, pc: number, index: number, translate: number): void {
  c.get(pc).call(translate).tee(index);
}
