/**
 * Modular exponentiation (EIP-198): base^exponent mod modulus for numbers of any length.
 *
 * Behaviour: matter-labs/zksync-os 0a82da0, basic_system/src/system_functions/modexp.rs; the caller has parsed lengths and charged. A zero modulus gives zeros, 0⁰ = 1.
 * Sliding windows from the top bit, odd powers in a table. Arithmetic: forward.ts, proving.ts or single.ts. `host/oracle/hints-modexp.ts` walks the same way: change both.
 */
import { beginHint, HINT_MODEXP, writeWords } from "../../sdk/hints";
import { tapeRead, tapeWrite, unprovable } from "../../sdk/machine";
import { alloc, mark, release } from "../../sdk/memory";
import { forwardInit, forwardMultiply, forwardReduce } from "./forward";
import { isSingle, singleEnter, singleInit, singleLeave, singleMultiply } from "./single";
import { provingInit, provingIsReduced, provingMultiply, provingReduce, provingSquare } from "./proving";

// A unit of length: a limb of 32 bytes in proving mode, a word of 4 bytes in forward mode.
const UNIT: usize = PROVING ? 32 : 4;

/** Bytes of numbers mod m: a multiple of UNIT. */
let size: usize = 0;
/** Proving: whether single.ts multiplies. */
let single: bool = false;

/** Writes output (modLength bytes, big-endian): the result, or zeros if the modulus is zero. Scratch memory is taken from the arena and given back. */
export function modexp(
  base: usize, baseLength: u32, exponent: usize, exponentLength: u32, modulus: usize, modulusLength: u32, output: usize,
): void {
  memory.fill(output, 0, modulusLength);
  const end = modulus + modulusLength;
  modulus = skipZeros(modulus, end);
  if (modulus == end) return;
  const exponentEnd = exponent + exponentLength;
  exponent = skipZeros(exponent, exponentEnd);
  if (exponent == exponentEnd) {
    // base⁰ = 1, and 1 mod 1 = 0
    if (modulus + 1 < end || load<u8>(modulus) != 1) store<u8>(output + modulusLength - 1, 1);
    return;
  }
  const baseEnd = base + baseLength;
  base = skipZeros(base, baseEnd);

  const top = mark();
  size = roundUp(end - modulus);
  const baseSize = roundUp(baseEnd - base);
  const m = fromBigEndian(modulus, end, size);
  const b = fromBigEndian(base, baseEnd, baseSize);
  const bits = (<u32>(exponentEnd - exponent) << 3) - (clz<u32>(load<u8>(exponent)) - 24);
  if (PROVING) {
    provingInit(m, size >> 5, alloc(max(size << 1, baseSize) + 32, 32));
    ask(m, b, baseSize, exponent, exponentEnd);
    single = isSingle(m, size, bits);
    if (single) singleInit(m);
  } else {
    forwardInit(m, size >> 2, alloc(size + max(size << 1, baseSize) + 8, 32));
  }
  const result = power(b, baseSize, exponentEnd, bits);
  if (PROVING && single) singleLeave(result);
  if (PROVING && !provingIsReduced(result)) unprovable();
  toBigEndian(output + modulusLength, result, end - modulus);
  release(top);
}

/** Bits of a window, by the exponent's length. */
function windowBits(bits: u32): u32 {
  return bits <= 24 ? 1 : bits <= 80 ? 3 : bits <= 512 ? 4 : 5;
}

// @ts-ignore: decorator
@inline
function bitAt(end: usize, i: i32): u32 {
  return (<u32>load<u8>(end - 1 - (i >> 3)) >> (i & 7)) & 1;
}

/** @returns where b^exponent mod m is */
function power(b: usize, baseSize: usize, exponentEnd: usize, bits: u32): usize {
  const window = windowBits(bits);
  // table[i] = b^(2i + 1)
  const table = alloc(size << (window - 1), 32);
  let x = alloc(size, 32);
  let y = alloc(size, 32);
  if (PROVING) provingReduce(table, b, baseSize >> 5);
  else forwardReduce(table, b, baseSize >> 2);
  if (PROVING && single) singleEnter(table);
  if (window > 1) {
    square(x, table);
    for (let at = size; at < size << (window - 1); at += size) multiply(table + at, table + at - size, x);
  }
  let started = false;
  for (let i = <i32>bits - 1; i >= 0; ) {
    if (!bitAt(exponentEnd, i)) {
      square(y, x);
      const t = x;
      x = y;
      y = t;
      i--;
      continue;
    }
    // the window i…j ends at a one
    let j = max(i - <i32>window + 1, 0);
    while (!bitAt(exponentEnd, j)) j++;
    let digit: u32 = 0;
    for (let k = i; k >= j; k--) {
      digit = (digit << 1) | bitAt(exponentEnd, k);
      if (started) {
        square(y, x);
        const t = x;
        x = y;
        y = t;
      }
    }
    const factor = table + size * <usize>(digit >> 1);
    if (started) {
      multiply(y, x, factor);
      const t = x;
      x = y;
      y = t;
    } else {
      memory.copy(x, factor, size);
      started = true;
    }
    i = j - 1;
  }
  return x;
}

// @ts-ignore: decorator
@inline
function square(to: usize, a: usize): void {
  if (PROVING && single) singleMultiply(to, a, a);
  else if (PROVING) provingSquare(to, a);
  else forwardMultiply(to, a, a);
}

// @ts-ignore: decorator
@inline
function multiply(to: usize, a: usize, b: usize): void {
  if (PROVING && single) singleMultiply(to, a, b);
  else if (PROVING) provingMultiply(to, a, b);
  else forwardMultiply(to, a, b);
}

/**
 * Asks for all quotients of the walk: parameters are the words of m, of the base and of the exponent (counts first), little-endian. The answer is as long as the
 * walk needs: reading past it ends the run.
 */
function ask(m: usize, b: usize, baseSize: usize, exponent: usize, exponentEnd: usize): void {
  const exponentSize = roundUp(exponentEnd - exponent);
  const e = fromBigEndian(exponent, exponentEnd, exponentSize);
  beginHint(HINT_MODEXP, 3 + <u32>((size + baseSize + exponentSize) >> 2));
  tapeWrite(<u32>(size >> 2));
  tapeWrite(<u32>(baseSize >> 2));
  tapeWrite(<u32>(exponentSize >> 2));
  writeWords(m, <u32>(size >> 2));
  writeWords(b, <u32>(baseSize >> 2));
  writeWords(e, <u32>(exponentSize >> 2));
  tapeRead(); // the length
}

function skipZeros(at: usize, end: usize): usize {
  while (at < end && !load<u8>(at)) at++;
  return at;
}

function roundUp(length: usize): usize {
  return (length + UNIT - 1) & ~(UNIT - 1);
}

/** A little-endian number of `bytes` bytes, in new memory, from the big-endian bytes before `end`. */
function fromBigEndian(start: usize, end: usize, bytes: usize): usize {
  const to = alloc(bytes, 32);
  let at = end;
  let i: usize = 0;
  for (; at >= start + 4; i += 4) {
    at -= 4;
    store<u32>(
      to + i,
      <u32>load<u8>(at, 3) | (<u32>load<u8>(at, 2) << 8) | (<u32>load<u8>(at, 1) << 16) | (<u32>load<u8>(at) << 24),
    );
  }
  for (; i < bytes; i += 4) {
    let word: u32 = 0;
    for (let shift: u32 = 0; shift < 32 && at > start; shift += 8) word |= <u32>load<u8>(--at) << shift;
    store<u32>(to + i, word);
  }
  return to;
}

/** Writes the `length` low bytes of a, big-endian, so that they end before `end`. */
function toBigEndian(end: usize, a: usize, length: usize): void {
  for (let i: usize = 0; i < length; i++) store<u8>(end - 1 - i, load<u8>(a + i));
}
