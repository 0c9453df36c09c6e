/**
 * Proving mode: multiplication mod m on 256-bit limbs. The quotient q of a · b by m comes from the tape; r = a · b − q · m is computed exactly, column by
 * column, and must fit the modulus's limbs. So r ≡ a · b whatever q was: a wrong q ends the run, or leaves a remainder that is not the least (which only the
 * result must be: `provingIsReduced`).
 *
 * A limb product costs 6 U256 calls (copy, low, add, copy, high, add with carry), a multiplication of L limbs 2L² of them and 16 L cycles to read q; a square
 * L(L+1)/2 + L².
 * Montgomery's method on the same limbs needs as many products, no q, but a division by hint to get into its form, odd moduli, and a product to get out: it loses where
 * exponents are short (3, 65537) and gains 16 L cycles in 100 L² (but for one limb: single.ts).
 * Rejected: checking the identity mod a few 256-bit numbers instead of exactly. Moduli fixed beforehand can be fooled; enough of them to exceed the numbers' size
 * (2L) cost as much as the products.
 */
import { readU256 } from "../../sdk/hints";
import { unprovable } from "../../sdk/machine";
import { u256Add, u256AddCarry, u256Copy, u256IsZero, u256MulHigh, u256MulLow, u256Sub, u256SubBorrow, u256Zero } from "../../sdk/u256";
import { MODEXP_SLOTS } from "./slots";

/** bytes of the modulus: 32 a limb */
let size: usize = 0;
let modulus: usize = 0;
/** the quotient's limbs */
let quotient: usize = 0;

// The column under way: ACC0 + ACC1 · 2^256 + top · 2^512, top small and signed.
const ACC0: usize = MODEXP_SLOTS;
const ACC1: usize = MODEXP_SLOTS + 0x20;
const PRODUCT: usize = MODEXP_SLOTS + 0x40;
const CROSS0: usize = MODEXP_SLOTS + 0x60;
const CROSS1: usize = MODEXP_SLOTS + 0x80;
let top: i32 = 0;

/** Prepares for modulus `m` of `limbs` limbs, the top one not zero; `scratch` holds the limbs of the largest quotient. */
export function provingInit(m: usize, limbs: usize, scratch: usize): void {
  modulus = m;
  size = limbs << 5;
  quotient = scratch;
}

function readQuotient(bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 32) readU256(quotient + i);
}

function begin(): void {
  u256Zero(ACC0);
  u256Zero(ACC1);
  top = 0;
}

/** The column is done: moves the next one down. */
// @ts-ignore: decorator
@inline
function next(): void {
  u256Copy(ACC0, ACC1);
  const sign = top >> 31;
  store<u32>(ACC1, top, 0);
  store<u32>(ACC1, sign, 4);
  store<u32>(ACC1, sign, 8);
  store<u32>(ACC1, sign, 12);
  store<u32>(ACC1, sign, 16);
  store<u32>(ACC1, sign, 20);
  store<u32>(ACC1, sign, 24);
  store<u32>(ACC1, sign, 28);
  top = sign;
}

/** Column += a · b. */
// @ts-ignore: decorator
@inline
function addProduct(a: usize, b: usize): void {
  u256Copy(PRODUCT, a);
  u256MulLow(PRODUCT, b);
  const carry = u256Add(ACC0, PRODUCT);
  u256Copy(PRODUCT, a);
  u256MulHigh(PRODUCT, b);
  top += u256AddCarry(ACC1, PRODUCT, carry);
}

/** Column −= the products q_i · m_j, i + j = k, of a quotient of `bytes` bytes. */
function subtractColumn(k: usize, bytes: usize): void {
  let i: usize = k >= size ? k - size + 32 : 0;
  const end = min(k + 32, bytes);
  for (; i < end; i += 32) {
    u256Copy(PRODUCT, quotient + i);
    u256MulLow(PRODUCT, modulus + k - i);
    const borrow = u256Sub(ACC0, PRODUCT);
    u256Copy(PRODUCT, quotient + i);
    u256MulHigh(PRODUCT, modulus + k - i);
    top -= u256SubBorrow(ACC1, PRODUCT, borrow);
  }
}

/** Stores a column of the remainder, or demands that it is zero. */
function finishColumn(to: usize, k: usize): void {
  if (k < size) u256Copy(to + k, ACC0);
  else if (!u256IsZero(ACC0)) unprovable();
  next();
}

/** After the last column nothing may be left. */
function finish(): void {
  if (top || !u256IsZero(ACC0)) unprovable();
}

/** to = a · b mod m (not the least remainder if the hint lies); `to` is none of the operands. */
export function provingMultiply(to: usize, a: usize, b: usize): void {
  readQuotient(size);
  begin();
  for (let k: usize = 0; k < size << 1; k += 32) {
    let i: usize = k >= size ? k - size + 32 : 0;
    const end = min(k + 32, size);
    for (; i < end; i += 32) addProduct(a + i, b + k - i);
    subtractColumn(k, size);
    finishColumn(to, k);
  }
  finish();
}

/** to = a² mod m. */
export function provingSquare(to: usize, a: usize): void {
  readQuotient(size);
  begin();
  for (let k: usize = 0; k < size << 1; k += 32) {
    let i: usize = k >= size ? k - size + 32 : 0;
    let j = k - i;
    if (i < j) {
      // products of different limbs once, then added twice
      let crossTop: i32 = 0;
      u256Copy(CROSS0, a + i);
      u256MulLow(CROSS0, a + j);
      u256Copy(CROSS1, a + i);
      u256MulHigh(CROSS1, a + j);
      for (i += 32, j -= 32; i < j; i += 32, j -= 32) {
        u256Copy(PRODUCT, a + i);
        u256MulLow(PRODUCT, a + j);
        const carry = u256Add(CROSS0, PRODUCT);
        u256Copy(PRODUCT, a + i);
        u256MulHigh(PRODUCT, a + j);
        crossTop += u256AddCarry(CROSS1, PRODUCT, carry);
      }
      top += (crossTop << 1) + u256AddCarry(ACC1, CROSS1, u256Add(ACC0, CROSS0));
      top += u256AddCarry(ACC1, CROSS1, u256Add(ACC0, CROSS0));
    }
    if (i == j) addProduct(a + i, a + i);
    subtractColumn(k, size);
    finishColumn(to, k);
  }
  finish();
}

/** to = a mod m for a number of `limbs` limbs. */
export function provingReduce(to: usize, a: usize, limbs: usize): void {
  const bytes = limbs << 5;
  if (bytes < size) {
    let i: usize = 0;
    for (; i < bytes; i += 32) u256Copy(to + i, a + i);
    for (; i < size; i += 32) u256Zero(to + i);
    return;
  }
  // m ≥ 2^(256 (L − 1)), so the quotient has this many limbs at most
  const quotientBytes = bytes - size + 32;
  readQuotient(quotientBytes);
  begin();
  for (let k: usize = 0; k <= bytes; k += 32) {
    if (k < bytes) top += u256AddCarry(ACC1, ZERO, u256Add(ACC0, a + k));
    subtractColumn(k, quotientBytes);
    finishColumn(to, k);
  }
  finish();
}

/** Stays zero: RAM begins so. */
const ZERO: usize = MODEXP_SLOTS + 0xa0;

/** Whether a < m. */
export function provingIsReduced(a: usize): bool {
  let borrow: u32 = 0;
  for (let i: usize = 0; i < size; i += 32) {
    u256Copy(PRODUCT, a + i);
    borrow = u256SubBorrow(PRODUCT, modulus + i, borrow);
  }
  return borrow != 0;
}
