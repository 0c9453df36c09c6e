/** The value of a pure operation on constants. */

const asI32 = (x: bigint): number => Number(BigInt.asIntN(32, x));
const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);
const s64 = (x: bigint): bigint => BigInt.asIntN(64, x);

const I32: Readonly<Record<string, (a: number, b: number) => number | undefined>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => Math.imul(a, b),
  mulhu: (a, b) => asI32((BigInt(a >>> 0) * BigInt(b >>> 0)) >> 32n),
  mulhs: (a, b) => asI32((BigInt(a) * BigInt(b)) >> 32n),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr_s: (a, b) => a >> b,
  shr_u: (a, b) => a >>> b,
  rotl: (a, b) => (a << b) | (a >>> (-b & 31)),
  rotr: (a, b) => (a >>> b) | (a << (-b & 31)),
  div_u: (a, b) => (b === 0 ? undefined : Math.floor((a >>> 0) / (b >>> 0))),
  rem_u: (a, b) => (b === 0 ? undefined : (a >>> 0) % (b >>> 0)),
  div_s: (a, b) => (b === 0 ? undefined : Math.trunc(a / b)),
  rem_s: (a, b) => (b === 0 ? undefined : a % b),
  eq: (a, b) => +(a === b),
  ne: (a, b) => +(a !== b),
  lt_s: (a, b) => +(a < b),
  lt_u: (a, b) => +(a >>> 0 < b >>> 0),
  gt_s: (a, b) => +(a > b),
  gt_u: (a, b) => +(a >>> 0 > b >>> 0),
  le_s: (a, b) => +(a <= b),
  le_u: (a, b) => +(a >>> 0 <= b >>> 0),
  ge_s: (a, b) => +(a >= b),
  ge_u: (a, b) => +(a >>> 0 >= b >>> 0),
  eqz: (a) => +(a === 0),
  clz: (a) => Math.clz32(a),
  ctz: (a) => (a === 0 ? 32 : 31 - Math.clz32(a & -a)),
  popcnt: (a) => {
    let n = 0;
    for (let x = a >>> 0; x !== 0; x = (x & (x - 1)) >>> 0) n++;
    return n;
  },
  extend8_s: (a) => (a << 24) >> 24,
  extend16_s: (a) => (a << 16) >> 16,
};

const I64: Readonly<Record<string, (a: bigint, b: bigint) => bigint | boolean | undefined>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << (b & 63n),
  shr_s: (a, b) => a >> (b & 63n),
  shr_u: (a, b) => u64(a) >> (b & 63n),
  rotl: (a, b) => (u64(a) << (b & 63n)) | (u64(a) >> (-b & 63n)),
  rotr: (a, b) => (u64(a) >> (b & 63n)) | (u64(a) << (-b & 63n)),
  div_u: (a, b) => (b === 0n ? undefined : u64(a) / u64(b)),
  rem_u: (a, b) => (b === 0n ? undefined : u64(a) % u64(b)),
  div_s: (a, b) => (b === 0n ? undefined : a / b),
  rem_s: (a, b) => (b === 0n ? undefined : a % b),
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt_s: (a, b) => a < b,
  lt_u: (a, b) => u64(a) < u64(b),
  gt_s: (a, b) => a > b,
  gt_u: (a, b) => u64(a) > u64(b),
  le_s: (a, b) => a <= b,
  le_u: (a, b) => u64(a) <= u64(b),
  ge_s: (a, b) => a >= b,
  ge_u: (a, b) => u64(a) >= u64(b),
  eqz: (a) => a === 0n,
  extend8_s: (a) => BigInt.asIntN(8, a),
  extend16_s: (a) => BigInt.asIntN(16, a),
  extend32_s: (a) => BigInt.asIntN(32, a),
};

/** @returns the word, or undefined if the operation has no value for these operands or is not an i32 operation */
export function evaluate32(op: string, a: number, b: number): number | undefined {
  if (!op.startsWith("i32.")) return undefined;
  const f = I32[op.slice(4)];
  const result = f?.(a, b);
  return result === undefined ? undefined : result | 0;
}

/** @returns bigint for an i64 result, number for an i32 one (comparisons) */
export function evaluate64(op: string, a: bigint, b: bigint): bigint | number | undefined {
  if (op === "i32.wrap_i64") return asI32(a);
  if (op === "i64.high") return asI32(a >> 32n);
  if (!op.startsWith("i64.")) return undefined;
  const result = I64[op.slice(4)]?.(a, b);
  if (result === undefined) return undefined;
  return typeof result === "boolean" ? +result : s64(result);
}
