/**
 * The sum X = (z/s)·G + (r/s)·Q of a P-256 verification, hinted and checked (proving mode).
 *
 * The host gives X and half-size scalars a, b (129 digits each) with s·b + r·a ≡ 0, and e with s·e + z·a ≡ 0 (mod n), a ≢ 0. Then
 * a·X + b·Q + e·G = 0 holds for that X only. Such a, b exist always: the lattice of rank 2 and determinant n has a vector shorter than
 * 1.075 · 2^128. 128 doublings with one addition of ±X ± Q each, 29 additions from the generator's comb.
 */
import { beginHint, HINT_P256, readU256, writeU256 } from "../../sdk/hints";
import { tapeRead, unprovable } from "../../sdk/machine";
import { u256Zero } from "../../sdk/u256";
import { addPoint, doubleAndAdd, isOnCurve, negatePoint, setPoint, storePoint } from "../curve/affine";
import { addTo, isZero, leave, multiply, multiplyBy, useModulus } from "../curve/field";
import { addComb, COMB_SPACING, demandZeroWithComb, readGeneratorScalar, readScalar, RELATION_PAGES_END } from "../curve/relation";
import { CURVE_SLOT } from "../slots";
import { COMB } from "./comb";
import { FIELD, GENERATOR_SCALAR, ORDER } from "./constants";

/** The hint's first word. */
const INFINITY: u32 = 1;
const FOUND: u32 = 2;

const POINT_X: usize = CURVE_SLOT + 0x40;
/** Digits of a and b, five words each. */
const DIGITS: usize = CURVE_SLOT + 0xc0;
/** ±X ± Q at the index of the signs, bit 0 for X. */
const TABLE: usize = CURVE_SLOT + 0x100;
const NEGATED: usize = CURVE_SLOT + 0x200;

const A: usize = RELATION_PAGES_END;
const B: usize = RELATION_PAGES_END + 0x1000;
const T: usize = RELATION_PAGES_END + 0x2000;

/**
 * The abscissa of X, canonical, to `to`, for 0 < r, s < n, any z, and the key's point in Montgomery form at `key` and plain at `plainKey`. The field is the
 * modulus in use, and the curve's coefficients are set. @returns false where X is infinity
 */
export function sumByHint(z: usize, r: usize, s: usize, key: usize, plainKey: usize, to: usize): bool {
  beginHint(HINT_P256, 40);
  writeU256(z);
  writeU256(r);
  writeU256(s);
  writeU256(plainKey);
  writeU256(plainKey + 32);
  tapeRead();
  const kind = tapeRead();
  const corrections = tapeRead();
  if (kind == FOUND) {
    readU256(POINT_X);
    readU256(POINT_X + 32);
    if (!isOnCurve(POINT_X)) unprovable();
  } else if (kind == INFINITY) {
    u256Zero(POINT_X);
    u256Zero(POINT_X + 32);
  } else {
    unprovable();
  }
  readScalars(z, r, s, corrections);
  useModulus(FIELD);
  demandRelation(key, corrections);
  if (kind == INFINITY) return false;
  leave(to, POINT_X);
  return true;
}

function readScalars(z: usize, r: usize, s: usize, corrections: u32): void {
  useModulus(ORDER);
  readScalar(DIGITS, 5, corrections & 1, A);
  readScalar(DIGITS + 20, 5, corrections & 2, B);
  if (isZero(A)) unprovable();
  // products carry the factor 2^-256 on both sides
  multiply(T, A, r);
  multiplyBy(B, s);
  addTo(T, B);
  if (!isZero(T)) unprovable();
  multiplyBy(A, z);
  readGeneratorScalar(B, GENERATOR_SCALAR);
  multiplyBy(B, s);
  addTo(A, B);
  if (!isZero(A)) unprovable();
}

/** Ends the run unless a·X + b·Q + e·G = 0. */
function demandRelation(key: usize, corrections: u32): void {
  setPoint(POINT_X);
  addPoint(key);
  storePoint(TABLE + 192);
  negatePoint(TABLE, TABLE + 192);
  negatePoint(NEGATED, key);
  setPoint(POINT_X);
  addPoint(NEGATED);
  storePoint(TABLE + 64);
  negatePoint(TABLE + 128, TABLE + 64);
  setPoint(TABLE + ((load<u32>(DIGITS, 16) | (load<u32>(DIGITS, 36) << 1)) << 6));
  let position: u32 = 127;
  for (let word = DIGITS + 12; word >= DIGITS; word -= 4) {
    let x = load<u32>(word);
    let q = load<u32>(word, 20);
    for (let bit = 0; bit < 32; bit++) {
      doubleAndAdd(TABLE + (((x >> 31) << 6) | ((q >> 31) << 7)));
      x <<= 1;
      q <<= 1;
      if (position < COMB_SPACING && position) addComb(position, COMB);
      position--;
    }
  }
  if (corrections >> 2) unprovable();
  if (corrections & 1) {
    negatePoint(TABLE, POINT_X);
    addPoint(TABLE);
  }
  if (corrections & 2) addPoint(NEGATED);
  demandZeroWithComb(COMB);
}
