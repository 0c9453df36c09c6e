/**
 * Affine points whose slopes are hints, on y² = x³ + ax + b of prime order: what checking a relation of points costs least with.
 *
 * A slope λ is read from the tape and checked by λ·Δx ≡ Δy; with Δx ≢ 0 there is only one. So an addition is three multiplications and
 * no inversion, and doubling-and-adding (2P + T = (P + T) + P, where the middle y is never needed) is five.
 * Every case is handled: infinity, equal and opposite points take other branches, so whatever is added, the sum is right or the run ends.
 *
 * A point is x then y, 32 bytes each, in Montgomery form modulo the field's prime (any representative), 32-byte aligned, RAM.
 * Infinity is x = y = 0 as words, which is on neither curve. One accumulator lives in fixed pages.
 */
import { readU256 } from "../../sdk/hints";
import { u256Copy, u256IsZero, u256Zero } from "../../sdk/u256";
import {
  addTo,
  demandEqual,
  double,
  FIELD_PAGES_END,
  isZero,
  MODULUS,
  multiply,
  multiplyBy,
  subtract,
  subtractFrom,
  subtractNegate,
} from "./field";

/** The accumulator. */
export const X: usize = FIELD_PAGES_END;
export const Y: usize = FIELD_PAGES_END + 0x1000;
/** The curve's a and b in Montgomery form. */
export const CURVE_A: usize = FIELD_PAGES_END + 0x2000;
export const CURVE_B: usize = FIELD_PAGES_END + 0x3000;
const SLOPE: usize = FIELD_PAGES_END + 0x4000;
const SECOND_SLOPE: usize = FIELD_PAGES_END + 0x5000;
const D: usize = FIELD_PAGES_END + 0x6000;
const E: usize = FIELD_PAGES_END + 0x7000;
const X3: usize = FIELD_PAGES_END + 0x8000;
const X4: usize = FIELD_PAGES_END + 0x9000;
/** First page that is free for users of the curve. */
export const AFFINE_PAGES_END: usize = FIELD_PAGES_END + 0xa000;

/** accumulator = the point at `t` */
// @ts-ignore: decorator
@inline
export function setPoint(t: usize): void {
  u256Copy(X, t);
  u256Copy(Y, t + 32);
}

/** Stores the accumulator at `t`. */
export function storePoint(t: usize): void {
  u256Copy(t, X);
  u256Copy(t + 32, Y);
}

/** to = -(the point at `t`); another place. */
export function negatePoint(to: usize, t: usize): void {
  u256Copy(to, t);
  u256Copy(to + 32, t + 32);
  if (!isInfinity(t)) subtractNegate(to + 32, MODULUS);
}

/** Whether the point at `t` is infinity. */
export function isInfinity(t: usize): bool {
  return u256IsZero(t) && u256IsZero(t + 32);
}

/** Whether the accumulator is infinity. */
export function isAccumulatorInfinity(): bool {
  return u256IsZero(X) && u256IsZero(Y);
}

function setInfinity(): void {
  u256Zero(X);
  u256Zero(Y);
}

/** Whether y² = x³ + ax + b holds for the point at `t`. */
export function isOnCurve(t: usize): bool {
  rightSide(E, t);
  multiply(X3, t + 32, t + 32);
  subtractFrom(E, X3);
  return isZero(E);
}

/** to = x³ + ax + b for the x at `x`. */
export function rightSide(to: usize, x: usize): void {
  multiply(to, x, x);
  addTo(to, CURVE_A);
  multiplyBy(to, x);
  addTo(to, CURVE_B);
}

/** accumulator = 2 · accumulator */
export function doublePoint(): void {
  if (isAccumulatorInfinity()) return;
  // the group's order is odd, so y is not 0: λ · 2y = 3x² + a
  double(E, Y);
  multiply(D, X, X);
  double(X3, D);
  addTo(D, X3);
  addTo(D, CURVE_A);
  readU256(SLOPE);
  multiplyBy(E, SLOPE);
  demandEqual(E, D);
  u256Copy(D, X);
  finishAddition(D);
}

/** SLOPE = the hinted slope of the chord to the point at `t`, for D = its x less the accumulator's, not 0. Its y may become canonical. */
// @ts-ignore: decorator
@inline
function readSlope(t: usize): void {
  readU256(SLOPE);
  multiplyBy(D, SLOPE);
  addTo(D, Y);
  demandEqual(D, t + 32);
}

/** With SLOPE through the accumulator and a point of abscissa `x2`: accumulator = the third point, mirrored. */
// @ts-ignore: decorator
@inline
function finishAddition(x2: usize): void {
  multiply(X3, SLOPE, SLOPE);
  subtractFrom(X3, X);
  subtractFrom(X3, x2);
  subtractFrom(X, X3);
  multiplyBy(X, SLOPE);
  subtractNegate(Y, X);
  u256Copy(X, X3);
}

/** accumulator += the point at `t` */
export function addPoint(t: usize): void {
  if (load<u32>(X) == 0 || load<u32>(t) == 0) {
    if (isInfinity(t)) return;
    if (isAccumulatorInfinity()) {
      setPoint(t);
      return;
    }
  }
  subtract(D, t, X);
  if (isZero(D)) {
    subtract(E, t + 32, Y);
    if (isZero(E)) doublePoint();
    else setInfinity();
    return;
  }
  readSlope(t);
  finishAddition(t);
}

/** accumulator = 2 · accumulator + the point at `t` */
export function doubleAndAdd(t: usize): void {
  subtract(D, t, X);
  // a lowest word of 0 is rare, infinity or not: where it is not, the slopes are those of any other points
  if (isZero(D) || (load<u32>(X) == 0 && isAccumulatorInfinity()) || (load<u32>(t) == 0 && isInfinity(t))) {
    doublePoint();
    addPoint(t);
    return;
  }
  // P + T: only its abscissa
  readSlope(t);
  multiply(X3, SLOPE, SLOPE);
  subtractFrom(X3, X);
  subtractFrom(X3, t);
  subtract(D, X, X3);
  if (isZero(D)) {
    // P + T is P or -P, and T is not infinity: 2P + T = 0
    setInfinity();
    return;
  }
  // the slope through P and P + T is μ - λ with μ · (x - x₃) = 2y
  readU256(SECOND_SLOPE);
  multiplyBy(D, SECOND_SLOPE);
  subtractFrom(D, Y);
  demandEqual(D, Y);
  subtractFrom(SECOND_SLOPE, SLOPE);
  multiply(X4, SECOND_SLOPE, SECOND_SLOPE);
  subtractFrom(X4, X);
  subtractFrom(X4, X3);
  subtractFrom(X, X4);
  multiplyBy(X, SECOND_SLOPE);
  subtractNegate(Y, X);
  u256Copy(X, X4);
}

/** Whether accumulator + the point at `t` is infinity. */
export function isSumZero(t: usize): bool {
  if (isInfinity(t)) return isAccumulatorInfinity();
  if (isAccumulatorInfinity()) return false;
  subtract(D, t, X);
  u256Copy(E, Y);
  addTo(E, t + 32);
  return isZero(D) && isZero(E);
}
