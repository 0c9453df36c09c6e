/**
 * Public key recovery by checking (proving mode): the key is a hint, and one relation of points shows that it is right.
 *
 * Q = (s·R - z·G) / r is what is asked for. The host gives Q and half-size scalars: elements a, b of Z[λ] (λ the endomorphism,
 * λ·(x, y) = (βx, y)) with s·a + r·b ≡ 0, each with two coordinates of 65 bits, and e with r·e ≡ z·a (mod n). Then
 *
 *     a·Q + b·R + e·G = 0
 *
 * holds for that Q only, as a ≢ 0. (a's norm is below n, so a ≢ 0 modulo n exactly when its coordinates are not both 0; we check the residue.)
 * Such a, b exist always: the lattice of rank 4 and determinant n² has a vector with coordinates below 1.28 · 2^64 (Hermite: γ₄ = √2), and
 * even coordinates are made odd by a correction of 1.
 *
 * 64 doublings with one addition of ±Q ± λQ ± R ± λR each (five multiplications together), 29 additions from the generator's comb, about
 * 480 field multiplications in all. Computing as the original does takes some 2,500.
 *
 * Failing is proven as well: R's abscissa is on no point if -(x³ + 7) is a square (-1 is none, since p ≡ 3 mod 4, and x³ + 7 ≢ 0, since the
 * order is odd); Q is infinity if the relation holds without it.
 */
import { beginHint, HINT_RECOVER, readU256, writeU256 } from "../../sdk/hints";
import { tapeRead, tapeWrite, unprovable } from "../../sdk/machine";
import { u256Copy, u256CopyWords, u256Zero } from "../../sdk/u256";
import {
  addPoint,
  CURVE_A,
  CURVE_B,
  doubleAndAdd,
  isAccumulatorInfinity,
  isOnCurve,
  negatePoint,
  rightSide,
  setPoint,
  storePoint,
} from "../curve/affine";
import { addTo, demandEqual, enter, isCongruent, isZero, leave, multiply, multiplyBy, subtractFrom, useModulus } from "../curve/field";
import { addComb, COMB_SPACING, demandZeroWithComb, readGeneratorScalar, readScalar, RELATION_PAGES_END } from "../curve/relation";
import { CURVE_SLOT } from "../slots";
import { COMB } from "./comb";
import { BETA, COEFFICIENTS, FIELD, GENERATOR_SCALAR, LAMBDA, ORDER } from "./constants";

/** The hint's first word. */
const NOT_ON_CURVE: u32 = 0;
const INFINITY: u32 = 1;
const FOUND: u32 = 2;

const POINT_R: usize = CURVE_SLOT + 0x40;
const POINT_Q: usize = CURVE_SLOT + 0x80;
/** Digits of a, λ's part of a, b, λ's part of b: three words each. */
const DIGITS: usize = CURVE_SLOT + 0xc0;
/** ±Q ± λQ ± R ± λR, at the index of the signs (bit 0 for Q): 16 points. */
const TABLE: usize = CURVE_SLOT + 0x100;
/** ±Q ± λQ and ±R ± λR, four points each. */
const PAIRS_Q: usize = CURVE_SLOT + 0x500;
const PAIRS_R: usize = CURVE_SLOT + 0x600;
const TURNED: usize = CURVE_SLOT + 0x700;

const V: usize = RELATION_PAGES_END;
const W: usize = RELATION_PAGES_END + 0x1000;
const T: usize = RELATION_PAGES_END + 0x2000;
const CONSTANT: usize = RELATION_PAGES_END + 0x3000;

/**
 * Q for the message z (any 256 bits), 0 < r, s < n and R's parity; all U256. On success the canonical coordinates of Q are at `to` and `to + 32`.
 * @returns whether there is a key
 */
export function recoverByHint(z: usize, r: usize, s: usize, isOdd: u32, to: usize): bool {
  beginHint(HINT_RECOVER, 25);
  writeU256(z);
  writeU256(r);
  writeU256(s);
  tapeWrite(isOdd);
  // the number of words depends on the cases that the walk meets; reading past them is reading another answer, which no check accepts
  tapeRead();
  const kind = tapeRead();
  const corrections = tapeRead();
  useModulus(FIELD);
  u256CopyWords(CURVE_A, COEFFICIENTS);
  u256CopyWords(CURVE_B, COEFFICIENTS + 32);

  enter(POINT_R, r);
  readU256(POINT_R + 32);
  if (kind == NOT_ON_CURVE) {
    // the hint is a root of -(x³ + 7)
    rightSide(T, POINT_R);
    multiply(V, POINT_R + 32, POINT_R + 32);
    addTo(V, T);
    if (!isZero(V)) unprovable();
    return false;
  }
  if (!isOnCurve(POINT_R)) unprovable();
  leave(T, POINT_R + 32);
  if ((load<u32>(T) & 1) != isOdd) unprovable();

  if (kind == FOUND) {
    readU256(POINT_Q);
    readU256(POINT_Q + 32);
    if (!isOnCurve(POINT_Q)) unprovable();
  } else if (kind == INFINITY) {
    u256Zero(POINT_Q);
    u256Zero(POINT_Q + 32);
  } else {
    unprovable();
  }
  readScalars(z, r, s, corrections);
  useModulus(FIELD);
  demandRelation(corrections);
  if (kind == INFINITY) return false;
  leave(to, POINT_Q);
  leave(to + 32, POINT_Q + 32);
  return true;
}

/** Reads the digits of a, b and e, and checks s·a + r·b ≡ 0, r·e ≡ z·a, a ≢ 0 modulo n. */
function readScalars(z: usize, r: usize, s: usize, corrections: u32): void {
  useModulus(ORDER);
  u256CopyWords(CONSTANT, LAMBDA);
  readScalar(DIGITS, 3, corrections & 1, V);
  readScalar(DIGITS + 12, 3, corrections & 2, T);
  multiplyBy(T, CONSTANT);
  addTo(V, T);
  readScalar(DIGITS + 24, 3, corrections & 4, W);
  readScalar(DIGITS + 36, 3, corrections & 8, T);
  multiplyBy(T, CONSTANT);
  addTo(W, T);
  if (isZero(V)) unprovable();
  // products carry the factor 2^-256 on both sides
  multiply(T, s, V);
  multiplyBy(W, r);
  addTo(T, W);
  if (!isZero(T)) unprovable();
  multiplyBy(V, z);
  readGeneratorScalar(W, GENERATOR_SCALAR);
  multiplyBy(W, r);
  demandEqual(V, W);
}

/** Ends the run unless a·Q + b·R + e·G = 0. */
function demandRelation(corrections: u32): void {
  makePairs(POINT_Q, PAIRS_Q);
  makePairs(POINT_R, PAIRS_R);
  for (let q: usize = 0; q < 2; q++) {
    // the pair that starts with +Q; its opposite gives the other half
    const pair = PAIRS_Q + ((q << 1) | 1) * 64;
    for (let other: usize = 0; other < 4; other++) {
      const index = (other << 2) | (q << 1) | 1;
      setPoint(pair);
      addPoint(PAIRS_R + (other << 6));
      storePoint(TABLE + (index << 6));
      negatePoint(TABLE + ((index ^ 15) << 6), TABLE + (index << 6));
    }
  }
  setPoint(TABLE + ((load<u32>(DIGITS, 8) | (load<u32>(DIGITS, 20) << 1) | (load<u32>(DIGITS, 32) << 2) | (load<u32>(DIGITS, 44) << 3)) << 6));
  let position: u32 = 63;
  for (let word = DIGITS + 4; word >= DIGITS; word -= 4) {
    let q = load<u32>(word, 0);
    let lambdaQ = load<u32>(word, 12);
    let r = load<u32>(word, 24);
    let lambdaR = load<u32>(word, 36);
    for (let bit = 0; bit < 32; bit++) {
      doubleAndAdd(TABLE + (((q >> 31) << 6) | ((lambdaQ >> 31) << 7) | ((r >> 31) << 8) | ((lambdaR >> 31) << 9)));
      q <<= 1;
      lambdaQ <<= 1;
      r <<= 1;
      lambdaR <<= 1;
      if (position < COMB_SPACING && position) addComb(position, COMB);
      position--;
    }
  }
  if (corrections) subtractCorrections(corrections);
  demandZeroWithComb(COMB);
}

/** Takes off the points whose scalars were made odd by adding 1. */
function subtractCorrections(corrections: u32): void {
  if (corrections >> 4) unprovable();
  correct(POINT_Q, corrections & 1, corrections & 2);
  correct(POINT_R, corrections & 4, corrections & 8);
}

function correct(point: usize, once: u32, turned: u32): void {
  if (once) {
    negatePoint(TURNED, point);
    addPoint(TURNED);
  }
  if (turned) {
    turn(point);
    negatePoint(TURNED + 64, TURNED);
    addPoint(TURNED + 64);
  }
}

/** TURNED = λ · point */
function turn(point: usize): void {
  u256CopyWords(CONSTANT, BETA);
  multiply(TURNED, point, CONSTANT);
  u256Copy(TURNED + 32, point + 32);
}

/** pairs = ±P ± λP at the index of the signs (bit 0 for P), which cost one addition: P + λP = -λ²P. */
function makePairs(point: usize, pairs: usize): void {
  turn(point);
  // -λP, then P - λP
  negatePoint(TURNED + 64, TURNED);
  setPoint(point);
  addPoint(TURNED + 64);
  storePoint(pairs + 64);
  negatePoint(pairs + 128, pairs + 64);
  // -(P + λP) = λ²P
  multiply(pairs, TURNED, CONSTANT);
  u256Copy(pairs + 32, point + 32);
  negatePoint(pairs + 192, pairs);
}
