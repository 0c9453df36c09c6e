/**
 * Records of storage slots: one a slot that io has asked the oracle for in this block, found by a hash table and listed under its address.
 *
 * The initial value and whether the slot is new are what the oracle said; the tree verifies them at the end of the block (`tree/verify.ts`), every one that
 * was asked for, also where the access then failed for want of resources: its answer decided what was charged.
 */
import { u256Copy, u256Equal, u256IsZero } from "../../sdk/u256";
import { QUERY_INITIAL_SLOT, ask } from "../../sdk/oracle";
import { tapeRead, tapeWrite, unprovable } from "../../sdk/machine";
import { blake2sParent } from "../../sdk/blake2s-round";
import { ADDRESS_BYTES, SLOTS } from "./account";
import { keep } from "./arena";
import { bytes32ToU256, u256ToBytes32 } from "./bytes32";
import { hashSeed } from "./hash";
import { BAD_INITIAL_SLOT, internal } from "./internal";
import { SYSTEM_SLOTS } from "./layout";

// Offsets of a slot's record (224 bytes, 32-byte aligned).
/** Current value, U256. */
// @ts-ignore: decorator
@inline export const SLOT_VALUE: usize = 0;
/** Key, U256. */
// @ts-ignore: decorator
@inline export const SLOT_KEY: usize = 32;
/** Value at the block's begin, U256. */
// @ts-ignore: decorator
@inline export const SLOT_INITIAL: usize = 64;
/** Value at the transaction's begin, U256, if SLOT_TX_START_IN is the running one. */
// @ts-ignore: decorator
@inline export const SLOT_TX_START: usize = 96;
/** Key in the flat tree, Bytes32: Blake2s-256 of address and key, 32 bytes each. */
// @ts-ignore: decorator
@inline export const SLOT_FLAT_KEY: usize = 128;
/** Proving: the initial value as Bytes32, as the oracle gave it. With the flat key before it, it is the first block of the leaf's hash. */
// @ts-ignore: decorator
@inline export const SLOT_INITIAL_BYTES: usize = 160;
// @ts-ignore: decorator
@inline export const SLOT_ACCOUNT: usize = 192;
// @ts-ignore: decorator
@inline export const SLOT_CHAIN: usize = 196;
/** Next in the list of the address's slots. */
// @ts-ignore: decorator
@inline export const SLOT_NEXT: usize = 200;
// @ts-ignore: decorator
@inline export const SLOT_SNAPSHOT: usize = 204;
/** Last transaction that touched the slot, 0 for none. */
// @ts-ignore: decorator
@inline export const SLOT_TOUCHED: usize = 208;
// @ts-ignore: decorator
@inline export const SLOT_FLAGS: usize = 212;
// @ts-ignore: decorator
@inline export const SLOT_TX_START_IN: usize = 216;
/** Serial of the last count of pubdata that saw the slot; at the end of the block, the slot's leaf. */
// @ts-ignore: decorator
@inline export const SLOT_COUNTED: usize = 220;
// @ts-ignore: decorator
@inline export const SLOT_LEAF: usize = 220;
const RECORD: usize = 224;

// Flags.
/** In the cache as the original has it: its first access could be paid. */
// @ts-ignore: decorator
@inline export const SLOT_MATERIALIZED: u32 = 1;
/** It has a history: touched, written or cleared in a frame that was not rolled back. */
// @ts-ignore: decorator
@inline export const SLOT_UPDATED: u32 = 2;
/** The tree has no leaf for it at the block's begin. */
// @ts-ignore: decorator
@inline export const SLOT_IS_NEW: u32 = 4;
/** `Appearance::Unset`: new and not written yet, or cleared. */
// @ts-ignore: decorator
@inline export const SLOT_UNSET: u32 = 8;

const BUCKET_BITS: u32 = 14;
/** State block for flat keys (96 bytes, 128-byte aligned), then the key as Bytes32 and, in forward mode, the query's 14 words and the answer's 10. */
const HASH_STATE: usize = SYSTEM_SLOTS;
const KEY_BYTES: usize = SYSTEM_SLOTS + 128;
const QUESTION: usize = SYSTEM_SLOTS + 256;
const ANSWER: usize = SYSTEM_SLOTS + 320;

let table: usize = 0;
/** How many slots there are. */
export let slotCount: u32 = 0;

export function initSlots(): void {
  table = keep(<usize>4 << BUCKET_BITS, 4);
}

// @ts-ignore: decorator
@inline
function bucketOf(account: usize, key: usize): usize {
  const seed = hashSeed;
  let hash = <u32>account * seed + load<u32>(key, 0);
  hash = hash * seed + load<u32>(key, 4);
  hash = hash * seed + load<u32>(key, 8);
  hash = hash * seed + load<u32>(key, 12);
  hash = hash * seed + load<u32>(key, 16);
  hash = hash * seed + load<u32>(key, 20);
  hash = hash * seed + load<u32>(key, 24);
  hash = hash * seed + load<u32>(key, 28);
  hash *= seed;
  return table + (<usize>(hash >> (32 - BUCKET_BITS)) << 2);
}

/** The record of slot `key` (U256) under an address record, asked for if there is none. */
export function slotOf(account: usize, key: usize): usize {
  const bucket = bucketOf(account, key);
  let slot = <usize>load<u32>(bucket);
  while (slot) {
    if (u256Equal(slot + SLOT_KEY, key) && <usize>load<u32>(slot, SLOT_ACCOUNT) == account) return slot;
    slot = <usize>load<u32>(slot, SLOT_CHAIN);
  }
  slot = keep(RECORD, 32);
  u256Copy(slot + SLOT_KEY, key);
  store<u32>(slot, <u32>account, SLOT_ACCOUNT);
  store<u32>(slot, load<u32>(bucket), SLOT_CHAIN);
  store<u32>(bucket, <u32>slot);
  store<u32>(slot, load<u32>(account, SLOTS), SLOT_NEXT);
  store<u32>(account, <u32>slot, SLOTS);
  slotCount++;
  askInitial(account, slot);
  return slot;
}

/** Query 4: parameters are the address (three u64) and the key (Bytes32); the answer is whether the slot is new (u64) and its value (Bytes32). */
function askInitial(account: usize, slot: usize): void {
  let isNew: u32;
  u256ToBytes32(slot + SLOT_KEY, KEY_BYTES);
  if (PROVING) {
    tapeWrite(QUERY_INITIAL_SLOT);
    tapeWrite(14);
    tapeWrite(load<u32>(account, 0));
    tapeWrite(load<u32>(account, 4));
    tapeWrite(load<u32>(account, 8));
    tapeWrite(load<u32>(account, 12));
    tapeWrite(load<u32>(account, 16));
    tapeWrite(0);
    tapeWrite(load<u32>(KEY_BYTES, 0));
    tapeWrite(load<u32>(KEY_BYTES, 4));
    tapeWrite(load<u32>(KEY_BYTES, 8));
    tapeWrite(load<u32>(KEY_BYTES, 12));
    tapeWrite(load<u32>(KEY_BYTES, 16));
    tapeWrite(load<u32>(KEY_BYTES, 20));
    tapeWrite(load<u32>(KEY_BYTES, 24));
    tapeWrite(load<u32>(KEY_BYTES, 28));
    if (tapeRead() != 10) unprovable();
    isNew = tapeRead();
    if (isNew > 1 || tapeRead()) unprovable();
    readInitialBytes(slot);
    bytes32ToU256(slot + SLOT_INITIAL_BYTES, slot + SLOT_INITIAL);
    // a slot without a leaf has no value; the original trusts the oracle here
    if (isNew && !u256IsZero(slot + SLOT_INITIAL)) unprovable();
    deriveFlatKey(account, slot);
  } else {
    memory.copy(QUESTION, account, 24);
    memory.copy(QUESTION + 24, KEY_BYTES, 32);
    if (ask(QUERY_INITIAL_SLOT, QUESTION, 14, ANSWER, 10) != 10) internal(BAD_INITIAL_SLOT);
    isNew = load<u32>(ANSWER);
    bytes32ToU256(ANSWER + 8, slot + SLOT_INITIAL);
  }
  store<u32>(slot, isNew ? SLOT_IS_NEW | SLOT_UNSET : 0, SLOT_FLAGS);
  u256Copy(slot, slot + SLOT_INITIAL);
}

// @ts-ignore: decorator
@inline
function readInitialBytes(slot: usize): void {
  store<u32>(slot, tapeRead(), SLOT_INITIAL_BYTES);
  store<u32>(slot, tapeRead(), SLOT_INITIAL_BYTES + 4);
  store<u32>(slot, tapeRead(), SLOT_INITIAL_BYTES + 8);
  store<u32>(slot, tapeRead(), SLOT_INITIAL_BYTES + 12);
  store<u32>(slot, tapeRead(), SLOT_INITIAL_BYTES + 16);
  store<u32>(slot, tapeRead(), SLOT_INITIAL_BYTES + 20);
  store<u32>(slot, tapeRead(), SLOT_INITIAL_BYTES + 24);
  store<u32>(slot, tapeRead(), SLOT_INITIAL_BYTES + 28);
}

/** Flat key of a slot whose key is at KEY_BYTES. */
// @ts-ignore: decorator
@inline
function deriveFlatKey(account: usize, slot: usize): void {
  copy8(HASH_STATE, account + ADDRESS_BYTES);
  blake2sParent(HASH_STATE, KEY_BYTES, false);
  copy8(slot + SLOT_FLAT_KEY, HASH_STATE);
}

/** Forward mode derives flat keys at the end of the block, for the slots that get into the pubdata. */
export function deriveFlatKeyLate(slot: usize): void {
  u256ToBytes32(slot + SLOT_KEY, KEY_BYTES);
  deriveFlatKey(<usize>load<u32>(slot, SLOT_ACCOUNT), slot);
}

/** Eight words at 4-byte alignment. */
// @ts-ignore: decorator
@inline
function copy8(to: usize, from: usize): void {
  store<u32>(to, load<u32>(from, 0), 0);
  store<u32>(to, load<u32>(from, 4), 4);
  store<u32>(to, load<u32>(from, 8), 8);
  store<u32>(to, load<u32>(from, 12), 12);
  store<u32>(to, load<u32>(from, 16), 16);
  store<u32>(to, load<u32>(from, 20), 20);
  store<u32>(to, load<u32>(from, 24), 24);
  store<u32>(to, load<u32>(from, 28), 28);
}
