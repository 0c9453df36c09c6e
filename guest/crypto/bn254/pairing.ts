/**
 * Whether a product of pairings is one.
 *
 * Forward: Miller loop and final exponentiation.
 * Proving: the host says first whether it is. If so it shows c and w with f = c^λ / w, where λ = 6x + 2 + p − p² + p³ is a multiple of r and w is in Fp6
 * (Novakovic, Eagen, "On proving pairings", eprint 2024/640): then f^((p¹²−1)/r) = 1, for r | λ kills c, and (p⁶ − 1) | (p¹² − 1)/r kills w.
 * c^(6x+2) is taken along in the Miller loop, so the check costs 25 multiplications and no exponentiation. If the host says no, the exponentiation is done: a lie
 * costs cycles, nothing else.
 */
import { beginHint, HINT_BN254, readU256, writeWords } from "../../sdk/hints";
import { tapeRead, unprovable } from "../../sdk/machine";
import { u256Copy, u256Equal, u256Zero } from "../../sdk/u256";
import { FINAL_SLOTS, ONE } from "./constants";
import { finalExponentiation } from "./final";
import { fpInverse, fpMul, fpNegate, isCanonical } from "./fp";
import { FP12_SIZE, fp12Frobenius, fp12IsOne, fp12Mul } from "./fp12";
import { millerLoop, millerResult, multiplyResult, PAIR_HAS_LINES, PAIR_Q, PAIR_SIZE, PAIR_X, PAIR_Y } from "./miller";

const C: usize = FINAL_SLOTS;
const C_INVERSE: usize = FINAL_SLOTS + FP12_SIZE;
const W: usize = FINAL_SLOTS + 2 * FP12_SIZE;
const SCRATCH: usize = FINAL_SLOTS + 3 * FP12_SIZE;

/** The part of a pair's record that comes from P. In proving mode P itself is left in PAIR_X, PAIR_Y until the hint is there. */
export function setG1(pair: usize, point: usize, finite: bool): void {
  store<u32>(pair, u32(finite), PAIR_HAS_LINES);
  u256Copy(pair + PAIR_X, point);
  u256Copy(pair + PAIR_Y, point + 32);
  if (!PROVING && finite) {
    fpInverse(SCRATCH, point + 32);
    divideByY(pair, SCRATCH);
  }
}

/** PAIR_X = −x/y, PAIR_Y = 1/y */
function divideByY(pair: usize, inverse: usize): void {
  fpNegate(SCRATCH + 32, pair + PAIR_X);
  fpMul(pair + PAIR_X, SCRATCH + 32, inverse);
  u256Copy(pair + PAIR_Y, inverse);
}

/** @returns 1, 0, or −1 if some Q is not in G2 */
export function pairingIsOne(pairs: usize, end: usize): i32 {
  if (!PROVING) {
    if (!millerLoop(pairs, end, 0, 0)) return -1;
    const f = millerResult();
    finalExponentiation(f);
    return i32(fp12IsOne(f));
  }
  const says = ask(pairs, end);
  if (!says) {
    if (!millerLoop(pairs, end, 0, 0)) return -1;
    const f = millerResult();
    finalExponentiation(f);
    return i32(fp12IsOne(f));
  }
  if (!millerLoop(pairs, end, C, C_INVERSE)) return -1;
  // f · c^−(6x+2) is there; the rest of c^−λ, and w
  fp12Frobenius(SCRATCH, C_INVERSE, 1);
  multiplyResult(SCRATCH);
  fp12Frobenius(SCRATCH, C, 2);
  multiplyResult(SCRATCH);
  fp12Frobenius(SCRATCH, C_INVERSE, 3);
  multiplyResult(SCRATCH);
  multiplyResult(W);
  if (!fp12IsOne(millerResult())) unprovable();
  return 1;
}

/**
 * Asks for everything at once: per pair P (Montgomery x, y; zeros if infinite) and Q. Reads and checks what comes first:
 * whether the product is one, c, 1/c, w, and 1/y of each P. The slopes follow, in the order of the walk, and stop where it stops.
 */
function ask(pairs: usize, end: usize): bool {
  const count = <u32>((end - pairs) / PAIR_SIZE);
  beginHint(HINT_BN254, count * 48);
  for (let pair = pairs; pair < end; pair += PAIR_SIZE) {
    writeWords(pair + PAIR_X, 16);
    writeWords(pair + PAIR_Q, 32);
  }
  tapeRead(); // the length follows from the rest, and the rest is checked
  const says = tapeRead();
  tapeRead();
  if (says) {
    for (let i: usize = 0; i < FP12_SIZE; i += 32) readCanonical(C + i);
    for (let i: usize = 0; i < FP12_SIZE; i += 32) readCanonical(C_INVERSE + i);
    for (let i: usize = 0; i < FP12_SIZE; i += 128) {
      readCanonical(W + i);
      readCanonical(W + i + 32);
      u256Zero(W + i + 64);
      u256Zero(W + i + 96);
    }
    fp12Mul(SCRATCH, C, C_INVERSE);
    if (!fp12IsOne(SCRATCH)) unprovable();
    // w = 0 would make the product zero, which is not one
  }
  for (let pair = pairs; pair < end; pair += PAIR_SIZE) {
    if (!load<u32>(pair, PAIR_HAS_LINES)) continue;
    readU256(SCRATCH);
    fpMul(SCRATCH + 32, pair + PAIR_Y, SCRATCH);
    if (!u256Equal(SCRATCH + 32, ONE)) unprovable();
    divideByY(pair, SCRATCH);
  }
  return says != 0;
}

function readCanonical(to: usize): void {
  readU256(to);
  if (!isCanonical(to, SCRATCH)) unprovable();
}
