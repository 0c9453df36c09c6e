/**
 * What the EVM, the hooks and the bootloader see of the state: storage, accounts, transient storage, events, L2→L1 logs, frames and transactions
 * (`basic_system/src/system_implementation/system/io_subsystem.rs`). Costs are charged here, native and ergs, in the original's order.
 *
 * Pointers are U256 unless said: 32-byte aligned, in RAM. An address has zeros above its 160 bits. Results that are not a status are in `Io`.
 */
import { keccak256 } from "../../crypto/keccak256";
import { u256Copy, u256Equal, u256IsZero, u256Zero } from "../../sdk/u256";
import {
  ADDRESS_BYTES,
  BALANCE,
  BYTECODE_HASH,
  CODE,
  COUNTED,
  NONCE,
  OBSERVABLE_HASH,
  OBSERVABLE_LENGTH,
  accountOf,
  initAccounts,
} from "./account";
import {
  accessAccount,
  account,
  accountsRecord,
  addNonce,
  changeBalance,
  deconstruct,
  deploy,
  emptyDeconstructed,
  initAccountCache,
  isZeroHash,
  loadCode,
  oldBalance,
  oldNonce,
  selfBalanceOf,
  setDetails,
  transferBalance,
} from "./accounts";
import { IoMemory, initIoArena } from "./arena";
import { bytes32ToU256 } from "./bytes32";
import { accountPubdata } from "./account-diff";
import { compress } from "./compression";
import {
  EVENT_BASE_NATIVE,
  EVENT_BYTE_NATIVE,
  EVENT_TOPIC_NATIVE,
  KECCAK256_STATIC_ERGS,
  KECCAK256_WORD_ERGS,
  LOG_BYTE_ERGS,
  LOG_ERGS,
  LOG_TOPIC_ERGS,
  keccak256Native,
} from "./costs";
import { EVM_EE as EVM, NO_EE as NONE } from "./ee";
import { addEvent, lastEvent, truncateEvents } from "./events";
import { initHashSeed } from "./hash";
import { UNSUPPORTED_EE, internal } from "./internal";
import { ENTRY, ENTRY_RECORD, KIND_ACCOUNT, KIND_SLOT, commitJournal, initJournal, popFrame, pushFrame, rollBack } from "./journal";
import { LOG_BYTES, addMessage, addOutcome, commitLogs, logCount, pubdataOfTxLogs, truncateLogs } from "./logs";
import { PREIMAGE_LENGTH, fetchBytes, initPreimages, preimage } from "./preimages";
import { charge } from "./resources";
import { SLOT_ACCOUNT, SLOT_COUNTED, SLOT_INITIAL, initSlots } from "./slot";
import { OK } from "./status";
import { access, readSlot, writeSlot } from "./storage";
import { Tx } from "./tx";
export { transientRead, transientWrite } from "./transient";
export { finish } from "./finish";

// @ts-ignore: decorator
@inline export const NO_EE: u32 = NONE;
// @ts-ignore: decorator
@inline export const EVM_EE: u32 = EVM;

@unmanaged
export abstract class Io {
  /** The account that was read: its record, for the accessors of `account.ts`. Good until the next call of io. */
  static account: usize = 0;
  /** Its bytecode: 8-byte aligned, followed by zeros, good until the end of the block. */
  static code: usize = 0;
  static codeLength: u32 = 0;
  /** The preimage record of the bytecode (`preimages.ts`), 0 without code: one for all accounts that share it. */
  static codeRecord: usize = 0;
  static size: u32 = 0;
  static nonce: u64 = 0;
  static oldNonce: u64 = 0;
  /** U256 */
  static oldBalance: usize = 0;
}

/** Called once, after the metadata is read and before anything else allocates for good. */
export function initIo(): void {
  initIoArena();
  initHashSeed();
  initJournal();
  initAccounts();
  initSlots();
  initPreimages();
  initAccountCache();
}

export function beginTx(): void {
  commitJournal();
  commitLogs();
  Tx.number++;
}

export function finishTx(): void {
  emptyDeconstructed();
  Tx.index++;
}

/** @returns a handle for `finishFrame`; frames end in the reverse order of their begins */
export function startFrame(): u32 {
  return pushFrame(lastEvent, logCount);
}

/** Ends a frame; `revert` takes back everything since its begin, warmth included. */
export function finishFrame(handle: u32, revert: bool): void {
  if (revert) {
    rollBack(handle);
    truncateEvents(load<u32>(<usize>handle, 4));
    truncateLogs(load<u32>(<usize>handle, 8));
  }
  popFrame(handle);
}

export function storageRead(ee: u32, address: usize, key: usize, out: usize): i32 {
  return readSlot(ee, address, key, out);
}

export function storageWrite(ee: u32, address: usize, key: usize, value: usize): i32 {
  return writeSlot(ee, accountOf(address), key, value);
}

export function storageTouch(ee: u32, address: usize, key: usize, isAccessList: bool): i32 {
  return access(ee, accountOf(address), key, isAccessList);
}

export function touchAccount(ee: u32, address: usize, isAccessList: bool): i32 {
  return accessAccount(ee, address, false, isAccessList);
}

/**
 * Reads an account's properties; → `account`. Where it has code, that is charged for too, whatever the caller wants of it: in the original
 * `Maybe::try_construct` runs its closure for a field that nobody asked for as well.
 */
function readProperties(ee: u32, address: usize): i32 {
  const status = accessAccount(ee, address, false, false);
  return status ? status : loadCode();
}

export function readAccount(ee: u32, address: usize): i32 {
  const status = readProperties(ee, address);
  Io.account = account;
  return status;
}

export function readNonce(ee: u32, address: usize): i32 {
  const status = readProperties(ee, address);
  if (status == OK) Io.nonce = load<u64>(account, NONCE);
  return status;
}

export function readAccountCode(ee: u32, address: usize): i32 {
  const status = readProperties(ee, address);
  if (status) return status;
  Io.account = account;
  if (isZeroHash(<usize>load<u32>(account, CODE) + BYTECODE_HASH)) {
    Io.code = 0;
    Io.codeLength = 0;
    Io.codeRecord = 0;
  } else {
    setCode();
  }
  return OK;
}

// @ts-ignore: decorator
@inline
function setCode(): void {
  Io.code = fetchBytes(preimage);
  Io.codeLength = load<u32>(preimage, PREIMAGE_LENGTH);
  Io.codeRecord = preimage;
}

export function balance(ee: u32, address: usize, out: usize): i32 {
  const status = readProperties(ee, address);
  if (status == OK) u256Copy(out, account + BALANCE);
  return status;
}

export function selfBalance(ee: u32, address: usize, out: usize): i32 {
  const status = selfBalanceOf(ee, address);
  if (status == OK) u256Copy(out, account + BALANCE);
  return status;
}

/** → `Io.size`: the observable length. */
export function codeSize(ee: u32, address: usize): i32 {
  const status = readProperties(ee, address);
  if (status == OK) Io.size = load<u32>(<usize>load<u32>(account, CODE), OBSERVABLE_LENGTH);
  return status;
}

/** EXTCODEHASH: 0 for an account that is empty (EIP-161), the hash of no bytes for one without code. */
export function codeHash(ee: u32, address: usize, out: usize): i32 {
  const status = readProperties(ee, address);
  if (status) return status;
  const hash = <usize>load<u32>(account, CODE) + OBSERVABLE_HASH;
  if (ee == EVM && isZeroHash(hash)) {
    if (load<u64>(account, NONCE) == 0 && u256IsZero(account + BALANCE)) {
      u256Zero(out);
    } else {
      store<u64>(out, 0x7bfad8045d85a470, 0);
      store<u64>(out, 0xe500b653ca82273b, 8);
      store<u64>(out, 0x927e7db2dcc703c0, 16);
      store<u64>(out, 0xc5d2460186f7233c, 24);
    }
  } else {
    bytes32ToU256(hash, out);
  }
  return OK;
}

/** @param topics `count` U256, one after the other; @param data at any alignment */
export function emitEvent(ee: u32, address: usize, topics: usize, count: u32, data: usize, length: u32): i32 {
  if (ee != EVM) internal(UNSUPPORTED_EE);
  const status = charge(
    LOG_ERGS + LOG_TOPIC_ERGS * <u64>count + LOG_BYTE_ERGS * <u64>length,
    EVENT_BASE_NATIVE + EVENT_TOPIC_NATIVE * <u64>count + EVENT_BYTE_NATIVE * <u64>length,
  );
  if (status) return status;
  addEvent(address, topics, count, data, length);
  return OK;
}

/**
 * A message to L1. Charges for the hashes that the log and the message will need later, and for the message's own now.
 * @param data at any alignment; @param outHash Bytes32: Keccak-256 of the message
 */
export function emitL1Message(address: usize, data: usize, length: u32, outHash: usize): i32 {
  let status = charge(
    0,
    keccak256Native(LOG_BYTES) + 3 * keccak256Native(64) + keccak256Native(length) + EVENT_BASE_NATIVE + EVENT_BYTE_NATIVE * <u64>length,
  );
  if (status) return status;
  status = charge(KECCAK256_STATIC_ERGS + KECCAK256_WORD_ERGS * <u64>((length + 31) >> 5), keccak256Native(length));
  if (status) return status;
  keccak256(data, length, outHash);
  addMessage(accountOf(address) + ADDRESS_BYTES, data, length, outHash);
  return OK;
}

/** The outcome of an L1→L2 or upgrade transaction, a log of its own; paid with its intrinsic costs. @param txHash Bytes32 */
export function emitL1TxLog(txHash: usize, success: bool): void {
  addOutcome(txHash, success);
}

/** → `Io.oldNonce` */
export function incrementNonce(ee: u32, address: usize, by: u64): i32 {
  const status = addNonce(ee, address, by);
  Io.oldNonce = oldNonce;
  return status;
}

export function transfer(ee: u32, from: usize, to: usize, amount: usize): i32 {
  return transferBalance(ee, from, to, amount, false);
}

/** → `Io.oldBalance` */
export function updateBalance(ee: u32, address: usize, diff: usize, subtract: bool): i32 {
  const status = changeBalance(ee, address, diff, subtract, false);
  Io.oldBalance = oldBalance;
  return status;
}

/** Deploys code (at any alignment); → `Io.code`, `Io.codeLength`: the copy that is kept. */
export function deployCode(ee: u32, address: usize, code: usize, codeLength: u32): i32 {
  const status = deploy(ee, address, code, codeLength);
  if (status) return status;
  Io.account = account;
  setCode();
  return OK;
}

/** A forced deployment of EVM code that is published elsewhere. @param hash Bytes32 (Blake2s), @param observableHash Bytes32 (Keccak-256) */
export function setBytecodeDetails(
  address: usize,
  hash: usize,
  length: u32,
  artifactsLength: u32,
  observableHash: usize,
  observableLength: u32,
): i32 {
  return setDetails(address, hash, length, artifactsLength, observableHash, observableLength);
}

export function markForDeconstruction(ee: u32, address: usize, beneficiary: usize, inConstructor: bool): i32 {
  return deconstruct(ee, address, beneficiary, inConstructor);
}

/** Serial number of a count of pubdata: each record is seen once in it. */
let count: u32 = 0;

/**
 * Bytes of pubdata for what the running transaction touched, net since the block's begin, as the original counts it: a slot or account that an earlier
 * transaction changed counts again when this one only reads it.
 */
export function pubdataUsed(): u64 {
  count++;
  let used: u32 = 0;
  for (let entry = IoMemory.journal; entry < IoMemory.end; entry += ENTRY) {
    const tagged = <usize>load<u32>(entry, ENTRY_RECORD);
    const record = tagged & ~3;
    const kind = tagged & 3;
    if (kind == KIND_SLOT) {
      if (load<u32>(record, SLOT_COUNTED) == count || <usize>load<u32>(record, SLOT_ACCOUNT) == accountsRecord) continue;
      store<u32>(record, count, SLOT_COUNTED);
      if (!u256Equal(record, record + SLOT_INITIAL)) used += 32 + compress(record + SLOT_INITIAL, record);
    } else if (kind == KIND_ACCOUNT) {
      if (load<u32>(record, COUNTED) == count) continue;
      store<u32>(record, count, COUNTED);
      used += accountPubdata(record);
    }
  }
  return <u64>used + <u64>pubdataOfTxLogs();
}
