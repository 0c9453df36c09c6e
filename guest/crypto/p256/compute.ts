/** The sum X = (z/s)·G + (r/s)·Q of a P-256 verification, computed: forward mode. */
import { canonical, enter, multiply, useModulus } from "../curve/field";
import { affineSum, inverse, sumOfMultiples } from "../curve/jacobian";
import { CURVE_SLOT } from "../slots";
import { COMB } from "./comb";
import { FIELD, ORDER } from "./constants";

const T: usize = CURVE_SLOT + 0x1a60;
const U1: usize = CURVE_SLOT + 0x1a80;
const U2: usize = CURVE_SLOT + 0x1aa0;
const INVERSE: usize = CURVE_SLOT + 0x1ac0;

/** As `sumByHint` of check.ts; y goes to `to + 32`. */
export function sumBySum(z: usize, r: usize, s: usize, key: usize, to: usize): bool {
  useModulus(ORDER);
  enter(T, s);
  inverse(INVERSE, T); // in Montgomery form, so that products with it are plain
  multiply(U1, z, INVERSE);
  canonical(U1);
  multiply(U2, r, INVERSE);
  canonical(U2);
  useModulus(FIELD);
  sumOfMultiples(U1, U2, key, ORDER, COMB, true);
  return affineSum(to);
}
