/**
 * Checking k₀·P₀ + … + e·G = 0 with small kᵢ: what the relation checks of both curves share.
 *
 * Small scalars come as digits ±1: `positions` bits B encode the odd number 2B - (2^positions - 1), and a correction bit takes 1 off.
 * The generator's scalar e, odd and below 2^261 in size, comes as nine rows of 29 bits, lowest first; the comb table of the
 * curve has ±2^(29·0)G ± … ± 2^(29·7)G + 2^(29·8)G at the index of the eight lower rows' bits.
 */
import { tapeRead, unprovable } from "../../sdk/machine";
import { u256CopyWords, u256SetWord, u256Zero } from "../../sdk/u256";
import { CURVE_SLOT } from "../slots";
import { addPoint, AFFINE_PAGES_END, isSumZero } from "./affine";
import { addTo, MODULUS, multiply, multiplyBy, subtractFrom, subtractNegate } from "./field";


export const COMB_SPACING: u32 = 29;

/** The nine rows of e's digits. */
const ROWS: usize = CURVE_SLOT;
/** The comb's index at each position. */
const INDICES: usize = CURVE_SLOT + 0x9c0;
const OFFSET: usize = AFFINE_PAGES_END;
const PART: usize = AFFINE_PAGES_END + 0x1000;
const COMB_POINT: usize = AFFINE_PAGES_END + 0x2000;
/** First page that is free for the curves. */
export const RELATION_PAGES_END: usize = AFFINE_PAGES_END + 0x3000;

/**
 * Reads one scalar's digits: `words` words to `digits`; bits from `positions` up must be zero, so positions is 32 · (words - 1) + 1.
 * to = the scalar they encode, less `correction`, modulo the modulus in use (the group's order).
 */
export function readScalar(digits: usize, words: i32, correction: u32, to: usize): void {
  let above: u32 = 0;
  u256Zero(to);
  u256Zero(OFFSET);
  const last = <usize>(words - 1) << 2;
  for (let at: usize = 0; at <= last; at += 4) {
    const word = tapeRead();
    store<u32>(digits + at, word);
    store<u32>(to + at, (word << 1) | above);
    above = word >> 31;
    store<u32>(OFFSET + at, -1);
  }
  if (load<u32>(digits + last) > 1) unprovable();
  // 2^positions - 1 + correction
  store<u32>(OFFSET + last, 1);
  if (correction) {
    for (let at: usize = 0; at < last; at += 4) store<u32>(OFFSET + at, 0);
    store<u32>(OFFSET + last, 2);
  }
  subtractFrom(to, OFFSET);
}

/**
 * Reads the rows of the generator's scalar. to = the scalar modulo the modulus in use, for which `constants` are
 * 2 · 2^256, 2^233 · 2^256, 2^261 - 1, each modulo it (96 bytes, may be in ROM).
 */
export function readGeneratorScalar(to: usize, constants: usize): void {
  let seen: u32 = 0;
  for (let at: usize = 0; at < 36; at += 4) {
    const row = tapeRead();
    seen |= row;
    store<u32>(ROWS + at, row);
  }
  // a word of padding: answers have an even number of them
  tapeRead();
  if (seen >> COMB_SPACING) unprovable();
  transposeRows();
  // rows 0 to 7 as one number of 232 bits
  let buffer: u64 = 0;
  let filled: u32 = 0;
  let target = PART;
  for (let at: usize = 0; at < 32; at += 4) {
    buffer |= <u64>load<u32>(ROWS + at) << filled;
    filled += COMB_SPACING;
    if (filled >= 32) {
      store<u32>(target, <u32>buffer);
      target += 4;
      buffer >>= 32;
      filled -= 32;
    }
  }
  store<u32>(target, <u32>buffer);
  u256CopyWords(OFFSET, constants);
  multiply(to, PART, OFFSET);
  u256SetWord(PART, load<u32>(ROWS, 32));
  u256CopyWords(OFFSET, constants + 32);
  multiplyBy(PART, OFFSET);
  addTo(to, PART);
  u256CopyWords(OFFSET, constants + 64);
  subtractFrom(to, OFFSET);
}

/** Exchanges the columns of `a` whose number has the bit `shift` with the other columns of `b`, as one step of transposing 8 × 8 bits in each byte. */
// @ts-ignore: decorator
@inline
function exchange(a: usize, b: usize, shift: u32, mask: u32): void {
  const high = load<u32>(a);
  const low = load<u32>(b);
  const difference = ((high >> shift) ^ low) & mask;
  store<u32>(b, low ^ difference);
  store<u32>(a, high ^ (difference << shift));
}

/** INDICES = the rows 0 to 7 transposed: the index for position i is the byte at 4 · (i mod 8) + ⌊i / 8⌋. About 130 cycles, where picking bits costs 1,000. */
function transposeRows(): void {
  for (let at: usize = 0; at < 32; at += 4) store<u32>(INDICES + at, load<u32>(ROWS + at));
  for (let at = INDICES; at != INDICES + 16; at += 4) exchange(at, at + 16, 4, 0x0f0f0f0f);
  for (let at = INDICES; at != INDICES + 32; at += 16) {
    exchange(at, at + 8, 2, 0x33333333);
    exchange(at + 4, at + 12, 2, 0x33333333);
  }
  for (let at = INDICES; at != INDICES + 32; at += 8) exchange(at, at + 4, 1, 0x55555555);
}

/** Puts ±(the comb's point for bit `position` of the rows) at COMB_POINT. */
function loadComb(position: u32, comb: usize): void {
  const index = <u32>load<u8>(INDICES + (((position & 7) << 2) | (position >> 3)));
  const positive = (load<u32>(ROWS, 32) >> position) & 1;
  const entry = comb + (<usize>(positive ? index : index ^ 0xff) << 6);
  u256CopyWords(COMB_POINT, entry);
  u256CopyWords(COMB_POINT + 32, entry + 32);
  if (!positive) subtractNegate(COMB_POINT + 32, MODULUS);
}

/** accumulator += the generator's part at this position. */
export function addComb(position: u32, comb: usize): void {
  loadComb(position, comb);
  addPoint(COMB_POINT);
}

/** Ends the run unless the accumulator and the generator's part at position 0 cancel. */
export function demandZeroWithComb(comb: usize): void {
  loadComb(0, comb);
  if (!isSumZero(COMB_POINT)) unprovable();
}
