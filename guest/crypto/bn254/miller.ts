/**
 * The optimal ate Miller loop over several pairs at once, with affine points: every slope is a hint in proving mode (checked by one product), and in
 * forward mode comes from one inversion a step for all pairs. The same walk shows that each Q is in G2.
 *
 * Subgroup check for nothing: the loop ends with (6x+2)Q + ψ(Q) − ψ²(Q), and Q has order r if and only if that is −ψ³(Q).
 * Why: ψ² − tψ + p = 0 on the twist, the norm of N = 6x + 2 + ψ − ψ² + ψ³ in Z[ψ] has with r·h, the order of the twist's group, only r in common, so N(Q) = 0
 * means r·Q = 0 (test/guest/crypto/bn254-constants.test.ts computes it). A step that meets T = ±Q (no slope) cannot happen for a point of order r: the point is refused.
 */
import { readU256 } from "../../sdk/hints";
import { unprovable } from "../../sdk/machine";
import { FROBENIUS_1, FROBENIUS_2, FROBENIUS_3, MILLER_SLOTS } from "./constants";
import { isCanonical } from "./fp";
import { FP12_SIZE, fp12MulLine, fp12SetOne, fp12Square } from "./fp12";
import {
  fp2Add, fp2Conjugate, fp2Copy, fp2DoubleLazy, fp2Equal, fp2Inverse, fp2IsZero, fp2Mul, fp2Negate, fp2Scale, fp2Square, fp2Sub,
} from "./fp2";
import { beginLast, beginStep, endStep, finishIdentities, multiplyC, multiplyLine } from "./identity";
import {
  PAIR_DENOMINATOR, PAIR_HAS_LINES, PAIR_NEGATED_Y, PAIR_NUMERATOR, PAIR_PRODUCT, PAIR_Q, PAIR_SIZE, PAIR_T, PAIR_X, PAIR_Y,
} from "./pair";
import { subtractP } from "./wide";

// 6x + 2 in signed digits: 1 and −1 below the leading one (bit 64).
const LOOP_PLUS: u64 = 0xa002004200804028;
const LOOP_MINUS: u64 = 0x02889008420a0480;

/** p's top word: what is below it needs no further comparison */
const P_TOP: u32 = 0x30644e72;

const SLOPE: usize = MILLER_SLOTS;
const CHECK: usize = MILLER_SLOTS + 0x40;
const E: usize = MILLER_SLOTS + 0x80;
const NEW: usize = MILLER_SLOTS + 0xc0;
const LINE_B: usize = MILLER_SLOTS + 0x100;
const LINE_C: usize = MILLER_SLOTS + 0x140;
const INVERSE: usize = MILLER_SLOTS + 0x180;
const SCRATCH: usize = MILLER_SLOTS + 0x1c0;
/** ψ(Q) and the like: x, y */
const POINT: usize = MILLER_SLOTS + 0x200;
const F0: usize = MILLER_SLOTS + 0x280;
const F1: usize = F0 + FP12_SIZE;

/** The accumulator's current place (F0 or F1). */
let f: usize = F0;

// @ts-ignore: decorator
@inline
function other(): usize {
  return F0 + F1 - f;
}

/** Where `millerLoop` left its result. */
export function millerResult(): usize {
  return f;
}

const DOUBLE: u32 = 0;
const ADD_Q: u32 = 1;
const ADD_MINUS_Q: u32 = 2;
const ADD_PSI: u32 = 3;
const ADD_MINUS_PSI2: u32 = 4;

/** The x of what is added to T in this step; its y is 64 bytes on, but for −Q. */
function addend(pair: usize, step: u32): usize {
  if (step == ADD_PSI) {
    fp2Conjugate(SCRATCH, pair + PAIR_Q);
    fp2Mul(POINT, SCRATCH, FROBENIUS_1 + 64);
    fp2Conjugate(SCRATCH, pair + PAIR_Q + 64);
    fp2Mul(POINT + 64, SCRATCH, FROBENIUS_1 + 128);
    return POINT;
  }
  if (step == ADD_MINUS_PSI2) {
    // ψ²(x, y) = (x · γ, −y)
    fp2Scale(POINT, pair + PAIR_Q, FROBENIUS_2 + 32);
    fp2Copy(POINT + 64, pair + PAIR_Q + 64);
    return POINT;
  }
  return pair + PAIR_Q;
}

/** Numerator and denominator of the slope. @returns false if there is none */
function prepare(pair: usize, step: u32): bool {
  const t = pair + PAIR_T;
  const numerator = pair + PAIR_NUMERATOR;
  const denominator = pair + PAIR_DENOMINATOR;
  if (step == DOUBLE) {
    // 3x² / 2y; y ≠ 0, as the twist has no point of order 2
    fp2Square(numerator, t);
    fp2Copy(SCRATCH, numerator);
    fp2Add(numerator, SCRATCH);
    fp2Add(numerator, SCRATCH);
    // below 2p is enough for the check of a hint, not for an inversion
    fp2DoubleLazy(denominator, t + 64);
    if (!PROVING) {
      subtractP(denominator);
      subtractP(denominator + 32);
    }
    return true;
  }
  const x = addend(pair, step);
  const y = step == ADD_MINUS_Q ? pair + PAIR_NEGATED_Y : x + 64;
  fp2Copy(numerator, t + 64);
  fp2Sub(numerator, y);
  fp2Copy(denominator, t);
  fp2Sub(denominator, x);
  return !fp2IsZero(denominator);
}

/** SLOPE from the tape: checked against numerator and denominator. */
function readSlope(pair: usize): void {
  readU256(SLOPE);
  readU256(SLOPE + 32);
  if (load<u32>(SLOPE, 28) >= P_TOP && !isCanonical(SLOPE, CHECK)) unprovable();
  if (load<u32>(SLOPE, 60) >= P_TOP && !isCanonical(SLOPE + 32, CHECK)) unprovable();
  fp2Mul(CHECK, pair + PAIR_DENOMINATOR, SLOPE);
  if (!fp2Equal(CHECK, pair + PAIR_NUMERATOR)) unprovable();
}

/** Multiplies the line's value at P into the accumulator (or into the identity under way), and moves T. */
function apply(pair: usize, step: u32, witnessed: bool): void {
  const t = pair + PAIR_T;
  // e = λx − y: the line is y_P − λ·x_P·w + e·w³, here divided by y_P (a factor in Fp does not change the pairing)
  fp2Mul(E, t, SLOPE);
  fp2Sub(E, t + 64);
  if (load<u32>(pair, PAIR_HAS_LINES) && PROVING && witnessed) {
    multiplyLine(pair, SLOPE, E);
  } else if (load<u32>(pair, PAIR_HAS_LINES)) {
    fp2Scale(LINE_B, SLOPE, pair + PAIR_X);
    fp2Scale(LINE_C, E, pair + PAIR_Y);
    const to = other();
    fp12MulLine(to, f, LINE_B, LINE_C);
    f = to;
  }
  fp2Square(NEW, SLOPE);
  fp2Sub(NEW, t);
  fp2Sub(NEW, step == DOUBLE ? t : addend(pair, step));
  fp2Copy(t, NEW);
  // y₃ = λ(x − x₃) − y = e − λx₃
  fp2Mul(NEW, t, SLOPE);
  fp2Copy(t + 64, E);
  fp2Sub(t + 64, NEW);
}

/** One step of every pair. @returns false if some Q is not in G2 */
function stepAll(pairs: usize, end: usize, step: u32, witnessed: bool): bool {
  for (let pair = pairs; pair < end; pair += PAIR_SIZE) {
    if (!prepare(pair, step)) return false;
  }
  if (PROVING) {
    for (let pair = pairs; pair < end; pair += PAIR_SIZE) {
      readSlope(pair);
      apply(pair, step, witnessed);
    }
    return true;
  }
  // One inversion for all: of the product of all denominators; then backwards, a pair's is that inverse times the product before it.
  fp2Copy(pairs + PAIR_PRODUCT, pairs + PAIR_DENOMINATOR);
  for (let pair = pairs + PAIR_SIZE; pair < end; pair += PAIR_SIZE) {
    fp2Mul(pair + PAIR_PRODUCT, pair - PAIR_SIZE + PAIR_PRODUCT, pair + PAIR_DENOMINATOR);
  }
  fp2Inverse(INVERSE, end - PAIR_SIZE + PAIR_PRODUCT);
  for (let pair = end - PAIR_SIZE; ; pair -= PAIR_SIZE) {
    if (pair == pairs) {
      fp2Copy(SCRATCH, INVERSE);
    } else {
      fp2Mul(SCRATCH, INVERSE, pair - PAIR_SIZE + PAIR_PRODUCT);
      fp2Mul(CHECK, INVERSE, pair + PAIR_DENOMINATOR);
      fp2Copy(INVERSE, CHECK);
    }
    fp2Mul(SLOPE, pair + PAIR_NUMERATOR, SCRATCH);
    apply(pair, step, false);
    if (pair == pairs) break;
  }
  return true;
}

/**
 * The product of the pairs' Miller functions, to `millerResult()`. Records from `pairs` to `end` hold Q (on the twist), PAIR_X, PAIR_Y, PAIR_HAS_LINES.
 * With `witnessed` (proving) no product is computed: the walk evaluates the identities of identity.ts, which must have its commitments, and checks them;
 * then the product of pairings is one, or the run has ended.
 * @returns false if some Q is not in G2
 */
export function millerLoop(pairs: usize, end: usize, witnessed: bool): bool {
  f = F0;
  fp12SetOne(f);
  for (let pair = pairs; pair < end; pair += PAIR_SIZE) {
    fp2Copy(pair + PAIR_T, pair + PAIR_Q);
    fp2Copy(pair + PAIR_T + 64, pair + PAIR_Q + 64);
    fp2Negate(pair + PAIR_NEGATED_Y, pair + PAIR_Q + 64);
  }
  for (let bit: i32 = 63; bit >= 0; bit--) {
    if (PROVING && witnessed) {
      beginStep();
    } else if (bit < 63) {
      const to = other();
      fp12Square(to, f);
      f = to;
    }
    if (!stepAll(pairs, end, DOUBLE, witnessed)) return false;
    if ((LOOP_PLUS >> bit) & 1) {
      if (PROVING && witnessed) multiplyC(true);
      if (!stepAll(pairs, end, ADD_Q, witnessed)) return false;
    } else if ((LOOP_MINUS >> bit) & 1) {
      if (PROVING && witnessed) multiplyC(false);
      if (!stepAll(pairs, end, ADD_MINUS_Q, witnessed)) return false;
    }
    if (PROVING && witnessed) endStep();
  }
  if (PROVING && witnessed) beginLast();
  if (!stepAll(pairs, end, ADD_PSI, witnessed) || !stepAll(pairs, end, ADD_MINUS_PSI2, witnessed)) return false;
  for (let pair = pairs; pair < end; pair += PAIR_SIZE) {
    if (!endsRight(pair)) return false;
  }
  if (PROVING && witnessed) finishIdentities(F0);
  return true;
}

/** Whether T = −ψ³(Q). */
function endsRight(pair: usize): bool {
  fp2Conjugate(SCRATCH, pair + PAIR_Q);
  fp2Mul(CHECK, SCRATCH, FROBENIUS_3 + 64);
  if (!fp2Equal(CHECK, pair + PAIR_T)) return false;
  fp2Conjugate(SCRATCH, pair + PAIR_NEGATED_Y);
  fp2Mul(CHECK, SCRATCH, FROBENIUS_3 + 128);
  return fp2Equal(CHECK, pair + PAIR_T + 64);
}
