/**
 * Instruction selection: from IR of words to machine instructions over virtual registers, by a table `operation → forms`. Compares fuse
 * into branches, constants into immediates; constants that need a register are placed by constants.ts.
 */
import { predecessors } from "../ir/cfg.ts";
import type { Block, Edge, Func, Value } from "../ir/function.ts";
import { isConst } from "../ir/function.ts";
import { info } from "../ir/ops.ts";
import { slotAddress } from "../ir/program.ts";
import { possibleBits } from "../passes/known-bits.ts";
import { placeConstants } from "./constants.ts";
import { constantCost, hi20, lo12 } from "./encode.ts";
import { estimateFrequencies } from "./frequency.ts";
import { inst, type MBlock, MFunc, type MInst, removeDead } from "./machine.ts";
import { ZERO } from "./registers.ts";

/** Register form, and immediate form with the range it takes. */
const BINARY: Readonly<Record<string, readonly [register: string, immediate?: string, shift?: boolean]>> = {
  "i32.add": ["add", "addi"],
  "i32.sub": ["sub"],
  "i32.mul": ["mul"],
  "i32.mulhu": ["mulhu"],
  "i32.mulhs": ["mulh"],
  "i32.and": ["and", "andi"],
  "i32.or": ["or", "ori"],
  "i32.xor": ["xor", "xori"],
  "i32.shl": ["sll", "slli", true],
  "i32.shr_u": ["srl", "srli", true],
  "i32.shr_s": ["sra", "srai", true],
  "i32.div_u": ["divu"],
  "i32.rem_u": ["remu"],
  "i32.div_s": ["div"],
  "i32.rem_s": ["rem"],
};
const ACCESS: Readonly<Record<string, string>> = {
  "i32.load": "lw",
  "i32.load8_u": "lbu",
  "i32.load8_s": "lb",
  "i32.load16_u": "lhu",
  "i32.load16_s": "lh",
  "rom.load": "lw",
  "i32.store": "sw",
  "i32.store8": "sb",
  "i32.store16": "sh",
};
/** Branch by comparison, operands swapped or not. */
const BRANCH: Readonly<Record<string, readonly [op: string, swap: boolean]>> = {
  eq: ["beq", false],
  ne: ["bne", false],
  lt_s: ["blt", false],
  lt_u: ["bltu", false],
  ge_s: ["bge", false],
  ge_u: ["bgeu", false],
  gt_s: ["blt", true],
  gt_u: ["bltu", true],
  le_s: ["bge", true],
  le_u: ["bgeu", true],
};

const fits12 = (k: number): boolean => k >= -2048 && k <= 2047;

/** What selection must know of the program. */
export interface SelectContext {
  /** register that holds a global slot, if it was promoted */
  readonly slotRegister: ReadonlyMap<number, number>;
  /** symbols at fixed addresses below 2048, reached from x0 */
  readonly lowSymbols: ReadonlyMap<string, number>;
}

/** The switches of a function that get tables, in the order in which selection meets them. */
export const TABLE_CASES = 5;
export const switchSymbol = (func: string, index: number): string => `${func}.switch.${index}`;

class Selector {
  readonly func: Func;
  readonly context: SelectContext;
  readonly out: MFunc;
  readonly vregs: Int32Array;
  /** constant → its virtual register; placed at the end */
  readonly constants = new Map<number, number>();
  readonly blocks = new Map<Block, MBlock>();
  readonly manyPreds = new Set<Block>();
  block!: MBlock;
  origin = -1;
  useCount: Int32Array;

  constructor(func: Func, context: SelectContext) {
    this.func = func;
    this.context = context;
    this.out = new MFunc(func.symbol, func.name);
    this.vregs = new Int32Array(func.nextValue);
    this.useCount = new Int32Array(0);
  }

  /** Virtual register of a value that has been or will be computed. */
  of(v: Value): number {
    let r = this.vregs[v.id]!;
    if (r === 0) {
      r = this.out.vreg();
      this.vregs[v.id] = r;
    }
    return r;
  }
  /** The value as an operand; constants get their shared register. */
  use(v: Value): number {
    return v.op === "i32.const" ? this.constant(v.imm) : this.of(v);
  }
  constant(imm: number): number {
    if (imm === 0) return ZERO;
    let r = this.constants.get(imm);
    if (r === undefined) {
      r = this.out.vreg();
      this.constants.set(imm, r);
    }
    return r;
  }
  /** The value as the source of a copy: a constant of one instruction is made on the spot, which costs no more than the copy. */
  source(v: Value): number {
    if (v.op !== "i32.const" || v.imm === 0 || constantCost(v.imm) > 1) return this.use(v);
    return this.emit("li", [], v.imm);
  }
  /** The value in a register that is not x0, for instructions that take x0 as something else than zero. */
  nonZeroRegister(v: Value): number {
    return v.op === "i32.const" && v.imm === 0 ? this.emit("li", [], 0) : this.use(v);
  }
  emit(op: string, uses: number[], imm = 0): number {
    const def = this.out.vreg();
    this.push(inst(op, [def], uses, imm, this.origin));
    return def;
  }
  push(i: MInst): MInst {
    this.block.insts.push(i);
    return i;
  }

  binary(v: Value): boolean {
    const forms = BINARY[v.op];
    if (forms === undefined) return false;
    let [a, b] = v.args as [Value, Value];
    if (info(v.op).commutative && isConst(a) && !isConst(b)) [a, b] = [b, a];
    const [register, immediate, shift] = forms;
    if (isConst(b) && immediate !== undefined && (shift === true || fits12(b.imm)))
      this.push(inst(immediate, [this.of(v)], [this.use(a)], shift === true ? b.imm & 31 : b.imm, this.origin));
    else if (v.op === "i32.sub" && isConst(b) && fits12(-b.imm))
      this.push(inst("addi", [this.of(v)], [this.use(a)], -b.imm, this.origin));
    else this.push(inst(register, [this.of(v)], [this.use(a), this.use(b)], 0, this.origin));
    return true;
  }

  compare(v: Value): boolean {
    if (!v.op.startsWith("i32.")) return false;
    let op = v.op.slice(4);
    let [a, b] = v.args as [Value, Value | undefined];
    const d = this.of(v);
    const set = (name: string, uses: number[], imm = 0): MInst => this.push(inst(name, [d], uses, imm, this.origin));
    if (op === "eqz") {
      set("sltiu", [this.use(a)], 1);
      return true;
    }
    if (BRANCH[op] === undefined || b === undefined) return false;
    if (op === "eq" || op === "ne") {
      if (isConst(a)) [a, b] = [b, a];
      let t = this.use(a);
      if (!isConst(b, 0)) {
        if (isConst(b) && fits12(-b.imm)) t = this.emit("addi", [t], -b.imm);
        else t = this.emit("xor", [t, this.use(b)]);
      }
      if (op === "eq") set("sltiu", [t], 1);
      else set("sltu", [ZERO, t]);
      return true;
    }
    if (op[0] === "g" && op[1] === "t") [op, a, b] = [`lt${op.slice(2)}`, b, a];
    else if (op[0] === "l" && op[1] === "e") [op, a, b] = [`ge${op.slice(2)}`, b, a];
    const unsigned = op.endsWith("u");
    const less = (target: number): void => {
      const immediate = isConst(b!) && fits12(b.imm);
      const name = immediate ? (unsigned ? "sltiu" : "slti") : unsigned ? "sltu" : "slt";
      this.push(
        inst(
          name,
          [target],
          immediate ? [this.use(a)] : [this.use(a), this.use(b!)],
          immediate ? b!.imm : 0,
          this.origin,
        ),
      );
    };
    if (op.startsWith("lt")) less(d);
    else {
      const t = this.out.vreg();
      less(t);
      set("xori", [t], 1);
    }
    return true;
  }

  /** A condition as a branch: operation and operands; true when the branch is taken. */
  condition(v: Value): { op: string; a: number; b: number } {
    const [x, y] = v.args;
    if (v.op === "i32.eqz") return { op: "beq", a: this.use(x!), b: ZERO };
    const form = v.op.startsWith("i32.") ? BRANCH[v.op.slice(4)] : undefined;
    if (form !== undefined) {
      const [op, swap] = form;
      let [a, b] = swap ? [y!, x!] : [x!, y!];
      // x < 1 is 0 >= x, x >= 1 is 0 < x
      if (op === "blt" && isConst(b, 1)) return { op: "bge", a: ZERO, b: this.use(a) };
      if (op === "bge" && isConst(b, 1)) return { op: "blt", a: ZERO, b: this.use(a) };
      if (op === "blt" && isConst(a, -1)) return { op: "bge", a: this.use(b), b: ZERO };
      if (op === "bge" && isConst(a, -1)) return { op: "blt", a: this.use(b), b: ZERO };
      if ((op === "beq" || op === "bne") && isConst(a)) [a, b] = [b, a];
      if ((op === "beq" || op === "bne") && isConst(b, 0)) {
        const bit = this.testBit(a);
        if (bit !== undefined) return { op: op === "bne" ? "blt" : "bge", a: bit, b: ZERO };
      }
      return { op, a: this.use(a), b: this.use(b) };
    }
    const bit = this.testBit(v);
    if (bit !== undefined) return { op: "blt", a: bit, b: ZERO };
    return { op: "bne", a: this.use(v), b: ZERO };
  }

  /** `x & 2^k` that no immediate holds: the bit shifted to the sign. */
  testBit(v: Value): number | undefined {
    if (v.op !== "i32.and" || this.useCount[v.id]! > 1) return undefined;
    const mask = v.args[1]!;
    if (mask.op !== "i32.const" || fits12(mask.imm) || (mask.imm & (mask.imm - 1)) !== 0) return undefined;
    const shift = Math.clz32(mask.imm);
    const x = this.use(v.args[0]!);
    return shift === 0 ? x : this.emit("slli", [x], shift);
  }

  /** Base register and offset of an access; symbols by relocation. */
  address(v: Value): { base: number; offset: number; symbol?: string } {
    const a = v.args[0]!;
    if (a.op === "i32.const") {
      const at = (a.imm + v.imm) | 0;
      return { base: this.constant(hi20(at)), offset: lo12(at) };
    }
    let symbol: Value | undefined;
    let index: Value | undefined;
    if (a.op === "symbol") symbol = a;
    else if (a.op === "i32.add" && a.args[0]!.op === "symbol") [symbol, index] = a.args as [Value, Value];
    else if (a.op === "i32.add" && a.args[1]!.op === "symbol") [index, symbol] = a.args as [Value, Value];
    if (symbol !== undefined) {
      const offset = symbol.imm + v.imm;
      const low = this.context.lowSymbols.get(symbol.symbol!);
      if (low !== undefined && low + offset <= 2047)
        return { base: index === undefined ? ZERO : this.use(index), offset: low + offset };
      const hi = inst("luis", [this.out.vreg()], [], offset, this.origin);
      hi.symbol = symbol.symbol!;
      this.push(hi);
      const base = index === undefined ? hi.defs[0]! : this.emit("add", [hi.defs[0]!, this.use(index)]);
      return { base, offset, symbol: symbol.symbol! };
    }
    if (fits12(v.imm)) return { base: this.use(a), offset: v.imm };
    return { base: this.emit("add", [this.use(a), this.constant(hi20(v.imm))]), offset: lo12(v.imm) };
  }

  access(v: Value): boolean {
    const op = ACCESS[v.op];
    if (op === undefined) return false;
    const { base, offset, symbol } = this.address(v);
    const i =
      v.type === "void"
        ? inst(op, [], [base, this.use(v.args[1]!)], offset, this.origin)
        : inst(op, [this.of(v)], [base], offset, this.origin);
    if (symbol !== undefined) i.symbol = symbol;
    this.push(i);
    return true;
  }

  global(v: Value): boolean {
    if (v.op !== "global.get" && v.op !== "global.set") return false;
    const register = this.context.slotRegister.get(v.imm);
    if (register !== undefined) {
      if (v.op === "global.get") this.push(inst("mv", [this.of(v)], [register], 0, this.origin));
      else this.push(inst("mv", [register], [this.source(v.args[0]!)], 0, this.origin));
      return true;
    }
    const at = slotAddress(v.imm) | 0;
    const base = this.constant(hi20(at));
    if (v.op === "global.get") this.push(inst("lw", [this.of(v)], [base], lo12(at), this.origin));
    else this.push(inst("sw", [], [base, this.use(v.args[0]!)], lo12(at), this.origin));
    return true;
  }

  call(v: Value): boolean {
    if (v.op !== "call" && v.op !== "call_indirect") return false;
    const args = v.args.map((a, k) =>
      v.op === "call_indirect" && k === v.args.length - 1 ? this.use(a) : this.source(a),
    );
    const results = v.results!.map((_, k) => (k === 0 ? this.of(v) : this.out.vreg()));
    const i = this.push(inst(v.op === "call" ? "call" : "calli", results, args, 0, this.origin));
    if (v.symbol !== undefined) {
      i.symbol = v.symbol;
      this.out.calls.add(v.symbol);
    }
    this.results.set(v, results);
    return true;
  }
  readonly results = new Map<Value, number[]>();

  other(v: Value): void {
    switch (v.op) {
      case "i32.const":
        return;
      case "symbol": {
        const low = this.context.lowSymbols.get(v.symbol!);
        if (low !== undefined) this.push(inst("li", [this.of(v)], [], low + v.imm, this.origin));
        else this.push(inst("la", [this.of(v)], [], v.imm, this.origin)).symbol = v.symbol!;
        return;
      }
      case "result":
        this.vregs[v.id] = this.results.get(v.args[0]!)![v.imm]!;
        return;
      case "move":
        this.push(inst("mv", [this.of(v)], [this.source(v.args[0]!)], 0, this.origin));
        return;
      case "trap_if": {
        const { op, a, b } = this.condition(v.args[0]!);
        this.push(inst(`trapif.${op}`, [], [a, b], 0, this.origin));
        return;
      }
      case "tape_read":
        this.push(inst("tape_read", [this.of(v)], [], 0, this.origin));
        return;
      case "tape_write":
        // csrrw with rs1 = x0 writes nothing: a zero has to be in a register of its own
        this.push(inst("tape_write", [], [this.nonZeroRegister(v.args[0]!)], 0, this.origin));
        return;
      case "marker":
        this.push(inst("marker", [], [], v.imm, this.origin));
        return;
      case "blake2s_round":
      case "u256_op":
        this.push(
          inst(
            v.op === "u256_op" ? "u256" : "blake2s",
            v.type === "void" ? [] : [this.of(v)],
            v.args.map((a) => this.source(a)),
            0,
            this.origin,
          ),
        );
        return;
      default:
        throw new Error(`cannot select ${v.op}`);
    }
  }

  /** An edge; critical ones that carry arguments get a block of their own, where the copies go. */
  edge(e: Edge, alone: boolean): { to: MBlock; args: number[] } {
    const to = this.blocks.get(e.to)!;
    if (alone || e.args.length === 0 || !this.manyPreds.has(e.to))
      return { to, args: e.args.map((a) => this.source(a)) };
    const saved = this.block;
    const between = this.out.block();
    this.block = between;
    const args = e.args.map((a) => this.source(a));
    this.push(inst("j", [], [], 0, this.origin));
    between.succs = [{ to, args }];
    this.block = saved;
    return { to: between, args: [] };
  }

  terminator(block: Block): void {
    const t = block.terminator;
    this.origin = t.origin;
    switch (t.op) {
      case "jump":
        this.block.succs = [this.edge(t.edges[0]!, true)];
        this.push(inst("j", [], [], 0, t.origin));
        return;
      case "br": {
        const { op, a, b } = this.condition(t.args[0]!);
        this.block.succs = t.edges.map((e) => this.edge(e, false));
        this.push(inst(op, [], [a, b], 0, t.origin));
        return;
      }
      case "switch":
        this.switch(block);
        return;
      case "return":
        this.push(inst("ret", [], [this.out.returnAddress, ...t.args.map((a) => this.source(a))], 0, t.origin));
        return;
      case "return_call": {
        const args = t.args.map((a) => this.source(a));
        this.push(inst("tail", [], [this.out.returnAddress, ...args], 0, t.origin)).symbol = t.symbol!;
        this.out.calls.add(t.symbol!);
        this.out.tails.add(t.symbol!);
        return;
      }
      case "return_call_indirect": {
        const last = t.args.length - 1;
        const args = t.args.map((a, k) => (k === last ? this.use(a) : this.source(a)));
        this.push(inst("taili", [], [this.out.returnAddress, ...args], 0, t.origin));
        return;
      }
      case "finish":
        this.push(
          inst(
            "finish",
            [],
            t.args.map((a) => this.source(a)),
            0,
            t.origin,
          ),
        );
        return;
      default:
        this.push(inst("trap", [], [], 0, t.origin));
    }
  }

  /** Few cases: a chain of compares. More: a table of addresses. */
  switch(block: Block): void {
    const t = block.terminator;
    const index = this.use(t.args[0]!);
    const cases = t.edges.slice(0, -1);
    const fallback = t.edges[t.edges.length - 1]!;
    // equal edges share their block
    const made = new Map<string, { to: MBlock; args: number[] }>();
    const edge = (e: Edge): { to: MBlock; args: number[] } => {
      const key = `${e.to.id}:${e.args.map((a) => a.id).join()}`;
      let m = made.get(key);
      if (m === undefined) {
        m = this.edge(e, false);
        made.set(key, m);
      }
      return m;
    };
    const branch = (op: string, a: number, b: number, taken: { to: MBlock; args: number[] }): void => {
      const next = this.out.block();
      this.push(inst(op, [], [a, b], 0, t.origin));
      this.block.succs = [taken, { to: next, args: [] }];
      this.block = next;
    };
    if (cases.length < TABLE_CASES) {
      cases.forEach((e, k) => {
        if (e.to === fallback.to && e.args.every((a, i) => a === fallback.args[i])) return;
        branch("beq", index, this.constant(k), edge(e));
      });
      this.block.succs = [edge(fallback)];
      this.push(inst("j", [], [], 0, t.origin));
      return;
    }
    if (possibleBits(t.args[0]!) >= cases.length) branch("bgeu", index, this.constant(cases.length), edge(fallback));
    const offset = this.emit("slli", [index], 2);
    const targets = cases.map(edge);
    const distinct = [...new Set(targets.map((e) => e.to))];
    const symbol = switchSymbol(this.func.symbol, this.out.tables.length);
    const low = this.context.lowSymbols.get(symbol);
    let load: MInst;
    if (low !== undefined) load = inst("lw", [this.out.vreg()], [offset], low, t.origin);
    else {
      const hi = inst("luis", [this.out.vreg()], [], 0, t.origin);
      hi.symbol = symbol;
      this.push(hi);
      load = inst("lw", [this.out.vreg()], [this.emit("add", [hi.defs[0]!, offset])], 0, t.origin);
      load.symbol = symbol;
    }
    this.push(load);
    this.out.tables.push({ symbol, targets: targets.map((e) => e.to) });
    this.push(inst("jr", [], [load.defs[0]!], 0, t.origin));
    this.block.succs = distinct.map((to) => ({ to, args: targets.find((e) => e.to === to)!.args }));
  }

  run(): MFunc {
    const { func, out } = this;
    const preds = predecessors(func);
    func.blocks.forEach((b, i) => {
      const m = out.block();
      this.blocks.set(b, m);
      if (preds[i]!.length > 1) this.manyPreds.add(b);
      if (i > 0) m.params = b.params.map((p) => this.of(p));
    });
    this.useCount = countUses(func);
    out.returnAddress = out.vreg();
    out.params = func.blocks[0]!.params.map((p) => this.of(p));
    for (const block of func.blocks) {
      this.block = this.blocks.get(block)!;
      if (block === func.blocks[0]) this.push(inst("entry", [out.returnAddress, ...out.params], [], 0, -1));
      for (const v of block.values) {
        this.origin = v.origin;
        if (!(this.binary(v) || this.compare(v) || this.access(v) || this.global(v) || this.call(v))) this.other(v);
      }
      this.terminator(block);
    }
    removeDead(out);
    estimateFrequencies(out);
    placeConstants(out, this.constants);
    return out;
  }
}

function countUses(func: Func): Int32Array {
  const uses = new Int32Array(func.nextValue);
  for (const block of func.blocks) {
    for (const v of block.values) for (const a of v.args) uses[a.id]!++;
    for (const a of block.terminator.args) uses[a.id]!++;
    for (const e of block.terminator.edges) for (const a of e.args) uses[a.id]!++;
  }
  return uses;
}

/** Needs legal IR of words, renumbered. */
export function select(func: Func, context: SelectContext): MFunc {
  return new Selector(func, context).run();
}
