/**
 * The prover's memory argument as WebAssembly: products over accesses of `is register + sum of challenge * limb + gamma`, in the quartic
 * extension of Mersenne31 (`field/src/` and `cs/src/definitions/constants.rs` of zksync-airbender v0.3.1): i^2 = -1, u^2 = 2 + i.
 * Limbs of the key: address (2 of 16 bits), timestamp (2 of 19 bits), value (2 of 16 bits).
 */
import { OPERATORS } from "../isa/expression.ts";
import { Code, OP } from "../wasm/builder.ts";
import { ENTRY } from "./check-layout.ts";
import { MEMORY, PART } from "./layout.ts";

export const P = 2147483647n;
export const KEY_LIMBS = 6;
export const LIMBS = 4;

const { add64, sub64, mul64, shrU64, extendU } = OPERATORS;

/** One folding: anything below 2^64 becomes less than 2^33 + 2^31; below 2^53, 2^31 + 2^22; below 2^37, 2^31 + 2^6. Uses `t`. */
const fold = (c: Code, t: number) => c.tee(t).i64(P).op(OP.i64And).get(t).i64(31n).op(shrU64.code).op(add64.code);

/**
 * Multiplies the product in `a` by the key in `b`, which it takes as scratch: limbs of the product are less than 2^31 + 2^6, those of the key than 2^31 + 2^22, so that two products
 * of them can be added, or one be taken from a multiple of p and the other, before they are folded.
 */
function multiplyInto(
  c: Code,
  a: readonly number[],
  b: readonly number[],
  results: readonly number[],
  t: number,
): void {
  const product = (i: number, j: number) => c.get(a[i]).get(b[j]).op(mul64.code);
  const sum = (i: number, j: number, k: number, l: number) => {
    product(i, j);
    product(k, l).op(add64.code);
    return fold(c, t);
  };
  const difference = (i: number, j: number, k: number, l: number) => {
    product(i, j)
      .i64(P << 32n)
      .op(add64.code);
    product(k, l).op(sub64.code);
    return fold(c, t);
  };
  const [c0, c1, c2, c3] = results;
  // (a0 + a1 i)(b0 + b1 i) + (2 + i)(a2 + a3 i)(b2 + b3 i): real part, then imaginary
  difference(2, 2, 3, 3).set(c2);
  sum(2, 3, 3, 2).set(c3);
  difference(0, 0, 1, 1);
  c.get(c2)
    .i64(1n)
    .op(OP.i64Shl, add64.code)
    .i64(P << 4n)
    .op(add64.code)
    .get(c3)
    .op(sub64.code);
  fold(c, t).set(c0);
  sum(0, 1, 1, 0);
  c.get(c2).op(add64.code).get(c3).i64(1n).op(OP.i64Shl, add64.code);
  fold(c, t).set(c1);
  difference(0, 2, 1, 3);
  difference(2, 0, 3, 1).op(add64.code);
  fold(c, t).set(c2);
  sum(0, 3, 1, 2);
  sum(2, 1, 3, 0).op(add64.code);
  fold(c, t).set(c3);
  for (const [i, result] of results.entries()) c.get(result).set(a[i]);
}

/** Where the challenge is, and the products of reads and of writes, limbs of 8 bytes one behind the other. */
export interface ArgumentPlaces {
  challenge: number;
  products: number;
}

/** How an access is found in an entry: offsets of its value and timestamp; undefined if it is of the value 0 at timestamp 0. */
type Access = { value: number; timestamp: number } | undefined;

/**
 * `multiply(entry, end)`: multiplies the products of reads and of writes by the keys of entries that have one of each.
 * @param size bytes of an entry
 * @param place leaves on the stack what place an entry is of (`ENTRY.place`)
 */
function multiplyEntries(
  { challenge: at, products }: ArgumentPlaces,
  size: number,
  place: (c: Code, entry: number) => void,
  accesses: readonly [read: Access, write: Access],
): Code {
  const c = new Code(2);
  const [entry, end] = [0, 1];
  const named = c.local();
  const vector = () => Array.from({ length: LIMBS }, () => c.local("i64"));
  const [t, address, ...limbs] = Array.from({ length: 6 }, () => c.local("i64"));
  const [common, key, results, reads, writes] = Array.from({ length: 5 }, vector);
  const challenge = (limb: number, j: number) => c.i32(0).load("i64", at + 8 * (LIMBS * limb + j));
  const each = (action: (product: number, at: number) => void) => {
    for (const [i, product] of [...reads, ...writes].entries()) action(product, products + 8 * i);
  };
  each((product, at) => void c.i32(0).load("i64", at).set(product));
  c.block();
  const exit = c.depth;
  c.loop();
  const loop = c.depth;
  c.get(entry).get(end).op(OPERATORS.eq.code).brIf(exit);
  place(c, entry);
  // a word's address, or a register's number with the mark
  c.tee(named)
    .i32(MEMORY | 0)
    .op(OPERATORS.and.code)
    .if("i32")
    .get(named)
    .i32(2)
    .op(OPERATORS.shl.code)
    .else()
    .get(named)
    .end()
    .op(extendU.code)
    .set(address);
  // what both keys have: gamma, the mark, and the address
  for (let j = 0; j < LIMBS; j++) {
    challenge(KEY_LIMBS, j);
    if (j === 0) c.get(named).i32(31).op(OPERATORS.shrU.code, OPERATORS.eqz.code, extendU.code).op(add64.code);
    challenge(0, j).get(address).i64(0xffffn).op(OP.i64And, mul64.code, add64.code);
    challenge(1, j).get(address).i64(16n).op(shrU64.code, mul64.code, add64.code).set(common[j]);
  }
  for (const [product, access] of [
    [reads, accesses[0]],
    [writes, accesses[1]],
  ] as const) {
    if (access) {
      c.get(entry).load("i64", access.timestamp).tee(t).i64(0x7ffffn).op(OP.i64And).set(limbs[0]);
      c.get(t).i64(19n).op(shrU64.code).set(limbs[1]);
      c.get(entry).load("u32ToI64", access.value).tee(t).i64(0xffffn).op(OP.i64And).set(limbs[2]);
      c.get(t).i64(16n).op(shrU64.code).set(limbs[3]);
    }
    for (let j = 0; j < LIMBS; j++) {
      c.get(common[j]);
      for (const [i, limb] of access ? limbs.entries() : [])
        challenge(i + 2, j)
          .get(limb)
          .op(mul64.code, add64.code);
      fold(c, t).set(key[j]);
    }
    multiplyInto(c, product, key, results, t);
  }
  c.get(entry).i32(size).op(OPERATORS.add.code).set(entry).br(loop);
  c.end().end();
  each((product, at) => void c.i32(0).get(product).store("i64", at));
  return c;
}

/** Over a chunk's list: what was found first was read, what was left was written. */
export const multiplyListCode = (places: ArgumentPlaces): Code =>
  multiplyEntries(places, ENTRY.size, (c, entry) => void c.get(entry).load("i32", ENTRY.place), [
    { value: ENTRY.value, timestamp: ENTRY.timestamp },
    { value: ENTRY.lastValue, timestamp: ENTRY.lastTimestamp },
  ]);

/** Over the list of touched words: teardown is a read of what was left, initialisation a write of 0 at timestamp 0. */
export const multiplyTouchedCode = (places: ArgumentPlaces): Code =>
  multiplyEntries(
    places,
    PART.touched,
    (c, entry) =>
      void c
        .get(entry)
        .load("i32")
        .i32(2)
        .op(OPERATORS.shrU.code)
        .i32(MEMORY | 0)
        .op(OPERATORS.or.code),
    [{ value: 4, timestamp: 8 }, undefined],
  );
