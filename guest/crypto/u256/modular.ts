/**
 * Division and modular arithmetic of 256 bits. Operands are U256 (8 little-endian words, 32-byte aligned, RAM); divisors are not zero.
 *
 * Proving: the quotient comes as a hint, and n = q·d + r with r < d is checked by delegation. About 100 cycles of code for a
 * division (16 words out, 8 in), against several thousand for long division in RV32. A wrong quotient ends the run.
 * Forward: long division in software.
 */
import { beginHint, expectAnswer, HINT_ADDMOD, HINT_DIVIDE, HINT_MULMOD, readU256, writeU256 } from "../../sdk/hints";
import { tapeRead, unprovable } from "../../sdk/machine";
import {
  u256Add,
  u256AddCarry,
  u256Copy,
  u256Equal,
  u256MulHigh,
  u256MulLow,
  u256MulLowChecked,
  u256Sub,
  u256SubNegate,
  u256Zero,
} from "../../sdk/u256";
import { U256_SLOT } from "../slots";
import { divideWords, product } from "./software";

const SCRATCH: usize = U256_SLOT;
const LOW: usize = U256_SLOT + 0x20;
const HIGH: usize = U256_SLOT + 0x40;
const QUOTIENT: usize = U256_SLOT + 0x60;
const EXTRA: usize = U256_SLOT + 0x80;
/** Never written: zero, as all RAM at start. */
const ZERO: usize = U256_SLOT + 0xa0;
// forward mode only: a 512-bit dividend and quotient
const WIDE: usize = U256_SLOT + 0xc0;
const WIDE_QUOTIENT: usize = U256_SLOT + 0x100;

/** q = ⌊n / d⌋ and r = n mod d, d ≠ 0. q and r are other places than n and d, which keep their values. */
export function divRem(n: usize, d: usize, q: usize, r: usize): void {
  if (PROVING) {
    beginHint(HINT_DIVIDE, 16);
    writeU256(n);
    writeU256(d);
    expectAnswer(8);
    readU256(q);
    u256Copy(r, q);
    if (u256MulLowChecked(r, d)) unprovable();
    if (u256SubNegate(r, n)) unprovable();
    if (!isBelow(r, d)) unprovable();
  } else {
    divideWords(n, 8, d, q, r);
  }
}

/** to = (a + b) mod m, m ≠ 0. `to` is another place than m; it may be a or b. a and b are any values; m keeps its value. */
export function addMod(a: usize, b: usize, m: usize, to: usize): void {
  if (PROVING) {
    beginHint(HINT_ADDMOD, 24);
    writeU256(a);
    writeU256(b);
    writeU256(m);
    expectAnswer(8);
    readU256(QUOTIENT);
    u256Copy(LOW, a);
    const carry = u256Add(LOW, b);
    u256Copy(SCRATCH, QUOTIENT);
    // a + b - q·m, which must be in [0, m): the parts above 2^256 have to cancel
    const overflow = u256MulLowChecked(SCRATCH, m);
    const borrow = u256Sub(LOW, SCRATCH);
    if (overflow) {
      u256MulHigh(QUOTIENT, m);
      if (!(carry & ~borrow) || !isWord(QUOTIENT, 1)) unprovable();
    } else if (carry != borrow) {
      // the quotient does not fit 256 bits in one case only: a carry, and m = 1
      if (!isWord(m, 1)) unprovable();
      u256Zero(LOW);
    }
    if (!isBelow(LOW, m)) unprovable();
    u256Copy(to, LOW);
  } else {
    u256Copy(WIDE, a);
    u256Zero(WIDE + 32);
    store<u32>(WIDE, u256Add(WIDE, b), 32);
    divideWords(WIDE, 16, m, WIDE_QUOTIENT, to);
  }
}

/** to = (a · b) mod m, m ≠ 0. `to` is another place than m; it may be a or b. m keeps its value. */
export function mulMod(a: usize, b: usize, m: usize, to: usize): void {
  if (PROVING) {
    beginHint(HINT_MULMOD, 24);
    writeU256(a);
    writeU256(b);
    writeU256(m);
    // 8 words where the quotient fits 256 bits, else 16
    const words = tapeRead();
    readU256(QUOTIENT);
    u256Copy(LOW, a);
    u256Copy(HIGH, a);
    u256MulLow(LOW, b);
    u256MulHigh(HIGH, b);
    if (words == 16) {
      readU256(EXTRA);
      if (u256MulLowChecked(EXTRA, m)) unprovable();
      if (u256Sub(HIGH, EXTRA)) unprovable();
    } else if (words != 8) {
      unprovable();
    }
    u256Copy(SCRATCH, QUOTIENT);
    u256MulLow(SCRATCH, m);
    u256MulHigh(QUOTIENT, m);
    const borrow = u256Sub(LOW, SCRATCH);
    if (u256AddCarry(QUOTIENT, ZERO, borrow)) unprovable();
    if (!u256Equal(QUOTIENT, HIGH)) unprovable();
    if (!isBelow(LOW, m)) unprovable();
    u256Copy(to, LOW);
  } else {
    product(a, b, WIDE);
    divideWords(WIDE, 16, m, WIDE_QUOTIENT, to);
  }
}

/** Whether a < b, both kept. */
// @ts-ignore: decorator
@inline
function isBelow(a: usize, b: usize): bool {
  u256Copy(SCRATCH, a);
  return u256Sub(SCRATCH, b) != 0;
}

/** Whether a == word. */
function isWord(a: usize, word: u32): bool {
  return (
    load<u32>(a) == word &&
    (load<u32>(a, 4) | load<u32>(a, 8) | load<u32>(a, 12) | load<u32>(a, 16) | load<u32>(a, 20) | load<u32>(a, 24) | load<u32>(a, 28)) == 0
  );
}
