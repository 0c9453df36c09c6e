/**
 * Preimages of hashes: account properties (124 bytes encoded) and bytecodes, by their Blake2s-256 (`flat_storage_model/preimage_cache.rs`,
 * `zk_ee/src/common_structs/new_preimages_publication_storage.rs`). Proving verifies what the oracle gives; forward mode takes it as it comes.
 *
 * The bytes are 8-byte aligned and followed by at least 64 zero bytes: a bytecode can be read past its end.
 */
import { blake2sBlock, blake2sInit } from "../../sdk/blake2s-round";
import { unprovable } from "../../sdk/machine";
import { QUERY_PREIMAGE, ask, askExactly } from "../../sdk/oracle";
import { copy } from "../../sdk/copy";
import { keep } from "./arena";
import { equalWords8 } from "./bytes32";
import { PREIMAGE_CACHE_GET_NATIVE, PREIMAGE_CACHE_SET_NATIVE, blake2sNative } from "./costs";
import { hashSeed } from "./hash";
import { BAD_PREIMAGE, internal } from "./internal";
import { SYSTEM_SLOTS } from "./layout";
import { chargeNative } from "./resources";
import { OK } from "./status";

// Offsets of a preimage record (64 bytes, 32-byte aligned).
/** Bytes32. */
// @ts-ignore: decorator
@inline export const PREIMAGE_HASH: usize = 0;
// @ts-ignore: decorator
@inline export const PREIMAGE_BYTES: usize = 32; // 0 until they are needed: `fetchBytes`
// @ts-ignore: decorator
@inline export const PREIMAGE_LENGTH: usize = 36;
/** 0 bytecode, 1 account properties. */
// @ts-ignore: decorator
@inline export const PREIMAGE_TYPE: usize = 40;
/** Recorded in this block (also by a frame that was rolled back): to be published. */
// @ts-ignore: decorator
@inline export const PREIMAGE_IS_NEW: usize = 44;
const CHAIN: usize = 48;
/** List of the records that are new, newest first. */
// @ts-ignore: decorator
@inline export const PREIMAGE_PREVIOUS: usize = 52;
/** For the EVM: where it keeps what it has analysed of a bytecode (jump destinations), 0 at first. */
// @ts-ignore: decorator
@inline export const PREIMAGE_ANALYSIS: usize = 56;
const RECORD: usize = 64;

// @ts-ignore: decorator
@inline export const TYPE_BYTECODE: u32 = 0;
// @ts-ignore: decorator
@inline export const TYPE_ACCOUNT: u32 = 1;

const BUCKET_BITS: u32 = 12;
const PADDING: usize = 64;
/** A state block of the delegation. */
const STATE: usize = SYSTEM_SLOTS + 1024;

let table: usize = 0;
/** The newest record that is to be published. */
export let lastNewPreimage: usize = 0;
/** What `getPreimage` and `recordPreimage` found. */
export let preimage: usize = 0;

export function initPreimages(): void {
  table = keep(<usize>4 << BUCKET_BITS, 4);
}

// @ts-ignore: decorator
@inline
function bucketOf(hash: usize): usize {
  return table + (<usize>((load<u32>(hash, 4) * hashSeed) >> (32 - BUCKET_BITS)) << 2);
}

function find(hash: usize): usize {
  let record = <usize>load<u32>(bucketOf(hash));
  while (record) {
    if (equalWords8(record, hash)) return record;
    record = <usize>load<u32>(record, CHAIN);
  }
  return 0;
}

function insert(hash: usize, bytes: usize, length: u32, type: u32): usize {
  const record = keep(RECORD, 32);
  memory.copy(record, hash, 32);
  store<u32>(record, <u32>bytes, PREIMAGE_BYTES);
  store<u32>(record, length, PREIMAGE_LENGTH);
  store<u32>(record, type, PREIMAGE_TYPE);
  const bucket = bucketOf(hash);
  store<u32>(record, load<u32>(bucket), CHAIN);
  store<u32>(bucket, <u32>record);
  return record;
}

/**
 * Charges for the preimage of `hash` (Bytes32), of `length` bytes by what is known of it; → `preimage`. Native is charged for the look-up, and for hashing
 * if it was not in the cache. Its bytes are fetched when they are needed (`fetchBytes`): what is charged depends on the length alone, and many
 * an account with code is only asked for its balance.
 */
export function getPreimage(hash: usize, length: u32, type: u32): i32 {
  let status = chargeNative(PREIMAGE_CACHE_GET_NATIVE);
  if (status) return status;
  let record = find(hash);
  if (!record) {
    status = chargeNative(blake2sNative(length));
    if (status) return status;
    record = insert(hash, 0, length, type);
  } else if (load<u32>(record, PREIMAGE_LENGTH) != length) {
    // only a forced deployment can say a length that the code does not have
    internal(BAD_PREIMAGE);
  }
  preimage = record;
  return OK;
}

/** As `getPreimage` for a record that is known to be in the cache. */
// @ts-ignore: decorator
@inline
export function getKnownPreimage(record: usize): i32 {
  preimage = record;
  return chargeNative(PREIMAGE_CACHE_GET_NATIVE);
}

/** Forward mode's question for a preimage's length in bytes: the answer to `QUERY_PREIMAGE` tells it in words of 8. */
const QUERY_PREIMAGE_LENGTH: u32 = 0x57500102;

/**
 * The bytes of a preimage, asked for if nobody needed them before. Proving verifies them; a length that they do not have (a forced deployment can say one)
 * gives another hash. Forward mode compares the length of a bytecode.
 */
export function fetchBytes(record: usize): usize {
  const known = <usize>load<u32>(record, PREIMAGE_BYTES);
  if (known) return known;
  const length = load<u32>(record, PREIMAGE_LENGTH);
  // the host's words are 64-bit
  const words = ((length + 7) >> 3) << 1;
  const bytes = keep((<usize>words << 2) + PADDING, 8);
  if (ask(QUERY_PREIMAGE, record, 8, bytes, words) != words) internal(BAD_PREIMAGE);
  if (!PROVING && load<u32>(record, PREIMAGE_TYPE) == TYPE_BYTECODE) {
    askExactly(QUERY_PREIMAGE_LENGTH, record, 8, STATE, 2);
    if (load<u32>(STATE) != length) internal(BAD_PREIMAGE);
  }
  clearTail(bytes, length, bytes + (<usize>words << 2));
  if (PROVING) {
    hashPadded(bytes, length);
    if (!equalWords8(STATE, record)) unprovable();
  }
  store<u32>(record, <u32>bytes, PREIMAGE_BYTES);
  return bytes;
}

/** Blake2s-256 of bytes that zeros follow, block by block where they lie; the digest is at STATE. */
function hashPadded(bytes: usize, length: u32): void {
  blake2sInit(STATE);
  let total: u32 = 64;
  for (; total < length; total += 64) {
    blake2sBlock(STATE, bytes, total, false);
    bytes += 64;
  }
  blake2sBlock(STATE, bytes, length, true);
}

/** Zeros from the byte after the last up to `end` (8-byte aligned): what the oracle fills there is not authenticated. */
function clearTail(bytes: usize, length: u32, end: usize): void {
  let at = bytes + length;
  while (at < end) store<u8>(at++, 0);
}

/**
 * Keeps the preimage of a hash that was computed here and marks it for publication; → `preimage`. The bytes are copied.
 */
export function recordPreimage(hash: usize, from: usize, length: u32, type: u32): i32 {
  const status = chargeNative(PREIMAGE_CACHE_SET_NATIVE);
  if (status) return status;
  let record = find(hash);
  if (!record) record = insert(hash, 0, length, type);
  if (!load<u32>(record, PREIMAGE_BYTES)) {
    const bytes = keep(<usize>((length + 7) & ~7) + PADDING, 8);
    copy(bytes, from, length);
    store<u32>(record, <u32>bytes, PREIMAGE_BYTES);
  }
  if (!load<u32>(record, PREIMAGE_IS_NEW)) {
    store<u32>(record, 1, PREIMAGE_IS_NEW);
    store<u32>(record, type, PREIMAGE_TYPE);
    store<u32>(record, <u32>lastNewPreimage, PREIMAGE_PREVIOUS);
    lastNewPreimage = record;
  }
  preimage = record;
  return OK;
}
