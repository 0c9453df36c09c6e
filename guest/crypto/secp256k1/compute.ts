/** Public key recovery by computing it: forward mode. Q = (s·R - z·G) / r. */
import { u256Copy, u256CopyWords, u256Zero } from "../../sdk/u256";
import { addTo, canonical, enter, isCongruent, leave, MODULUS, multiply, subtract, subtractFrom, subtractNegate, useModulus } from "../curve/field";
import { affineSum, inverse, makeTable, power, recode, sumOfMultiples, turnTable } from "../curve/jacobian";
import { CURVE_SLOT } from "../slots";
import { product } from "../u256/software";
import { COMB } from "./comb";
import { BETA, COEFFICIENTS, FIELD, LAMBDA, ORDER, SPLIT } from "./constants";

const POINT: usize = CURVE_SLOT + 0x1a00;
const SQUARE: usize = CURVE_SLOT + 0x1a40;
const T: usize = CURVE_SLOT + 0x1a60;
const U1: usize = CURVE_SLOT + 0x1a80;
const U2: usize = CURVE_SLOT + 0x1aa0;
const EXPONENT: usize = CURVE_SLOT + 0x1ac0;
const WIDE: usize = CURVE_SLOT + 0x2000;

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
  split(U2);

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
  makeTable(POINT, false);
  turnTable(BETA);
  sumOfMultiples(U1, 2, 132, ORDER, COMB, false);
  return affineSum(to);
}

/**
 * Recodes k as k₁ + k₂·λ (mod n) with both below 2^129 in size, by rounding to the lattice's short vectors: Gallant, Lambert, Vanstone 2001.
 * The modulus in use is n.
 */
function split(k: usize): void {
  roundedHigh(T, k, SPLIT);
  roundedHigh(EXPONENT, k, SPLIT + 32);
  // k₂ = [k·b / n]·c - [k·c / n]·b
  multiply(SQUARE, T, SPLIT + 96);
  multiply(T, EXPONENT, SPLIT + 64);
  subtractFrom(SQUARE, T);
  recodeSmall(1, SQUARE);
  multiply(T, SQUARE, LAMBDA);
  subtract(SQUARE, k, T);
  recodeSmall(0, SQUARE);
}

/** to = a · b / 2^384, rounded. */
function roundedHigh(to: usize, a: usize, b: usize): void {
  product(a, b, WIDE);
  u256Zero(to);
  const round = <u64>(load<u32>(WIDE, 44) >> 31);
  const low = load<u64>(WIDE, 48) + round;
  store<u64>(to, low);
  store<u64>(to, load<u64>(WIDE, 56) + u64(low < round), 8);
}

/** Recodes a residue whose representative nearest to 0 is small. */
function recodeSmall(stream: i32, a: usize): void {
  canonical(a);
  const negative = load<u64>(a, 24) != 0;
  if (negative) {
    u256Copy(T, a);
    subtractNegate(T, MODULUS);
    recode(stream, T, true);
  } else {
    recode(stream, a, false);
  }
}
