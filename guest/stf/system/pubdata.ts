/**
 * Pubdata of a block: block hash, state diffs, L2→L1 logs, messages (docs/l1_integration.md of zksync-os; `flat_storage_model/mod.rs`, `logs_storage.rs`).
 *
 * Bytes go one after the other at no alignment, so they are gathered in a word and stored four at a time. The whole lies in memory and is hashed in place.
 */
import { keep } from "./arena";
import { BYTECODE_HASH, BYTECODE_LENGTH, ARTIFACTS_LENGTH, CODE, BALANCE, FLAGS, INITIAL_BALANCE, INITIAL_NONCE, NONCE, NOT_PUBLISHED, OBSERVABLE_LENGTH, UPDATED, VERSIONING, accountOf } from "./account";
import { compressNonce } from "./account-diff";
import { accountsRecord, codeChanged } from "./accounts";
import { bytes, compress, kind, number } from "./compression";
import { FINISH_OUT_OF_RESOURCES, FOREIGN_ACCOUNT_SLOT, IO_MEMORY, internal } from "./internal";
import { LOG_BYTES, LOG_LENGTH, LOG_MESSAGE, logAt, logCount } from "./logs";
import { TYPE_BYTECODE, fetchBytes, getPreimage, preimage } from "./preimages";
import { SLOT_ACCOUNT, SLOT_FLAGS, SLOT_FLAT_KEY, SLOT_INITIAL, SLOT_KEY, SLOT_UPDATED } from "./slot";
import { SYSTEM_SLOTS } from "./layout";
import { u256Copy, u256Equal } from "../../sdk/u256";

/** The cheapest bytes of pubdata, those of messages, cost 8 gas each, as data of an event: 500 million gas. */
const CAPACITY: usize = 64 << 20;
/** Room kept for what is put without a check: a key and an account's diff but for its bytecode. */
const MARGIN: usize = 256;
/** U256 slot */
const OWNER: usize = SYSTEM_SLOTS + 960;

@unmanaged
export abstract class Pubdata {
  static start: usize = 0;
  static length: u32 = 0;
}

/** Where the next whole word goes, the bytes that wait for it, and how many bits they are. */
let to: usize = 0;
let pending: u32 = 0;
let bits: u32 = 0;

function reserve(length: u32): void {
  if (to + <usize>length + MARGIN > Pubdata.start + CAPACITY) internal(IO_MEMORY);
}

/** Four bytes, the word's lowest first. */
// @ts-ignore: decorator
@inline
function putWord(word: u32): void {
  if (bits) {
    store<u32>(to, pending | (word << bits));
    pending = word >> (32 - bits);
  } else {
    store<u32>(to, word);
  }
  to += 4;
}

function putByte(byte: u32): void {
  pending |= byte << bits;
  bits += 8;
  if (bits == 32) {
    store<u32>(to, pending);
    to += 4;
    pending = 0;
    bits = 0;
  }
}

// @ts-ignore: decorator
@inline
function putBigEndian(value: u32): void {
  putWord(bswap<u32>(value));
}

/** `length` bytes from a 4-byte aligned address. */
function putBytes(from: usize, length: u32): void {
  const end = from + <usize>(length & ~3);
  while (from < end) {
    putWord(load<u32>(from));
    from += 4;
  }
  for (let rest = length & 3; rest; rest--) putByte(load<u8>(from++));
}

/** The change that `compress` chose: metadata byte, then the number's bytes, big-endian. */
function putChange(): void {
  putByte((kind == 0 ? 0 : bytes << 3) | kind);
  let at = number + <usize>bytes;
  let left = bytes;
  while (left & 3) {
    putByte(load<u8>(--at));
    left--;
  }
  while (left) {
    at -= 4;
    putBigEndian(load<u32>(at));
    left -= 4;
  }
}

/** @param blockHash Bytes32; @param slots as ordered (`order.ts`), @param count how many */
export function buildPubdata(blockHash: usize, slots: usize, count: u32): void {
  Pubdata.start = keep(CAPACITY, 64);
  to = Pubdata.start;
  putBytes(blockHash, 32);
  putDiffs(slots, count);
  putLogs();
  Pubdata.length = <u32>(to - Pubdata.start) + (bits >> 3);
  store<u32>(to, pending);
}

/** The key of every slot with a history, and the change of those that have one; the count before counts changes only. */
function putDiffs(slots: usize, count: u32): void {
  const end = slots + (<usize>count << 2);
  let changes: u32 = 0;
  for (let at = slots; at < end; at += 4) {
    const slot = <usize>load<u32>(at);
    if (!u256Equal(slot, slot + SLOT_INITIAL)) changes++;
  }
  putBigEndian(changes);
  for (let at = slots; at < end; at += 4) {
    const slot = <usize>load<u32>(at);
    if (!(load<u32>(slot, SLOT_FLAGS) & SLOT_UPDATED)) continue;
    reserve(0);
    putBytes(slot + SLOT_FLAT_KEY, 32);
    if (u256Equal(slot, slot + SLOT_INITIAL)) continue;
    if (<usize>load<u32>(slot, SLOT_ACCOUNT) == accountsRecord) {
      putAccount(accountOfSlot(slot + SLOT_KEY));
    } else {
      compress(slot + SLOT_INITIAL, slot);
      putChange();
    }
  }
}

/**
 * The account whose hash the slot with this key holds. Only io writes these slots, but code that was put at their formal address could too: the original looks only at
 * the low 160 bits of the key, and stops where it has seen no such account.
 */
function accountOfSlot(key: usize): usize {
  u256Copy(OWNER, key);
  store<u32>(OWNER, 0, 20);
  store<u32>(OWNER, 0, 24);
  store<u32>(OWNER, 0, 28);
  const record = accountOf(OWNER);
  if (!(load<u32>(record, FLAGS) & UPDATED)) internal(FOREIGN_ACCOUNT_SLOT);
  return record;
}

/** An account's diff (`AccountProperties::diff_compression`): kind 4, and in the bits above what it tells. */
function putAccount(record: usize): void {
  if (codeChanged(record)) {
    putDeployment(record);
    return;
  }
  const nonceChanged = load<u64>(record, NONCE) != load<u64>(record, INITIAL_NONCE);
  const balanceChanged = !u256Equal(record + BALANCE, record + INITIAL_BALANCE);
  putByte(4 | (nonceChanged ? 8 : 0) | (balanceChanged ? 16 : 0));
  if (nonceChanged) putNonce(record);
  if (balanceChanged) putBalance(record);
}

// @ts-ignore: decorator
@inline
function putNonce(record: usize): void {
  compressNonce(record);
  putChange();
}

// @ts-ignore: decorator
@inline
function putBalance(record: usize): void {
  compress(record + INITIAL_BALANCE, record + BALANCE);
  putChange();
}

/** Everything of the account, with its bytecode, or with the bytecode's hash where that is published elsewhere. */
function putDeployment(record: usize): void {
  const code = <usize>load<u32>(record, CODE);
  const notPublished = (load<u32>(record, FLAGS) & NOT_PUBLISHED) != 0;
  putByte(notPublished ? 0x24 : 0x04);
  putBigEndian(load<u32>(code, VERSIONING + 4));
  putBigEndian(load<u32>(code, VERSIONING));
  putNonce(record);
  putBalance(record);
  if (notPublished) {
    putBytes(code + BYTECODE_HASH, 32);
  } else {
    const length = load<u32>(code, BYTECODE_LENGTH);
    putBigEndian(length);
    reserve(length);
    if (getPreimage(code + BYTECODE_HASH, length, TYPE_BYTECODE)) internal(FINISH_OUT_OF_RESOURCES);
    putBytes(fetchBytes(preimage), length);
  }
  putBigEndian(load<u32>(code, ARTIFACTS_LENGTH));
  putBigEndian(load<u32>(code, OBSERVABLE_LENGTH));
}

/** Count and encodings of all logs, then count, lengths and bytes of the messages. */
function putLogs(): void {
  reserve(8 + LOG_BYTES * logCount);
  putBigEndian(logCount);
  let messages: u32 = 0;
  for (let i: u32 = 0; i < logCount; i++) {
    const log = logAt(i);
    putBytes(log, LOG_BYTES);
    if (load<u32>(log, LOG_MESSAGE)) messages++;
  }
  putBigEndian(messages);
  for (let i: u32 = 0; i < logCount; i++) {
    const log = logAt(i);
    const message = <usize>load<u32>(log, LOG_MESSAGE);
    if (!message) continue;
    const length = load<u32>(log, LOG_LENGTH);
    reserve(length);
    putBigEndian(length);
    putBytes(message, length);
  }
}
