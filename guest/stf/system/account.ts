/**
 * Records of addresses: one an address that io has seen in this block, found by a hash table. The record is the account in the cache (its current and its
 * initial properties) and the head of the list of the address's storage slots.
 *
 * Properties are `AccountProperties` of `flat_storage_model/account_cache_entry.rs`. What changes together with a deployment only is an immutable code record,
 * so that undoing a deployment is one pointer.
 */
import { u256Copy, u256Equal } from "../../sdk/u256";
import { keep } from "./arena";
import { u256ToBytes32 } from "./bytes32";
import { hashSeed } from "./hash";

// Offsets of an address record (192 bytes, 32-byte aligned).
// @ts-ignore: decorator
@inline export const ADDRESS: usize = 0;
/** Current balance, U256. */
// @ts-ignore: decorator
@inline export const BALANCE: usize = 32;
/** Balance at the block's begin, U256. */
// @ts-ignore: decorator
@inline export const INITIAL_BALANCE: usize = 64;
/** The address as Bytes32: twelve zero bytes, then its 20. */
// @ts-ignore: decorator
@inline export const ADDRESS_BYTES: usize = 96;
// @ts-ignore: decorator
@inline export const CHAIN: usize = 128;
/** First of the storage slots under this address. */
// @ts-ignore: decorator
@inline export const SLOTS: usize = 132;
/** Snapshot in which the record was last journaled. */
// @ts-ignore: decorator
@inline export const SNAPSHOT: usize = 136;
/** Number of the last transaction that touched the account, 0 for none: it is warm in that one. */
// @ts-ignore: decorator
@inline export const TOUCHED: usize = 140;
/** Number of the transaction that deployed it in this block, 0 for none. */
// @ts-ignore: decorator
@inline export const DEPLOYED_IN: usize = 144;
// @ts-ignore: decorator
@inline export const FLAGS: usize = 148;
/** Current nonce, u64. */
// @ts-ignore: decorator
@inline export const NONCE: usize = 152;
// @ts-ignore: decorator
@inline export const INITIAL_NONCE: usize = 160;
/** Code record, current and at the block's begin. */
// @ts-ignore: decorator
@inline export const CODE: usize = 168;
// @ts-ignore: decorator
@inline export const INITIAL_CODE: usize = 172;
/** List of all records, newest first. */
// @ts-ignore: decorator
@inline export const PREVIOUS: usize = 176;
/** Serial number of the last count of pubdata that saw the record. */
// @ts-ignore: decorator
@inline export const COUNTED: usize = 180;
const RECORD: usize = 192;

// Flags.
/** The account's properties are in the cache. */
// @ts-ignore: decorator
@inline export const MATERIALIZED: u32 = 1;
/** It has a history: touched or changed in a frame that was not rolled back. */
// @ts-ignore: decorator
@inline export const UPDATED: u32 = 2;
/** `Appearance::Deconstructed`: emptied at the end of each transaction that touches it. */
// @ts-ignore: decorator
@inline export const DECONSTRUCTED: u32 = 4;
/** Its bytecode is published elsewhere: a forced deployment. */
// @ts-ignore: decorator
@inline export const NOT_PUBLISHED: u32 = 8;

// Offsets of a code record (96 bytes, 8-byte aligned).
/** Versioning data, u64: deployed (byte 7), EE (byte 6), code version (byte 5). */
// @ts-ignore: decorator
@inline export const VERSIONING: usize = 0;
// @ts-ignore: decorator
@inline export const BYTECODE_LENGTH: usize = 8;
// @ts-ignore: decorator
@inline export const ARTIFACTS_LENGTH: usize = 12;
// @ts-ignore: decorator
@inline export const OBSERVABLE_LENGTH: usize = 16;
/** The preimage record of the bytecode once it is known, else 0. */
// @ts-ignore: decorator
@inline export const BYTECODE: usize = 20;
/** Bytes32. */
// @ts-ignore: decorator
@inline export const BYTECODE_HASH: usize = 24;
/** Bytes32. */
// @ts-ignore: decorator
@inline export const OBSERVABLE_HASH: usize = 56;
// @ts-ignore: decorator
@inline export const CODE_RECORD: usize = 96;

const BUCKETS: usize = 1 << 12;

let table: usize = 0;
/** The code record of an account without code, all zero. */
export let noCode: usize = 0;
/** Newest record. */
export let lastAccount: usize = 0;
/** The record found last: neighbouring accesses are mostly to one address. */
let recent: usize = 0;

export function initAccounts(): void {
  table = keep(BUCKETS << 2, 4);
  noCode = keep(CODE_RECORD, 32);
}

/** The record of an address (U256, its upper 96 bits zero), made if there is none. */
export function accountOf(address: usize): usize {
  // the delegation refuses one operand twice
  if (recent == address || (recent && u256Equal(recent, address))) return recent;
  const seed = hashSeed;
  let hash = load<u32>(address, 0);
  hash = hash * seed + load<u32>(address, 4);
  hash = hash * seed + load<u32>(address, 8);
  hash = hash * seed + load<u32>(address, 12);
  hash = hash * seed + load<u32>(address, 16);
  hash *= seed;
  const bucket = table + (<usize>(hash >> 20) << 2);
  let record = <usize>load<u32>(bucket);
  while (record) {
    if (record == address || u256Equal(record, address)) {
      recent = record;
      return record;
    }
    record = <usize>load<u32>(record, CHAIN);
  }
  record = keep(RECORD, 32);
  u256Copy(record, address);
  u256ToBytes32(record, record + ADDRESS_BYTES);
  store<u32>(record, load<u32>(bucket), CHAIN);
  store<u32>(bucket, <u32>record);
  store<u32>(record, <u32>lastAccount, PREVIOUS);
  store<u32>(record, <u32>noCode, CODE);
  store<u32>(record, <u32>noCode, INITIAL_CODE);
  lastAccount = record;
  recent = record;
  return record;
}

/** What `Io.account` points to, field by field. */
// @ts-ignore: decorator
@inline export function accountNonce(account: usize): u64 {
  return load<u64>(account, NONCE);
}
/** U256, read only. */
// @ts-ignore: decorator
@inline export function accountBalance(account: usize): usize {
  return account + BALANCE;
}
// @ts-ignore: decorator
@inline export function accountIsDeployed(account: usize): bool {
  return load<u8>(<usize>load<u32>(account, CODE), VERSIONING + 7) == 1;
}
// @ts-ignore: decorator
@inline export function accountVersion(account: usize): u32 {
  return load<u8>(<usize>load<u32>(account, CODE), VERSIONING + 6);
}
// @ts-ignore: decorator
@inline export function accountBytecodeLength(account: usize): u32 {
  return load<u32>(<usize>load<u32>(account, CODE), BYTECODE_LENGTH);
}
// @ts-ignore: decorator
@inline export function accountArtifactsLength(account: usize): u32 {
  return load<u32>(<usize>load<u32>(account, CODE), ARTIFACTS_LENGTH);
}
// @ts-ignore: decorator
@inline export function accountObservableLength(account: usize): u32 {
  return load<u32>(<usize>load<u32>(account, CODE), OBSERVABLE_LENGTH);
}
/** Bytes32. */
// @ts-ignore: decorator
@inline export function accountBytecodeHash(account: usize): usize {
  return <usize>load<u32>(account, CODE) + BYTECODE_HASH;
}
/** Bytes32. */
// @ts-ignore: decorator
@inline export function accountObservableHash(account: usize): usize {
  return <usize>load<u32>(account, CODE) + OBSERVABLE_HASH;
}
/** Whether it has code (`AccountData::is_contract`). */
// @ts-ignore: decorator
@inline export function isContract(account: usize): bool {
  return (accountBytecodeLength(account) | accountArtifactsLength(account)) != 0;
}
