/**
 * Public key recovery on secp256k1 as the EVM's precompile 0x01 and transaction signatures use it.
 * Behaviour: `basic_system/src/system_functions/ecrecover.rs` (`ecrecover_inner`): 0 < r, s < n, s may be high, the message is reduced modulo n,
 * R's abscissa is r itself (never r + n), and a key at infinity is a failure.
 */
import { u256IsZero, u256Sub, u256CopyWords, u256Copy } from "../../sdk/u256";
import { copy } from "../../sdk/copy";
import { keccak256 } from "../keccak256";
import { swap32 } from "../_md";
import { CURVE_SLOT } from "../slots";
import { recoverByHint } from "./check";
import { recoverBySum } from "./compute";
import { ORDER } from "./constants";

const Z: usize = CURVE_SLOT + 0x800;
const R: usize = CURVE_SLOT + 0x820;
const S: usize = CURVE_SLOT + 0x840;
const KEY: usize = CURVE_SLOT + 0x860;
const LIMIT: usize = CURVE_SLOT + 0x8a0;
const BYTES: usize = CURVE_SLOT + 0x8c0;

/**
 * The address that signed. @param digest, r, s 32 big-endian bytes each, 4-byte aligned @param parity 0 or 1: whether R's y is odd
 * @param to 32 bytes, 4-byte aligned: 12 zero bytes and the address, written on success only
 * @returns whether there is a key
 */
export function ecrecover(digest: usize, parity: u32, r: usize, s: usize, to: usize): bool {
  if (!recoverKey(digest, parity, r, s, BYTES)) return false;
  keccak256(BYTES, 64, BYTES);
  store<u32>(BYTES, 0, 0);
  store<u32>(BYTES, 0, 4);
  store<u32>(BYTES, 0, 8);
  copy(to, BYTES, 32);
  return true;
}

/** The same, giving the key: x and y as 64 big-endian bytes at `to` (4-byte aligned). */
export function recoverKey(digest: usize, parity: u32, r: usize, s: usize, to: usize): bool {
  reverse(Z, digest);
  reverse(R, r);
  reverse(S, s);
  u256CopyWords(LIMIT, ORDER);
  if (!isScalar(R) || !isScalar(S)) return false;
  const found = PROVING ? recoverByHint(Z, R, S, parity, KEY) : recoverBySum(Z, R, S, parity, KEY);
  if (!found) return false;
  reverse(to, KEY);
  reverse(to + 32, KEY + 32);
  return true;
}

/** Whether 0 < a < n; n is in LIMIT. */
function isScalar(a: usize): bool {
  u256Copy(KEY, a);
  return u256Sub(KEY, LIMIT) != 0 && !u256IsZero(a);
}

/** to = the 32 bytes at `from` in the other order; another place, both 4-byte aligned. */
function reverse(to: usize, from: usize): void {
  for (let at: usize = 0; at < 32; at += 4) store<u32>(to + 28 - at, swap32(load<u32>(from + at)));
}
