/**
 * G1 in proving mode: affine points whose slopes are hints, and k · P by checking instead of computing.
 *
 * The host gives R = k·P and small a, b in Z[λ] (λ the endomorphism: λ·(x, y) = (βx, y)) with b + k·a ≡ 0 mod r, a ≢ 0. Then b·P + a·R = 0 holds for that R only, as the
 * group has the prime order r. Both have two coordinates of 65 bits (the lattice of rank 4 and determinant r² has a vector with coordinates below 1.28 · 2^63.5),
 * written in digits ±1: 64 times a doubling with one addition of ±P ± λP ± R ± λR, which is five multiplications.
 * 4,860 U256 calls; windows of four bits over Jacobian points (g1.ts) come to 26,700.
 *
 * A slope is checked by λ·Δx = Δy where Δx ≠ 0, so there is only one. Infinity, equal and opposite points take other branches, as in `guest/crypto/curve/affine.ts`
 * (this differs in that values are canonical: p is far below 2^256, and its loose representatives do not suit). `host/oracle/walk.ts` takes the same branches.
 * A point is x then y, infinity is x = y = 0.
 */
import { beginHint, HINT_BN254, readU256, writeU256 } from "../../sdk/hints";
import { tapeRead, unprovable } from "../../sdk/machine";
import { u256Add, u256Copy, u256CopyWords, u256Equal, u256IsZero, u256Zero } from "../../sdk/u256";
import { addTo, canonical, enter, isZero, multiply, multiplyBy, useModulus } from "../curve/field";
import { readScalar, RELATION_PAGES_END } from "../curve/relation";
import { BETA, G1_SLOTS, SCALARS } from "./constants";
import { fpAdd, fpMul, fpNegate, fpSub, isCanonical } from "./fp";
import { isOnCurve } from "./g1";

export const HINT_BN254_ADD: u32 = HINT_BN254 + 1;
export const HINT_BN254_MUL: u32 = HINT_BN254 + 2;

/** The accumulator. */
const X: usize = G1_SLOTS + 0x100;
const Y: usize = G1_SLOTS + 0x120;
const SLOPE: usize = G1_SLOTS + 0x140;
const SECOND: usize = G1_SLOTS + 0x160;
const D: usize = G1_SLOTS + 0x180;
const E: usize = G1_SLOTS + 0x1a0;
const T: usize = G1_SLOTS + 0x1c0;
const X3: usize = G1_SLOTS + 0x1e0;
const X4: usize = G1_SLOTS + 0x200;
const POINT_R: usize = G1_SLOTS + 0x240;
const TURNED: usize = G1_SLOTS + 0x280;
/** b, λ's part of b, a, λ's part of a: three words each */
const DIGITS: usize = G1_SLOTS + 0x300;
const PAIRS_P: usize = G1_SLOTS + 0x340;
const PAIRS_R: usize = G1_SLOTS + 0x440;
/** ±P ± λP ± R ± λR at the index of the signs (bit 0 for P): 16 points */
const TABLE: usize = G1_SLOTS + 0x540;

// Numbers modulo r, a page each (above those of curve/relation.ts).
const K: usize = RELATION_PAGES_END;
const V: usize = RELATION_PAGES_END + 0x1000;
const W: usize = RELATION_PAGES_END + 0x2000;
const PART: usize = RELATION_PAGES_END + 0x3000;
const LAMBDA: usize = RELATION_PAGES_END + 0x4000;

/** p's top word: what is below it needs no further comparison */
const P_TOP: u32 = 0x30644e72;

/** A slope, canonical and checked: to · denominator = numerator. T is overwritten. */
// @ts-ignore: decorator
@inline
function readSlope(to: usize, numerator: usize, denominator: usize): void {
  readU256(to);
  if (load<u32>(to, 28) >= P_TOP && !isCanonical(to, T)) unprovable();
  fpMul(T, to, denominator);
  if (!u256Equal(T, numerator)) unprovable();
}

function isInfinity(t: usize): bool {
  return u256IsZero(t) && u256IsZero(t + 32);
}

// @ts-ignore: decorator
@inline
function setPoint(t: usize): void {
  u256Copy(X, t);
  u256Copy(Y, t + 32);
}

function storePoint(t: usize): void {
  u256Copy(t, X);
  u256Copy(t + 32, Y);
}

function setInfinity(): void {
  u256Zero(X);
  u256Zero(Y);
}

/** to = −(the point at t) */
function negatePoint(to: usize, t: usize): void {
  u256Copy(to, t);
  fpNegate(to + 32, t + 32);
}

/** With SLOPE through the accumulator and a point of abscissa `x2`: accumulator = the third point, mirrored. */
function finishAddition(x2: usize): void {
  fpMul(X3, SLOPE, SLOPE);
  fpSub(X3, X);
  fpSub(X3, x2);
  u256Copy(D, X);
  fpSub(D, X3);
  fpMul(E, D, SLOPE);
  fpSub(E, Y);
  u256Copy(Y, E);
  u256Copy(X, X3);
}

/** accumulator = 2 · accumulator */
function doublePoint(): void {
  if (isInfinity(X)) return;
  // 3x² and 2y ≠ 0, the group's order being odd; 2y and 3x stay below 5.29p
  u256Copy(E, X);
  u256Add(E, X);
  u256Add(E, X);
  fpMul(D, E, X);
  u256Copy(E, Y);
  u256Add(E, Y);
  readSlope(SLOPE, D, E);
  u256Copy(X4, X);
  finishAddition(X4);
}

/** accumulator += the point at t */
function addPoint(t: usize): void {
  if (isInfinity(t)) return;
  if (isInfinity(X)) {
    setPoint(t);
    return;
  }
  u256Copy(D, t);
  fpSub(D, X);
  u256Copy(E, t + 32);
  fpSub(E, Y);
  if (u256IsZero(D)) {
    if (u256IsZero(E)) doublePoint();
    else setInfinity();
    return;
  }
  readSlope(SLOPE, E, D);
  finishAddition(t);
}

/** accumulator = 2 · accumulator + the point at t, as (A + T) + A without the ordinate in between */
function doubleAndAdd(t: usize): void {
  u256Copy(D, t);
  fpSub(D, X);
  // a point with x = 0 is not on the curve (3 is no square), so one word and then the whole of x show infinity
  if (u256IsZero(D) || u256IsZero(t) || u256IsZero(X)) {
    doublePoint();
    addPoint(t);
    return;
  }
  u256Copy(E, t + 32);
  fpSub(E, Y);
  readSlope(SLOPE, E, D);
  fpMul(X3, SLOPE, SLOPE);
  fpSub(X3, X);
  fpSub(X3, t);
  u256Copy(D, X);
  fpSub(D, X3);
  if (u256IsZero(D)) {
    // A + T = −A (it cannot be A, as T is finite): 2A + T = 0
    setInfinity();
    return;
  }
  // the slope through A and A + T is μ − λ, where μ · (x − x₃) = 2y
  u256Copy(E, Y);
  fpAdd(E, Y);
  readSlope(SECOND, E, D);
  fpSub(SECOND, SLOPE);
  fpMul(X4, SECOND, SECOND);
  fpSub(X4, X);
  fpSub(X4, X3);
  u256Copy(D, X);
  fpSub(D, X4);
  fpMul(E, D, SECOND);
  fpSub(E, Y);
  u256Copy(Y, E);
  u256Copy(X, X4);
}

/** a += b, affine and finite both. @returns false if the sum is infinity */
export function addByHint(a: usize, b: usize): bool {
  if (u256Equal(a, b) && !u256Equal(a + 32, b + 32)) return false;
  beginHint(HINT_BN254_ADD, 32);
  writeU256(a);
  writeU256(a + 32);
  writeU256(b);
  writeU256(b + 32);
  tapeRead(); // the length: eight words, which the slope's check makes sure of
  setPoint(a);
  addPoint(b);
  storePoint(a);
  return true;
}

/** point = k · point, affine and finite; k is any 256-bit number. @returns false if the product is infinity */
export function multiplyByHint(point: usize, k: usize): bool {
  useModulus(SCALARS);
  enter(K, k);
  if (isZero(K)) return false;
  beginHint(HINT_BN254_MUL, 24);
  writeU256(point);
  writeU256(point + 32);
  writeU256(k);
  tapeRead(); // the length depends on the cases that the walk meets; what is read is checked
  const corrections = tapeRead();
  tapeRead();
  readU256(POINT_R);
  readU256(POINT_R + 32);
  if (!isCanonical(POINT_R, T) || !isCanonical(POINT_R + 32, T) || !isOnCurve(POINT_R)) unprovable();
  readScalars(corrections);
  makePairs(point, PAIRS_P);
  makePairs(POINT_R, PAIRS_R);
  for (let p: usize = 0; p < 2; p++) {
    // the pair that starts with +P; its opposite gives the other half
    const pair = PAIRS_P + ((p << 1) | 1) * 64;
    for (let other: usize = 0; other < 4; other++) {
      const index = (other << 2) | (p << 1) | 1;
      setPoint(pair);
      addPoint(PAIRS_R + (other << 6));
      const entry = TABLE + (index << 6);
      storePoint(entry);
      negatePoint(TABLE + ((index ^ 15) << 6), entry);
    }
  }
  setPoint(TABLE + (digitsAt(DIGITS + 8, 0) << 6));
  for (let word = DIGITS + 4; word >= DIGITS; word -= 4) {
    for (let bit: i32 = 31; bit >= 0; bit--) doubleAndAdd(TABLE + (digitsAt(word, bit) << 6));
  }
  correct(point, corrections & 1, corrections & 2);
  correct(POINT_R, corrections & 4, corrections & 8);
  if (!isInfinity(X)) unprovable();
  u256Copy(point, POINT_R);
  u256Copy(point + 32, POINT_R + 32);
  return true;
}

/** The four scalars' digits at a bit of the words from `word` on. */
// @ts-ignore: decorator
@inline
function digitsAt(word: usize, bit: i32): usize {
  return (
    ((load<u32>(word, 0) >> bit) & 1) |
    (((load<u32>(word, 12) >> bit) & 1) << 1) |
    (((load<u32>(word, 24) >> bit) & 1) << 2) |
    (((load<u32>(word, 36) >> bit) & 1) << 3)
  );
}

/** Reads the digits of b and a, and checks b + k·a ≡ 0 and a ≢ 0 modulo r. K is k in Montgomery form. */
function readScalars(corrections: u32): void {
  u256CopyWords(LAMBDA, SCALARS + 96);
  readScalar(DIGITS, 3, corrections & 1, W);
  readScalar(DIGITS + 12, 3, corrections & 2, PART);
  multiplyBy(PART, LAMBDA);
  addTo(W, PART);
  readScalar(DIGITS + 24, 3, corrections & 4, V);
  readScalar(DIGITS + 36, 3, corrections & 8, PART);
  multiplyBy(PART, LAMBDA);
  addTo(V, PART);
  // sums of two numbers below r: 0 or r if they are ≡ 0
  if (isZero(V)) unprovable();
  multiply(PART, K, V);
  canonical(W);
  addTo(W, PART);
  if (!isZero(W)) unprovable();
}

/** TURNED = λ · point */
function turn(point: usize): void {
  fpMul(TURNED, point, BETA);
  u256Copy(TURNED + 32, point + 32);
}

/** pairs = ±P ± λP at the index of the signs (bit 0 for P), which cost one addition: P + λP = −λ²P. */
function makePairs(point: usize, pairs: usize): void {
  turn(point);
  negatePoint(TURNED + 64, TURNED);
  setPoint(point);
  addPoint(TURNED + 64);
  storePoint(pairs + 64);
  negatePoint(pairs + 128, pairs + 64);
  fpMul(pairs, TURNED, BETA);
  u256Copy(pairs + 32, point + 32);
  negatePoint(pairs + 192, pairs);
}

/** Takes off the points whose scalars were made odd by adding 1. */
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
