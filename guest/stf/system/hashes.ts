/**
 * Keccak-256 of one or two words, remembered: what a mapping's slot is hashed from, and a key's address. A contract reads a balance and then writes it, a block's
 * transactions meet the same senders, pools and tokens: of the 1,350 such hashes of mainnet block 22244135 788 were made before (10 million cycles; a hit costs some 70).
 *
 * A table of 4,096 places, one entry each: what comes to a taken place replaces what is there. So the cost of a lookup is bounded, whatever a contract hashes. Entries are
 * facts, they need never be forgotten.
 */
import { keccak256 } from "../../crypto/keccak256";
import { alloc } from "../../sdk/memory";
import { recoverKey } from "../../crypto/secp256k1/recover";
import { u256Copy, u256Equal } from "../../sdk/u256";
import { bytes32ToU256 } from "./bytes32";
import { SYSTEM_SLOTS } from "./layout";

const DIGEST: usize = SYSTEM_SLOTS + 0x2000;
const KEY: usize = SYSTEM_SLOTS + 0x2020;

/** An entry: two words of the message, the hash as a number, the message's length (0: nothing yet). */
const HASH: usize = 64;
const LENGTH: usize = 96;
const ENTRY_SHIFT: u32 = 7;
const PLACE_BITS: u32 = 12;

let table: usize = 0;

export function initHashes(): void {
  table = alloc(1 << (PLACE_BITS + ENTRY_SHIFT), 128);
}

/** Which entry: keys are small numbers (big-endian: they show in the last byte), addresses and hashes. */
// @ts-ignore: decorator
@inline
function entryOf(message: usize, length: u32): usize {
  const last = message + length;
  const mixed = load<u32>(message, 28) * 0x9e3779b1 + load<u32>(last - 4) * 0x85ebca77 + load<u32>(message, 16) * 0xc2b2ae3d;
  return table + ((mixed >> (32 - PLACE_BITS)) << ENTRY_SHIFT);
}

/** Keccak-256 of `length` bytes as a number at `out` (U256). */
export function hashToWord(message: usize, length: u32, out: usize): void {
  if ((length != 64 && length != 32) || message & 31) {
    keccak256(message, length, DIGEST);
    bytes32ToU256(DIGEST, out);
    return;
  }
  const entry = entryOf(message, length);
  if (load<u32>(entry, LENGTH) == length && u256Equal(entry, message)) {
    if (length == 32 || u256Equal(entry + 32, message + 32)) {
      u256Copy(out, entry + HASH);
      return;
    }
  }
  u256Copy(entry, message);
  if (length == 64) u256Copy(entry + 32, message + 32);
  store<u32>(entry, length, LENGTH);
  keccak256(message, length, DIGEST);
  bytes32ToU256(DIGEST, out);
  u256Copy(entry + HASH, out);
}

/**
 * The address (U256) that signed, by `recoverKey`.
 * @returns whether there is a key; `out` is written only then
 */
export function recoverAddress(digest: usize, parity: u32, r: usize, s: usize, out: usize): bool {
  if (!recoverKey(digest, parity, r, s, KEY)) return false;
  hashToWord(KEY, 64, out);
  store<u32>(out, 0, 20);
  store<u32>(out, 0, 24);
  store<u32>(out, 0, 28);
  return true;
}
