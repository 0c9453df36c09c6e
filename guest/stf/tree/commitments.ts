/**
 * What a proof says: the public input of a block, and of a batch of one block (`system/public_input.rs`, the finish of `io_subsystem.rs`;
 * docs/l1_integration.md). Each is the hash of fixed fields one after the other; numbers are big-endian.
 */
import { BLAKE2S_CONTEXT, blake2s256, blake2sEnd, blake2sStart, blake2sUpdate } from "../../crypto/blake2s";
import { keccak256 } from "../../crypto/keccak256";
import { blake2sBlock, blake2sInit } from "../../sdk/blake2s-round";
import { finish } from "../../sdk/machine";
import { keep } from "../system/arena";
import { TREE_SLOTS } from "../system/layout";
import { LOG_BYTES, LOG_KEY, LOG_MESSAGE, logAt, logCount } from "../system/logs";
import { Metadata } from "../system/metadata";
import { Pubdata } from "../system/pubdata";
import { logsTreeRoot } from "./logs-tree";
import { StateCommitment } from "./verify";

const HASHES: u32 = 256;
/** A state block for the hash of the block hashes, which are compressed where they lie. */
const STATE: usize = TREE_SLOTS;

/** Where fields are put together, and how far. */
let message: usize = 0;
let to: usize = 0;

function putHash(hash: usize): void {
  memory.copy(to, hash, 32);
  to += 32;
}

function putU64(value: u64): void {
  store<u32>(to, bswap<u32>(<u32>(value >> 32)));
  store<u32>(to, bswap<u32>(<u32>value), 4);
  to += 8;
}

function putU64AsU256(value: u64): void {
  memory.fill(to, 0, 24);
  to += 24;
  putU64(value);
}

/** Room for a commitment's fields and digests, taken once. Digests: state before, state after, output, and two for what goes into them. */
let stateBefore: usize = 0;
let stateAfter: usize = 0;
let output: usize = 0;
let digest: usize = 0;

/** Before the tree is changed: takes the commitment to the state as it is. */
export function commitBefore(blockHash: usize): void {
  message = keep(512, 8);
  stateBefore = keep(5 * 32, 8);
  stateAfter = stateBefore + 32;
  output = stateBefore + 64;
  digest = stateBefore + 96;
  if (FLAVOUR == 2) {
    commitRoot(stateBefore);
    return;
  }
  memory.copy(Metadata.blockHashes + (<usize>HASHES << 5), blockHash, 32);
  commitChain(stateBefore, Metadata.blockHashes, Metadata.number - 1);
}

/** The chain's state: root, next free slot, block number, the hash of 256 block hashes, and a timestamp that is 0 for now. */
function commitChain(at: usize, hashes: usize, number: u64): void {
  blake2sInit(STATE);
  for (let total: u32 = 64; total < HASHES << 5; total += 64) {
    blake2sBlock(STATE, hashes, total, false);
    hashes += 64;
  }
  blake2sBlock(STATE, hashes, HASHES << 5, true);
  to = message;
  putHash(StateCommitment.root);
  putU64(StateCommitment.nextFreeSlot);
  putU64(number);
  putHash(STATE);
  putU64(0);
  blake2s256(message, <u32>(to - message), at);
}

/** A batch's form of it: root and next free slot. */
function commitRoot(at: usize): void {
  to = message;
  putHash(StateCommitment.root);
  putU64(StateCommitment.nextFreeSlot);
  blake2s256(message, <u32>(to - message), at);
}

/**
 * After the tree is changed: ends the run with the public input. @param l1Hashes Bytes32: Blake2s of the L1→L2 transactions' hashes,
 * @param upgradeHash Bytes32
 */
export function commitAfter(l1Hashes: usize, upgradeHash: usize): void {
  if (FLAVOUR == 2) {
    commitRoot(stateAfter);
    batchOutput(upgradeHash);
    keccak256(stateBefore, 96, digest);
  } else {
    // without the first of the hashes before, though that is the most recent one: as the original does
    commitChain(stateAfter, Metadata.blockHashes + 32, Metadata.number);
    blockOutput(l1Hashes, upgradeHash);
    blake2s256(stateBefore, 96, digest);
  }
  finish(
    load<u32>(digest, 0),
    load<u32>(digest, 4),
    load<u32>(digest, 8),
    load<u32>(digest, 12),
    load<u32>(digest, 16),
    load<u32>(digest, 20),
    load<u32>(digest, 24),
    load<u32>(digest, 28),
  );
}

function blockOutput(l1Hashes: usize, upgradeHash: usize): void {
  to = message;
  putU64AsU256(Metadata.chainId);
  putU64(Metadata.timestamp);
  putU64(Metadata.timestamp);
  blake2s256(Pubdata.start, Pubdata.length, to);
  to += 32;
  putHash(l1Hashes);
  hashLogs(to);
  to += 32;
  putHash(upgradeHash);
  blake2s256(message, <u32>(to - message), output);
}

/** Blake2s of the Keccak hashes of all logs. */
function hashLogs(at: usize): void {
  const context = keep(BLAKE2S_CONTEXT, 128);
  blake2sStart(context);
  for (let i: u32 = 0; i < logCount; i++) {
    keccak256(logAt(i), LOG_BYTES, digest);
    blake2sUpdate(context, digest, 32);
  }
  blake2sEnd(context);
  memory.copy(at, context, 32);
}

function batchOutput(upgradeHash: usize): void {
  // the data availability commitment: no state diffs hash, Keccak of the pubdata, one blob, whose hash is not looked at
  to = message;
  memory.fill(to, 0, 32);
  keccak256(Pubdata.start, Pubdata.length, to + 32);
  store<u8>(to, 1, 64);
  memory.fill(to + 65, 0, 32);
  keccak256(message, 97, digest);

  to = message;
  putU64AsU256(Metadata.chainId);
  putU64(Metadata.timestamp);
  putU64(Metadata.timestamp);
  // the validator of data availability: none
  memory.fill(to, 0, 20);
  to += 20;
  putHash(digest);
  const outcomes = countOutcomes();
  putU64AsU256(<u64>outcomes);
  hashOutcomes(to);
  to += 32;
  logsRoot(to);
  to += 32;
  putHash(upgradeHash);
  keccak256(message, <u32>(to - message), output);
}

function countOutcomes(): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < logCount; i++) if (!load<u32>(logAt(i), LOG_MESSAGE)) count++;
  return count;
}

/** The rolling Keccak of the L1→L2 transactions' hashes, from the hash of nothing. */
function hashOutcomes(at: usize): void {
  const pair = keep(64, 8);
  keccak256(pair, 0, at);
  for (let i: u32 = 0; i < logCount; i++) {
    const log = logAt(i);
    if (load<u32>(log, LOG_MESSAGE)) continue;
    memory.copy(pair, at, 32);
    memory.copy(pair + 32, log + LOG_KEY, 32);
    keccak256(pair, 64, at);
  }
}

/** Root of the tree of logs, with an aggregated root of 0 beside it. */
function logsRoot(at: usize): void {
  const hashes = keep(<usize>(logCount + 2) << 5, 8);
  for (let i: u32 = 0; i < logCount; i++) keccak256(logAt(i), LOG_BYTES, hashes + (<usize>i << 5));
  const pair = keep(64, 8);
  logsTreeRoot(hashes, logCount, pair);
  keccak256(pair, 64, at);
}
