/**
 * Points in Jacobian coordinates, for forward mode: sums are computed, nothing is hinted. x = X / Z², y = Y / Z³, in Montgomery form; Z = 0 is infinity.
 *
 * u·G + k·P: the generator's comb (relation.ts has its shape) joins the last 29 doublings, k goes in windows of four bits; k may be in two halves, k₁ + k₂·λ for a curve
 * whose endomorphism multiplies by λ.
 */
import { u256Copy, u256IsZero, u256SetWord, u256Zero } from "../../sdk/u256";
import { CURVE_SLOT } from "../slots";
import { addTo, double, enter, isZero, leave, MODULUS, multiply, multiplyBy, subtract, subtractFrom, subtractNegate } from "./field";

/** The sum under way: X, Y, Z. */
export const SUM: usize = CURVE_SLOT + 0x1000;
const TABLE: usize = CURVE_SLOT + 0x1080;
const A: usize = CURVE_SLOT + 0x1800;
const B: usize = CURVE_SLOT + 0x1820;
const C: usize = CURVE_SLOT + 0x1840;
const D: usize = CURVE_SLOT + 0x1860;
const E: usize = CURVE_SLOT + 0x1880;
const F: usize = CURVE_SLOT + 0x18a0;
const H: usize = CURVE_SLOT + 0x18c0;
const ONE: usize = CURVE_SLOT + 0x18e0;
const COMB_POINT: usize = CURVE_SLOT + 0x1900;
const SCALAR: usize = CURVE_SLOT + 0x1960;
/** The multiples of λP; behind what `compute.ts` of the curves has. */
const TURNED_TABLE: usize = CURVE_SLOT + 0x1c00;

const POINT: usize = 96;

function copyPoint(to: usize, from: usize): void {
  u256Copy(to, from);
  u256Copy(to + 32, from + 32);
  u256Copy(to + 64, from + 64);
}

/** s = 2s for a = -3 (`aIsMinus3`) or a = 0. */
function doublePoint(s: usize, aIsMinus3: bool): void {
  if (isZero(s + 64)) return;
  multiply(A, s + 32, s + 32); // Y²
  multiply(B, s, A);
  addTo(B, B);
  addTo(B, B); // 4XY²
  if (aIsMinus3) {
    multiply(C, s + 64, s + 64);
    subtract(D, s, C);
    u256Copy(E, s);
    addTo(E, C);
    multiply(C, D, E); // (X - Z²)(X + Z²)
  } else {
    multiply(C, s, s);
  }
  double(D, C);
  addTo(D, C); // M
  multiplyBy(s + 64, s + 32);
  addTo(s + 64, s + 64); // Z = 2YZ
  multiply(s, D, D);
  subtractFrom(s, B);
  subtractFrom(s, B); // X = M² - 2S
  subtractFrom(B, s);
  multiply(s + 32, D, B);
  multiply(C, A, A);
  addTo(C, C);
  addTo(C, C);
  addTo(C, C);
  subtractFrom(s + 32, C); // Y = M(S - X) - 8Y⁴
}

/** s += t. `affine`: t's Z is 1 and not there. */
function addPoints(s: usize, t: usize, affine: bool, aIsMinus3: bool): void {
  if (!affine && isZero(t + 64)) return;
  if (isZero(s + 64)) {
    u256Copy(s, t);
    u256Copy(s + 32, t + 32);
    u256Copy(s + 64, affine ? ONE : t + 64);
    return;
  }
  multiply(A, s + 64, s + 64); // Z₁²
  multiply(C, t, A); // U₂
  multiply(D, t + 32, A);
  multiplyBy(D, s + 64); // S₂
  if (affine) {
    u256Copy(B, s);
    u256Copy(E, s + 32);
  } else {
    multiply(F, t + 64, t + 64);
    multiply(B, s, F); // U₁
    multiply(E, s + 32, F);
    multiplyBy(E, t + 64); // S₁
  }
  subtractFrom(C, B); // H
  subtractFrom(D, E); // R
  if (isZero(C)) {
    if (isZero(D)) doublePoint(s, aIsMinus3);
    else u256Zero(s + 64);
    return;
  }
  multiplyBy(s + 64, C);
  if (!affine) multiplyBy(s + 64, t + 64);
  multiply(A, C, C);
  multiply(F, A, C); // H³
  multiply(H, B, A); // U₁H²
  multiply(s, D, D);
  subtractFrom(s, F);
  subtractFrom(s, H);
  subtractFrom(s, H);
  subtractFrom(H, s);
  multiply(s + 32, D, H);
  multiplyBy(E, F);
  subtractFrom(s + 32, E);
}

/**
 * SUM = u·G + k·P for P affine at `p` (x, y) in Montgomery form modulo the field in use; u, k below the order, plain.
 * @param order the group's order @param comb its generator's comb
 */
export function sumOfMultiples(u: usize, k: usize, p: usize, order: usize, comb: usize, aIsMinus3: bool): void {
  makeTable(p, aIsMinus3);
  walk(u, k, 0, 256, order, comb, aIsMinus3);
}

/** The bits of each half of a scalar, a multiple of the window's. */
const HALF_BITS: i32 = 132;

/**
 * SUM = u·G + (k₁ + k₂·λ)·P for a curve with a = 0 where λ·(x, y) = (βx, y). The halves are below 2^132; where `negative1` or `negative2` is set they stand for their
 * opposites. P changes.
 */
export function sumOfHalves(
  u: usize, k1: usize, negative1: bool, k2: usize, negative2: bool, p: usize, beta: usize, order: usize, comb: usize,
): void {
  if (negative1) subtractNegate(p + 32, MODULUS);
  makeTable(p, false);
  for (let at: usize = POINT; at < 16 * POINT; at += POINT) {
    copyPoint(TURNED_TABLE + at, TABLE + at);
    multiplyBy(TURNED_TABLE + at, beta);
    if (negative1 != negative2) subtractNegate(TURNED_TABLE + at + 32, MODULUS);
  }
  walk(u, k1, k2, HALF_BITS, order, comb, false);
}

/** TABLE = 0, P … 15P; ONE = 1. */
function makeTable(p: usize, aIsMinus3: bool): void {
  u256SetWord(A, 1);
  enter(ONE, A);
  u256Zero(TABLE + 64);
  for (let i: usize = 1; i < 16; i++) {
    copyPoint(TABLE + i * POINT, TABLE + (i - 1) * POINT);
    addPoints(TABLE + i * POINT, p, true, aIsMinus3);
  }
}

// @ts-ignore: decorator
@inline
function addWindow(table: usize, k: usize, position: i32, aIsMinus3: bool): void {
  const digit = (load<u32>(k + (<usize>(position >> 5) << 2)) >> (position & 31)) & 15;
  if (digit) addPoints(SUM, table + <usize>digit * POINT, false, aIsMinus3);
}

/** SUM = u·G + k·TABLE + turned·TURNED_TABLE, for scalars of so many bits; `turned` may be 0: there is none. */
function walk(u: usize, k: usize, turned: usize, bits: i32, order: usize, comb: usize, aIsMinus3: bool): void {
  // the comb's digits are odd numbers: u or n - u, whose sign is then the other
  const flip = !(load<u32>(u) & 1);
  u256Copy(SCALAR, order);
  if (flip) softwareSubtract(SCALAR, u);
  else u256Copy(SCALAR, u);
  u256Zero(SUM + 64);
  for (let position = bits - 1; position >= 0; position--) {
    doublePoint(SUM, aIsMinus3);
    if ((position & 3) == 0) {
      addWindow(TABLE, k, position, aIsMinus3);
      if (turned) addWindow(TURNED_TABLE, turned, position, aIsMinus3);
    }
    if (position < 29) {
      loadComb(position, comb, flip);
      addPoints(SUM, COMB_POINT, true, aIsMinus3);
    }
  }
}

/** a -= b without a modulus */
function softwareSubtract(a: usize, b: usize): void {
  let borrow: i64 = 0;
  for (let at: usize = 0; at < 32; at += 4) {
    borrow += <i64>load<u32>(a + at) - <i64>load<u32>(b + at);
    store<u32>(a + at, <u32>borrow);
    borrow >>= 32;
  }
}

/** Digit number `i` of SCALAR, odd: bit i + 1 of it, and 1 at the top (number 260). */
function digit(i: i32): u32 {
  if (i == 260) return 1;
  i++;
  return i > 255 ? 0 : (load<u32>(SCALAR + (<usize>(i >> 5) << 2)) >> (i & 31)) & 1;
}

function loadComb(position: i32, comb: usize, flip: bool): void {
  let index: u32 = 0;
  for (let row = 0; row < 8; row++) index |= digit(position + 29 * row) << row;
  const positive = digit(position + 29 * 8) != 0;
  const entry = comb + (<usize>(positive ? index : index ^ 0xff) << 6);
  u256Copy(COMB_POINT, entry);
  u256Copy(COMB_POINT + 32, entry + 32);
  if (positive == flip) subtractNegate(COMB_POINT + 32, MODULUS);
}

/** x and y of SUM, plain and canonical, to `to` and `to + 32`. @returns false for infinity */
export function affineSum(to: usize): bool {
  if (isZero(SUM + 64)) return false;
  inverse(A, SUM + 64);
  multiply(B, A, A);
  multiply(C, SUM, B);
  leave(to, C);
  multiplyBy(B, A);
  multiply(C, SUM + 32, B);
  leave(to + 32, C);
  return true;
}

/** to = 1 / a for a prime modulus (0 for 0): a^(p - 2). `to` is not a. */
export function inverse(to: usize, a: usize): void {
  u256Copy(E, MODULUS);
  u256SetWord(F, 2);
  softwareSubtract(E, F);
  power(to, a, E);
}

/** to = a^exponent, by windows of four bits; three different places. */
export function power(to: usize, a: usize, exponent: usize): void {
  u256SetWord(F, 1);
  enter(TABLE, F);
  for (let at = TABLE; at < TABLE + 15 * 32; at += 32) multiply(at + 32, at, a);
  u256Copy(to, TABLE);
  for (let position = 252; position >= 0; position -= 4) {
    for (let i = 0; i < 2; i++) {
      multiply(F, to, to);
      multiply(to, F, F);
    }
    const digit = (load<u32>(exponent + (<usize>(position >> 5) << 2)) >> (position & 31)) & 15;
    if (digit) multiplyBy(to, TABLE + (<usize>digit << 5));
  }
}
