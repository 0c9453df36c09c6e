/**
 * The U256 delegation as functions. Operands are pointers to 8 little-endian u32 words, 32-byte aligned, in RAM, and different.
 *
 * PROVING = 1: each is one delegation call. PROVING = 0: the same in 64-bit software, bit for bit.
 * Meaning: zksync-airbender v0.3.1, `risc_v_simulator/src/delegations/u256_ops_with_control.rs`.
 * Every function works in place on `a`; `b` is only read.
 */
import { u256Op } from "./machine";
import * as software from "./u256-software";

export const OP_ADD: u32 = 1;
export const OP_SUB: u32 = 2;
export const OP_SUB_NEGATE: u32 = 4;
export const OP_MUL_LOW: u32 = 8;
export const OP_MUL_HIGH: u32 = 16;
export const OP_EQUAL: u32 = 32;
export const OP_CARRY: u32 = 64;
export const OP_COPY: u32 = 128;

/** a += b. @returns carry out, 0 or 1 */
// @ts-ignore: decorator
@inline
export function u256Add(a: usize, b: usize): u32 {
  return PROVING ? u256Op(a, b, OP_ADD) : software.add(a, b, 0);
}

/** a += b + carry. @param carry 0 or 1. @returns carry out, 0 or 1 */
// @ts-ignore: decorator
@inline
export function u256AddCarry(a: usize, b: usize, carry: u32): u32 {
  return PROVING ? u256Op(a, b, OP_ADD | (carry << 6)) : software.add(a, b, carry);
}

/** a -= b. @returns borrow out, 0 or 1 */
// @ts-ignore: decorator
@inline
export function u256Sub(a: usize, b: usize): u32 {
  return PROVING ? u256Op(a, b, OP_SUB) : software.sub(a, a, b, 0);
}

/** a -= b + borrow. @param borrow 0 or 1. @returns borrow out, 0 or 1 */
// @ts-ignore: decorator
@inline
export function u256SubBorrow(a: usize, b: usize, borrow: u32): u32 {
  return PROVING ? u256Op(a, b, OP_SUB | (borrow << 6)) : software.sub(a, a, b, borrow);
}

/** a = b - a. @returns borrow out, 0 or 1 */
// @ts-ignore: decorator
@inline
export function u256SubNegate(a: usize, b: usize): u32 {
  return PROVING ? u256Op(a, b, OP_SUB_NEGATE) : software.sub(a, b, a, 0);
}

/** a = b - a - borrow. @param borrow 0 or 1. @returns borrow out, 0 or 1 */
// @ts-ignore: decorator
@inline
export function u256SubNegateBorrow(a: usize, b: usize, borrow: u32): u32 {
  return PROVING ? u256Op(a, b, OP_SUB_NEGATE | (borrow << 6)) : software.sub(a, b, a, borrow);
}

/** a = low 256 bits of a · b. @returns 1 if the product does not fit 256 bits. In software that flag is not computed: use `u256MulLowChecked`. */
// @ts-ignore: decorator
@inline
export function u256MulLow(a: usize, b: usize): void {
  if (PROVING) u256Op(a, b, OP_MUL_LOW);
  else software.mulLow(a, b);
}

/** a = low 256 bits of a · b. @returns 1 if the product does not fit 256 bits, else 0 */
// @ts-ignore: decorator
@inline
export function u256MulLowChecked(a: usize, b: usize): u32 {
  return PROVING ? u256Op(a, b, OP_MUL_LOW) : software.mulLowChecked(a, b);
}

/** a = high 256 bits of a · b. */
// @ts-ignore: decorator
@inline
export function u256MulHigh(a: usize, b: usize): void {
  if (PROVING) u256Op(a, b, OP_MUL_HIGH);
  else software.mulHigh(a, b);
}

/** @returns 1 if a == b, else 0 */
// @ts-ignore: decorator
@inline
export function u256Equal(a: usize, b: usize): u32 {
  return PROVING ? u256Op(a, b, OP_EQUAL) : software.equal(a, b);
}

/** a = b. */
// @ts-ignore: decorator
@inline
export function u256Copy(a: usize, b: usize): void {
  if (PROVING) u256Op(a, b, OP_COPY);
  else software.copy(a, b);
}

/** a = b + 1. @returns carry out, 0 or 1 */
// @ts-ignore: decorator
@inline
export function u256CopyIncrement(a: usize, b: usize): u32 {
  return PROVING ? u256Op(a, b, OP_COPY | OP_CARRY) : software.copyIncrement(a, b);
}

/** a = 0: eight stores, as cheap as any delegation. */
// @ts-ignore: decorator
@inline
export function u256Zero(a: usize): void {
  u256SetWord(a, 0);
}

/** a = word. */
// @ts-ignore: decorator
@inline
export function u256SetWord(a: usize, word: u32): void {
  if (PROVING) {
    store<u32>(a, word, 0);
    store<u32>(a, 0, 4);
    store<u32>(a, 0, 8);
    store<u32>(a, 0, 12);
    store<u32>(a, 0, 16);
    store<u32>(a, 0, 20);
    store<u32>(a, 0, 24);
    store<u32>(a, 0, 28);
  } else {
    store<u64>(a, <u64>word, 0);
    store<u64>(a, 0, 8);
    store<u64>(a, 0, 16);
    store<u64>(a, 0, 24);
  }
}

/** a = b by words: `b` may be in ROM and need only be 4-byte aligned. */
// @ts-ignore: decorator
@inline
export function u256CopyWords(a: usize, b: usize): void {
  if (PROVING) {
    store<u32>(a, load<u32>(b, 0), 0);
    store<u32>(a, load<u32>(b, 4), 4);
    store<u32>(a, load<u32>(b, 8), 8);
    store<u32>(a, load<u32>(b, 12), 12);
    store<u32>(a, load<u32>(b, 16), 16);
    store<u32>(a, load<u32>(b, 20), 20);
    store<u32>(a, load<u32>(b, 24), 24);
    store<u32>(a, load<u32>(b, 28), 28);
  } else {
    software.copy(a, b);
  }
}

/** Whether a == 0: 8 loads and 7 ors, cheaper than a comparison with a zero operand that has to be somewhere. */
// @ts-ignore: decorator
@inline
export function u256IsZero(a: usize): bool {
  if (PROVING) {
    return !(
      load<u32>(a, 0) | load<u32>(a, 4) | load<u32>(a, 8) | load<u32>(a, 12) |
      load<u32>(a, 16) | load<u32>(a, 20) | load<u32>(a, 24) | load<u32>(a, 28)
    );
  }
  return !(load<u64>(a, 0) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24));
}
