/**
 * Proving mode, an odd modulus of at most 256 bits and an exponent that is not short: Montgomery multiplication, 7 U256 calls and no hint, where a hinted quotient
 * takes 12 calls and 16 cycles to read it. The one hint is ⌊2^512 / m⌋, which brings numbers into Montgomery form.
 * Values are any 256-bit representatives (`guest/crypto/curve/field.ts`).
 */
import { u256Copy, u256MulLow, u256SetWord, u256SubNegate } from "../../sdk/u256";
import { enter, leave, multiply, useModulus } from "../curve/field";
import { provingReduce } from "./proving";
import { MODEXP_SLOTS } from "./slots";

/** m, m⁻¹ mod 2^256, 2^512 mod m, as `useModulus` wants them */
const CONSTANTS: usize = MODEXP_SLOTS + 0x100;
const INVERSE: usize = CONSTANTS + 0x20;
const SQUARED_RADIX: usize = CONSTANTS + 0x40;
const T: usize = MODEXP_SLOTS + 0x160;
const TWO: usize = MODEXP_SLOTS + 0x180;
/** 2^512, three limbs: the upper one is set here, the others stay zero */
const RADIX_SQUARED: usize = MODEXP_SLOTS + 0x1a0;

/** Whether this method serves: `size` bytes of modulus at m, an exponent of `bits` bits. */
export function isSingle(m: usize, size: usize, bits: u32): bool {
  return size == 32 && bits > 24 && (load<u32>(m) & 1) != 0;
}

/** Prepares; `provingInit` has been called for the same modulus. Reads the hint. */
export function singleInit(m: usize): void {
  u256Copy(CONSTANTS, m);
  store<u32>(RADIX_SQUARED, 1, 64);
  provingReduce(SQUARED_RADIX, RADIX_SQUARED, 3);
  // Newton's x = x(2 − mx) doubles the good bits: from 3, four times in a word, three times in 256 bits
  const word = load<u32>(m);
  let x = word;
  for (let i = 0; i < 4; i++) x *= 2 - word * x;
  u256SetWord(INVERSE, x);
  u256SetWord(TWO, 2);
  for (let i = 0; i < 3; i++) {
    u256Copy(T, INVERSE);
    u256MulLow(T, m);
    u256SubNegate(T, TWO);
    u256MulLow(INVERSE, T);
  }
  useModulus(CONSTANTS);
}

/** a = a in Montgomery form. */
export function singleEnter(a: usize): void {
  u256Copy(T, a);
  enter(a, T);
}

/** a = the number whose Montgomery form it is, below m. */
export function singleLeave(a: usize): void {
  u256Copy(T, a);
  leave(a, T);
}

/** to = a · b, in Montgomery form; `to` is neither. */
export function singleMultiply(to: usize, a: usize, b: usize): void {
  multiply(to, a, b);
}
