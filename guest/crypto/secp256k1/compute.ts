/** Public key recovery by computing it: forward mode. Q = (s·R - z·G) / r. */
import { u256Copy, u256CopyWords, u256MulHigh, u256Zero } from "../../sdk/u256";
import { addTo, canonical, enter, isCongruent, leave, MODULUS, multiply, multiplyBy, square, subtractFrom, subtractNegate, useModulus } from "../curve/field";
import { affineSum, inverse, sumOfHalves } from "../curve/jacobian";
import { CURVE_SLOT } from "../slots";
import { COMB } from "./comb";
import { BETA, COEFFICIENTS, DECOMPOSITION, FIELD, LAMBDA, ORDER } from "./constants";

const POINT: usize = CURVE_SLOT + 0x1a00;
const SQUARE: usize = CURVE_SLOT + 0x1a40;
const T: usize = CURVE_SLOT + 0x1a60;
const U1: usize = CURVE_SLOT + 0x1a80;
const U2: usize = CURVE_SLOT + 0x1aa0;
const INVERSE: usize = CURVE_SLOT + 0x1ac0;
const HALF: usize = CURVE_SLOT + 0x1ae0;
const PART: usize = CURVE_SLOT + 0x1b00;
// powers of which the exponent is so many ones
const ONES_2: usize = CURVE_SLOT + 0x1b20;
const ONES_3: usize = CURVE_SLOT + 0x1b40;
const ONES_22: usize = CURVE_SLOT + 0x1b60;
const ONES_44: usize = CURVE_SLOT + 0x1b80;
const ONES_88: usize = CURVE_SLOT + 0x1ba0;

/** U2 = k₁ and HALF = k₂, each plain and canonical, with k ≡ k₁ + k₂·λ for k at U2; both are below 2^130, or their opposites are. The order is the modulus in use. */
function halve(): void {
  u256Zero(HALF);
  for (let i: usize = 0; i < 64; i += 32) {
    // ⌊k·bᵢ / n⌋ or less by a few, of 128 bits
    u256Copy(PART, U2);
    u256MulHigh(PART, DECOMPOSITION + i);
    store<u64>(PART, load<u64>(PART, 16), 0);
    store<u64>(PART, load<u64>(PART, 24), 8);
    store<u64>(PART, 0, 16);
    store<u64>(PART, 0, 24);
    multiply(T, PART, DECOMPOSITION + 64 + i);
    addTo(HALF, T);
  }
  canonical(HALF);
  multiply(T, HALF, LAMBDA);
  subtractFrom(U2, T);
  canonical(U2);
}

/** Makes a small: if n - a is the smaller one, a is that. @returns whether it is */
function makeSmall(a: usize): bool {
  if (!load<u32>(a, 28)) return false;
  subtractNegate(a, MODULUS);
  return true;
}

/** to = from^(2^times) · by; `to` is not `by`. */
function raise(to: usize, from: usize, times: i32, by: usize): void {
  square(to, from);
  for (let i = 1; i < times; i++) square(to, to);
  multiplyBy(to, by);
}

/**
 * to = a^((p + 1) / 4), which is a root of a, or of -a: p ≡ 3 mod 4. The exponent has 223 ones, a zero, 22 ones, four zeros, two ones and two zeros. 253 squares and 13 products, as in libsecp256k1.
 */
function root(to: usize, a: usize): void {
  raise(ONES_2, a, 1, a);
  raise(ONES_3, ONES_2, 1, a);
  raise(to, ONES_3, 3, ONES_3);
  raise(to, to, 3, ONES_3); // 9
  raise(to, to, 2, ONES_2); // 11
  raise(ONES_22, to, 11, to);
  raise(ONES_44, ONES_22, 22, ONES_22);
  raise(to, ONES_44, 44, ONES_44); // 88
  u256Copy(ONES_88, to);
  raise(to, to, 88, ONES_88); // 176
  raise(to, to, 44, ONES_44); // 220
  raise(to, to, 3, ONES_3); // 223
  raise(to, to, 23, ONES_22);
  raise(to, to, 6, ONES_2);
  square(to, to);
  square(to, to);
}

/** As `recoverByHint` of check.ts. */
export function recoverBySum(z: usize, r: usize, s: usize, isOdd: u32, to: usize): bool {
  useModulus(ORDER);
  enter(T, r);
  inverse(INVERSE, T); // 1 / r in Montgomery form
  multiply(U1, z, INVERSE);
  subtractNegate(U1, MODULUS);
  canonical(U1);
  multiply(U2, s, INVERSE);
  canonical(U2);
  halve();
  const negative1 = makeSmall(U2);
  const negative2 = makeSmall(HALF);

  useModulus(FIELD);
  enter(POINT, r);
  square(T, POINT);
  multiply(SQUARE, T, POINT);
  u256CopyWords(T, COEFFICIENTS + 32);
  addTo(SQUARE, T);
  root(POINT + 32, SQUARE);
  square(T, POINT + 32);
  if (!isCongruent(T, SQUARE)) return false;
  leave(T, POINT + 32);
  if ((load<u32>(T) & 1) != isOdd) subtractNegate(POINT + 32, MODULUS);
  sumOfHalves(U1, U2, negative1, HALF, negative2, POINT, BETA, ORDER, COMB);
  return affineSum(to);
}
