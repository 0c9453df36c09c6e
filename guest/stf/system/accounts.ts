/**
 * The account cache (`flat_storage_model/account_cache.rs`): properties of accounts by address, over the storage slots of the formal address 0x8003 that hold
 * the hash of each account's encoding, and the preimages of those hashes.
 */
import { keccak256 } from "../../crypto/keccak256";
import { blake2s256 } from "../../crypto/blake2s";
import { u256Add, u256Copy, u256Equal, u256IsZero, u256Sub, u256Zero } from "../../sdk/u256";
import {
  ARTIFACTS_LENGTH,
  BALANCE,
  BYTECODE,
  BYTECODE_HASH,
  BYTECODE_LENGTH,
  CODE,
  CODE_RECORD,
  DECONSTRUCTED,
  DEPLOYED_IN,
  FLAGS,
  INITIAL_BALANCE,
  INITIAL_CODE,
  INITIAL_NONCE,
  MATERIALIZED,
  NONCE,
  NOT_PUBLISHED,
  OBSERVABLE_HASH,
  OBSERVABLE_LENGTH,
  SLOTS,
  TOUCHED,
  UPDATED,
  VERSIONING,
  accountOf,
  noCode,
} from "./account";
import { IoMemory, keep } from "./arena";
import { bytes32ToU256, u256ToBytes32 } from "./bytes32";
import {
  ACCESS_LIST_ACCOUNT_ERGS,
  ACCOUNT_ACCESS_NATIVE,
  ACCOUNT_WRITE_EXTRA_NATIVE,
  CODE_DEPOSIT_ERGS,
  COLD_ACCOUNT_EXTRA_ERGS,
  NEW_ACCOUNT_ERGS,
  SELFBALANCE_ERGS,
  WARM_ACCOUNT_ERGS,
} from "./costs";
import { EVM_EE, NO_EE } from "./ee";
import {
  BAD_ACCOUNT,
  BALANCE_NOT_WARM,
  DECONSTRUCTION_BALANCE,
  UNSUPPORTED_EE,
  internal,
} from "./internal";
import { ENTRY, ENTRY_RECORD, KIND_ACCOUNT, logAccount } from "./journal";
import { SYSTEM_SLOTS } from "./layout";
import {
  PREIMAGE_LENGTH,
  TYPE_ACCOUNT,
  TYPE_BYTECODE,
  fetchBytes,
  getKnownPreimage,
  getPreimage,
  preimage,
  recordPreimage,
} from "./preimages";
import { beginInfiniteErgs, charge, chargeErgs, chargeNative, endInfiniteErgs } from "./resources";
import { SLOT_FLAGS, SLOT_MATERIALIZED, SLOT_NEXT, SLOT_UNSET, SLOT_UPDATED } from "./slot";
import { NUMERIC_BOUNDS, OK } from "./status";
import { access, found, writeSlot } from "./storage";
import { Tx } from "./tx";

/** Bytes of an account's encoding. */
// @ts-ignore: decorator
@inline export const ENCODED: u32 = 124;
/** The formal address whose storage holds the hashes of accounts. */
const ACCOUNT_PROPERTIES: u32 = 0x8003;
const DEPLOYED: u64 = 1 << 56;
const EE_BYTE_SHIFT: u64 = 48;
/** `DEFAULT_CODE_VERSION_BYTE` 1 in byte 5. */
const CODE_VERSION: u64 = 1 << 40;

/** U256 slots. */
const AMOUNT: usize = SYSTEM_SLOTS + 512;
const SUM: usize = SYSTEM_SLOTS + 544;
const OLD_BALANCE: usize = SYSTEM_SLOTS + 576;
const ACCOUNTS_ADDRESS: usize = SYSTEM_SLOTS + 608;
/** An encoding: 124 bytes and 4 of padding. */
const ENCODING: usize = SYSTEM_SLOTS + 640;
const HASH: usize = SYSTEM_SLOTS + 768;

/** The account that the last operation found: its record. */
export let account: usize = 0;
export let oldNonce: u64 = 0;
/** U256: the balance before `updateBalance`. */
// @ts-ignore: decorator
@inline export const oldBalance: usize = OLD_BALANCE;

/** Record of the formal address 0x8003. */
export let accountsRecord: usize = 0;

export function initAccountCache(): void {
  store<u32>(ACCOUNTS_ADDRESS, ACCOUNT_PROPERTIES);
  accountsRecord = accountOf(ACCOUNTS_ADDRESS);
}

/** Addresses 1 to 10 are never cold. */
// @ts-ignore: decorator
@inline
function isPrecompile(address: usize): bool {
  return (
    load<u32>(address) - 1 < 10 &&
    (load<u32>(address, 4) | load<u32>(address, 8) | load<u32>(address, 12) | load<u32>(address, 16)) == 0
  );
}

/** What an EVM access costs beside the warm one when the account is cold; SELFDESTRUCT pays nothing for a warm one, so it pays both. */
// @ts-ignore: decorator
@inline
function coldErgs(address: usize, isSelfdestruct: bool): u64 {
  return (isPrecompile(address) ? 0 : COLD_ACCOUNT_EXTRA_ERGS) + (isSelfdestruct ? WARM_ACCOUNT_ERGS : 0);
}

/** Finds an account, charges the access and warms it; → `account`. */
export function accessAccount(ee: u32, address: usize, isSelfdestruct: bool, isAccessList: bool): i32 {
  let status = charge(
    ee == EVM_EE ? (isSelfdestruct ? 0 : WARM_ACCOUNT_ERGS) : isAccessList ? ACCESS_LIST_ACCOUNT_ERGS : 0,
    ACCOUNT_ACCESS_NATIVE,
  );
  if (status) return status;
  const record = accountOf(address);
  account = record;
  if (load<u32>(record, TOUCHED) == Tx.number) return OK;
  const first = !(load<u32>(record, FLAGS) & MATERIALIZED);
  if (ee == EVM_EE) {
    status = chargeErgs(coldErgs(record, isSelfdestruct));
    if (status) return status;
  }
  if (first) {
    status = loadAccount(record);
    if (status) return status;
  }
  logAccount(record);
  store<u32>(record, Tx.number, TOUCHED);
  store<u32>(record, load<u32>(record, FLAGS) | UPDATED, FLAGS);
  return OK;
}

/** The first access in the block: the hash from storage, and its preimage. */
function loadAccount(record: usize): i32 {
  const ergs = beginInfiniteErgs();
  // the address as a storage key: the same U256
  let status = access(NO_EE, accountsRecord, record, false);
  endInfiniteErgs(ergs);
  if (status) return status;
  if (!u256IsZero(found)) {
    u256ToBytes32(found, HASH);
    status = getPreimage(HASH, ENCODED, TYPE_ACCOUNT);
    if (status) return status;
    if (load<u32>(preimage, PREIMAGE_LENGTH) != ENCODED) internal(BAD_ACCOUNT);
    decode(fetchBytes(preimage), record);
  }
  store<u32>(record, load<u32>(record, FLAGS) | MATERIALIZED, FLAGS);
  return OK;
}

// @ts-ignore: decorator
@inline
function bigEndian64(at: usize): u64 {
  return (<u64>bswap<u32>(load<u32>(at)) << 32) | <u64>bswap<u32>(load<u32>(at, 4));
}

/** Encoding: versioning (8), nonce (8), balance (32), bytecode hash (32), its length (4), artifacts' (4), observable hash (32), its length (4), big-endian. */
function decode(from: usize, record: usize): void {
  const nonce = bigEndian64(from + 8);
  store<u64>(record, nonce, NONCE);
  store<u64>(record, nonce, INITIAL_NONCE);
  bytes32ToU256(from + 16, record + BALANCE);
  u256Copy(record + INITIAL_BALANCE, record + BALANCE);
  const versioning = bigEndian64(from);
  let any = <u32>versioning | <u32>(versioning >> 32);
  for (let at = from + 48; at < from + 124; at += 4) any |= load<u32>(at);
  if (any) {
    const code = keep(CODE_RECORD, 8);
    store<u64>(code, versioning, VERSIONING);
    for (let i: usize = 0; i < 32; i += 4) {
      store<u32>(code + i, load<u32>(from + i, 48), BYTECODE_HASH);
      store<u32>(code + i, load<u32>(from + i, 88), OBSERVABLE_HASH);
    }
    store<u32>(code, bswap<u32>(load<u32>(from, 80)), BYTECODE_LENGTH);
    store<u32>(code, bswap<u32>(load<u32>(from, 84)), ARTIFACTS_LENGTH);
    store<u32>(code, bswap<u32>(load<u32>(from, 120)), OBSERVABLE_LENGTH);
    store<u32>(record, <u32>code, CODE);
    store<u32>(record, <u32>code, INITIAL_CODE);
  }
}

/** Encodes the current properties at ENCODING. */
function encode(record: usize): void {
  const code = <usize>load<u32>(record, CODE);
  const versioning = load<u64>(code, VERSIONING);
  store<u32>(ENCODING, bswap<u32>(<u32>(versioning >> 32)), 0);
  store<u32>(ENCODING, bswap<u32>(<u32>versioning), 4);
  store<u32>(ENCODING, bswap<u32>(load<u32>(record, NONCE + 4)), 8);
  store<u32>(ENCODING, bswap<u32>(load<u32>(record, NONCE)), 12);
  u256ToBytes32(record + BALANCE, ENCODING + 16);
  for (let i: usize = 0; i < 32; i += 4) {
    store<u32>(ENCODING + i, load<u32>(code + i, BYTECODE_HASH), 48);
    store<u32>(ENCODING + i, load<u32>(code + i, OBSERVABLE_HASH), 88);
  }
  store<u32>(ENCODING, bswap<u32>(load<u32>(code, BYTECODE_LENGTH)), 80);
  store<u32>(ENCODING, bswap<u32>(load<u32>(code, ARTIFACTS_LENGTH)), 84);
  store<u32>(ENCODING, bswap<u32>(load<u32>(code, OBSERVABLE_LENGTH)), 120);
  store<u32>(ENCODING, 0, 124);
}

/** Whether the current properties differ from those at the block's begin. */
export function accountChanged(record: usize): bool {
  return (
    load<u64>(record, NONCE) != load<u64>(record, INITIAL_NONCE) ||
    !u256Equal(record + BALANCE, record + INITIAL_BALANCE) ||
    codeChanged(record)
  );
}

/** Whether anything beside nonce and balance differs. */
export function codeChanged(record: usize): bool {
  const a = <usize>load<u32>(record, CODE);
  const b = <usize>load<u32>(record, INITIAL_CODE);
  if (a == b) return false;
  for (let i: usize = 0; i < CODE_RECORD - 8; i += 4) {
    if (i != BYTECODE && load<u32>(a + i) != load<u32>(b + i)) return true;
  }
  return false;
}

/** The block's end: hashes the account's encoding, keeps it for publication, and writes the hash to storage. Resources must be infinite. */
export function persistAccount(record: usize): i32 {
  encode(record);
  blake2s256(ENCODING, ENCODED, HASH);
  let status = recordPreimage(HASH, ENCODING, ENCODED, TYPE_ACCOUNT);
  if (status) return status;
  bytes32ToU256(HASH, SUM);
  return writeSlot(NO_EE, accountsRecord, record, SUM);
}

/** Charges for the bytecode of `account`; → `preimage`, or nothing where there is no code. */
export function loadCode(): i32 {
  const code = <usize>load<u32>(account, CODE);
  if (code == noCode) return OK;
  const known = <usize>load<u32>(code, BYTECODE);
  if (known) return getKnownPreimage(known);
  const hash = code + BYTECODE_HASH;
  if (isZeroHash(hash)) {
    if (load<u32>(code, BYTECODE_LENGTH) | load<u32>(code, ARTIFACTS_LENGTH) | load<u32>(code, OBSERVABLE_LENGTH)) {
      internal(BAD_ACCOUNT);
    }
    return OK;
  }
  const status = getPreimage(hash, load<u32>(code, BYTECODE_LENGTH), TYPE_BYTECODE);
  if (status) return status;
  store<u32>(code, <u32>preimage, BYTECODE);
  return OK;
}

export function isZeroHash(hash: usize): bool {
  return !(
    load<u32>(hash, 0) | load<u32>(hash, 4) | load<u32>(hash, 8) | load<u32>(hash, 12) |
    load<u32>(hash, 16) | load<u32>(hash, 20) | load<u32>(hash, 24) | load<u32>(hash, 28)
  );
}

/** The balance of the running contract, which must be in the cache; → `account`. */
export function selfBalanceOf(ee: u32, address: usize): i32 {
  if (ee == EVM_EE) {
    const status = chargeErgs(SELFBALANCE_ERGS);
    if (status) return status;
  }
  account = accountOf(address);
  if (!(load<u32>(account, FLAGS) & MATERIALIZED)) internal(BALANCE_NOT_WARM);
  return OK;
}

export function addNonce(ee: u32, address: usize, by: u64): i32 {
  let status = accessAccount(ee, address, false, false);
  if (status) return status;
  status = chargeNative(ACCOUNT_WRITE_EXTRA_NATIVE);
  if (status) return status;
  const nonce = load<u64>(account, NONCE);
  const sum = nonce + by;
  if (sum < nonce) return NUMERIC_BOUNDS;
  logAccount(account);
  store<u64>(account, sum, NONCE);
  oldNonce = nonce;
  return OK;
}

/** Adds to or subtracts from a balance; → `account`, `oldBalance`. */
export function changeBalance(ee: u32, address: usize, by: usize, subtract: bool, isSelfdestruct: bool): i32 {
  let status = accessAccount(ee, address, isSelfdestruct, false);
  if (status) return status;
  status = chargeNative(ACCOUNT_WRITE_EXTRA_NATIVE);
  if (status) return status;
  const balance = account + BALANCE;
  u256Copy(SUM, balance);
  if (subtract ? u256Sub(SUM, by) : u256Add(SUM, by)) return NUMERIC_BOUNDS;
  u256Copy(OLD_BALANCE, balance);
  logAccount(account);
  u256Copy(balance, SUM);
  return OK;
}

export function transferBalance(ee: u32, from: usize, to: usize, amount: usize, isSelfdestruct: bool): i32 {
  const status = changeBalance(ee, from, amount, true, isSelfdestruct);
  if (status) return status;
  return changeBalance(ee, to, amount, false, isSelfdestruct);
}

// @ts-ignore: decorator
@inline
function versioningOf(old: u64, ee: u32): u64 {
  return (old & 0x0000_00ff_ffff_ffff) | DEPLOYED | ((<u64>ee) << EE_BYTE_SHIFT) | CODE_VERSION;
}

/** Deploys `length` bytes of code (at any alignment) at `address`; → `account`, `preimage`. */
export function deploy(ee: u32, address: usize, from: usize, length: u32): i32 {
  if (ee != EVM_EE) internal(UNSUPPORTED_EE);
  let status = chargeErgs(CODE_DEPOSIT_ERGS * <u64>length);
  if (status) return status;
  const ergs = beginInfiniteErgs();
  status = accessAccount(ee, address, false, false);
  endInfiniteErgs(ergs);
  if (status) return status;
  const record = account;
  const code = keep(CODE_RECORD, 8);
  keccak256(from, length, code + OBSERVABLE_HASH);
  blake2s256(from, length, code + BYTECODE_HASH);
  status = recordPreimage(code + BYTECODE_HASH, from, length, TYPE_BYTECODE);
  if (status) return status;
  status = chargeNative(ACCOUNT_WRITE_EXTRA_NATIVE);
  if (status) return status;
  store<u64>(code, versioningOf(load<u64>(<usize>load<u32>(record, CODE), VERSIONING), ee), VERSIONING);
  store<u32>(code, length, BYTECODE_LENGTH);
  store<u32>(code, length, OBSERVABLE_LENGTH);
  store<u32>(code, <u32>preimage, BYTECODE);
  setCode(record, code, false);
  return OK;
}

/** A forced deployment: the bytecode is known by its hashes only and published elsewhere. */
export function setDetails(address: usize, hash: usize, length: u32, artifacts: u32, observableHash: usize, observableLength: u32): i32 {
  const ergs = beginInfiniteErgs();
  let status = accessAccount(NO_EE, address, false, false);
  endInfiniteErgs(ergs);
  if (status) return status;
  status = chargeNative(ACCOUNT_WRITE_EXTRA_NATIVE);
  if (status) return status;
  const code = keep(CODE_RECORD, 8);
  store<u64>(code, versioningOf(load<u64>(<usize>load<u32>(account, CODE), VERSIONING), EVM_EE), VERSIONING);
  memory.copy(code + BYTECODE_HASH, hash, 32);
  memory.copy(code + OBSERVABLE_HASH, observableHash, 32);
  store<u32>(code, length, BYTECODE_LENGTH);
  store<u32>(code, artifacts, ARTIFACTS_LENGTH);
  store<u32>(code, observableLength, OBSERVABLE_LENGTH);
  setCode(account, code, true);
  return OK;
}

function setCode(record: usize, code: usize, notPublished: bool): void {
  logAccount(record);
  store<u32>(record, <u32>code, CODE);
  store<u32>(record, Tx.number, DEPLOYED_IN);
  const flags = load<u32>(record, FLAGS) & ~NOT_PUBLISHED;
  store<u32>(record, notPublished ? flags | NOT_PUBLISHED : flags, FLAGS);
}

/**
 * SELFDESTRUCT after EIP-6780: the balance goes to the beneficiary; the account itself is emptied at the transaction's end if this transaction deployed it,
 * or is deploying it.
 */
export function deconstruct(ee: u32, address: usize, beneficiary: usize, inConstructor: bool): i32 {
  let status = accessAccount(ee, address, true, false);
  if (status) return status;
  status = chargeNative(ACCOUNT_WRITE_EXTRA_NATIVE);
  if (status) return status;
  const record = account;
  u256Copy(AMOUNT, record + BALANCE);
  const ends = load<u32>(record, DEPLOYED_IN) == Tx.number || inConstructor;
  if (ends) {
    anyDeconstructed = true;
    logAccount(record);
    store<u32>(record, load<u32>(record, FLAGS) | DECONSTRUCTED, FLAGS);
  }
  if (address != beneficiary && !u256Equal(address, beneficiary)) {
    status = transferBalance(ee, address, beneficiary, AMOUNT, true);
    if (status == NUMERIC_BOUNDS) internal(DECONSTRUCTION_BALANCE);
    if (status) return status;
  } else if (ends) {
    logAccount(record);
    u256Zero(record + BALANCE);
  }
  if (ee == EVM_EE && !u256IsZero(AMOUNT)) {
    const heir = accountOf(beneficiary);
    const wasEmpty =
      load<u64>(heir, NONCE) == 0 &&
      load<u32>(<usize>load<u32>(heir, CODE), BYTECODE_LENGTH) == 0 &&
      // what it had before is nothing if it has just the amount now
      u256Equal(heir + BALANCE, AMOUNT);
    if (wasEmpty) return chargeErgs(NEW_ACCOUNT_ERGS);
  }
  return OK;
}

/** Whether any account was deconstructed in this block. */
let anyDeconstructed: bool = false;

/**
 * The transaction's end: empties the deconstructed accounts among those it touched, and their storage. An account stays deconstructed for the rest of the
 * block: a later transaction that touches it empties it again, as in the original.
 */
export function emptyDeconstructed(): void {
  if (!anyDeconstructed) return;
  for (let entry = IoMemory.journal; entry < IoMemory.end; entry += ENTRY) {
    const tagged = <usize>load<u32>(entry, ENTRY_RECORD);
    if ((tagged & 3) != KIND_ACCOUNT) continue;
    const record = tagged & ~3;
    if (!(load<u32>(record, FLAGS) & DECONSTRUCTED)) continue;
    store<u64>(record, 0, NONCE);
    u256Zero(record + BALANCE);
    store<u32>(record, <u32>noCode, CODE);
    for (let slot = <usize>load<u32>(record, SLOTS); slot; slot = <usize>load<u32>(slot, SLOT_NEXT)) {
      const flags = load<u32>(slot, SLOT_FLAGS);
      if (!(flags & SLOT_MATERIALIZED)) continue;
      u256Zero(slot);
      store<u32>(slot, flags | (SLOT_UNSET | SLOT_UPDATED), SLOT_FLAGS);
    }
  }
}
