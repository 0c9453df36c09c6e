/**
 * Splits 64-bit values into pairs of words. Carries are compares (`sum < addend`), products use the high-word multiplication,
 * comparisons and variable shifts become branches: two instructions on each way instead of six on one. What the halves make
 * superfluous (a zero high word, an unused half) the simplifier and dead code elimination then remove.
 */
import type { Block, Edge, Func, Type, Value } from "../ir/function.ts";
import { replace, resolve } from "../ir/function.ts";
import { OPS } from "../ir/ops.ts";

interface Pair {
  lo: Value;
  hi: Value;
}

class Splitter {
  readonly func: Func;
  readonly pairs = new Map<Value, Pair>();
  block!: Block;
  out: Block[] = [];
  origin = -1;

  constructor(func: Func) {
    this.func = func;
  }

  pair(v: Value): Pair {
    const value = resolve(v);
    const found = this.pairs.get(value);
    if (found === undefined) throw new Error(`i64 value v${value.id} (${value.op}) has no halves`);
    return found;
  }
  /** The halves of an argument if it is wide. */
  wide(arg: Value): Pair | undefined {
    let value = arg;
    // a narrow copy is a low half already, though what it stands for may also be the name of the whole
    while (value.op === "copy" && value.type === "i64") value = value.args[0]!;
    return value.op === "copy" ? undefined : this.pairs.get(value);
  }
  /** Arguments with each wide one as its two halves. */
  flat(args: Value[]): Value[] {
    return args.flatMap((a) => {
      const p = this.wide(a);
      return p === undefined ? [resolve(a)] : [p.lo, p.hi];
    });
  }

  emit(op: string, ...args: Value[]): Value {
    return this.func.add(this.block, `i32.${op}`, "i32", args, 0, this.origin);
  }
  k(imm: number): Value {
    return this.func.const32(this.block, imm);
  }
  or(a: Value, b: Value): Value {
    return this.emit("or", a, b);
  }
  shl(a: Value, n: number): Value {
    return this.emit("shl", a, this.k(n));
  }
  shr(a: Value, n: number): Value {
    return this.emit("shr_u", a, this.k(n));
  }
  sign(a: Value): Value {
    return this.emit("shr_s", a, this.k(31));
  }
  /** Splits the current block on `cond`; each arm gives the same number of values, which the join gets as parameters. */
  diamond(cond: Value, then: () => Value[], otherwise: () => Value[]): Value[] {
    const head = this.block;
    const a = this.func.block();
    const b = this.func.block();
    const join = this.func.block();
    head.terminator = {
      op: "br",
      args: [cond],
      edges: [
        { to: a, args: [] },
        { to: b, args: [] },
      ],
      origin: this.origin,
    };
    const arm = (block: Block, body: () => Value[]): Value[] => {
      this.open(block);
      const values = body();
      this.block.terminator = { op: "jump", args: [], edges: [{ to: join, args: values }], origin: this.origin };
      return values;
    };
    const values = arm(a, then);
    arm(b, otherwise);
    this.open(join);
    return values.map(() => this.func.param(join, "i32"));
  }
  open(block: Block): void {
    this.block = block;
    this.out.push(block);
  }

  add(a: Pair, b: Pair): Pair {
    if (b.lo.op === "i32.const" && b.hi.op === "i32.const" && b.hi.imm === -1 && b.lo.imm !== 0) {
      // adding a small negative constant: a borrow is one instruction cheaper than a carry and -1
      const k = this.k(-b.lo.imm);
      return { lo: this.emit("sub", a.lo, k), hi: this.emit("sub", a.hi, this.emit("lt_u", a.lo, k)) };
    }
    const lo = this.emit("add", a.lo, b.lo);
    // not with what a loop carries: that ends where the sum begins, which may take its register
    const isCarried = b.lo.op === "param" && a.lo.block.id < b.lo.block.id;
    const carry = this.emit("lt_u", lo, isCarried ? a.lo : b.lo);
    return { lo, hi: this.emit("add", this.emit("add", a.hi, b.hi), carry) };
  }
  sub(a: Pair, b: Pair): Pair {
    const borrow = this.emit("lt_u", a.lo, b.lo);
    return { lo: this.emit("sub", a.lo, b.lo), hi: this.emit("sub", this.emit("sub", a.hi, b.hi), borrow) };
  }
  mul(a: Pair, b: Pair): Pair {
    const lo = this.emit("mul", a.lo, b.lo);
    const signed = (p: Pair): boolean =>
      p.hi.op === "i32.shr_s" &&
      resolve(p.hi.args[0]!) === p.lo &&
      p.hi.args[1]!.op === "i32.const" &&
      p.hi.args[1]!.imm === 31;
    if (signed(a) && signed(b)) return { lo, hi: this.emit("mulhs", a.lo, b.lo) };
    const cross = this.emit("add", this.emit("mul", a.lo, b.hi), this.emit("mul", a.hi, b.lo));
    return { lo, hi: this.emit("add", this.emit("mulhu", a.lo, b.lo), cross) };
  }
  /** `(high:low) >> n` of a word pair, low word, 0 < n < 32 */
  funnel(low: Value, high: Value, n: number): Value {
    return this.or(this.shr(low, n), this.shl(high, 32 - n));
  }
  shift(op: string, a: Pair, amount: Pair): Pair {
    if (amount.lo.op === "i32.const") return this.shiftBy(op, a, amount.lo.imm & 63);
    const n = amount.lo;
    const not = (): Value => this.emit("xor", n, this.k(-1));
    const big = this.emit("and", n, this.k(32));
    if (op === "rotl" || op === "rotr") {
      const [x, y] = this.diamond(
        big,
        () => [a.hi, a.lo],
        () => [a.lo, a.hi],
      ) as [Value, Value];
      const m = not();
      const left = (u: Value, v: Value): Value =>
        this.or(this.emit("shl", u, n), this.emit("shr_u", this.shr(v, 1), m));
      const right = (u: Value, v: Value): Value =>
        this.or(this.emit("shr_u", u, n), this.emit("shl", this.shl(v, 1), m));
      return op === "rotl" ? { lo: left(x, y), hi: left(y, x) } : { lo: right(x, y), hi: right(y, x) };
    }
    const [lo, hi] = this.diamond(
      big,
      () => {
        if (op === "shl") return [this.k(0), this.emit("shl", a.lo, n)];
        return [this.emit(op, a.hi, n), op === "shr_u" ? this.k(0) : this.sign(a.hi)];
      },
      () => {
        if (op === "shl")
          return [
            this.emit("shl", a.lo, n),
            this.or(this.emit("shl", a.hi, n), this.emit("shr_u", this.shr(a.lo, 1), not())),
          ];
        return [
          this.or(this.emit("shr_u", a.lo, n), this.emit("shl", this.shl(a.hi, 1), not())),
          this.emit(op, a.hi, n),
        ];
      },
    ) as [Value, Value];
    return { lo, hi };
  }
  shiftBy(op: string, a: Pair, n: number): Pair {
    const m = n & 31;
    if (op === "rotr" || op === "rotl") {
      const right = op === "rotr" ? n : (64 - n) & 63;
      const [x, y] = right >= 32 ? [a.hi, a.lo] : [a.lo, a.hi];
      const r = right & 31;
      if (r === 0) return { lo: x, hi: y };
      return { lo: this.funnel(x, y, r), hi: this.funnel(y, x, r) };
    }
    if (n === 0) return a;
    if (op === "shl") {
      if (n >= 32) return { lo: this.k(0), hi: m === 0 ? a.lo : this.shl(a.lo, m) };
      return { lo: this.shl(a.lo, m), hi: this.funnel(a.lo, a.hi, 32 - m) };
    }
    const fill = (): Value => (op === "shr_u" ? this.k(0) : this.sign(a.hi));
    if (n >= 32) return { lo: m === 0 ? a.hi : this.emit(op, a.hi, this.k(m)), hi: fill() };
    return { lo: this.funnel(a.lo, a.hi, m), hi: this.emit(op, a.hi, this.k(m)) };
  }
  compare(op: string, a: Pair, b: Pair): Value {
    if (op === "eq" || op === "ne") {
      const differ = this.or(this.emit("xor", a.lo, b.lo), this.emit("xor", a.hi, b.hi));
      return op === "eq" ? this.emit("eqz", differ) : this.emit("ne", differ, this.k(0));
    }
    const zero = (p: Pair): boolean => p.hi.op === "i32.const" && p.hi.imm === 0;
    const low = op.replace("_s", "_u");
    if (zero(a) && zero(b)) return this.emit(low, a.lo, b.lo);
    if (b.lo.op === "i32.const" && b.lo.imm === 0 && zero(b) && (op === "lt_s" || op === "ge_s"))
      return this.emit(op, a.hi, b.hi);
    const strict = op.replace("le", "lt").replace("ge", "gt");
    return this.diamond(
      this.emit("eq", a.hi, b.hi),
      () => [this.emit(low, a.lo, b.lo)],
      () => [this.emit(strict, a.hi, b.hi)],
    )[0]!;
  }
  callRuntime(symbol: string, args: Value[], results: Type[]): Value[] {
    const call = this.func.add(this.block, "call", "i32", args, 0, this.origin);
    call.symbol = symbol;
    call.results = results;
    return results.map((type, k) => (k === 0 ? call : this.func.add(this.block, "result", type, [call], k)));
  }

  /** The halves of an i64 value. */
  halves(v: Value): Pair {
    const [name] = v.op.split(".").slice(-1) as [string];
    const args = v.args.map(resolve);
    const p = (i: number): Pair => this.pair(args[i]!);
    switch (v.op) {
      case "i64.const":
        return { lo: this.k(Number(BigInt.asIntN(32, v.big!))), hi: this.k(Number(BigInt.asIntN(32, v.big! >> 32n))) };
      case "i64.join":
        return { lo: args[0]!, hi: args[1]! };
      case "i64.extend_i32_u":
        return { lo: args[0]!, hi: this.k(0) };
      case "i64.extend_i32_s":
        return { lo: args[0]!, hi: this.sign(args[0]!) };
      case "i64.extend32_s":
        return { lo: p(0).lo, hi: this.sign(p(0).lo) };
      case "i64.extend8_s":
      case "i64.extend16_s": {
        const lo = this.emit(name, p(0).lo);
        return { lo, hi: this.sign(lo) };
      }
      case "i64.add":
        return this.add(p(0), p(1));
      case "i64.sub":
        return this.sub(p(0), p(1));
      case "i64.mul":
        return this.mul(p(0), p(1));
      case "i64.and":
      case "i64.or":
      case "i64.xor":
        return { lo: this.emit(name, p(0).lo, p(1).lo), hi: this.emit(name, p(0).hi, p(1).hi) };
      case "i64.shl":
      case "i64.shr_s":
      case "i64.shr_u":
      case "i64.rotl":
      case "i64.rotr":
        return this.shift(name, p(0), p(1));
      case "i64.div_u":
      case "i64.rem_u":
      case "i64.div_s":
      case "i64.rem_s": {
        const [lo, hi] = this.callRuntime(`rt.i64.${name}`, [p(0).lo, p(0).hi, p(1).lo, p(1).hi], ["i32", "i32"]);
        return { lo: lo!, hi: hi! };
      }
      case "i64.clz":
      case "i64.ctz": {
        const [first, second] = name === "clz" ? [p(0).hi, p(0).lo] : [p(0).lo, p(0).hi];
        const [lo] = this.diamond(
          this.emit("eqz", first),
          () => [this.emit("add", this.emit(name, second), this.k(32))],
          () => [this.emit(name, first)],
        );
        return { lo: lo!, hi: this.k(0) };
      }
      case "i64.popcnt":
        return { lo: this.emit("add", this.emit("popcnt", p(0).lo), this.emit("popcnt", p(0).hi)), hi: this.k(0) };
      case "select":
        return { lo: this.select(p(0).lo, p(1).lo, args[2]!), hi: this.select(p(0).hi, p(1).hi, args[2]!) };
      case "i64.load": {
        const part = (offset: number): Value => {
          const load = this.func.add(this.block, "i32.load", "i32", [args[0]!], v.imm + offset, v.origin);
          load.align = Math.min(v.align, 2);
          return load;
        };
        return { lo: part(0), hi: part(4) };
      }
      case "global.get": {
        const part = (k: number): Value => this.func.add(this.block, "global.get", "i32", [], v.imm + k, v.origin);
        return { lo: part(0), hi: part(1) };
      }
      default:
        throw new Error(`cannot split ${v.op}`);
    }
  }
  select(a: Value, b: Value, cond: Value): Value {
    return this.func.add(this.block, "select", "i32", [a, b, cond], 0, this.origin);
  }

  /** A call: arguments and results flattened. The value itself is the low word of result 0. */
  call(v: Value): void {
    v.args = this.flat(v.args);
    const wide = v.results!;
    v.results = wide.flatMap((t): Type[] => (t === "i64" ? ["i32", "i32"] : [t]));
    this.keep(v);
    if (v.type === "i64") {
      v.type = "i32";
      this.pairs.set(v, { lo: v, hi: this.func.add(this.block, "result", "i32", [v], 1, v.origin) });
    }
    // remember where each old result begins
    let at = 0;
    this.starts.set(
      v,
      wide.map((t) => (at += t === "i64" ? 2 : 1) - (t === "i64" ? 2 : 1)),
    );
  }
  readonly starts = new Map<Value, number[]>();

  result(v: Value): void {
    const call = v.args[0]!;
    const start = this.starts.get(call)![v.imm]!;
    v.imm = start;
    this.keep(v);
    if (v.type === "i64") {
      v.type = "i32";
      this.pairs.set(v, { lo: v, hi: this.func.add(this.block, "result", "i32", [call], start + 1, v.origin) });
    }
  }

  keep(v: Value): void {
    v.block = this.block;
    this.block.values.push(v);
  }

  value(v: Value): void {
    this.origin = v.origin;
    const special = SPLIT[v.op];
    if (special !== undefined) special(this, v);
    else if (v.op === "global.set") this.globalSet(v);
    else if (v.type === "i64") this.pairs.set(v, this.halves(v));
    else if (OPS.get(v.op)!.argType === "i64")
      replace(v, this.compare(v.op.slice(4), this.pair(v.args[0]!), this.pair(v.args[1]!)));
    else this.keep(v);
  }

  globalSet(v: Value): void {
    const p = this.wide(v.args[0]!);
    if (p === undefined) {
      this.keep(v);
      return;
    }
    this.func.add(this.block, "global.set", "void", [p.lo], v.imm, v.origin);
    this.func.add(this.block, "global.set", "void", [p.hi], v.imm + 1, v.origin);
  }
  store(v: Value): void {
    const address = resolve(v.args[0]!);
    const { lo, hi } = this.pair(v.args[1]!);
    const part = (word: Value, offset: number): void => {
      const made = this.func.add(this.block, "i32.store", "void", [address, word], v.imm + offset, v.origin);
      made.align = Math.min(v.align, 2);
    };
    part(lo, 0);
    part(hi, 4);
  }

  run(): void {
    const original = this.func.blocks.slice();
    for (const block of original)
      block.params = block.params.flatMap((p) => {
        if (p.type !== "i64") return [p];
        p.type = "i32";
        const hi = this.func.value(block, "param", "i32", []);
        this.pairs.set(p, { lo: p, hi });
        return [p, hi];
      });
    const ends: Block[] = [];
    for (const block of original) {
      const values = block.values;
      const terminator = block.terminator;
      block.values = [];
      this.open(block);
      for (const v of values) this.value(v);
      // diamonds: the last piece carries the terminator
      this.block.terminator = terminator;
      ends.push(this.block);
    }
    for (const block of ends) {
      const t = block.terminator;
      t.args = this.flat(t.args);
      t.edges = t.edges.map((e): Edge => ({ to: e.to, args: this.flat(e.args) }));
    }
    this.func.blocks = this.out;
  }
}

/** What makes no i64 value, or more than one value. */
const SPLIT: Readonly<Record<string, (s: Splitter, v: Value) => void>> = {
  call: (s, v) => s.call(v),
  call_indirect: (s, v) => s.call(v),
  result: (s, v) => s.result(v),
  "i64.store": (s, v) => s.store(v),
  "i32.wrap_i64": (s, v) => replace(v, s.pair(v.args[0]!).lo),
  "i64.high": (s, v) => replace(v, s.pair(v.args[0]!).hi),
  "i64.eqz": (s, v) => {
    const { lo, hi } = s.pair(v.args[0]!);
    replace(v, s.emit("eqz", s.or(lo, hi)));
  },
};

/** Needs blocks in reverse postorder (definitions before uses). */
export function splitI64(func: Func): void {
  const splitter = new Splitter(func);
  splitter.run();
  const narrow = (types: readonly Type[]): Type[] => types.flatMap((t): Type[] => (t === "i64" ? ["i32", "i32"] : [t]));
  Object.assign(func, { params: narrow(func.params), results: narrow(func.results) });
}
