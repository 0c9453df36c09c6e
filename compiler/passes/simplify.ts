/**
 * Constant folding and algebraic identities, as a table of rules by operation. A rule returns the value to use instead, or nothing.
 * Rules only ever lower the number of instructions: a multiplication becomes a shift when it is one shift, never a sequence.
 */
import type { Block, Func, Value } from "../ir/function.ts";
import { isConst, replace, resolve } from "../ir/function.ts";
import { info } from "../ir/ops.ts";
import { evaluate32, evaluate64 } from "./evaluate.ts";
import { isCompare, possibleBits } from "./known-bits.ts";

interface Context {
  func: Func;
  block: Block;
  /** values of the block so far: new ones go here, before the one being simplified */
  out: Value[];
}

type Rule = (v: Value, a: Value, b: Value, c: Context) => Value | undefined;

function make(c: Context, v: Value, op: string, args: Value[], imm = 0): Value {
  const made = c.func.value(c.block, op, "i32", args, imm, v.origin);
  c.out.push(made);
  return made;
}

const k32 = (c: Context, v: Value, imm: number): Value => make(c, v, "i32.const", [], imm | 0);

/** Changes `v` in place into another operation. */
function become(v: Value, op: string, args: Value[]): undefined {
  v.op = op;
  v.args = args;
  return undefined;
}

const isPowerOf2 = (n: number): boolean => n >>> 0 !== 0 && ((n >>> 0) & ((n >>> 0) - 1)) === 0;
const log2 = (n: number): number => 31 - Math.clz32(n);

/** `x op k1 op k2` with constants on the right becomes `x op (k1 op k2)`. */
function reassociate(v: Value, a: Value, b: Value, c: Context, op: string): Value | undefined {
  if (!isConst(b) || a.op !== v.op) return undefined;
  const inner = resolve(a.args[1]!);
  if (!isConst(inner)) return undefined;
  return make(c, v, v.op, [resolve(a.args[0]!), k32(c, v, evaluate32(op, inner.imm, b.imm)!)]);
}

const NEGATED: Readonly<Record<string, string>> = {
  eq: "ne",
  ne: "eq",
  lt_s: "ge_s",
  ge_s: "lt_s",
  lt_u: "ge_u",
  ge_u: "lt_u",
  gt_s: "le_s",
  le_s: "gt_s",
  gt_u: "le_u",
  le_u: "gt_u",
};
const SWAPPED: Readonly<Record<string, string>> = { gt_s: "lt_s", gt_u: "lt_u", le_s: "ge_s", le_u: "ge_u" };

const RULES: Readonly<Record<string, Rule>> = {
  "i32.add": (v, a, b, c) => {
    if (isConst(b, 0)) return a;
    if (b.op === "i32.sub" && isConst(resolve(b.args[0]!), 0)) return make(c, v, "i32.sub", [a, resolve(b.args[1]!)]);
    if (a.op === "i32.sub" && isConst(resolve(a.args[0]!), 0)) return make(c, v, "i32.sub", [b, resolve(a.args[1]!)]);
    if (a.op === "i32.sub" && resolve(a.args[1]!) === b) return resolve(a.args[0]!);
    if (b.op === "i32.sub" && resolve(b.args[1]!) === a) return resolve(b.args[0]!);
    if (isConst(b) && a.op === "symbol") {
      const sum = make(c, v, "symbol", [], a.imm + b.imm);
      sum.symbol = a.symbol!;
      return sum;
    }
    return reassociate(v, a, b, c, "i32.add");
  },
  "i32.sub": (v, a, b, c) => {
    if (a === b) return k32(c, v, 0);
    if (isConst(b)) return make(c, v, "i32.add", [a, k32(c, v, -b.imm)]);
    if (a.op === "i32.add" && resolve(a.args[1]!) === b) return resolve(a.args[0]!);
    if (a.op === "i32.add" && resolve(a.args[0]!) === b) return resolve(a.args[1]!);
    if (
      a.op === "i32.add" &&
      isConst(resolve(a.args[1]!)) &&
      b.op === "i32.add" &&
      resolve(b.args[0]!) === resolve(a.args[0]!) &&
      isConst(resolve(b.args[1]!))
    )
      return k32(c, v, resolve(a.args[1]!).imm - resolve(b.args[1]!).imm);
    return undefined;
  },
  "i32.mul": (v, a, b, c) => {
    if (isConst(b, 0)) return b;
    if (isConst(b, 1)) return a;
    if (isConst(b, -1)) return make(c, v, "i32.sub", [k32(c, v, 0), a]);
    if (isConst(b) && isPowerOf2(b.imm)) return make(c, v, "i32.shl", [a, k32(c, v, log2(b.imm))]);
    return reassociate(v, a, b, c, "i32.mul");
  },
  "i32.mulhu": (v, _a, b, c) => {
    if (isConst(b, 0)) return b;
    if (isConst(b, 1)) return k32(c, v, 0);
    if (isConst(b) && isPowerOf2(b.imm)) return make(c, v, "i32.shr_u", [_a, k32(c, v, 32 - log2(b.imm))]);
    return undefined;
  },
  "i32.and": (v, a, b, c) => {
    if (a === b || isConst(b, -1)) return a;
    if (isConst(b, 0)) return b;
    if (isConst(b)) {
      const bits = possibleBits(a);
      if ((bits & ~b.imm) === 0) return a;
      if ((bits & b.imm) === 0) return k32(c, v, 0);
      // a 16-bit mask takes two instructions to make, and so do two shifts: leave it
      if (a.op === "i32.or" || a.op === "i32.xor") {
        // an operand that the mask wipes out
        const [x, y] = a.args.map(resolve) as [Value, Value];
        if ((possibleBits(x) & b.imm) === 0) return make(c, v, "i32.and", [y, b]);
        if ((possibleBits(y) & b.imm) === 0) return make(c, v, "i32.and", [x, b]);
      }
    }
    return reassociate(v, a, b, c, "i32.and");
  },
  "i32.or": (v, a, b, c) => {
    if (a === b || isConst(b, 0)) return a;
    if (isConst(b, -1)) return b;
    return reassociate(v, a, b, c, "i32.or");
  },
  "i32.xor": (v, a, b, c) => {
    if (a === b) return k32(c, v, 0);
    if (isConst(b, 0)) return a;
    if (isConst(b, 1) && isCompare(a.op) && a.op.startsWith("i32") && a.op !== "i32.eqz") {
      const negated = NEGATED[a.op.slice(4)];
      if (negated !== undefined) return make(c, v, `i32.${negated}`, a.args.map(resolve));
    }
    if (a.op === "i32.xor" && resolve(a.args[1]!) === b) return resolve(a.args[0]!);
    if (a.op === "i32.xor" && resolve(a.args[0]!) === b) return resolve(a.args[1]!);
    return reassociate(v, a, b, c, "i32.xor");
  },
  "i32.shl": (v, a, b, c) => {
    if (isConst(a, 0)) return a;
    if (!isConst(b)) return unmaskedShift(v, a, b, c);
    const n = b.imm & 31;
    if (n === 0) return a;
    if (n !== b.imm) return make(c, v, v.op, [a, k32(c, v, n)]);
    const by = a.args[1] === undefined ? undefined : resolve(a.args[1]);
    if (a.op === "i32.shl" && isConst(by!)) {
      const sum = (by!.imm & 31) + n;
      return sum > 31 ? k32(c, v, 0) : make(c, v, v.op, [resolve(a.args[0]!), k32(c, v, sum)]);
    }
    if (a.op === "i32.shr_u" && isConst(by!, n) && 32 - n >= 1) {
      // clear the low bits
      const mask = -1 << n;
      if (mask >= -2048) return make(c, v, "i32.and", [resolve(a.args[0]!), k32(c, v, mask)]);
    }
    // the shift pushes out what the mask took away
    if (a.op === "i32.and" && isConst(by!) && (by!.imm << n) >>> n === (-1 >>> n) >>> 0)
      return make(c, v, v.op, [resolve(a.args[0]!), b]);
    return undefined;
  },
  "i32.shr_u": (v, a, b, c) => {
    if (isConst(a, 0)) return a;
    if (!isConst(b)) return unmaskedShift(v, a, b, c);
    const n = b.imm & 31;
    if (n === 0) return a;
    if (n !== b.imm) return make(c, v, v.op, [a, k32(c, v, n)]);
    if (possibleBits(a) >>> n === 0) return k32(c, v, 0);
    const by = a.args[1] === undefined ? undefined : resolve(a.args[1]);
    if (a.op === "i32.shr_u" && isConst(by!)) {
      const sum = (by!.imm & 31) + n;
      return sum > 31 ? k32(c, v, 0) : make(c, v, v.op, [resolve(a.args[0]!), k32(c, v, sum)]);
    }
    if (a.op === "i32.shl" && isConst(by!)) {
      const m = by!.imm & 31;
      const x = resolve(a.args[0]!);
      if (m === n && possibleBits(x) >>> (32 - n) === 0) return x;
      if (m === n && -1 >>> n <= 2047) return make(c, v, "i32.and", [x, k32(c, v, -1 >>> n)]);
    }
    // the shift drops what the mask cleared
    if (a.op === "i32.and" && isConst(by!) && by!.imm >>> n === -1 >>> n)
      return make(c, v, v.op, [resolve(a.args[0]!), b]);
    return undefined;
  },
  "i32.shr_s": (v, a, b, c) => {
    if (isConst(a, 0)) return a;
    if (!isConst(b)) return unmaskedShift(v, a, b, c);
    const n = b.imm & 31;
    if (n === 0) return a;
    if (n !== b.imm) return make(c, v, v.op, [a, k32(c, v, n)]);
    if (possibleBits(a) >>> 31 === 0) return make(c, v, "i32.shr_u", [a, b]);
    if (a.op === "i32.shr_s" && isConst(resolve(a.args[1]!)))
      return make(c, v, v.op, [resolve(a.args[0]!), k32(c, v, Math.min(31, (resolve(a.args[1]!).imm & 31) + n))]);
    // a sign extension of what was loaded with its sign
    const signed =
      a.op === "i32.shl" && resolve(a.args[1]!).op === "i32.const" && resolve(a.args[1]!).imm === n
        ? resolve(a.args[0]!)
        : undefined;
    if (signed?.op === "i32.load8_s" && n <= 24) return signed;
    if (signed?.op === "i32.load16_s" && n <= 16) return signed;
    return undefined;
  },
  "i32.div_u": (v, a, b, c) => {
    if (isConst(b, 1)) return a;
    if (isConst(b) && isPowerOf2(b.imm)) return make(c, v, "i32.shr_u", [a, k32(c, v, log2(b.imm))]);
    return undefined;
  },
  "i32.rem_u": (v, a, b, c) => {
    if (isConst(b, 1)) return k32(c, v, 0);
    if (isConst(b) && isPowerOf2(b.imm)) return make(c, v, "i32.and", [a, k32(c, v, b.imm - 1)]);
    return undefined;
  },
  "i32.div_s": (v, a, b) => {
    if (isConst(b, 1)) return a;
    if (isConst(b) && b.imm > 0 && possibleBits(a) >>> 31 === 0) return become(v, "i32.div_u", [a, b]);
    return undefined;
  },
  "i32.rem_s": (v, a, b) => {
    if (isConst(b) && b.imm > 0 && possibleBits(a) >>> 31 === 0) return become(v, "i32.rem_u", [a, b]);
    return undefined;
  },
  "i32.eqz": (v, a, _b, c) => make(c, v, "i32.eq", [a, k32(c, v, 0)]),
  "i32.eq": (v, a, b, c) => {
    if (a === b) return k32(c, v, 1);
    if (!isConst(b)) return undefined;
    if (isConst(b, 0) && isCompare(a.op) && a.op.startsWith("i32")) {
      const negated = NEGATED[a.op.slice(4)];
      if (negated !== undefined) return make(c, v, `i32.${negated}`, a.args.map(resolve));
    }
    return compareConst(v, a, b, c);
  },
  "i32.ne": (v, a, b, c) => {
    if (a === b) return k32(c, v, 0);
    if (!isConst(b)) return undefined;
    if (isConst(b, 0) && possibleBits(a) <= 1) return a;
    return compareConst(v, a, b, c);
  },
  "i32.lt_u": (v, a, b, c) => {
    if (a === b || isConst(b, 0)) return k32(c, v, 0);
    if (isConst(b, 1)) return make(c, v, "i32.eq", [a, k32(c, v, 0)]);
    if (isConst(a, 0)) return make(c, v, "i32.ne", [b, a]);
    if (isConst(b) && possibleBits(a) < b.imm >>> 0) return k32(c, v, 1);
    return undefined;
  },
  "i32.ge_u": (v, a, b, c) => {
    if (a === b || isConst(b, 0)) return k32(c, v, 1);
    if (isConst(b, 1)) return make(c, v, "i32.ne", [a, k32(c, v, 0)]);
    if (isConst(a, 0)) return make(c, v, "i32.eq", [b, a]);
    if (isConst(b) && possibleBits(a) < b.imm >>> 0) return k32(c, v, 0);
    return undefined;
  },
  "i32.lt_s": (v, a, b, c) => {
    if (a === b) return k32(c, v, 0);
    if (isConst(b, 0) && possibleBits(a) >>> 31 === 0) return k32(c, v, 0);
    return undefined;
  },
  "i32.ge_s": (v, a, b, c) => {
    if (a === b) return k32(c, v, 1);
    if (isConst(b, 0) && possibleBits(a) >>> 31 === 0) return k32(c, v, 1);
    return undefined;
  },
  select: (v, a, b, c) => {
    const cond = resolve(v.args[2]!);
    if (a === b) return a;
    if (isConst(cond)) return cond.imm !== 0 ? a : b;
    if (v.type !== "i32") return undefined;
    if (isConst(a, 1) && isConst(b, 0)) return make(c, v, "i32.ne", [cond, b]);
    if (isConst(a, 0) && isConst(b, 1)) return make(c, v, "i32.eq", [cond, a]);
    // the condition tested against 0 is the condition
    if (cond.op === "i32.ne" && isConst(resolve(cond.args[1]!), 0)) v.args[2] = resolve(cond.args[0]!);
    if (cond.op === "i32.eq" && isConst(resolve(cond.args[1]!), 0)) v.args = [b, a, resolve(cond.args[0]!)];
    return undefined;
  },
  "i32.wrap_i64": (_v, a) => {
    if (a.op === "i64.extend_i32_u" || a.op === "i64.extend_i32_s" || a.op === "i64.join") return resolve(a.args[0]!);
    return undefined;
  },
};

/** The machine takes shift amounts modulo 32: a mask that only repeats that goes. */
function unmaskedShift(v: Value, a: Value, b: Value, c: Context): Value | undefined {
  if (b.op === "i32.and" && isConst(resolve(b.args[1]!)) && (resolve(b.args[1]!).imm & 31) === 31)
    return make(c, v, v.op, [a, resolve(b.args[0]!)]);
  return undefined;
}

/** Equality with a constant, moved to the other side of what can be undone. */
function compareConst(v: Value, a: Value, b: Value, c: Context): Value | undefined {
  const inner = a.args[1] === undefined ? undefined : resolve(a.args[1]);
  if (inner !== undefined && isConst(inner)) {
    if (a.op === "i32.add") return make(c, v, v.op, [resolve(a.args[0]!), k32(c, v, b.imm - inner.imm)]);
    if (a.op === "i32.xor") return make(c, v, v.op, [resolve(a.args[0]!), k32(c, v, b.imm ^ inner.imm)]);
  }
  if (isConst(b, 0) && (a.op === "i32.xor" || a.op === "i32.sub")) return make(c, v, v.op, a.args.map(resolve));
  if ((b.imm & ~possibleBits(a)) !== 0) return k32(c, v, v.op === "i32.eq" ? 0 : 1);
  return undefined;
}

function constantOf(v: Value): number | bigint | undefined {
  return v.op === "i32.const" ? v.imm : v.big;
}

function foldConstants(v: Value, c: Context): Value | undefined {
  if (v.args.length === 0 || v.args.length > 2) return undefined;
  const ks = v.args.map(constantOf);
  if (ks.includes(undefined)) return undefined;
  const [a, b = typeof a === "bigint" ? 0n : 0] = ks as [number | bigint, number | bigint];
  let result: number | bigint | undefined;
  if (v.op === "i64.extend_i32_s") result = BigInt(a);
  else if (v.op === "i64.extend_i32_u") result = BigInt(Number(a) >>> 0);
  else if (typeof a === "bigint") result = evaluate64(v.op, a, b as bigint);
  else result = evaluate32(v.op, a, b as number);
  if (result === undefined) return undefined;
  if (v.type === "i32") return k32(c, v, Number(result));
  const made = c.func.value(c.block, "i64.const", "i64", [], 0, v.origin);
  made.big = BigInt.asIntN(64, BigInt(result));
  c.out.push(made);
  return made;
}

function simplifyOnce(v: Value, c: Context): Value | undefined {
  const i = info(v.op);
  for (let k = 0; k < v.args.length; k++) v.args[k] = resolve(v.args[k]!);
  if (i.effect === "pure") {
    const folded = foldConstants(v, c);
    if (folded !== undefined) return folded;
  }
  if (v.args.length === 2 && i.effect === "pure") {
    const [a, b] = v.args as [Value, Value];
    // constants to the right, greater-than as less-than
    if (i.commutative && constantOf(a) !== undefined) v.args = [b, a];
    else if (v.op.startsWith("i32.") && SWAPPED[v.op.slice(4)] !== undefined) {
      v.op = `i32.${SWAPPED[v.op.slice(4)]}`;
      v.args = [b, a];
    }
  }
  return RULES[v.op]?.(v, v.args[0]!, v.args[1]!, c);
}

/** An address that is a sum with a constant goes into the access: always one instruction less if nothing else uses the sum, never one more. */
function foldAddress(v: Value): void {
  if (info(v.op).bytes === 0 && v.op !== "rom.load") return;
  for (;;) {
    const address = resolve(v.args[0]!);
    if (address.op !== "i32.add") return;
    const k = resolve(address.args[1]!);
    if (k.op !== "i32.const") return;
    const offset = (v.imm + k.imm) | 0;
    if (offset < -2048 || offset > 2047 - 4) return;
    v.imm = offset;
    v.args[0] = resolve(address.args[0]!);
  }
}

/** Sweeps the function once in its block order; follow with copy propagation. */
export function simplify(func: Func): boolean {
  let changed = false;
  for (const block of func.blocks) {
    const out: Value[] = [];
    const c: Context = { func, block, out };
    for (const v of block.values) {
      let current = v;
      for (let n = 0; n < 8; n++) {
        const before = func.nextValue;
        const by = simplifyOnce(current, c);
        if (by === undefined) break;
        changed = true;
        replace(current, by);
        // what a rule made is simplified in its turn
        if (by.id < before || by.args.length === 0) break;
        current = by;
      }
      if (v.op === "copy") continue;
      foldAddress(v);
      out.push(v);
    }
    block.values = out;
    const t = block.terminator;
    t.args = t.args.map(resolve);
    if (t.op === "br") changed = simplifyBranch(block) || changed;
  }
  return changed;
}

/** Tests against zero are what a branch does anyway. */
function simplifyBranch(block: Block): boolean {
  const t = block.terminator;
  const cond = t.args[0]!;
  if ((cond.op !== "i32.ne" && cond.op !== "i32.eq") || !isConst(resolve(cond.args[1]!), 0)) return false;
  t.args[0] = resolve(cond.args[0]!);
  if (cond.op === "i32.eq") t.edges.reverse();
  return true;
}
