/**
 * Whether a product of pairings is one.
 *
 * Forward: Miller loop f and final exponentiation.
 * Proving: the host says first whether it is. If so it shows c and w₀ with f · w₀ = c^λ, where λ = 6x + 2 + p − p² + p³ is a multiple of r and w₀ is in Fp6
 * (Novakovic, Eagen, "On proving pairings", eprint 2024/640): then f^((p¹²−1)/r) = 1, for r | λ kills c, and (p⁶ − 1) | (p¹² − 1)/r kills w₀.
 * c^(6x+2) is taken along in the Miller loop, and the whole computation is checked by identities of polynomials (identity.ts): 44,300 U256 calls and 4,050 rounds of
 * Blake2s for two pairs.
 * Rejected: the same residue with the accumulator computed in Fp12, 174,000 calls; with the final exponentiation, 340,000.
 * If the host says no, loop and exponentiation are computed: a lie costs cycles, nothing else.
 */
import { beginHint, HINT_BN254, readU256, writeWords } from "../../sdk/hints";
import { tapeRead, unprovable } from "../../sdk/machine";
import { u256Copy, u256Equal } from "../../sdk/u256";
import { FINAL_SLOTS, ONE } from "./constants";
import { finalExponentiation } from "./final";
import { fpInverse, fpMul, fpNegate } from "./fp";
import { fp12IsOne } from "./fp12";
import { readCommitments, weighLines } from "./identity";
import { millerLoop, millerResult } from "./miller";
import { PAIR_HAS_LINES, PAIR_Q, PAIR_SIZE, PAIR_X, PAIR_Y } from "./pair";

const SCRATCH: usize = FINAL_SLOTS;

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
  const witnessed = PROVING ? ask(pairs, end) : false;
  if (!millerLoop(pairs, end, witnessed)) return -1;
  if (witnessed) return 1;
  const f = millerResult();
  finalExponentiation(f);
  return i32(fp12IsOne(f));
}

/**
 * Asks for everything at once: per pair P (Montgomery x, y; zeros if infinite) and Q. Reads and checks what comes first:
 * whether the product is one, then the commitments of identity.ts, and 1/y of each P. The slopes follow, in the order of the walk, and stop where it stops.
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
  if (says) readCommitments(pairs, end);
  for (let pair = pairs; pair < end; pair += PAIR_SIZE) {
    if (!load<u32>(pair, PAIR_HAS_LINES)) continue;
    readU256(SCRATCH);
    fpMul(SCRATCH + 32, pair + PAIR_Y, SCRATCH);
    if (!u256Equal(SCRATCH + 32, ONE)) unprovable();
    divideByY(pair, SCRATCH);
    if (says) weighLines(pair);
  }
  return says != 0;
}
