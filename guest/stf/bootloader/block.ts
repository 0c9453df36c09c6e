/** The block: every transaction the oracle has, then the header, then the state (`basic_bootloader/src/bootloader/mod.rs`, `run_prepared`). */
import { BLAKE2S_CONTEXT, blake2sEnd, blake2sStart, blake2sUpdate } from "../../crypto/blake2s";
import { keccak256 } from "../../crypto/keccak256";
import { marker } from "../../sdk/machine";
import { alloc } from "../../sdk/memory";
import { QUERY_NEXT_TX_SIZE, QUERY_TX_CONTENT, askExactly } from "../../sdk/oracle";
import { Resources } from "../system/resources";
import { NO_EE, balance, beginTx, finish, finishTx, readAccount, transfer } from "../system/io";
import { internal } from "../system/internal";
import { Metadata } from "../system/metadata";
import { isZeroU256 } from "../system/bytes";
import { SEAL, STATE, TRANSACTION } from "../markers";
import { BOOTLOADER_SLOTS } from "../system/layout";
import { reportHeader, reportInvalidTransaction, reportTransaction } from "../system/results";
import { BOOTLOADER_ADDRESS } from "./account-call";
import { MAX_TRANSACTION_BYTES } from "./constants";
import { BLOCK_HASH, Header, ROLLING_HASH, sealHeader } from "./header";
import { DETAIL_1, DETAIL_2, INVALID_ENCODING, UPGRADE_TX_NOT_FIRST } from "./invalid";
import { processL1Transaction } from "./l1-transaction";
import { processL2Transaction } from "./l2-transaction";
import { DEPLOYED_ADDRESS, Outcome } from "./outcome";
import { COINBASE_TRANSFER, TRANSACTION_SIZE } from "./reasons";
import { L1_TO_L2, Transaction, UPGRADE, parseTransaction } from "./transaction";
import { TRANSACTION_HASH } from "./transaction-hash";

/** The oracle's answer: a u64 */
const SIZE: usize = BOOTLOADER_SLOTS + 0x6a0;
/** 64 bytes: the rolling hash and a transaction's hash, side by side for Keccak */
const JOINED: usize = BOOTLOADER_SLOTS + 0x6c0;
/** U256 */
const COLLECTED: usize = BOOTLOADER_SLOTS + 0x700;
/** Bytes32 */
const UPGRADE_HASH: usize = BOOTLOADER_SLOTS + 0x740;

/** Runs the block to its end: proving ends with the public input, forward reports it. */
export function runBlock(): void {
  const l1Hashes = alloc(BLAKE2S_CONTEXT, 128);
  blake2sStart(l1Hashes);
  let first = true;
  while (nextTransaction()) {
    marker(TRANSACTION);
    beginTx();
    becomeInfinite();
    if (readAccount(NO_EE, Metadata.coinbase)) internal(COINBASE_TRANSFER);

    const invalid = processTransaction(first);
    if (invalid) {
      reportInvalidTransaction(invalid, DETAIL_1, DETAIL_2);
    } else {
      reportTransaction(
        Outcome.success,
        Outcome.gasUsed,
        Outcome.nativeUsed,
        TRANSACTION_HASH,
        Outcome.output,
        Outcome.outputLength,
        Outcome.success && Outcome.deployed ? DEPLOYED_ADDRESS : 0,
      );
      memory.copy(JOINED, ROLLING_HASH, 32);
      memory.copy(JOINED + 32, TRANSACTION_HASH, 32);
      keccak256(JOINED, 64, ROLLING_HASH);
      if (Transaction.type == L1_TO_L2) blake2sUpdate(l1Hashes, TRANSACTION_HASH, 32);
      if (Transaction.type == UPGRADE) memory.copy(UPGRADE_HASH, TRANSACTION_HASH, 32);
    }
    finishTx();
    first = false;
    payCoinbase();
  }
  marker(SEAL);
  sealHeader();
  reportHeader(Header.start, Header.length, BLOCK_HASH);
  blake2sEnd(l1Hashes);
  marker(STATE);
  finish(BLOCK_HASH, l1Hashes, UPGRADE_HASH);
}

/** Asks for the next transaction and reads it to `Transaction.base`. @returns false at the end of the block */
function nextTransaction(): bool {
  askExactly(QUERY_NEXT_TX_SIZE, 0, 0, SIZE, 2);
  const length = load<u32>(SIZE);
  if (load<u32>(SIZE, 4)) internal(TRANSACTION_SIZE);
  if (length == 0) return false;
  const words = <u32>((<u64>length + 3) >> 2);
  if (words > MAX_TRANSACTION_BYTES >> 2) internal(TRANSACTION_SIZE);
  // The oracle's words come in pairs, and the original's proving mode stops at one word too many.
  if (words & 1) internal(TRANSACTION_SIZE);
  askExactly(QUERY_TX_CONTENT, 0, 0, Transaction.base, words);
  Transaction.length = length;
  return true;
}

function processTransaction(first: bool): u32 {
  if (!parseTransaction(Transaction.length)) return INVALID_ENCODING;
  if (Transaction.type == UPGRADE) return first ? processL1Transaction(false) : UPGRADE_TX_NOT_FIRST;
  if (Transaction.type == L1_TO_L2) return processL1Transaction(true);
  return processL2Transaction();
}

/** What the bootloader collected goes to the coinbase after each transaction. */
function payCoinbase(): void {
  becomeInfinite();
  if (balance(NO_EE, BOOTLOADER_ADDRESS, COLLECTED)) internal(COINBASE_TRANSFER);
  if (!isZeroU256(COLLECTED) && transfer(NO_EE, BOOTLOADER_ADDRESS, Metadata.coinbase, COLLECTED)) internal(COINBASE_TRANSFER);
}

function becomeInfinite(): void {
  Resources.ergs = u64.MAX_VALUE;
  Resources.native = u64.MAX_VALUE;
}
