/**
 * Account properties, and how they live in the state: a 124-byte encoding whose Blake2s hash is the value of a slot of
 * the account properties address (ZKsync OS `flat_storage_model/account_cache_entry.rs`).
 */
import { concat, fromHex, type Hex, toHex, uintToBytes, ZERO_32 } from "../bytes.ts";
import { blake2sHex, flatKey, keccak256 } from "./hash.ts";

/** Address under which the hash of each account's properties is stored; the key is the account's address, left-padded. */
export const ACCOUNT_PROPERTIES_ADDRESS: Hex = "0x0000000000000000000000000000000000008003";
export const ACCOUNT_ENCODING_LENGTH = 124;

/** Byte 7 (most significant): deployed; 6: execution environment, 1 is the EVM; 5: version of the code's form. */
const DEPLOYED_EVM = 0x0101_0100_0000_0000n;

export interface Account {
  /** Deployment status, execution environment, code version and aux bits, packed in 64 bits. */
  versioning: bigint;
  nonce: bigint;
  balance: bigint;
  /** Blake2s of the stored bytecode, artifacts included. */
  bytecodeHash: Hex;
  bytecodeLength: number;
  artifactsLength: number;
  /** Keccak of the bytecode as EXTCODEHASH shows it. */
  observableBytecodeHash: Hex;
  observableBytecodeLength: number;
}

export const EMPTY_ACCOUNT: Readonly<Account> = {
  versioning: 0n,
  nonce: 0n,
  balance: 0n,
  bytecodeHash: ZERO_32,
  bytecodeLength: 0,
  artifactsLength: 0,
  observableBytecodeHash: ZERO_32,
  observableBytecodeLength: 0,
};

export function encodeAccount(account: Account): Uint8Array {
  return concat(
    uintToBytes(account.versioning, 8),
    uintToBytes(account.nonce, 8),
    uintToBytes(account.balance, 32),
    fromHex(account.bytecodeHash),
    uintToBytes(BigInt(account.bytecodeLength), 4),
    uintToBytes(BigInt(account.artifactsLength), 4),
    fromHex(account.observableBytecodeHash),
    uintToBytes(BigInt(account.observableBytecodeLength), 4),
  );
}

/** @throws RangeError when the length is not 124 */
export function decodeAccount(bytes: Uint8Array): Account {
  if (bytes.length !== ACCOUNT_ENCODING_LENGTH) {
    throw new RangeError(`an account's encoding has ${ACCOUNT_ENCODING_LENGTH} bytes, not ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    versioning: view.getBigUint64(0),
    nonce: view.getBigUint64(8),
    balance: BigInt(toHex(bytes.subarray(16, 48))),
    bytecodeHash: toHex(bytes.subarray(48, 80)),
    bytecodeLength: view.getUint32(80),
    artifactsLength: view.getUint32(84),
    observableBytecodeHash: toHex(bytes.subarray(88, 120)),
    observableBytecodeLength: view.getUint32(120),
  };
}

/** Properties of an account that holds EVM bytecode, balance and nonce 0. */
export function accountOfCode(code: Uint8Array): Account {
  return {
    ...EMPTY_ACCOUNT,
    versioning: DEPLOYED_EVM,
    bytecodeHash: blake2sHex(code),
    bytecodeLength: code.length,
    observableBytecodeHash: toHex(keccak256(code)),
    observableBytecodeLength: code.length,
  };
}

/** An address as a storage key: left-padded to 32 bytes. */
export function addressAsKey(address: Hex): Hex {
  return `0x${address.slice(2).padStart(64, "0")}`;
}

/** Flat key of an account's properties. */
export function accountKey(address: Hex): Hex {
  return flatKey(ACCOUNT_PROPERTIES_ADDRESS, addressAsKey(address));
}
