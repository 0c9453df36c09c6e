/**
 * Points in Jacobian coordinates, for forward mode: sums are computed, nothing is hinted. x = X / Z², y = Y / Z³, in Montgomery form; Z = 0 is infinity.
 *
 * u·G + k·P: the generator's comb (relation.ts has its shape) joins the last 29 doublings; k goes in odd digits of five bits with a sign, of which one in six is not 0, to affine multiples of P
 * (an inverse makes all eight affine: a point then takes 11 products to add instead of 16); k may be in two halves, k₁ + k₂·λ for a curve whose endomorphism multiplies by λ.
 */
import { u256Copy, u256IsZero, u256SetWord, u256Zero } from "../../sdk/u256";
import { CURVE_SLOT } from "../slots";
import { addTo, canonical, double, enter, INVERSE, isZero, leave, MODULUS, multiply, multiplyBy, square, subtract, subtractFrom, subtractNegate } from "./field";
import { invert } from "./invert";

/** The sum under way: X, Y, Z. */
export const SUM: usize = CURVE_SLOT + 0x1000;
/** P, 3P … 15P, affine; and the same times λ */
const TABLE: usize = CURVE_SLOT + 0x1080;
const TURNED_TABLE: usize = CURVE_SLOT + 0x1c00;
const A: usize = CURVE_SLOT + 0x1800;
const B: usize = CURVE_SLOT + 0x1820;
const C: usize = CURVE_SLOT + 0x1840;
const D: usize = CURVE_SLOT + 0x1860;
const E: usize = CURVE_SLOT + 0x1880;
const F: usize = CURVE_SLOT + 0x18a0;
const H: usize = CURVE_SLOT + 0x18c0;
const ONE: usize = CURVE_SLOT + 0x18e0;
/** the opposite of a table's entry */
const ADDEND: usize = CURVE_SLOT + 0x1900;
const SCALAR: usize = CURVE_SLOT + 0x1960;
// of the making of a table
const STEPS: usize = CURVE_SLOT + 0x1280;
const PRODUCTS: usize = CURVE_SLOT + 0x1580;
const DOUBLED: usize = CURVE_SLOT + 0x1680;
const Z2: usize = CURVE_SLOT + 0x1700;
const Z3: usize = CURVE_SLOT + 0x1720;
const REST: usize = CURVE_SLOT + 0x1740;
/** digits of a scalar, a byte a position */
const DIGITS: usize = CURVE_SLOT + 0x2000;
const TURNED_DIGITS: usize = CURVE_SLOT + 0x2200;
/** a scalar with zeros above it */
const WIDE: usize = CURVE_SLOT + 0x2400;
/** Zs of the table before it is affine */
const ZS: usize = CURVE_SLOT + 0x2500;

/** Entries of a table: the odd multiples that digits of five bits with a sign need. */
const ENTRIES: usize = 8;
const ENTRY: usize = 64;
const POINT: usize = 96;
/** Positions of a scalar's digits, and of those of each half: one more than it may have bits. */
const WHOLE_BITS: i32 = 257;
const HALF_BITS: i32 = 132;

function copyPoint(to: usize, from: usize): void {
  u256Copy(to, from);
  u256Copy(to + 32, from + 32);
  u256Copy(to + 64, from + 64);
}

/** s = 2s for a = -3 (`aIsMinus3`) or a = 0. */
function doublePoint(s: usize, aIsMinus3: bool): void {
  if (isZero(s + 64)) return;
  square(A, s + 32); // Y²
  multiply(B, s, A);
  addTo(B, B);
  addTo(B, B); // 4XY²
  if (aIsMinus3) {
    square(C, s + 64);
    subtract(D, s, C);
    u256Copy(E, s);
    addTo(E, C);
    multiply(C, D, E); // (X - Z²)(X + Z²)
  } else {
    square(C, s);
  }
  double(D, C);
  addTo(D, C); // M
  multiplyBy(s + 64, s + 32);
  addTo(s + 64, s + 64); // Z = 2YZ
  square(s, D);
  subtractFrom(s, B);
  subtractFrom(s, B); // X = M² - 2S
  subtractFrom(B, s);
  multiply(s + 32, D, B);
  square(C, A);
  addTo(C, C);
  addTo(C, C);
  addTo(C, C);
  subtractFrom(s + 32, C); // Y = M(S - X) - 8Y⁴
}

/** s += t for t affine. */
function addPoint(s: usize, t: usize, aIsMinus3: bool): void {
  if (isZero(s + 64)) {
    u256Copy(s, t);
    u256Copy(s + 32, t + 32);
    u256Copy(s + 64, ONE);
    return;
  }
  square(A, s + 64); // Z₁²
  multiply(C, t, A); // U₂
  multiply(D, t + 32, A);
  multiplyBy(D, s + 64); // S₂
  u256Copy(B, s); // U₁
  u256Copy(E, s + 32); // S₁
  subtractFrom(C, B); // H
  subtractFrom(D, E); // R
  if (isZero(C)) {
    if (isZero(D)) doublePoint(s, aIsMinus3);
    else u256Zero(s + 64);
    return;
  }
  multiplyBy(s + 64, C);
  square(A, C);
  multiply(F, A, C); // H³
  multiply(H, B, A); // U₁H²
  square(s, D);
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
  recode(DIGITS, k, WHOLE_BITS);
  walk(u, WHOLE_BITS, false, order, comb, aIsMinus3);
}

/**
 * SUM = u·G + (k₁ + k₂·λ)·P for a curve with a = 0 where λ·(x, y) = (βx, y). The halves are below 2^131; where `negative1` or `negative2` is set they stand for their
 * opposites. P changes.
 */
export function sumOfHalves(
  u: usize, k1: usize, negative1: bool, k2: usize, negative2: bool, p: usize, beta: usize, order: usize, comb: usize,
): void {
  if (negative1) subtractNegate(p + 32, MODULUS);
  makeTable(p, false);
  for (let at: usize = 0; at < ENTRIES * ENTRY; at += ENTRY) {
    multiply(TURNED_TABLE + at, TABLE + at, beta);
    u256Copy(TURNED_TABLE + at + 32, TABLE + at + 32);
    if (negative1 != negative2) subtractNegate(TURNED_TABLE + at + 32, MODULUS);
  }
  recode(DIGITS, k1, HALF_BITS);
  recode(TURNED_DIGITS, k2, HALF_BITS);
  walk(u, HALF_BITS, true, order, comb, false);
}

/**
 * TABLE = P, 3P … 15P; ONE = 1. The steps by 2P are taken on the curve on which 2P has Z = 1: x and y times the second and third power of its Z. No sum is infinite or a
 * doubling, for P's order is a prime.
 */
function makeTable(p: usize, aIsMinus3: bool): void {
  u256SetWord(A, 1);
  enter(ONE, A);
  u256Copy(DOUBLED, p);
  u256Copy(DOUBLED + 32, p + 32);
  u256Copy(DOUBLED + 64, ONE);
  doublePoint(DOUBLED, aIsMinus3);
  square(Z2, DOUBLED + 64);
  multiply(Z3, Z2, DOUBLED + 64);
  multiply(STEPS, p, Z2);
  multiply(STEPS + 32, p + 32, Z3);
  u256Copy(STEPS + 64, ONE);
  u256Copy(PRODUCTS, ONE);
  for (let i: usize = 1; i < ENTRIES; i++) {
    const step = STEPS + i * POINT;
    copyPoint(step, step - POINT);
    addPoint(step, DOUBLED, aIsMinus3);
    multiply(ZS + i * 32, step + 64, DOUBLED + 64);
    multiply(PRODUCTS + i * 32, PRODUCTS + (i - 1) * 32, ZS + i * 32);
  }
  inverse(REST, PRODUCTS + (ENTRIES - 1) * 32);
  for (let i = ENTRIES - 1; i > 0; i--) {
    const step = STEPS + i * POINT;
    multiply(Z3, REST, PRODUCTS + (i - 1) * 32); // 1 / Z
    multiplyBy(REST, ZS + i * 32);
    square(Z2, Z3);
    multiply(TABLE + i * ENTRY, step, Z2);
    multiplyBy(Z3, Z2);
    multiply(TABLE + i * ENTRY + 32, step + 32, Z3);
  }
  u256Copy(TABLE, p);
  u256Copy(TABLE + 32, p + 32);
}

/** Digits of a number below 2^(bits - 1): 0, or odd and between -15 and 15, then four that are 0. */
function recode(to: usize, k: usize, bits: i32): void {
  u256Copy(WIDE, k);
  store<u64>(WIDE, 0, 32);
  memory.fill(to, 0, bits);
  let carry: u32 = 0;
  for (let at: i32 = 0; at < bits; at++) {
    const window = <u32>(load<u64>(WIDE + (<usize>(at >> 5) << 2)) >> (at & 31)) & 31;
    if ((window & 1) == carry) continue;
    const digit = window + carry;
    carry = digit >> 4;
    store<i8>(to + at, <i8>(digit - (carry << 5)));
    at += 4;
  }
}

/** SUM += an affine point, or its opposite. */
function addEntry(entry: usize, isNegative: bool, aIsMinus3: bool): void {
  if (!isNegative) {
    addPoint(SUM, entry, aIsMinus3);
    return;
  }
  u256Copy(ADDEND, entry);
  u256Copy(ADDEND + 32, entry + 32);
  subtractNegate(ADDEND + 32, MODULUS);
  addPoint(SUM, ADDEND, aIsMinus3);
}

/** SUM += the digit's multiple. */
// @ts-ignore: decorator
@inline
function addDigit(table: usize, digits: usize, position: i32, aIsMinus3: bool): void {
  const digit = <i32>load<i8>(digits + position);
  if (digit) addEntry(table + (<usize>(abs(digit) >> 1) << 6), digit < 0, aIsMinus3);
}

/** SUM = u·G + the digits' multiples of TABLE, and of TURNED_TABLE if there are `turned` ones. */
function walk(u: usize, bits: i32, turned: bool, order: usize, comb: usize, aIsMinus3: bool): void {
  // the comb's digits are odd numbers: u or n - u, whose sign is then the other
  const flip = !(load<u32>(u) & 1);
  u256Copy(SCALAR, order);
  if (flip) softwareSubtract(SCALAR, u);
  else u256Copy(SCALAR, u);
  u256Zero(SUM + 64);
  for (let position = bits - 1; position >= 0; position--) {
    doublePoint(SUM, aIsMinus3);
    addDigit(TABLE, DIGITS, position, aIsMinus3);
    if (turned) addDigit(TURNED_TABLE, TURNED_DIGITS, position, aIsMinus3);
    if (position < 29) addComb(position, comb, flip, aIsMinus3);
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

/** SUM += what the comb has for a position. */
function addComb(position: i32, comb: usize, flip: bool, aIsMinus3: bool): void {
  let index: u32 = 0;
  for (let row = 0; row < 8; row++) index |= digit(position + 29 * row) << row;
  const positive = digit(position + 29 * 8) != 0;
  addEntry(comb + (<usize>(positive ? index : index ^ 0xff) << 6), positive == flip, aIsMinus3);
}

/** x and y of SUM, plain and canonical, to `to` and `to + 32`. @returns false for infinity */
export function affineSum(to: usize): bool {
  if (isZero(SUM + 64)) return false;
  inverse(A, SUM + 64);
  square(B, A);
  multiply(C, SUM, B);
  leave(to, C);
  multiplyBy(B, A);
  multiply(C, SUM + 32, B);
  leave(to + 32, C);
  return true;
}

/** to = 1 / a in Montgomery form (0 for 0). `to` is not a. */
export function inverse(to: usize, a: usize): void {
  u256Copy(to, a);
  canonical(to);
  invert(to, to, MODULUS, load<u32>(INVERSE));
  // what was a · 2^256 is now a⁻¹ / 2^256
  enter(E, to);
  enter(to, E);
}
