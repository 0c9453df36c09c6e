/**
 * 512-bit accumulators of products, and their Montgomery reduction mod p: the layer on which every field above stands.
 *
 * A value is   high · 2^256 + WIDE.low. `high` is the caller's destination, so that the reduced result needs no copy. Products are summed before they are
 * reduced: Fp2, the line function and Fp12 reduce once a coefficient instead of once a product.
 * `high` must not be an operand.
 *
 * PROVING, in U256 calls (a call is about 8 effective cycles: 3 to name the operands, 1 + 4 for the call):
 *   first product 4 (copy, low, copy, high), next ones 6 (two more for the sum), reduction 3.5 (low · p⁻¹, high · p, subtract, half the time add p).
 *   So a field multiplication is 7.5 calls, an Fp2 multiplication 27 (schoolbook: Karatsuba's three products come to 29.5, as sums of
 *   operands cost calls too).
 * Rejected: the quotient as a hint. 16 cycles to read it, then low and high halves of q · p, two subtractions, and the high one to be compared with zero:
 *   some 60 effective cycles against the reduction's 28, and words on the tape that must be checked. Montgomery needs no hint at all.
 *
 * Forward: the same interface on 32-bit limbs with 64-bit products.
 */
import {
  u256Add, u256AddCarry, u256Copy, u256MulHigh, u256MulLow, u256Sub, u256SubBorrow,
} from "../../sdk/u256";
import { P, P_INVERSE, PRODUCT, WIDE } from "./constants";

// p as 32-bit limbs, and −p⁻¹ mod 2^32, as immediates for the forward reduction.
const P0: u64 = 0xd87cfd47;
const P1: u64 = 0x3c208c16;
const P2: u64 = 0x6871ca8d;
const P3: u64 = 0x97816a91;
const P4: u64 = 0x8181585d;
const P5: u64 = 0xb85045b6;
const P6: u64 = 0xe131a029;
const P7: u64 = 0x30644e72;
const P_NEGATED_INVERSE: u32 = 0xe4866389;

/** value = a · b */
// @ts-ignore: decorator
@inline
export function wideMul(high: usize, a: usize, b: usize): void {
  if (PROVING) {
    u256Copy(WIDE, a);
    u256MulLow(WIDE, b);
    u256Copy(high, a);
    u256MulHigh(high, b);
  } else {
    multiply(WIDE, a, b);
  }
}

/** value += a · b. The sum must stay below 2^512. */
// @ts-ignore: decorator
@inline
export function wideMulAdd(high: usize, a: usize, b: usize): void {
  if (PROVING) {
    u256Copy(PRODUCT, a);
    u256MulLow(PRODUCT, b);
    const carry = u256Add(WIDE, PRODUCT);
    u256Copy(PRODUCT, a);
    u256MulHigh(PRODUCT, b);
    u256AddCarry(high, PRODUCT, carry);
  } else {
    accumulate(a, b);
  }
}

/** value −= a · b, then += p · 2^256 if that made it negative. a · b must be below p · 2^256. */
// @ts-ignore: decorator
@inline
export function wideMulSub(high: usize, a: usize, b: usize): void {
  if (PROVING) {
    u256Copy(PRODUCT, a);
    u256MulLow(PRODUCT, b);
    const borrow = u256Sub(WIDE, PRODUCT);
    u256Copy(PRODUCT, a);
    u256MulHigh(PRODUCT, b);
    if (u256SubBorrow(high, PRODUCT, borrow)) u256Add(high, P);
  } else {
    multiply(PRODUCT, a, b);
    let borrow: u64 = 0;
    for (let i: usize = 0; i < 64; i += 8) {
      const x = load<u64>(WIDE + i);
      const y = load<u64>(PRODUCT + i);
      const difference = x - y;
      store<u64>(WIDE + i, difference - borrow);
      borrow = u64(x < y) | u64(difference < borrow);
    }
    if (borrow) u256Add(WIDE + 32, P);
  }
}

/** high = value / 2^256 mod p, canonical (below p). The value must be below p · 2^256. */
// @ts-ignore: decorator
@inline
export function wideReduce(high: usize): void {
  if (PROVING) {
    u256MulLow(WIDE, P_INVERSE);
    u256MulHigh(WIDE, P);
    if (u256Sub(high, WIDE)) u256Add(high, P);
  } else {
    reduceLimbs();
    u256Copy(high, WIDE + 32);
    subtractP(high);
  }
}

/** As `wideReduce`, for values below 2 · p · 2^256. */
// @ts-ignore: decorator
@inline
export function wideReduceTwice(high: usize): void {
  if (PROVING) {
    u256MulLow(WIDE, P_INVERSE);
    u256MulHigh(WIDE, P);
    if (u256Sub(high, WIDE) || u256Sub(high, P)) u256Add(high, P);
  } else {
    wideReduce(high);
    subtractP(high);
  }
}

/** Takes p · 2^256 from the value if it is at least that: for sums of more terms than a reduction takes. */
export function wideTrim(high: usize): void {
  subtractP(PROVING ? high : WIDE + 32);
}

/** a −= p if a ≥ p. */
// @ts-ignore: decorator
@inline
export function subtractP(a: usize): void {
  if (u256Sub(a, P)) u256Add(a, P);
}

// ---- forward: 32-bit limbs ----

// @ts-ignore: decorator
@inline
function row(to: usize, x: u64, b: usize): void {
  let t = x * <u64>load<u32>(b, 0) + <u64>load<u32>(to, 0);
  store<u32>(to, <u32>t, 0);
  t = x * <u64>load<u32>(b, 4) + <u64>load<u32>(to, 4) + (t >> 32);
  store<u32>(to, <u32>t, 4);
  t = x * <u64>load<u32>(b, 8) + <u64>load<u32>(to, 8) + (t >> 32);
  store<u32>(to, <u32>t, 8);
  t = x * <u64>load<u32>(b, 12) + <u64>load<u32>(to, 12) + (t >> 32);
  store<u32>(to, <u32>t, 12);
  t = x * <u64>load<u32>(b, 16) + <u64>load<u32>(to, 16) + (t >> 32);
  store<u32>(to, <u32>t, 16);
  t = x * <u64>load<u32>(b, 20) + <u64>load<u32>(to, 20) + (t >> 32);
  store<u32>(to, <u32>t, 20);
  t = x * <u64>load<u32>(b, 24) + <u64>load<u32>(to, 24) + (t >> 32);
  store<u32>(to, <u32>t, 24);
  t = x * <u64>load<u32>(b, 28) + <u64>load<u32>(to, 28) + (t >> 32);
  store<u32>(to, <u32>t, 28);
  store<u32>(to, <u32>(t >> 32), 32);
}

/** The 16 limbs at `to` = a · b. */
function multiply(to: usize, a: usize, b: usize): void {
  store<u64>(to, 0, 0);
  store<u64>(to, 0, 8);
  store<u64>(to, 0, 16);
  store<u64>(to, 0, 24);
  row(to, <u64>load<u32>(a, 0), b);
  row(to + 4, <u64>load<u32>(a, 4), b);
  row(to + 8, <u64>load<u32>(a, 8), b);
  row(to + 12, <u64>load<u32>(a, 12), b);
  row(to + 16, <u64>load<u32>(a, 16), b);
  row(to + 20, <u64>load<u32>(a, 20), b);
  row(to + 24, <u64>load<u32>(a, 24), b);
  row(to + 28, <u64>load<u32>(a, 28), b);
}

/** As `row`, on limbs that are there. @returns carry into the limb at `to` + 36 */
// @ts-ignore: decorator
@inline
function accumulateRow(to: usize, x: u64, b: usize, carry: u64): u64 {
  let t = x * <u64>load<u32>(b, 0) + <u64>load<u32>(to, 0);
  store<u32>(to, <u32>t, 0);
  t = x * <u64>load<u32>(b, 4) + <u64>load<u32>(to, 4) + (t >> 32);
  store<u32>(to, <u32>t, 4);
  t = x * <u64>load<u32>(b, 8) + <u64>load<u32>(to, 8) + (t >> 32);
  store<u32>(to, <u32>t, 8);
  t = x * <u64>load<u32>(b, 12) + <u64>load<u32>(to, 12) + (t >> 32);
  store<u32>(to, <u32>t, 12);
  t = x * <u64>load<u32>(b, 16) + <u64>load<u32>(to, 16) + (t >> 32);
  store<u32>(to, <u32>t, 16);
  t = x * <u64>load<u32>(b, 20) + <u64>load<u32>(to, 20) + (t >> 32);
  store<u32>(to, <u32>t, 20);
  t = x * <u64>load<u32>(b, 24) + <u64>load<u32>(to, 24) + (t >> 32);
  store<u32>(to, <u32>t, 24);
  t = x * <u64>load<u32>(b, 28) + <u64>load<u32>(to, 28) + (t >> 32);
  store<u32>(to, <u32>t, 28);
  t = <u64>load<u32>(to, 32) + (t >> 32) + carry;
  store<u32>(to, <u32>t, 32);
  return t >> 32;
}

/** WIDE += a · b. */
function accumulate(a: usize, b: usize): void {
  let carry = accumulateRow(WIDE, <u64>load<u32>(a, 0), b, 0);
  carry = accumulateRow(WIDE + 4, <u64>load<u32>(a, 4), b, carry);
  carry = accumulateRow(WIDE + 8, <u64>load<u32>(a, 8), b, carry);
  carry = accumulateRow(WIDE + 12, <u64>load<u32>(a, 12), b, carry);
  carry = accumulateRow(WIDE + 16, <u64>load<u32>(a, 16), b, carry);
  carry = accumulateRow(WIDE + 20, <u64>load<u32>(a, 20), b, carry);
  carry = accumulateRow(WIDE + 24, <u64>load<u32>(a, 24), b, carry);
  accumulateRow(WIDE + 28, <u64>load<u32>(a, 28), b, carry);
}

/** One limb of the reduction: adds m · p so that the limb at `at` becomes zero. @returns carry into the limb at `at` + 36 */
// @ts-ignore: decorator
@inline
function reduceRow(at: usize, carry: u64): u64 {
  const first = load<u32>(at);
  const m = <u64>(first * P_NEGATED_INVERSE);
  let t = m * P0 + <u64>first;
  t = m * P1 + <u64>load<u32>(at, 4) + (t >> 32);
  store<u32>(at, <u32>t, 4);
  t = m * P2 + <u64>load<u32>(at, 8) + (t >> 32);
  store<u32>(at, <u32>t, 8);
  t = m * P3 + <u64>load<u32>(at, 12) + (t >> 32);
  store<u32>(at, <u32>t, 12);
  t = m * P4 + <u64>load<u32>(at, 16) + (t >> 32);
  store<u32>(at, <u32>t, 16);
  t = m * P5 + <u64>load<u32>(at, 20) + (t >> 32);
  store<u32>(at, <u32>t, 20);
  t = m * P6 + <u64>load<u32>(at, 24) + (t >> 32);
  store<u32>(at, <u32>t, 24);
  t = m * P7 + <u64>load<u32>(at, 28) + (t >> 32);
  store<u32>(at, <u32>t, 28);
  t = <u64>load<u32>(at, 32) + (t >> 32) + carry;
  store<u32>(at, <u32>t, 32);
  return t >> 32;
}

/** The upper 8 limbs of WIDE = WIDE / 2^256 mod p, not yet below p. */
function reduceLimbs(): void {
  let carry = reduceRow(WIDE, 0);
  carry = reduceRow(WIDE + 4, carry);
  carry = reduceRow(WIDE + 8, carry);
  carry = reduceRow(WIDE + 12, carry);
  carry = reduceRow(WIDE + 16, carry);
  carry = reduceRow(WIDE + 20, carry);
  carry = reduceRow(WIDE + 24, carry);
  reduceRow(WIDE + 28, carry);
}
