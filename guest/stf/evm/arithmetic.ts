/**
 * Arithmetic opcodes in place on the stack: `a` is the word below the top (where the result goes), `b` the top (free to be destroyed).
 * Operand order is the EVM's: `top OP below`.
 */
import {
  u256Add,
  u256Copy,
  u256IsZero,
  u256MulLow,
  u256SetWord,
  u256Sub,
  u256SubNegate,
  u256Zero,
} from "../../sdk/u256";
import { addMod, divRem, mulMod } from "../../crypto/u256/modular";
import { spend } from "./gas";
import { EXP_GAS, EXP_NATIVE } from "./opcodes";
import { SCRATCH, SCRATCH_2 } from "./slots";

const EXP_BYTE_GAS: u64 = 50;
const EXP_BYTE_NATIVE: u64 = 5000;

// @ts-ignore: decorator
@inline
export function add(a: usize, b: usize): void {
  u256Add(a, b);
}

// @ts-ignore: decorator
@inline
export function sub(a: usize, b: usize): void {
  u256SubNegate(a, b);
}

// @ts-ignore: decorator
@inline
export function mul(a: usize, b: usize): void {
  u256MulLow(a, b);
}

/** a = b / a, 0 for a = 0 */
export function div(a: usize, b: usize): void {
  if (u256IsZero(a)) return;
  divRem(b, a, SCRATCH, SCRATCH_2);
  u256Copy(a, SCRATCH);
}

/** a = b mod a, 0 for a = 0 */
export function mod(a: usize, b: usize): void {
  if (u256IsZero(a)) return;
  divRem(b, a, SCRATCH, SCRATCH_2);
  u256Copy(a, SCRATCH_2);
}

// @ts-ignore: decorator
@inline
function isNegative(a: usize): bool {
  return load<i32>(a, 28) < 0;
}

/** a = -a */
function negate(a: usize): void {
  u256Zero(SCRATCH);
  u256SubNegate(a, SCRATCH);
}

/** Signed division towards zero; -2^255 / -1 = -2^255 comes by itself, as 2^255 / 1 read as signed. */
export function sdiv(a: usize, b: usize): void {
  if (u256IsZero(a)) return;
  const sign = isNegative(a) != isNegative(b);
  if (isNegative(a)) negate(a);
  if (isNegative(b)) negate(b);
  divRem(b, a, SCRATCH, SCRATCH_2);
  u256Copy(a, SCRATCH);
  if (sign) negate(a);
}

/** Signed remainder with the sign of the dividend. */
export function smod(a: usize, b: usize): void {
  if (u256IsZero(a)) return;
  const sign = isNegative(b);
  if (isNegative(a)) negate(a);
  if (sign) negate(b);
  divRem(b, a, SCRATCH, SCRATCH_2);
  u256Copy(a, SCRATCH_2);
  if (sign) negate(a);
}

/** m = (top + next) mod m, 0 for m = 0 */
export function addmod(m: usize, next: usize, top: usize): void {
  if (u256IsZero(m)) return;
  addMod(top, next, m, SCRATCH);
  u256Copy(m, SCRATCH);
}

/** m = (top · next) mod m, 0 for m = 0 */
export function mulmod(m: usize, next: usize, top: usize): void {
  if (u256IsZero(m)) return;
  mulMod(top, next, m, SCRATCH);
  u256Copy(m, SCRATCH);
}

/** a = sign extension of a from byte number b (31 and more: a as it is) */
export function signextend(a: usize, b: usize): void {
  const k = load<u32>(b);
  if (k >= 31 || isAbove32(b)) return;
  let at = a + (k & ~3);
  const shift = 24 - ((k & 3) << 3);
  const word = (load<i32>(at) << shift) >> shift;
  store<i32>(at, word);
  const fill = word >> 31;
  const end = a + 32;
  for (at += 4; at < end; at += 4) store<i32>(at, fill);
}

// @ts-ignore: decorator
@inline
function isAbove32(b: usize): bool {
  return (
    (load<u32>(b, 4) | load<u32>(b, 8) | load<u32>(b, 12) | load<u32>(b, 16) | load<u32>(b, 20) | load<u32>(b, 24) | load<u32>(b, 28)) != 0
  );
}

/** Number of bits of a. */
function bitLength(a: usize): u32 {
  let at: usize = 28;
  let word = load<u32>(a, 28);
  while (!word && at) {
    at -= 4;
    word = load<u32>(a + at);
  }
  // behind the loop: inside it would be counted for every word, zero or not
  return ((<u32>at << 3) + 32) - clz<u32>(word);
}

/** What EXP costs for the exponent at `a` (the window is closed). */
export function spendExp(a: usize): i32 {
  const bytes = <u64>((bitLength(a) + 7) >> 3);
  return spend(EXP_GAS + EXP_BYTE_GAS * bytes, EXP_NATIVE + EXP_BYTE_NATIVE * bytes);
}

/** a = b ^ a mod 2^256, by squaring from the exponent's top bit; a base of 2 shifts */
export function exp(a: usize, b: usize): void {
  const bits = bitLength(a);
  if (bits <= 1) {
    if (bits == 0) u256SetWord(a, 1);
    else u256Copy(a, b);
    return;
  }
  u256Copy(SCRATCH, a);
  u256Copy(a, b);
  for (let i: i32 = bits - 2; i >= 0; i--) {
    u256Copy(SCRATCH_2, a);
    u256MulLow(a, SCRATCH_2);
    if ((load<u32>(SCRATCH + ((<usize>i >> 5) << 2)) >> (i & 31)) & 1) u256MulLow(a, b);
  }
}
