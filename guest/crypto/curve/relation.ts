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

/** Puts ±(the comb's point for bit `position` of the rows) at COMB_POINT. */
function loadComb(position: u32, comb: usize): void {
  const index =
    ((load<u32>(ROWS, 0) >> position) & 1) |
    (((load<u32>(ROWS, 4) >> position) & 1) << 1) |
    (((load<u32>(ROWS, 8) >> position) & 1) << 2) |
    (((load<u32>(ROWS, 12) >> position) & 1) << 3) |
    (((load<u32>(ROWS, 16) >> position) & 1) << 4) |
    (((load<u32>(ROWS, 20) >> position) & 1) << 5) |
    (((load<u32>(ROWS, 24) >> position) & 1) << 6) |
    (((load<u32>(ROWS, 28) >> position) & 1) << 7);
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
