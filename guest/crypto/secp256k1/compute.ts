/** Public key recovery by computing it: forward mode. Q = (s·R - z·G) / r. */
import { u256CopyWords } from "../../sdk/u256";
import { addTo, canonical, enter, isCongruent, leave, MODULUS, multiply, subtractNegate, useModulus } from "../curve/field";
import { affineSum, inverse, power, sumOfMultiples } from "../curve/jacobian";
import { CURVE_SLOT } from "../slots";
import { COMB } from "./comb";
import { COEFFICIENTS, FIELD, ORDER } from "./constants";

const POINT: usize = CURVE_SLOT + 0x1a00;
const SQUARE: usize = CURVE_SLOT + 0x1a40;
const T: usize = CURVE_SLOT + 0x1a60;
const U1: usize = CURVE_SLOT + 0x1a80;
const U2: usize = CURVE_SLOT + 0x1aa0;
const EXPONENT: usize = CURVE_SLOT + 0x1ac0;

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
  sumOfMultiples(U1, U2, POINT, ORDER, COMB, false);
  return affineSum(to);
}
