/**
 * Rewrites what the machine has no instruction for: rotations, bit counts, sign extension, signed division and high products on a machine
 * without them, accesses that may be misaligned. Long ways go through routines of the run-time system (ir/runtime.ts).
 */
import type { Block, Func, Value } from "../ir/function.ts";
import { isConst, replace, resolve } from "../ir/function.ts";
import { info } from "../ir/ops.ts";

export interface LegalizeOptions {
  readonly signedMulDiv: boolean;
}

class Legalizer {
  readonly func: Func;
  readonly options: LegalizeOptions;
  block!: Block;
  out: Block[] = [];
  origin = -1;

  constructor(func: Func, options: LegalizeOptions) {
    this.func = func;
    this.options = options;
  }
  emit(op: string, ...args: Value[]): Value {
    return this.func.add(this.block, `i32.${op}`, "i32", args, 0, this.origin);
  }
  k(imm: number): Value {
    return this.func.const32(this.block, imm);
  }
  callRuntime(symbol: string, args: Value[], result: boolean): Value {
    const call = this.func.add(this.block, "call", result ? "i32" : "void", args, 0, this.origin);
    call.symbol = symbol;
    call.results = result ? ["i32"] : [];
    return call;
  }
  open(block: Block): void {
    this.block = block;
    this.out.push(block);
  }
  diamond(cond: Value, then: () => Value, otherwise: () => Value): Value {
    const [a, b, join] = [this.func.block(), this.func.block(), this.func.block()];
    this.block.terminator = {
      op: "br",
      args: [cond],
      edges: [
        { to: a, args: [] },
        { to: b, args: [] },
      ],
      origin: this.origin,
    };
    for (const [block, body] of [
      [a, then],
      [b, otherwise],
    ] as const) {
      this.open(block);
      const value = body();
      this.block.terminator = { op: "jump", args: [], edges: [{ to: join, args: [value] }], origin: this.origin };
    }
    this.open(join);
    return this.func.param(join, "i32");
  }

  /** The high word of an unsigned product, if `a` is negative less `b`: a branch costs one or two instructions, a mask three. */
  correct(high: Value, a: Value, b: Value, shift = 0): Value {
    return this.diamond(
      this.emit("ge_s", a, this.k(0)),
      () => high,
      () => this.emit("sub", high, shift === 0 ? b : this.emit("shl", b, this.k(shift))),
    );
  }

  access(v: Value): Value | undefined {
    const { bytes } = info(v.op);
    const natural = bytes === 4 ? 2 : bytes === 2 ? 1 : 0;
    const address = resolve(v.args[0]!);
    if (v.align < 0) {
      const at = this.emit("add", address, this.k(v.imm));
      const name = `rt.${v.op.slice(4)}`;
      if (v.type !== "void") return this.callRuntime(name, [at], true);
      this.callRuntime(name, [at, resolve(v.args[1]!)], false);
      return v;
    }
    if (v.align >= natural) return undefined;
    const unit = v.align === 0 ? 1 : 2;
    const size = unit * 8;
    if (v.type === "void") {
      const value = resolve(v.args[1]!);
      for (let at = 0; at < bytes; at += unit) {
        const part = at === 0 ? value : this.emit("shr_u", value, this.k(at * 8));
        const op = unit === 1 ? "i32.store8" : "i32.store16";
        this.func.add(this.block, op, "void", [address, part], v.imm + at, v.origin).align = v.align;
      }
      return v;
    }
    let sum: Value | undefined;
    for (let at = 0; at < bytes; at += unit) {
      const top = at + unit === bytes && v.op.endsWith("_s");
      const op = `i32.load${size}_${top ? "s" : "u"}`;
      const part = this.func.add(this.block, op, "i32", [address], v.imm + at, v.origin);
      part.align = v.align;
      const shifted = at === 0 ? part : this.emit("shl", part, this.k(at * 8));
      sum = sum === undefined ? shifted : this.emit("or", sum, shifted);
    }
    return sum!;
  }

  /** The replacement of a value, or undefined if the machine has it. */
  lower(v: Value): Value | undefined {
    const [a, b] = v.args.map(resolve) as [Value, Value];
    const signed = this.options.signedMulDiv;
    switch (v.op) {
      case "i32.rotl":
      case "i32.rotr": {
        const left = v.op === "i32.rotl";
        const [there, back] = left ? ["shl", "shr_u"] : ["shr_u", "shl"];
        const other = isConst(b) ? this.k((32 - (b.imm & 31)) & 31) : this.emit("sub", this.k(0), b);
        if (isConst(b) && (b.imm & 31) === 0) return a;
        return this.emit("or", this.emit(there!, a, b), this.emit(back!, a, other));
      }
      case "i32.clz":
      case "i32.ctz":
      case "i32.popcnt":
        return this.callRuntime(`rt.${v.op.slice(4)}`, [a], true);
      case "i32.extend8_s":
        return this.emit("shr_s", this.emit("shl", a, this.k(24)), this.k(24));
      case "i32.extend16_s":
        return this.emit("shr_s", this.emit("shl", a, this.k(16)), this.k(16));
      case "i32.mulhs":
        if (signed) return undefined;
        if (a === b) return this.correct(this.emit("mulhu", a, a), a, a, 1);
        return this.correct(this.correct(this.emit("mulhu", a, b), a, b), b, a);
      case "i32.div_s":
      case "i32.rem_s": {
        if (signed) return undefined;
        const name = v.op.slice(4);
        // Operands are nearly always non-negative: then the unsigned division does, and one test tells.
        const sign = isConst(b) ? (b.imm < 0 ? b : a) : this.emit("or", a, b);
        return this.diamond(
          this.emit("lt_s", sign, this.k(0)),
          () => this.callRuntime(`rt.${name}`, [a, b], true),
          () => this.emit(name.replace("_s", "_u"), a, b),
        );
      }
      default:
        return info(v.op).bytes > 0 ? this.access(v) : undefined;
    }
  }

  run(): void {
    const ends: Block[] = [];
    for (const block of this.func.blocks.slice()) {
      const { values, terminator } = block;
      block.values = [];
      this.open(block);
      for (const v of values) {
        this.origin = v.origin;
        const by = this.lower(v);
        if (by === undefined) {
          v.block = this.block;
          this.block.values.push(v);
        } else if (by !== v) replace(v, by);
      }
      this.block.terminator = terminator;
      ends.push(this.block);
    }
    this.func.blocks = this.out;
  }
}

export function legalize(func: Func, options: LegalizeOptions): void {
  new Legalizer(func, options).run();
}
