/**
 * The prover's memory argument as WebAssembly: products over accesses of `is register + sum of challenge * limb + gamma`, in the quartic
 * extension of Mersenne31 (`field/src/` and `cs/src/definitions/constants.rs` of zksync-airbender v0.3.1): i^2 = -1, u^2 = 2 + i.
 * Limbs of the key: address (2 of 16 bits), timestamp (2 of 19 bits), value (2 of 16 bits).
 */
import { OPERATORS } from "../isa/expression.ts";
import { Code, OP } from "../wasm/builder.ts";
import { CHECK, ENTRY } from "./check-layout.ts";
import { MEMORY } from "./layout.ts";

export const P = 2147483647n;
export const KEY_LIMBS = 6;
export const LIMBS = 4;

const { add64, sub64, mul64, shrU64, extendU } = OPERATORS;

/** One folding: anything below 2^63 becomes less than 2^33. Uses `t`. */
const fold = (c: Code, t: number) => c.tee(t).i64(P).op(OP.i64And).get(t).i64(31n).op(shrU64.code).op(add64.code);

/** Anything below 2^63 becomes at most 2^31. */
const reduce = (c: Code, t: number) => fold(fold(c, t), t);

/** Multiplies the product (four limbs at `product`) by the key in `key`. */
function multiplyInto(c: Code, product: number, key: readonly number[], a: readonly number[], t: number): void {
  for (let i = 0; i < LIMBS; i++)
    c.i32(0)
      .load("i64", product + 8 * i)
      .set(a[i]);
  // a sum of products, each folded to less than 2^33, with multiples of p so that it stays positive
  const sum = (terms: readonly (readonly [i: number, j: number, factor: number])[]) => {
    c.i64(P << 6n);
    for (const [i, j, factor] of terms) {
      c.get(a[i]).get(key[j]).op(mul64.code);
      fold(c, t);
      if (Math.abs(factor) === 2) c.i64(1n).op(OP.i64Shl);
      c.op(factor > 0 ? add64.code : sub64.code);
    }
    return reduce(c, t);
  };
  const limbs: (readonly [number, number, number])[][] = [
    // (a0 + a1 i)(b0 + b1 i) + (2 + i)(a2 + a3 i)(b2 + b3 i), real part, then imaginary
    [
      [0, 0, 1],
      [1, 1, -1],
      [2, 2, 2],
      [3, 3, -2],
      [2, 3, -1],
      [3, 2, -1],
    ],
    [
      [0, 1, 1],
      [1, 0, 1],
      [2, 2, 1],
      [3, 3, -1],
      [2, 3, 2],
      [3, 2, 2],
    ],
    [
      [0, 2, 1],
      [1, 3, -1],
      [2, 0, 1],
      [3, 1, -1],
    ],
    [
      [0, 3, 1],
      [1, 2, 1],
      [2, 1, 1],
      [3, 0, 1],
    ],
  ];
  limbs.forEach((terms, i) => {
    c.i32(0);
    sum(terms).store("i64", product + 8 * i);
  });
}

/**
 * `multiply(entry, end)`: multiplies the products at `CHECK.products` (reads, then writes) by the keys of the entries of a list.
 */
export function multiplyCode(): Code {
  const c = new Code(2);
  const [entry, end] = [0, 1];
  const place = c.local();
  const t = c.local("i64");
  const limbs = Array.from({ length: KEY_LIMBS }, () => c.local("i64"));
  const register = c.local("i64");
  const key = Array.from({ length: LIMBS }, () => c.local("i64"));
  const a = Array.from({ length: LIMBS }, () => c.local("i64"));
  c.block();
  const exit = c.depth;
  c.loop();
  const loop = c.depth;
  c.get(entry).get(end).op(OPERATORS.eq.code).brIf(exit);
  c.get(entry).load("i32", ENTRY.place).set(place);
  // a word's address, or a register's number with the mark
  c.get(place).i32(31).op(OPERATORS.shrU.code, OPERATORS.eqz.code, extendU.code).set(register);
  c.get(place)
    .i32(MEMORY | 0)
    .op(OPERATORS.and.code)
    .if("i32")
    .get(place)
    .i32(2)
    .op(OPERATORS.shl.code)
    .else()
    .get(place)
    .end()
    .op(extendU.code)
    .set(t);
  c.get(t).i64(0xffffn).op(OP.i64And).set(limbs[0]).get(t).i64(16n).op(shrU64.code).set(limbs[1]);
  for (const [product, value, timestamp] of [
    [CHECK.products, ENTRY.value, ENTRY.timestamp],
    [CHECK.products + 8 * LIMBS, ENTRY.lastValue, ENTRY.lastTimestamp],
  ]) {
    c.get(entry).load("i64", timestamp).tee(t).i64(0x7ffffn).op(OP.i64And).set(limbs[2]);
    c.get(t).i64(19n).op(shrU64.code).set(limbs[3]);
    c.get(entry).load("u32ToI64", value).tee(t).i64(0xffffn).op(OP.i64And).set(limbs[4]);
    c.get(t).i64(16n).op(shrU64.code).set(limbs[5]);
    for (let j = 0; j < LIMBS; j++) {
      c.i32(0).load("i64", CHECK.challenge + 8 * (LIMBS * KEY_LIMBS + j));
      if (j === 0) c.get(register).op(add64.code);
      for (let i = 0; i < KEY_LIMBS; i++)
        c.i32(0)
          .load("i64", CHECK.challenge + 8 * (LIMBS * i + j))
          .get(limbs[i])
          .op(mul64.code, add64.code);
      reduce(c, t).set(key[j]);
    }
    multiplyInto(c, product, key, a, t);
  }
  c.get(entry).i32(ENTRY.size).op(OPERATORS.add.code).set(entry).br(loop);
  return c.end().end();
}
