/**
 * Arithmetic modulo one 256-bit prime at a time, in Montgomery form (a · 2^256), over fixed slots.
 *
 * The modulus in use lies in slots (`useModulus`), so that both curves, and field and scalars of each, run the same code on constant
 * addresses. The slots are pages (multiples of 4096): an address is then one `lui`, and an operation of the delegation four instructions.
 *
 * Values are any 256-bit representatives; only `canonical` makes them unique. Montgomery with the positive inverse: with
 * M = L · p⁻¹ mod 2^256 the low halves of a·b and M·p are equal, so a·b / 2^256 ≡ H - hi(M·p): 7 delegations, against 10 for folding
 * with secp256k1's 2^256 - p (measured in calls; it needs the high part twice).
 *
 * Unrealized speed-up: none of the check products λ·Δx = Δy needs its reduction finished; comparing 512-bit sums instead saves one call
 * of seven and needs a hinted quotient of 8 words (16 cycles).
 */
import { CURVE_PAGES } from "../../sdk/memory";
import { unprovable } from "../../sdk/machine";
import {
  u256Add,
  u256Copy,
  u256CopyWords,
  u256Equal,
  u256IsZero,
  u256MulHigh,
  u256MulLow,
  u256SetWord,
  u256Sub,
  u256SubNegate,
} from "../../sdk/u256";
import { montgomery, montgomerySquare } from "./montgomery";

/** The modulus p. */
export const MODULUS: usize = CURVE_PAGES;
/** p⁻¹ mod 2^256. */
export const INVERSE: usize = CURVE_PAGES + 0x1000;
/** 2^512 mod p: brings a number into Montgomery form. */
const SQUARED_RADIX: usize = CURVE_PAGES + 0x2000;
/** The number 1, which brings a number out of Montgomery form. */
const PLAIN_ONE: usize = CURVE_PAGES + 0x3000;
const LOW: usize = CURVE_PAGES + 0x4000;
/** First page that is free for users of the field. */
export const FIELD_PAGES_END: usize = CURVE_PAGES + 0x5000;

/** Makes the modulus at `constants` (p, p⁻¹ mod 2^256, 2^512 mod p; 96 bytes, may be in ROM) the one in use. */
export function useModulus(constants: usize): void {
  u256CopyWords(MODULUS, constants);
  u256CopyWords(INVERSE, constants + 32);
  u256CopyWords(SQUARED_RADIX, constants + 64);
  u256SetWord(PLAIN_ONE, 1);
}

/** to = a · b / 2^256; `to` is neither a nor b. */
// @ts-ignore: decorator
@inline
export function multiply(to: usize, a: usize, b: usize): void {
  if (PROVING) {
    // in this order the first operand's register changes twice only
    u256Copy(LOW, a);
    u256MulLow(LOW, b);
    u256MulLow(LOW, INVERSE);
    u256MulHigh(LOW, MODULUS);
    u256Copy(to, a);
    u256MulHigh(to, b);
    if (u256Sub(to, LOW)) u256Add(to, MODULUS);
  } else {
    montgomery(to, a, b, MODULUS, 0 - load<u32>(INVERSE));
  }
}

/** to = a² / 2^256; `to` is not a, unless in forward mode. */
// @ts-ignore: decorator
@inline
export function square(to: usize, a: usize): void {
  if (PROVING) multiply(to, a, a);
  else montgomerySquare(to, a, MODULUS, 0 - load<u32>(INVERSE));
}

/** a = a · b / 2^256; b is not a. */
// @ts-ignore: decorator
@inline
export function multiplyBy(a: usize, b: usize): void {
  if (PROVING) {
    u256Copy(LOW, a);
    u256MulLow(LOW, b);
    u256MulLow(LOW, INVERSE);
    u256MulHigh(LOW, MODULUS);
    u256MulHigh(a, b);
    if (u256Sub(a, LOW)) u256Add(a, MODULUS);
  } else {
    montgomery(a, a, b, MODULUS, 0 - load<u32>(INVERSE));
  }
}

/** a -= b; b is not a. */
// @ts-ignore: decorator
@inline
export function subtractFrom(a: usize, b: usize): void {
  if (u256Sub(a, b)) raise(a);
}

/** to = a - b; `to` is neither. */
// @ts-ignore: decorator
@inline
export function subtract(to: usize, a: usize, b: usize): void {
  u256Copy(to, a);
  if (u256Sub(to, b)) raise(to);
}

/** a = b - a; b is not a. */
// @ts-ignore: decorator
@inline
export function subtractNegate(a: usize, b: usize): void {
  if (u256SubNegate(a, b)) raise(a);
}

/** a += b; b is not a. */
// @ts-ignore: decorator
@inline
export function addTo(a: usize, b: usize): void {
  if (u256Add(a, b)) lower(a);
}

/** to = 2a; `to` is not a. */
// @ts-ignore: decorator
@inline
export function double(to: usize, a: usize): void {
  u256Copy(to, a);
  addTo(to, a);
}

/** After a borrow: adds p until the value is not negative. Twice at most, as representatives are below 2p. */
// @ts-ignore: decorator
@inline
function raise(a: usize): void {
  if (!u256Add(a, MODULUS)) u256Add(a, MODULUS);
}

/** After a carry: subtracts p until the value fits. */
// @ts-ignore: decorator
@inline
function lower(a: usize): void {
  if (!u256Sub(a, MODULUS)) u256Sub(a, MODULUS);
}

/** Brings a number into Montgomery form: to = a · 2^256. */
export function enter(to: usize, a: usize): void {
  multiply(to, a, SQUARED_RADIX);
}

/** Brings a number out of Montgomery form, canonical: to = a / 2^256 in [0, p). */
export function leave(to: usize, a: usize): void {
  multiply(to, a, PLAIN_ONE);
  canonical(to);
}

/** Brings a representative into [0, p). */
export function canonical(a: usize): void {
  if (u256Sub(a, MODULUS)) u256Add(a, MODULUS);
}

/** Whether a ≡ 0. One word decides in all but 2^-31 of the cases. */
// @ts-ignore: decorator
@inline
export function isZero(a: usize): bool {
  const word = load<u32>(a);
  return (word == 0 || word == load<u32>(MODULUS)) && isZeroExactly(a);
}

function isZeroExactly(a: usize): bool {
  return u256IsZero(a) || u256Equal(a, MODULUS) != 0;
}

/** Ends the run unless a ≡ b. Changes both where they are not equal as words. */
// @ts-ignore: decorator
@inline
export function demandEqual(a: usize, b: usize): void {
  if (!u256Equal(a, b)) demandCongruent(a, b);
}

function demandCongruent(a: usize, b: usize): void {
  if (!isCongruent(a, b)) unprovable();
}

/** Whether a ≡ b; makes both canonical. */
export function isCongruent(a: usize, b: usize): bool {
  canonical(a);
  canonical(b);
  return u256Equal(a, b) != 0;
}
