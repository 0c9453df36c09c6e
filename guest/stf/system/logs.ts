/**
 * L2→L1 logs: messages of contracts (by the L1 messenger) and the outcomes of L1→L2 transactions (`zk_ee/src/common_structs/logs_storage.rs`).
 * A log's 88-byte encoding is made when it is emitted; hashes, pubdata and the tree of logs all are of that.
 */
import { copy } from "../../sdk/copy";
import { keep } from "./arena";
import { BOOTLOADER, L1_MESSENGER } from "./addresses";
import { TOO_MANY_LOGS, internal } from "./internal";
import { Tx } from "./tx";

/** `L2_TO_L1_LOG_SERIALIZE_SIZE` */
// @ts-ignore: decorator
@inline export const LOG_BYTES: u32 = 88;

// Offsets of a log's record (128 bytes).
/** Shard 0, is service 1, transaction (u16), sender (20 bytes), key (32), value (32). */
// @ts-ignore: decorator
@inline export const LOG_ENCODING: usize = 0;
// @ts-ignore: decorator
@inline export const LOG_KEY: usize = 24;
// @ts-ignore: decorator
@inline export const LOG_VALUE: usize = 56;
/** The message and its length; 0 for the outcome of a transaction. */
// @ts-ignore: decorator
@inline export const LOG_MESSAGE: usize = 88;
// @ts-ignore: decorator
@inline export const LOG_LENGTH: usize = 92;
/** Pubdata of all logs up to this one. */
const PUBDATA: usize = 96;
// @ts-ignore: decorator
@inline export const LOG_RECORD: usize = 128;

/** Records come in chunks of 256, so that a block without logs keeps nothing. Two million logs are more than io's memory holds. */
const CHUNK_BITS: u32 = 8;
const CHUNKS: u32 = 1 << 13;

/** Pointers to the chunks. */
let chunks: usize = 0;
export let logCount: u32 = 0;
/** Pubdata of the logs of earlier transactions. */
let committed: u32 = 0;

/** The record of a log, 0 the first. */
export function logAt(i: u32): usize {
  return <usize>load<u32>(chunks + (<usize>(i >> CHUNK_BITS) << 2)) + <usize>(i & ((1 << CHUNK_BITS) - 1)) * LOG_RECORD;
}

function add(sender: u32, pubdata: u32): usize {
  if (!chunks) chunks = keep(<usize>CHUNKS << 2, 4);
  const chunk = logCount >> CHUNK_BITS;
  if (chunk >= CHUNKS) internal(TOO_MANY_LOGS);
  const pointer = chunks + (<usize>chunk << 2);
  if (!load<u32>(pointer)) store<u32>(pointer, <u32>keep(LOG_RECORD << CHUNK_BITS, 8));
  const log = logAt(logCount);
  const index = Tx.index & 0xffff;
  store<u32>(log, 0x100 | ((index >> 8) << 16) | (index << 24), 0);
  for (let i: usize = 4; i < 20; i += 4) store<u32>(log + i, 0);
  store<u32>(log, bswap<u32>(sender), 20);
  store<u32>(log, pubdata + pubdataOfLogs(), PUBDATA);
  logCount++;
  return log;
}

/** @param address of the sender as Bytes32, @param hash of the message (Bytes32). The message is copied. */
export function addMessage(address: usize, data: usize, length: u32, hash: usize): void {
  const log = add(L1_MESSENGER, 4 + length + LOG_BYTES);
  memory.copy(log + LOG_KEY, address, 32);
  memory.copy(log + LOG_VALUE, hash, 32);
  const bytes = keep(<usize>((length + 7) & ~7), 8);
  copy(bytes, data, length);
  store<u32>(log, <u32>bytes, LOG_MESSAGE);
  store<u32>(log, length, LOG_LENGTH);
}

/** The outcome of an L1→L2 or upgrade transaction. @param hash Bytes32 */
export function addOutcome(hash: usize, success: bool): void {
  const log = add(BOOTLOADER, LOG_BYTES);
  memory.copy(log + LOG_KEY, hash, 32);
  memory.fill(log + LOG_VALUE, 0, 32);
  store<u8>(log, u8(success), LOG_VALUE + 31);
  store<u32>(log, 0, LOG_MESSAGE);
}

// @ts-ignore: decorator
@inline
function pubdataOfLogs(): u32 {
  return logCount ? load<u32>(logAt(logCount - 1), PUBDATA) : 0;
}

/** Pubdata of the running transaction's logs. */
export function pubdataOfTxLogs(): u32 {
  return pubdataOfLogs() - committed;
}

export function commitLogs(): void {
  committed = pubdataOfLogs();
}

/** Forgets all but the first `count`. */
// @ts-ignore: decorator
@inline
export function truncateLogs(count: u32): void {
  logCount = count;
}
