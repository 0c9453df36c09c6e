/**
 * What region functions are made of, without their control flow: registers in locals, the instructions of blocks, and the exits that write back what is dirty.
 */
import { emitExpression, loadName, storeName } from "../../isa/emit.ts";
import { type Expression, evaluate, OPERATORS } from "../../isa/expression.ts";
import type { Delegation } from "../../isa/table.ts";
import { DELEGATION_REGISTERS, U256_FLAG } from "../../machine/delegation.ts";
import { ADDRESS_SPACE, ENGINE, PAGE_SHIFT } from "../../machine/layout.ts";
import { CARRY_IN, REFUSED } from "../../machine/u256-code.ts";
import { Code, OP } from "../../wasm/builder.ts";
import type { Sum } from "./carries.ts";
import type { Decoded } from "./code-image.ts";
import type { LoopHistory } from "./guards.ts";
import { checkLimit, type Group, isValidAddress } from "./memory-access.ts";
import type { Product, Products } from "./products.ts";
import type { Value, Wides } from "./wide.ts";
import { putHalves } from "./wide-code.ts";

/** Bits of a `leave` exit's number that are the pc; above are the cycles of the block that were not executed. */
export const PC_BITS = 21;

const { add, add64, and, extendU, ltU, shrU, rotr, shrU64, wrap } = OPERATORS;

/** What the region's function needs from its module. */
export interface Surroundings {
  readonly tapeRead: number;
  readonly tapeWrite: number;
  /** Functions of the delegations: with the values of their registers, see `machine/delegation-code.ts`; of U256 for each operation, too. */
  readonly delegate: { readonly blake2s: number; readonly u256: number; readonly u256By: ReadonlyMap<number, number> };
  /** Function (pc with a `REQUEST`) → table index of the region there, 0 if there can be none. */
  readonly translate: number;
  readonly signature: number;
  /** Function of this module for the region at `pc`. */
  functionOf(pc: number): number | undefined;
  /** Table index of a region of another module. */
  tableIndexOf(pc: number): number | undefined;
  /** Address of a byte for each word of code, which a block sets when it is executed, in regions that are to tell. */
  readonly marks: number;
  readonly history: LoopHistory;
  /** Notes that a region has guards of the loop with this header. */
  guard(pc: number, header: number): void;
  /** Address of a new map from jump targets to numbers of cases (16 bits a word of code), or undefined when there is no room. */
  caseMap(first: number, last: number, cases: ReadonlyMap<number, number>): number | undefined;
}

export type ExitKind = "leave" | "goto" | "return" | "careful";

/** What is known where control is inside a block; handed on to blocks that only this one reaches. */
export interface Knowledge {
  constants: Map<number, number>;
  groups: Map<number, Group>;
  /** Pages that are marked as written. */
  pages: Set<number>;
}
export const nothing = (): Knowledge => ({ constants: new Map(), groups: new Map(), pages: new Set() });

export const copy = ({ constants, groups, pages }: Knowledge): Knowledge => ({
  constants: new Map(constants),
  groups: new Map(groups),
  pages: new Set(pages),
});

export class InstructionCode {
  /** Its two parameters are `region-code.ts`'s matter. */
  protected readonly code = new Code(2);
  protected readonly around: Surroundings;
  /** Local of the exit's number, or target. */
  protected readonly exit: number;
  protected readonly target: number;
  protected readonly exits = new Map<string, { index: number; mask: number; kind: ExitKind }>();
  readonly #registerLocals: number[] = [];
  readonly #addressLocals: number[] = [];
  #value = -1;
  /** Of the block that is being emitted. */
  protected products: Products | undefined;
  protected carries: ReadonlyMap<Decoded, Sum> | undefined;
  protected wides: Wides | undefined;

  constructor(around: Surroundings) {
    this.around = around;
    this.exit = this.code.local();
    this.target = this.code.local();
  }

  // ---- registers

  #local(register: number): number {
    return (this.#registerLocals[register] ??= this.code.local());
  }

  protected load(mask: number): void {
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      const r = 31 - Math.clz32(rest & -rest);
      this.code
        .i32(0)
        .load("i32", ENGINE.registers + 4 * r)
        .set(this.#local(r));
    }
  }

  protected writeBack(c: Code, mask: number): void {
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      const r = 31 - Math.clz32(rest & -rest);
      c.i32(0)
        .get(this.#local(r))
        .store("i32", ENGINE.registers + 4 * r);
    }
  }

  protected get(register: number, { constants }: Knowledge): void {
    const constant = register === 0 ? 0 : constants.get(register);
    if (constant === undefined) this.code.get(this.#local(register));
    else this.code.i32(constant);
  }

  /** Takes a register's new value off the stack. */
  protected set(register: number, { constants }: Knowledge): void {
    this.code.set(this.#local(register));
    constants.delete(register);
  }

  /** The instruction that is being emitted, and what is known there: read by `#operands`, which is made once. */
  #current!: Decoded;
  #known: Knowledge = nothing();
  readonly #operands = {
    rs1: () => this.get(this.#current.rs1, this.#known),
    rs2: () => this.get(this.#current.rs2, this.#known),
    imm: () => void this.code.i32(this.#current.imm),
    pc: () => void this.code.i32(this.#current.pc),
  };

  protected emit(e: Expression, d: Decoded, known: Knowledge): void {
    this.#current = d;
    this.#known = known;
    emitExpression(this.code, e, this.#operands);
  }

  // ---- exits

  /** Depth of the exit's label: 0 is what encloses the body, -1 what encloses that, and so on. */
  protected exitTo(kind: ExitKind, mask: number): number {
    const key = `${kind}${mask}`;
    let found = this.exits.get(key);
    if (!found) {
      found = { index: this.exits.size, mask, kind };
      this.exits.set(key, found);
    }
    return -found.index;
  }

  /** The number for a `leave` exit. `refund`: cycles of the block from this instruction on. */
  protected leaveUnless(pc: number, refund: number): void {
    this.code.i32(pc | (refund << PC_BITS)).set(this.exit);
  }

  // ---- instructions

  protected instruction(
    d: Decoded,
    known: Knowledge,
    groups: ReadonlyMap<Decoded, Group>,
    mask: number,
    refund: number,
  ): void {
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
    const a = row.reads.rs1 && rs1 !== 0 ? constants.get(rs1) : 0;
    const b = row.reads.rs2 && rs2 !== 0 ? constants.get(rs2) : 0;
    if (a !== undefined && b !== undefined) {
      const result = evaluate(value, { rs1: a, rs2: b, imm, pc }) as number;
      this.code.i32(result).set(this.#local(rd));
      constants.set(rd, result);
      return;
    }
    const half = this.wides?.halves.get(d);
    if (half) {
      putHalves(this.code, half, rd, (register) => this.set(register, known));
      return;
    }
    const product = this.products?.halves.get(d);
    const shifted = this.products?.shifted.get(d);
    const sum = this.carries?.get(d);
    if (shifted && shifted.product.local >= 0)
      this.code.get(shifted.product.local).i64(BigInt(shifted.by)).op(shrU64.code, wrap.code);
    else if (product) this.#half(d, product, known);
    else if (sum) this.#sum(d, sum, known);
    else this.emit(value, d, known);
    this.set(rd, known);
  }

  /** An addition, or its carry. */
  #sum(d: Decoded, sum: Sum, known: Knowledge): void {
    const c = this.code;
    const { effect } = d.row;
    if (effect.kind !== "compute") throw new Error("bug: no sum");
    if (effect.value.op === "add") {
      sum.local = c.local("i64");
      this.get(d.rs1, known);
      c.op(extendU.code);
      this.get(d.rs2, known);
      c.op(extendU.code, add64.code).tee(sum.local).op(wrap.code);
    } else if (sum.local < 0) this.emit(effect.value, d, known);
    else c.get(sum.local).i64(32n).op(shrU64.code, wrap.code);
  }

  #half(d: Decoded, product: Product, known: Knowledge): void {
    const c = this.code;
    if (product.local < 0) {
      product.local = c.local("i64");
      this.emit(product.wide, product.high, known);
      c.tee(product.local);
    } else c.get(product.local);
    if (d === product.high) c.i64(32n).op(shrU64.code);
    c.op(wrap.code);
  }

  #access(d: Decoded, known: Knowledge, groups: ReadonlyMap<Decoded, Group>, mask: number, refund: number): void {
    const { effect } = d.row;
    if (effect.kind !== "load" && effect.kind !== "store") throw new Error("bug: no access");
    const c = this.code;
    const group = groups.get(d);
    if (!group) {
      this.#plainAccess(d, known);
      return;
    }
    const base = d.rs1 === 0 ? 0 : known.constants.get(d.rs1);
    const isConstant = base !== undefined && isValidAddress(group, base + group.low);
    if (!isConstant && group.local < 0) this.#check(d, group, known, groups, mask, refund);
    if (isConstant && effect.kind === "store") {
      const page = (base + d.imm) >>> PAGE_SHIFT;
      if (!known.pages.has(page))
        c.i32(0)
          .i32(0)
          .store("i8", ENGINE.unwritten + page);
      known.pages.add(page);
    }
    const offset = isConstant ? (base + d.imm) >>> 0 : d.imm - group.low;
    const address = () => void (isConstant ? c.i32(0) : c.get(group.local));
    if (effect.kind === "store") {
      address();
      this.emit(effect.value, d, known);
      c.store(storeName(effect.bytes), offset);
    } else if (d.rd !== 0) this.#load(d, effect, address, offset, known);
  }

  #load(
    d: Decoded,
    { bytes, signed }: { bytes: number; signed: boolean },
    address: () => void,
    offset: number,
    known: Knowledge,
  ): void {
    const c = this.code;
    address();
    const half = this.wides?.halves.get(d);
    if (half?.wide.kind === "load") {
      c.load("i64", offset - (half.wide.isUpper ? 4 : 0));
      half.wide.local = c.local("i64");
      c.set(half.wide.local);
      putHalves(c, half, d.rd, (register) => this.set(register, known));
      return;
    }
    c.load(loadName(bytes, signed), offset);
    this.set(d.rd, known);
  }

  /** Keeps copies of values that registers hold now. */
  protected keep(values: readonly Value[] | undefined, known: Knowledge): void {
    if (!values) return;
    for (const value of values) {
      value.local = this.code.local();
      this.get(value.register, known);
      this.code.set(value.local);
    }
  }

  /** An access that a guard vouches for. */
  #plainAccess(d: Decoded, known: Knowledge): void {
    const { effect } = d.row;
    const c = this.code;
    const half = this.wides?.halves.get(d);
    // of two words the first may be below what the register points to, and the second not
    const least = half?.wide.kind === "load" && half.wide.isUpper ? d.imm - 4 : d.imm;
    const address = () => {
      this.get(d.rs1, known);
      if (least < 0) c.i32(least).op(add.code);
    };
    const offset = d.imm - Math.min(0, least);
    if (effect.kind === "store") {
      address();
      this.emit(effect.value, d, known);
      c.store(storeName(effect.bytes), offset);
    } else if (effect.kind === "load" && d.rd !== 0) this.#load(d, effect, address, offset, known);
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
    const c = this.code;
    const { low, high, align, stores } = group;
    group.local = this.#addressLocal(groups, known);
    this.leaveUnless(d.pc, refund);
    this.get(d.rs1, known);
    c.i32(low).op(add.code);
    if (stores) c.set(group.local);
    else c.tee(group.local);
    const leave = this.exitTo("leave", mask);
    if (stores) {
      this.#isUnwritten(group.local, 0, align).brIf(leave);
      const last = Math.floor((high - low - 1) / align) * align;
      if (last > 0) this.#isUnwritten(group.local, last, 1).brIf(leave);
    } else if (high - low === align)
      c.i32(-ADDRESS_SPACE | (align - 1))
        .op(and.code)
        .brIf(leave);
    else {
      if (align > 1) c.i32(Math.log2(align)).op(rotr.code);
      c.i32(checkLimit(group)).op(OP.gtU).brIf(leave);
    }
    known.groups.set(d.rs1, group);
  }

  /**
   * Puts 0 if local + offset is a multiple of `align` in a page of RAM that was written before: else the store is left to `step`, which marks the page. An
   * address that is not a multiple is, rotated, that of a one behind the marks. (Marks are 0 where a page was written, for V8 loads one twice for `eqz`.
   * Time of all stores' checks and marks by range check and marking, in seven kernels: 5 % more of the whole; the last page in a local for each base
   * register: the same.)
   */
  #isUnwritten(local: number, offset: number, align: number): Code {
    const c = this.code;
    const low = Math.log2(align);
    c.get(local);
    if (offset > 0) c.i32(offset).op(add.code);
    if (low > 0) c.i32(low).op(rotr.code);
    c.i32(PAGE_SHIFT - low)
      .op(shrU.code)
      .tee(this.target);
    return c.get(this.target).load("i8S", ENGINE.unwritten).op(ltU.code);
  }

  /** A local that no group of this block uses; what an earlier block has established in it is given up. */
  #addressLocal(groups: ReadonlyMap<Decoded, Group>, known: Knowledge): number {
    const used = new Set<number>();
    groups.forEach(({ local }) => {
      used.add(local);
    });
    let local = this.#addressLocals.find((candidate) => !used.has(candidate));
    if (local === undefined) this.#addressLocals.push((local = this.code.local()));
    known.groups.forEach((group, register) => {
      if (group.local === local) known.groups.delete(register);
    });
    return local;
  }

  #tape(d: Decoded, known: Knowledge, mask: number, refund: number): void {
    const c = this.code;
    // rs1 is written after the read, which may go to the same register
    if (d.rs1 !== 0) {
      this.get(d.rs1, known);
      c.set(this.target);
    }
    if (d.rd !== 0) {
      if (this.#value < 0) this.#value = c.local("f64");
      this.leaveUnless(d.pc, refund);
      c.call(this.around.tapeRead).tee(this.#value);
      c.f64(0).op(OP.f64Lt).brIf(this.exitTo("leave", mask));
      c.get(this.#value).op(OP.f64ToU32);
      this.set(d.rd, known);
    }
    if (d.rs1 === 0) return;
    // the device failed: rd has been written, `step` throws its error
    this.leaveUnless(d.pc, refund);
    c.get(this.target)
      .call(this.around.tapeWrite)
      .brIf(this.exitTo("leave", mask | d.writes));
  }

  #delegate(d: Decoded, name: Delegation, known: Knowledge, mask: number, refund: number): void {
    const c = this.code;
    const { blake2s, u256, u256By } = this.around.delegate;
    this.leaveUnless(d.pc, refund);
    if (name === "blake2s") {
      for (const r of DELEGATION_REGISTERS.blake2s) this.get(r, known);
      c.call(blake2s).brIf(this.exitTo("leave", mask));
    } else {
      const operation = known.constants.get(U256_FLAG);
      const carry = (operation ?? 0) & CARRY_IN;
      const own = operation === undefined ? undefined : u256By.get(operation - carry);
      for (const r of DELEGATION_REGISTERS.u256) if (r !== U256_FLAG || own === undefined) this.get(r, known);
      if (own === undefined) c.call(u256);
      else c.i32(carry === 0 ? 0 : 1).call(own);
      c.tee(this.target).i32(REFUSED).op(OPERATORS.eq.code).brIf(this.exitTo("leave", mask));
      c.get(this.target).set(this.#local(U256_FLAG));
      known.constants.delete(U256_FLAG);
    }
    if (d.rd !== 0) {
      c.i32(0).set(this.#local(d.rd));
      known.constants.set(d.rd, 0);
    }
  }
}
