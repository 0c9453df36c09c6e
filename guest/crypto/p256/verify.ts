/**
 * ECDSA verification on P-256 (FIPS 186-4), as the precompile of RIP-7212 uses it.
 * Behaviour: `basic_system/src/system_functions/p256_verify.rs`: r or s out of range, or a key that is no point of the curve, is invalid
 * input (-1); otherwise the signature is good (1) or not (0). s may be high; a sum at infinity is not good.
 */
import { u256Copy, u256CopyWords, u256Equal, u256IsZero, u256Sub } from "../../sdk/u256";
import { swap32 } from "../_md";
import { CURVE_A, CURVE_B, isOnCurve } from "../curve/affine";
import { enter, useModulus } from "../curve/field";
import { CURVE_SLOT } from "../slots";
import { sumByHint } from "./check";
import { sumBySum } from "./compute";
import { COEFFICIENTS, FIELD, ORDER } from "./constants";

const Z: usize = CURVE_SLOT + 0x800;
const R: usize = CURVE_SLOT + 0x820;
const S: usize = CURVE_SLOT + 0x840;
const SUM: usize = CURVE_SLOT + 0x860;
const LIMIT: usize = CURVE_SLOT + 0x8a0;
const KEY: usize = CURVE_SLOT + 0x8c0;
const PLAIN: usize = CURVE_SLOT + 0x900;

/** All five are 32 big-endian bytes, 4-byte aligned. @returns 1 good, 0 not good, -1 invalid input */
export function p256Verify(digest: usize, r: usize, s: usize, x: usize, y: usize): i32 {
  reverse(Z, digest);
  reverse(R, r);
  reverse(S, s);
  u256CopyWords(LIMIT, ORDER);
  if (!isBelowLimit(R) || u256IsZero(R) || !isBelowLimit(S) || u256IsZero(S)) return -1;
  u256CopyWords(LIMIT, FIELD);
  useModulus(FIELD);
  u256CopyWords(CURVE_A, COEFFICIENTS);
  u256CopyWords(CURVE_B, COEFFICIENTS + 32);
  reverse(PLAIN, x);
  if (!isBelowLimit(PLAIN)) return -1;
  enter(KEY, PLAIN);
  reverse(PLAIN + 32, y);
  if (!isBelowLimit(PLAIN + 32)) return -1;
  enter(KEY + 32, PLAIN + 32);
  if (!isOnCurve(KEY)) return -1;
  const finite = PROVING ? sumByHint(Z, R, S, KEY, PLAIN, SUM) : sumBySum(Z, R, S, KEY, SUM);
  if (!finite) return 0;
  // n < p < 2n
  u256CopyWords(LIMIT, ORDER);
  if (!isBelowLimit(SUM)) u256Sub(SUM, LIMIT);
  return u256Equal(SUM, R);
}

/** Whether a < LIMIT. */
function isBelowLimit(a: usize): bool {
  u256Copy(SUM + 32, a);
  return u256Sub(SUM + 32, LIMIT) != 0;
}

/** to = the 32 bytes at `from` in the other order; another place, both 4-byte aligned. */
function reverse(to: usize, from: usize): void {
  for (let at: usize = 0; at < 32; at += 4) store<u32>(to + 28 - at, swap32(load<u32>(from + at)));
}
