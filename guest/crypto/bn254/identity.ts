/**
 * Proving mode: the Miller loop's accumulator is not computed but committed to, and all its multiplications are checked at once at one random point.
 *
 * With u = w⁶ − 9 an element of Fp12 is a polynomial in w of degree 11 over Fp, modulo Φ = w¹² − 18w⁶ + 82. The host shows c, 1/c, w₀ (for the residue check, see
 * pairing.ts) and the accumulator g after each of the 64 steps; every step claims an identity
 *
 *     D = g² · Π lines · c^±1 − g_next ≡ 0 mod Φ
 *
 * and so do c · 1/c = 1 and the loop's end. The guest hashes the statement and all of that (Blake2s) to ρ; the host shows Q with Σ ρ^j D_j = Φ · Q; ρ and Q are hashed
 * to z; and what is checked is Σ ρ^j D_j(z) = Φ(z) · Q(z), in Fp. If one D_j is not a multiple of Φ, at most 66 of the p values of ρ hide it, and then at most
 * (degree of Q) + 12 values of z satisfy the equation: a liar needs some 2^245 tries at the hash. (Fiat and Shamir; nothing else here rests on a hash.)
 * The lines are not committed to: slopes are exact, checked where they are read, and there is one for each step.
 *
 * An element costs 76 U256 calls and six Blake2s blocks instead of a square (610), a multiplication by each line (340) and by c (900).
 * A point z in Fp2 or Fp12 would bring nothing: p is large enough.
 */
import { readU256 } from "../../sdk/hints";
import { unprovable } from "../../sdk/machine";
import { alloc } from "../../sdk/memory";
import { u256Copy, u256Equal } from "../../sdk/u256";
import { blake2s256 } from "../blake2s";
import { IDENTITY_SLOTS, ONE } from "./constants";
import { fpAdd, fpDouble, fpMul, fpSub, isCanonical, toMontgomery } from "./fp";
import { FP12_SIZE, fp12Frobenius } from "./fp12";
import { PAIR_HAS_LINES, PAIR_Q, PAIR_SIZE, PAIR_X, PAIR_Y } from "./pair";
import { wideMul, wideMulAdd, wideReduce, wideReduceTwice, wideTrim } from "./wide";

/** steps of the Miller loop with a commitment each */
const STEPS: usize = 64;
/** p's top word: what is below it needs no further comparison */
const P_TOP: u32 = 0x30644e72;

const RHO: usize = IDENTITY_SLOTS;
const Z: usize = IDENTITY_SLOTS + 0x20;
/** u = z⁶ − 9 */
const U: usize = IDENTITY_SLOTS + 0x40;
/** Σ ρ^j D_j(z) */
const SUM: usize = IDENTITY_SLOTS + 0x60;
/** the product of the step under way */
const VALUE: usize = IDENTITY_SLOTS + 0x80;
const C_VALUE: usize = IDENTITY_SLOTS + 0xa0;
const C_INVERSE_VALUE: usize = IDENTITY_SLOTS + 0xc0;
const G_VALUE: usize = IDENTITY_SLOTS + 0xe0;
const A: usize = IDENTITY_SLOTS + 0x100;
const B: usize = IDENTITY_SLOTS + 0x120;
const Z3: usize = IDENTITY_SLOTS + 0x140;
/** z^k and u·z^k in turns, k = 0…5: the weights of an element's twelve words of 32 bytes */
const WEIGHTS: usize = IDENTITY_SLOTS + 0x160;
const SCRATCH: usize = IDENTITY_SLOTS + 0x2e0;

/** c, 1/c, w₀, g₁…g₆₄, in this order */
let commitments: usize = 0;
let current: usize = 0;

/** Reads all commitments, and derives ρ and z. Afterwards PAIR_X, PAIR_Y are still P's coordinates. */
export function readCommitments(pairs: usize, end: usize): void {
  const statement = <usize>((end - pairs) / PAIR_SIZE) * 192;
  const size = statement + (3 + STEPS) * FP12_SIZE;
  const all = alloc(size, 32);
  let at = all;
  let lines: usize = 0;
  for (let pair = pairs; pair < end; pair += PAIR_SIZE) {
    for (let i: usize = 0; i < 64; i += 32) u256Copy(at + i, pair + PAIR_X + i);
    for (let i: usize = 0; i < 128; i += 32) u256Copy(at + 64 + i, pair + PAIR_Q + i);
    at += 192;
    if (load<u32>(pair, PAIR_HAS_LINES)) lines++;
  }
  commitments = at;
  for (; at < all + size; at += 32) readCanonical(at);
  // w₀ must be in Fp6: its odd coefficients zero
  const w = commitments + 2 * FP12_SIZE;
  let odd: u32 = 0;
  for (let i: usize = 0; i < FP12_SIZE; i += 128) {
    for (let j: usize = 64; j < 128; j += 4) odd |= load<u32>(w + i + j);
  }
  if (odd) unprovable();

  // Q has at most the degree of the loop's last product, 55 + 18 a pair, less 12
  const quotientSize: usize = (44 + 18 * lines) << 5;
  const second = alloc(32 + quotientSize, 32);
  blake2s256(all, <u32>size, second);
  toMontgomery(RHO, second);
  const quotient = second + 32;
  for (let i: usize = 0; i < quotientSize; i += 32) readCanonical(quotient + i);
  blake2s256(second, <u32>quotientSize + 32, SCRATCH);
  toMontgomery(Z, SCRATCH);
  prepareWeights();
  evaluateQuotient(quotient, quotientSize);
  commit();
}

function readCanonical(to: usize): void {
  readU256(to);
  if (load<u32>(to, 28) >= P_TOP && !isCanonical(to, SCRATCH)) unprovable();
}

/** Powers of z. */
function prepareWeights(): void {
  u256Copy(WEIGHTS, ONE);
  for (let k: usize = 64; k < FP12_SIZE; k += 64) fpMul(WEIGHTS + k, WEIGHTS + k - 64, Z);
  u256Copy(Z3, WEIGHTS + 3 * 64);
  fpMul(U, Z3, Z3);
  // 9 = 8 + 1
  fpDouble(A, ONE);
  fpDouble(B, A);
  fpDouble(A, B);
  fpAdd(A, ONE);
  fpSub(U, A);
  for (let k: usize = 0; k < FP12_SIZE; k += 64) fpMul(WEIGHTS + k + 32, WEIGHTS + k, U);
}

/** QUOTIENT = Φ(z) · Q(z); Φ(z) = (z⁶ − 9)² + 1 = u² + 1. */
const QUOTIENT: usize = IDENTITY_SLOTS + 0x300;

function evaluateQuotient(quotient: usize, size: usize): void {
  u256Copy(A, quotient + size - 32);
  for (let at = quotient + size - 64; at >= quotient; at -= 32) {
    fpMul(B, A, Z);
    fpAdd(B, at);
    u256Copy(A, B);
  }
  fpMul(B, U, U);
  fpAdd(B, ONE);
  fpMul(QUOTIENT, A, B);
}

/** to = a(z) for an element of Fp12 */
function evaluate(to: usize, a: usize): void {
  wideMul(to, a, WEIGHTS);
  for (let i: usize = 32; i < FP12_SIZE; i += 32) wideMulAdd(to, a + i, WEIGHTS + i);
  // below 12p² = 2.27 p · 2^256
  wideTrim(to);
  wideReduceTwice(to);
}

/** SUM = SUM · ρ + VALUE − `claimed` */
function addIdentity(claimed: usize): void {
  fpMul(A, SUM, RHO);
  fpAdd(A, VALUE);
  fpSub(A, claimed);
  u256Copy(SUM, A);
}

/** The first identity, c · 1/c = 1, and the loop's start at 1/c. */
function commit(): void {
  evaluate(C_VALUE, commitments);
  evaluate(C_INVERSE_VALUE, commitments + FP12_SIZE);
  fpMul(SUM, C_VALUE, C_INVERSE_VALUE);
  fpSub(SUM, ONE);
  u256Copy(G_VALUE, C_INVERSE_VALUE);
  current = commitments + 3 * FP12_SIZE;
}

/** Puts the powers of z into what the pair's lines are multiplied with: PAIR_X = −x/y · z, PAIR_Y = 1/y · z³. */
export function weighLines(pair: usize): void {
  fpMul(A, pair + PAIR_X, Z);
  u256Copy(pair + PAIR_X, A);
  fpMul(A, pair + PAIR_Y, Z3);
  u256Copy(pair + PAIR_Y, A);
}

export function beginStep(): void {
  fpMul(VALUE, G_VALUE, G_VALUE);
}

function multiplyValue(a: usize): void {
  fpMul(A, VALUE, a);
  u256Copy(VALUE, A);
}

/** The line 1 + slope · PAIR_X + e · PAIR_Y (weights included) at z. */
export function multiplyLine(pair: usize, slope: usize, e: usize): void {
  fpMul(A, slope + 32, U);
  fpAdd(A, slope);
  fpMul(B, e + 32, U);
  fpAdd(B, e);
  wideMul(SCRATCH, A, pair + PAIR_X);
  wideMulAdd(SCRATCH, B, pair + PAIR_Y);
  wideReduce(SCRATCH);
  fpAdd(SCRATCH, ONE);
  multiplyValue(SCRATCH);
}

export function multiplyC(inverse: bool): void {
  multiplyValue(inverse ? C_INVERSE_VALUE : C_VALUE);
}

export function endStep(): void {
  evaluate(G_VALUE, current);
  current += FP12_SIZE;
  addIdentity(G_VALUE);
}

/** The loop's end: g is not squared, only multiplied by the last lines. */
export function beginLast(): void {
  u256Copy(VALUE, G_VALUE);
}

/**
 * The last identity, g · lines · c^(−p + p² − p³) · w₀ = 1, and the equation. `scratch` is 384 bytes. Ends the run if it does not hold.
 */
export function finishIdentities(scratch: usize): void {
  fp12Frobenius(scratch, commitments + FP12_SIZE, 1);
  evaluate(B, scratch);
  multiplyValue(B);
  fp12Frobenius(scratch, commitments, 2);
  evaluate(B, scratch);
  multiplyValue(B);
  fp12Frobenius(scratch, commitments + FP12_SIZE, 3);
  evaluate(B, scratch);
  multiplyValue(B);
  evaluate(B, commitments + 2 * FP12_SIZE);
  multiplyValue(B);
  addIdentity(ONE);
  if (!u256Equal(SUM, QUOTIENT)) unprovable();
}
