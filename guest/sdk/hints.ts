/**
 * Hints: answers that a guest could compute but would rather check. Our own queries of the oracle, beside those of ZKsync OS (ids 0–9 and 0xFFFFFFFF).
 *
 * The guest writes the query's id, the number of parameter words, and the words; the tape then holds the number of answer words (always even, as the
 * host's values are 64-bit) and the words. `host/oracle/hints.ts` answers. A hint is never trusted: what checks it stands beside its use, and a wrong one
 * ends the run. Divisors are never zero: the guest has dealt with that.
 *
 * All numbers are little-endian words; "u256" is 8 words.
 *
 * | id         | parameters                        | answer                                             | room |
 * |------------|-----------------------------------|----------------------------------------------------|------|
 * | 0x57500001 | n: u256, d: u256                  | ⌊n / d⌋: u256                                      | crypto/u256 |
 * | 0x57500002 | a: u256, b: u256, m: u256         | ⌊(a + b) / m⌋: u256 (0 where it does not fit)      | crypto/u256 |
 * | 0x57500003 | a: u256, m: u256                  | a⁻¹ mod m, or 0 where there is none: u256          | crypto |
 * | 0x57500004 | a: u256, b: u256, m: u256         | ⌊a · b / m⌋: u256 where it fits, else u512         | crypto/u256 |
 * | 0x57500010 | z, r, s: u256, parity of R        | public key and slopes: secp256k1/check.ts          | crypto/secp256k1 |
 * | 0x57500011 | z, r, s, x, y: u256               | sum and slopes: p256/check.ts                      | crypto/p256 |
 * | 0x57500080 | the pairs' points                 | witness and slopes: bn254/pairing.ts, identity.ts  | crypto/bn254 |
 * | 0x57500081 | two points of G1                  | slope: bn254/g1-walk.ts                            | crypto/bn254 |
 * | 0x57500082 | a point of G1, k: u256            | k times it, slopes: bn254/g1-walk.ts               | crypto/bn254 |
 * | 0x575000c0 | modulus, base, exponent           | quotients: modexp/proving.ts, single.ts            | crypto/modexp |
 * | 0x57500101 | none                              | block metadata, hashes as bytes: an input, no hint | stf/system |
 * | 0x57500102 | a hash (32 bytes)                 | length of its preimage; asked by forward mode only | stf/system |
 * | 0x57500100 | the block's slots (stf/tree/batch) | leaves, neighbours, siblings: one proof for all   | stf/tree |
 */
import { tapeRead, tapeWrite, unprovable } from "./machine";

export const HINT_DIVIDE: u32 = 0x57500001;
export const HINT_ADDMOD: u32 = 0x57500002;
export const HINT_INVERSE: u32 = 0x57500003;
export const HINT_MULMOD: u32 = 0x57500004;
export const HINT_RECOVER: u32 = 0x57500010;
export const HINT_P256: u32 = 0x57500011;
export const HINT_BN254: u32 = 0x57500080;
export const HINT_MODEXP: u32 = 0x575000c0;

/** Begins a query of `parameterWords` words: the caller writes them next, with `tapeWrite` or `writeU256`. */
// @ts-ignore: decorator
@inline
export function beginHint(id: u32, parameterWords: u32): void {
  tapeWrite(id);
  tapeWrite(parameterWords);
}

/** After the parameters: reads the number of answer words and checks it. */
// @ts-ignore: decorator
@inline
export function expectAnswer(words: u32): void {
  if (tapeRead() != words) unprovable();
}

/** Writes a u256 parameter: 8 words from `a` (4-byte aligned). */
// @ts-ignore: decorator
@inline
export function writeU256(a: usize): void {
  tapeWrite(load<u32>(a, 0));
  tapeWrite(load<u32>(a, 4));
  tapeWrite(load<u32>(a, 8));
  tapeWrite(load<u32>(a, 12));
  tapeWrite(load<u32>(a, 16));
  tapeWrite(load<u32>(a, 20));
  tapeWrite(load<u32>(a, 24));
  tapeWrite(load<u32>(a, 28));
}

/** Reads a u256 of the answer: 8 words to `a` (4-byte aligned, RAM). 16 cycles. */
// @ts-ignore: decorator
@inline
export function readU256(a: usize): void {
  store<u32>(a, tapeRead(), 0);
  store<u32>(a, tapeRead(), 4);
  store<u32>(a, tapeRead(), 8);
  store<u32>(a, tapeRead(), 12);
  store<u32>(a, tapeRead(), 16);
  store<u32>(a, tapeRead(), 20);
  store<u32>(a, tapeRead(), 24);
  store<u32>(a, tapeRead(), 28);
}

/** Writes `count` parameter words from `from`. */
export function writeWords(from: usize, count: u32): void {
  const end = from + (<usize>count << 2);
  while (from < end) {
    tapeWrite(load<u32>(from));
    from += 4;
  }
}

/** Reads `count` answer words to `to`. */
export function readWords(to: usize, count: u32): void {
  const end = to + (<usize>count << 2);
  while (to < end) {
    store<u32>(to, tapeRead());
    to += 4;
  }
}
