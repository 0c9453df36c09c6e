/** Public key recovery by computing it: forward mode. Q = (s·R - z·G) / r. */
import { u256Copy, u256CopyWords, u256MulHigh, u256Zero } from "../../sdk/u256";
import { addTo, canonical, enter, isCongruent, leave, MODULUS, multiply, subtractFrom, subtractNegate, useModulus } from "../curve/field";
import { affineSum, inverse, power, sumOfHalves } from "../curve/jacobian";
import { CURVE_SLOT } from "../slots";
import { COMB } from "./comb";
import { BETA, COEFFICIENTS, DECOMPOSITION, FIELD, LAMBDA, ORDER } from "./constants";

const POINT: usize = CURVE_SLOT + 0x1a00;
const SQUARE: usize = CURVE_SLOT + 0x1a40;
const T: usize = CURVE_SLOT + 0x1a60;
const U1: usize = CURVE_SLOT + 0x1a80;
const U2: usize = CURVE_SLOT + 0x1aa0;
const EXPONENT: usize = CURVE_SLOT + 0x1ac0;
const HALF: usize = CURVE_SLOT + 0x1ae0;
const PART: usize = CURVE_SLOT + 0x1b00;

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

/** As `recoverByHint` of check.ts. */
export function recoverBySum(z: usize, r: usize, s: usize, isOdd: u32, to: usize): bool {
  useModulus(ORDER);
  enter(T, r);
  inverse(EXPONENT, T); // 1 / r in Montgomery form
  multiply(U1, z, EXPONENT);
  subtractNegate(U1, MODULUS);
  canonical(U1);
  multiply(U2, s, EXPONENT);
  canonical(U2);
  halve();
  const negative1 = makeSmall(U2);
  const negative2 = makeSmall(HALF);

  useModulus(FIELD);
  enter(POINT, r);
  multiply(T, POINT, POINT);
  multiply(SQUARE, T, POINT);
  u256CopyWords(T, COEFFICIENTS + 32);
  addTo(SQUARE, T);
  // (p + 1) / 4, as p ≡ 3 mod 4: p's words are ones but for the lowest two
  store<u64>(EXPONENT, 0xffffffffbfffff0c, 0);
  store<u64>(EXPONENT, -1, 8);
  store<u64>(EXPONENT, -1, 16);
  store<u64>(EXPONENT, 0x3fffffffffffffff, 24);
  power(POINT + 32, SQUARE, EXPONENT);
  multiply(T, POINT + 32, POINT + 32);
  if (!isCongruent(T, SQUARE)) return false;
  leave(T, POINT + 32);
  if ((load<u32>(T) & 1) != isOdd) subtractNegate(POINT + 32, MODULUS);
  sumOfHalves(U1, U2, negative1, HALF, negative2, POINT, BETA, ORDER, COMB);
  return affineSum(to);
}
