/**
 * A region as one WebAssembly function: (cycles left, calls that may still be nested) → (pc, cycles left). Control flow is structured along the dominator tree
 * (Ramsey, "Beyond Relooper"). Registers are in locals; whoever leaves writes back what is dirty, by one of the exits at the function's end.
 *
 * The pc that is returned is a multiple of 4, plus `STEP` when its instruction must be left to `BaseMachine.step`, or plus `BUDGET` when too few cycles
 * are left to go on without looking at every one.
 *
 * Tried without gain (CPU of kernels, new by old; where all 27 were run, the geometric mean): accesses of a loop's header checked where it is entered and entered again,
 * so that no temporary is kept round the loop for an exit (all 1.00; modexp 0.95, sieve 1.25; with long headers only 1.00); constants that a function gives registers
 * before a loop, compared where the loop's region is entered and immediates inside (all 1.00); registers that a loop does not mention left in the register file
 * while it runs (bigint 1.13, mandelbrot 0.98 to 1.05, ntt 0.99); what a loop carries computed anew before it, so that V8 begins with it in a register (1.02).
 */
import { type Expression, OPERATORS } from "../../isa/expression.ts";
import { ENGINE, ROM_SIZE } from "../../machine/layout.ts";
import { type Code, OP } from "../../wasm/builder.ts";
import { findCarries } from "./carries.ts";
import { type Decoded, TRAIT } from "./code-image.ts";
import { type LoopEntry, putGuards } from "./guard-code.ts";
import { findGuards, type Guards, type LoopGuards } from "./guards.ts";
import { findHammock, type Hammock } from "./hammock.ts";
import { copy, InstructionCode, type Knowledge, nothing, PC_BITS, type Surroundings } from "./instruction-code.ts";
import { groupAccesses, NO_GROUPS } from "./memory-access.ts";
import { findProducts } from "./products.ts";
import type { Block, Edge, Region } from "./region.ts";
import { analyseRegisters, type RegionRegisters } from "./registers.ts";
import { findWides } from "./wide.ts";

export const STEP = 1;
export const BUDGET = 2;

/**
 * Why a region is asked for, in the low bits of its pc: a function, or a target of an indirect jump; a loop that has been running for
 * long; the rest of something; where the driver has arrived, which may be anywhere.
 */
export const REQUEST = { function: 0, loop: 1, rest: 2, arrival: 3 } as const;

/**
 * Cycles after which a loop enters its function anew: that is how V8's optimised code replaces baseline code. 2^17: eleven kernels took 1.014 times as long; 2^19, 2^20 and 2^22: the same
 * times.
 */
const LOOP_SLICE = 1 << 18;
/** Regions with more instructions note which of their blocks are executed: a loop of such a region is translated without the others. */
const UNMARKED = 1000;

const { sub, and, shl, shrU, rotr, ltS, eq, ne, eqz, add, or } = OPERATORS;
/** In what is asked for: the guards of the loop at this address have failed. */
export const CAREFUL = ROM_SIZE;
const LINKS = [1, 5];
/** Parameters of the region's function. */
const [LEFT, DEPTH] = [0, 1];

export class RegionCode extends InstructionCode {
  readonly #region: Region;
  readonly #masks: RegionRegisters;
  /** Local of the least `LEFT` with which a loop goes on; -1 without loops. */
  readonly #bound: number;
  /**
   * Whether it has been taken off `LEFT`, so that a loop goes on while that is not below 0: a register less. Not with calls, which need the true number (`queens` and
   * `json` took 1.04 times as long).
   */
  readonly #isBiased: boolean;
  readonly #labels = new Map<Block, number>();
  readonly #mark: boolean;
  readonly #guards: Guards;

  constructor(region: Region, around: Surroundings) {
    super(around);
    this.#mark = region.instructions > UNMARKED;
    this.#region = region;
    this.#masks = analyseRegisters(region);
    this.#bound = region.loops.size > 0 ? this.code.local() : -1;
    this.#guards = findGuards(region, this.#masks, around.history);
    this.#isBiased = this.#bound >= 0 && !region.blocks.some(({ end }) => end.kind === "call");
  }

  build(): Code {
    const { root, blocks } = this.#region;
    const c = this.code;
    c.i32(root.pc | BUDGET).set(this.exit);
    c.get(LEFT).i32(root.longest).op(ltS.code).brIf(this.exitTo("return", 0));
    if (this.#bound >= 0) {
      const loops = blocks.filter((block) => block.isLoop);
      // max(left - slice, cycles of the longest way through a loop)
      const least = Math.max(...loops.map((block) => block.longest));
      c.get(LEFT).i32(LOOP_SLICE).op(sub.code).tee(this.#bound).i32(least).get(this.#bound).i32(least);
      c.op(OP.gtS, OP.select).set(this.#bound);
      if (this.#isBiased) c.get(LEFT).get(this.#bound).op(sub.code).set(LEFT);
    }
    this.load(this.#masks[root.order].needed);
    this.#tree(root, nothing());
    return this.#finish();
  }

  /** Puts the cycles left. */
  #left(c: Code): Code {
    c.get(LEFT);
    return this.#isBiased ? c.get(this.#bound).op(add.code) : c;
  }

  /**
   * The body, inside one block for each exit; and the exits. They are a third of the code; those that write back some of another's registers reached by that one make it 6 % shorter, and
   * block 22244135 no faster.
   */
  #finish(): Code {
    const c = this.code.around(this.exits.size + 3);
    // depths of blocks, behind which the rest of these exits is
    const [leave, goto, request] = [3, 2, 1];
    for (const { mask, kind } of this.exits.values()) {
      c.end();
      this.writeBack(c, mask);
      if (kind === "return") this.#left(c.get(this.exit)).op(OP.return);
      else if (kind === "careful") this.#left(c).set(LEFT).br(request);
      else c.br(kind === "leave" ? leave : goto);
    }
    c.end();
    c.get(this.exit)
      .i32((1 << PC_BITS) - 1)
      .op(and.code)
      .i32(STEP)
      .op(or.code);
    this.#left(c).get(this.exit).i32(PC_BITS).op(shrU.code, add.code, OP.return);
    c.end();
    // go to the region at an address, in place of this one; the low bits say what is asked for
    this.#left(c).set(LEFT);
    c.get(this.exit).i32(-ROM_SIZE).op(and.code).if();
    c.get(this.exit).i32(~3).op(and.code).get(LEFT).op(OP.return).end();
    const follow = () => c.get(LEFT).get(DEPTH).get(this.target).callIndirect(this.around.signature, true);
    c.get(this.exit).i32(~3).op(and.code).load("i32", ENGINE.tables).tee(this.target).if();
    follow().end();
    c.end();
    c.get(this.exit).call(this.around.translate).tee(this.target).op(eqz.code).if();
    c.get(this.exit)
      .i32(ROM_SIZE - 4)
      .op(and.code)
      .get(LEFT)
      .op(OP.return)
      .end();
    return follow();
  }

  // ---- control flow

  #tree(block: Block, known: Knowledge): void {
    const merges = block.dominated.filter(({ isMerge }) => isMerge);
    if (block.isLoop) {
      const guards = this.#guards.before.get(block);
      if (guards) this.#guard(block, guards);
      this.code.loop();
      this.#labels.set(block, this.code.depth);
      this.#within(block, merges, nothing());
      this.code.end();
    } else this.#within(block, merges, known);
  }

  /** Leaves for code without the guards of a loop unless they hold. */
  #guard(header: Block, guards: LoopGuards): void {
    const c = this.code;
    this.around.guard(this.#region.pc, header.pc);
    c.i32(header.pc | CAREFUL).set(this.exit);
    const entry: LoopEntry = {
      code: c,
      get: (register) => this.get(register, nothing()),
      cycles: () => {
        c.get(LEFT);
        if (!this.#isBiased) c.get(this.#bound).op(sub.code);
      },
      sooner: (local) => {
        c.get(this.#bound).get(local).op(add.code).set(this.#bound);
        if (this.#isBiased) c.get(LEFT).get(local).op(sub.code).set(LEFT);
      },
      failed: this.exitTo("careful", this.#masks[header.order].dirty),
      scratch: this.target,
    };
    putGuards(entry, guards);
  }

  /** The block's own code, inside a block for each merge that follows it; the last in order is outermost. */
  #within(block: Block, merges: Block[], known: Knowledge): void {
    for (let i = merges.length - 1; i >= 0; i--) {
      this.code.block();
      this.#labels.set(merges[i], this.code.depth);
    }
    this.#block(block, known);
    for (const merge of merges) {
      this.code.end();
      this.#tree(merge, nothing());
    }
  }

  /** Goes along an edge; `mask` is what is dirty. What follows is unreachable. */
  #follow(from: Block, edge: Edge, mask: number, known: Knowledge): void {
    const c = this.code;
    const { block } = edge;
    if (!block)
      c.i32(edge.pc | REQUEST.rest)
        .set(this.exit)
        .br(this.exitTo("goto", mask));
    else if (block.order <= from.order) {
      c.i32(block.pc | REQUEST.loop).set(this.exit);
      if (this.#isBiased) c.get(LEFT).i32(0);
      else c.get(LEFT).get(this.#bound);
      c.op(ltS.code).brIf(this.exitTo("goto", mask));
      c.br(this.#labels.get(block)!);
    } else if (block.isMerge) c.br(this.#labels.get(block)!);
    else this.#tree(block, known);
  }

  #block(block: Block, known: Knowledge): void {
    const c = this.code;
    const { body, end, length, traits } = block;
    if (length > 0) c.get(LEFT).i32(length).op(sub.code).set(LEFT);
    if (this.#mark)
      c.i32(0)
        .i32(1)
        .store("i8", this.around.marks + block.pc / 4);
    let { dirty: mask } = this.#masks[block.order];
    const lastWrites = this.#lastWrites(body, this.#masks[block.order].stored);
    const groups =
      traits & TRAIT.access ? groupAccesses(body, known.groups, this.#guards.vouched.get(block)) : NO_GROUPS;
    this.products = traits & TRAIT.upperProduct ? findProducts(body) : undefined;
    this.carries = traits & TRAIT.compare ? findCarries(body) : undefined;
    // elsewhere to look for numbers takes longer than it saves (17 ms of a cold block's 380)
    this.wides = block.isInLoop ? findWides(block, groups, this.carries) : undefined;
    this.keep(this.wides?.atStart, known);
    // by number, as in all that looks at every instruction: an iterator's calls and objects are half of such a loop's time while V8 has not compiled it
    for (let i = 0; i < body.length; i++) {
      const d = body[i];
      this.instruction(d, known, groups, mask, length - i);
      this.keep(this.wides?.kept.get(d), known);
      const written = d.writes;
      mask |= written;
      const stored = lastWrites[i] ?? 0;
      if (stored !== 0) this.writeBack(c, stored);
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
        this.leaveUnless(end.pc, 0);
        c.br(this.exitTo("leave", mask));
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
      found[i] = body[i].writes & left;
      left &= ~found[i];
    }
    return found;
  }

  #branch(block: Block, at: Decoded, taken: Edge, other: Edge, mask: number, known: Knowledge): void {
    const c = this.code;
    const { effect } = at.row;
    if (effect.kind !== "branch") throw new Error("bug: not a branch");
    const hammock = this.#mark ? undefined : findHammock(block);
    // a register that is stored where it is written is not dirty behind it, so it must be before
    if (hammock?.through.every(({ order }) => (this.#masks[order].stored & ~mask) === 0)) {
      this.#choose(hammock, at, effect.condition, known);
      c.br(this.#labels.get(hammock.join)!);
      return;
    }
    const isShort = taken.block?.isMerge && taken.block.order > block.order;
    if (taken.block === undefined) c.i32(taken.pc | REQUEST.rest).set(this.exit);
    this.emit(effect.condition, at, known);
    if (isShort) c.brIf(this.#labels.get(taken.block!)!);
    else if (taken.block === undefined) c.brIf(this.exitTo("goto", mask));
    else {
      c.if();
      this.#follow(block, taken, mask, copy(known));
      c.end();
    }
    this.#follow(block, other, mask, known);
  }

  /** What a branch goes around, without the branch. */
  #choose({ copies, isTaken, cycles }: Hammock, at: Decoded, condition: Expression, known: Knowledge): void {
    const c = this.code;
    this.emit(condition, at, known);
    if (isTaken) c.op(eqz.code);
    c.set(this.target);
    for (const d of copies) {
      this.get(d.rd, known);
      this.instruction(d, known, NO_GROUPS, 0, 0);
      this.get(d.rd, known);
      c.get(this.target).op(OP.select);
      this.set(d.rd, known);
    }
    c.get(LEFT).get(LEFT).i32(cycles).op(sub.code).get(this.target).op(OP.select).set(LEFT);
  }

  /** Evaluates a jump's target into `#target`; leaves if `step` must look at it. */
  #evaluateTarget(at: Decoded, mask: number, known: Knowledge, outside: number): void {
    const c = this.code;
    const { effect } = at.row;
    if (effect.kind !== "jump") throw new Error("bug: not a jump");
    this.leaveUnless(at.pc, 1);
    this.emit(effect.target, at, known);
    c.tee(this.target).i32(outside).op(and.code).brIf(this.exitTo("leave", mask));
    c.get(this.target).i32(at.pc).op(eq.code).brIf(this.exitTo("leave", mask));
  }

  #call(block: Block, at: Decoded, target: number | undefined, back: Edge, mask: number, known: Knowledge): void {
    const c = this.code;
    const { effect } = at.row;
    if (effect.kind !== "jump") throw new Error("bug: not a call");
    if (target === undefined) this.#evaluateTarget(at, mask, known, -ROM_SIZE | 3);
    this.writeBack(c, mask & ~(1 << at.rd));
    c.i32(0);
    this.emit(effect.link, at, known);
    c.store("i32", ENGINE.registers + 4 * at.rd);
    const putTarget = () => (target === undefined ? c.get(this.target) : c.i32(target));
    putTarget().set(this.exit);
    const toCaller = this.exitTo("return", 0);
    c.get(DEPTH).op(eqz.code).brIf(toCaller);
    const own = target === undefined ? undefined : this.around.functionOf(target);
    const index = target === undefined ? undefined : this.around.tableIndexOf(target);
    const pushArguments = () => this.#left(c).get(DEPTH).i32(1).op(sub.code);
    if (own !== undefined) pushArguments().call(own);
    else if (index !== undefined) pushArguments().i32(index).callIndirect(this.around.signature);
    else {
      c.get(this.exit).load("i32", ENGINE.tables).tee(this.target).op(eqz.code).if();
      putTranslated(c, this.exit, this.target, this.around.translate);
      c.op(eqz.code).brIf(toCaller).end();
      pushArguments().get(this.target).callIndirect(this.around.signature);
    }
    c.set(LEFT);
    if (this.#isBiased) c.get(LEFT).get(this.#bound).op(sub.code).set(LEFT);
    c.tee(this.exit).i32(back.pc).op(ne.code).brIf(toCaller);
    if (!back.block) {
      c.i32(back.pc | REQUEST.rest)
        .set(this.exit)
        .br(this.exitTo("goto", 0));
      return;
    }
    c.i32(back.pc | BUDGET).set(this.exit);
    this.#left(c).i32(back.block.longest).op(ltS.code).brIf(toCaller);
    this.load(this.#masks[back.block.order].needed);
    this.#follow(block, back, 0, nothing());
  }

  /** Jumps to a case of the region, if the target is one; else goes on. Whether a jump may be made at all is certain for these. */
  #jumpToCase(at: Decoded, cases: readonly Edge[], known: Knowledge): void {
    const c = this.code;
    const { effect } = at.row;
    if (effect.kind !== "jump") throw new Error("bug: not a jump");
    const numbers = new Map<number, number>();
    for (const { block, pc } of cases) if (block && pc !== at.pc) numbers.set(pc, numbers.size + 1);
    if (numbers.size === 0) return;
    const pcs = [...numbers.keys()];
    const [first, last] = [Math.min(...pcs), Math.max(...pcs)];
    const map = this.around.caseMap(first, last, numbers);
    if (map === undefined) return;
    c.block();
    const none = c.depth;
    // a target that is not a multiple of 4 is, rotated, beyond all cases
    this.emit(effect.target, at, known);
    c.i32(first).op(sub.code).i32(2).op(rotr.code).tee(this.target);
    c.i32((last - first) / 4)
      .op(OP.gtU)
      .brIf(none);
    c.get(this.target).i32(1).op(shl.code).load("i16U", map);
    c.brTable([none, ...cases.filter(({ pc }) => numbers.has(pc)).map(({ block }) => this.#labels.get(block!)!)], none);
    c.end();
  }

  #indirect(at: Decoded, cases: readonly Edge[], mask: number, known: Knowledge): void {
    const c = this.code;
    const isReturn = LINKS.includes(at.rs1);
    if (!isReturn) this.#jumpToCase(at, cases, known);
    this.#evaluateTarget(at, mask, known, 3);
    c.get(this.target);
    if (cases.length > 0) c.i32(REQUEST.rest).op(or.code);
    c.set(this.exit);
    c.br(this.exitTo(isReturn ? "return" : "goto", mask));
  }
}

function putTranslated(c: Code, pc: number, index: number, translate: number): void {
  c.get(pc).call(translate).tee(index);
}
