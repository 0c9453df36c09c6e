/**
 * The two hashes of a transaction: its own (with the signature) and the one that was signed.
 * Native costs are charged for each Keccak before it runs, as the original does; the payload that both share is written once.
 *
 * As the original has it, the signature is encoded as r, s, v for every Ethereum type, and the access list is taken as already validated.
 */
import { alloc } from "../../sdk/memory";
import { keccak256 } from "../../crypto/keccak256";
import { OK } from "../system/status";
import { chargeNative } from "../system/resources";
import { isZeroU256 } from "../system/bytes";
import { BOOTLOADER_SLOTS } from "../system/layout";
import { Metadata } from "../system/metadata";
import { internal } from "../system/internal";
import { keccakNative } from "../hooks/costs";
import { MAX_TRANSACTION_BYTES } from "./constants";
import { AccessList, accessListKey, openAccessList, openAccessListItem } from "./access-list";
import { ACCESS_LIST_LENGTH } from "./reasons";
import { ADDRESS_LENGTH, bigEndianU64, prefixLength, putBytes, putNumber, putPrefix } from "./rlp";
import {
  EIP_1559,
  EIP_712,
  GAS_LIMIT_WORD,
  LEGACY,
  MAX_FEE_WORD,
  NONCE_WORD,
  PRIORITY_FEE_WORD,
  RESERVED_0,
  Transaction,
  VALUE_WORD,
} from "./transaction";

/** Bytes32: the transaction's hash, and the hash that its sender signed. */
export const TRANSACTION_HASH: usize = BOOTLOADER_SLOTS + 0x200;
export const SIGNED_HASH: usize = BOOTLOADER_SLOTS + 0x220;
/** The chain id as 8 big-endian bytes; `v` of a legacy signature likewise (16 bytes). */
const CHAIN_ID: usize = BOOTLOADER_SLOTS + 0x240;
const LEGACY_V: usize = BOOTLOADER_SLOTS + 0x250;


/** Where payloads are written: `CAPACITY` bytes, and 32 before for the list's prefix. */
let payload: usize = 0;
const CAPACITY: usize = 2 * <usize>MAX_TRANSACTION_BYTES;

/** Takes the payload's buffer from the arena, once. */
export function initTransactionHash(): void {
  payload = alloc(32 + CAPACITY, 32) + 32;
}

// @ts-ignore: decorator
@inline function chargeKeccak(length: u32): i32 {
  return chargeNative(keccakNative(length));
}

/**
 * Computes `TRANSACTION_HASH` and, for what is not from L1, `SIGNED_HASH`.
 * @returns OK or OUT_OF_NATIVE
 */
export function hashTransaction(): i32 {
  const type = Transaction.type;
  if (type == EIP_712) return hashEip712();
  if (type > EIP_1559) return hashL1();
  return hashRlp();
}

/** Keccak-256 of the list with this payload, the type byte before it. */
function hashList(length: u32, out: usize): i32 {
  const prefix = prefixLength(length);
  const status = chargeKeccak(prefix + length);
  if (status) return status;
  let start = payload - prefix;
  putPrefix(start, length, 192);
  if (Transaction.type != LEGACY) {
    start--;
    store<u8>(start, Transaction.type);
  }
  keccak256(start, payload + length - start, out);
  return OK;
}

/** Legacy, EIP-2930 and EIP-1559. */
function hashRlp(): i32 {
  const base = Transaction.base;
  const legacy = Transaction.type == LEGACY;
  bigEndianU64(CHAIN_ID, Metadata.chainId);

  let to = payload;
  if (!legacy) to = putNumber(to, CHAIN_ID, 8);
  to = putNumber(to, base + NONCE_WORD, 32);
  if (Transaction.type == EIP_1559) to = putNumber(to, base + PRIORITY_FEE_WORD, 32);
  to = putNumber(to, base + MAX_FEE_WORD, 32);
  to = putNumber(to, base + GAS_LIMIT_WORD, 32);
  to = Transaction.isDeployment ? putPrefix(to, 0, 128) : putBytes(to, base + 2 * 32 + 12, 20);
  to = putNumber(to, base + VALUE_WORD, 32);
  to = putBytes(to, Transaction.data, Transaction.dataLength);
  if (!legacy) to = putAccessList(to);
  const common = to;

  const signature = Transaction.signature;
  to = putNumber(to, signature, 32);
  to = putNumber(to, signature + 32, 32);
  const replayProtected = legacy && !isZeroU256(RESERVED_0);
  if (replayProtected) {
    // EIP-155: v + 8 + 2 · chain id, as a u128
    const chainId = Metadata.chainId;
    const low = chainId << 1;
    const v = low + <u64>load<u8>(signature + 64) + 8;
    bigEndianU64(LEGACY_V, (chainId >> 63) + <u64>(v < low));
    bigEndianU64(LEGACY_V + 8, v);
    to = putNumber(to, LEGACY_V, 16);
  } else {
    to = putNumber(to, signature + 64, 1);
  }
  const status = hashList(<u32>(to - payload), TRANSACTION_HASH);
  if (status) return status;

  to = common;
  if (replayProtected) {
    to = putNumber(to, CHAIN_ID, 8);
    to = putPrefix(to, 0, 128);
    to = putPrefix(to, 0, 128);
  }
  return hashList(<u32>(to - payload), SIGNED_HASH);
}

/** Payload length of an access-list item with `keys` keys, without its own prefix. */
// @ts-ignore: decorator
@inline function itemLength(keys: u32): u32 {
  return ADDRESS_LENGTH + prefixLength(33 * keys) + 33 * keys;
}

/**
 * The list's items may share their keys (an offset can say the same place twice), so what is small in the transaction can be large here: some 10^9 gas buy more than
 * the buffer holds.
 */
function putAccessList(to: usize): usize {
  openAccessList();
  const count = AccessList.count;
  let length: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    openAccessListItem(i);
    const item = itemLength(AccessList.keyCount);
    length += prefixLength(item) + item;
  }
  // what follows it is the signature and the list's own prefix
  if (<u64>(to - payload) + length + 128 > <u64>CAPACITY) internal(ACCESS_LIST_LENGTH);
  to = putPrefix(to, <u32>length, 192);
  for (let i: u32 = 0; i < count; i++) {
    openAccessListItem(i);
    const keys = AccessList.keyCount;
    to = putPrefix(to, itemLength(keys), 192);
    to = putBytes(to, AccessList.address + 12, 20);
    to = putPrefix(to, 33 * keys, 192);
    for (let k: u32 = 0; k < keys; k++) to = putBytes(to, accessListKey(k), 32);
  }
  return to;
}

/** keccak256("EIP712Domain(string name,string version,uint256 chainId)"), keccak256("zkSync"), keccak256("2") */
const DOMAIN: usize = memory.data<u8>([
  0xc2, 0xf8, 0x78, 0x71, 0x76, 0xb8, 0xac, 0x6b, 0xf7, 0x21, 0x5b, 0x4a, 0xdc, 0xc1, 0xe0, 0x69, 0xbf, 0x4a, 0xb8, 0x2d, 0x9a, 0xb1, 0xdf, 0x05, 0xa5, 0x7a, 0x91,
  0xd4, 0x25, 0x93, 0x5b, 0x6e, 0x19, 0xb4, 0x53, 0xce, 0x45, 0xaa, 0xaa, 0xf3, 0xa3, 0x00, 0xf5, 0xa9, 0xec, 0x95, 0x86, 0x9b, 0x4f, 0x28, 0xab, 0x10, 0x43, 0x0b,
  0x57, 0x2e, 0xe2, 0x18, 0xc3, 0xa6, 0xa5, 0xe0, 0x7d, 0x6f, 0xad, 0x7c, 0x5b, 0xef, 0x02, 0x78, 0x16, 0xa8, 0x00, 0xda, 0x17, 0x36, 0x44, 0x4f, 0xb5, 0x8a, 0x80,
  0x7e, 0xf4, 0xc9, 0x60, 0x3b, 0x78, 0x48, 0x67, 0x3f, 0x7e, 0x3a, 0x68, 0xeb, 0x14, 0xa5,
]);

/** keccak256 of the Transaction type's EIP-712 encoding: "Transaction(uint256 txType,uint256 from,…,bytes paymasterInput)" */
const TRANSACTION_TYPE: usize = memory.data<u8>([
  0x84, 0x8e, 0x1b, 0xfa, 0x1a, 0xc4, 0xe3, 0x57, 0x6b, 0x72, 0x8b, 0xda, 0x67, 0x21, 0xb2, 0x15, 0xc7, 0x0a, 0x77, 0x99, 0xa5, 0xb4, 0x86, 0x62, 0x82, 0xa7, 0x1b,
  0xab, 0x95, 0x4b, 0xaa, 0xc8,
]);

/** Keccak256(signed hash ‖ Keccak256(signature)), the signed hash being computed (and charged) once for each of the two hashes, as in the original. */
function hashEip712(): i32 {
  let status = hashSigned712();
  if (status) return status;
  const signatureLength = Transaction.signatureLength;
  status = chargeKeccak(64 + signatureLength);
  if (status) return status;
  memory.copy(payload, SIGNED_HASH, 32);
  keccak256(Transaction.signature, signatureLength, payload + 32);
  keccak256(payload, 64, TRANSACTION_HASH);
  return chargeSigned712();
}

/** The native cost of `hashSigned712` once more: its hash is known already. */
function chargeSigned712(): i32 {
  let status = chargeKeccak(128);
  if (!status) status = chargeKeccak(14 * 32);
  if (!status) status = chargeKeccak(Transaction.dataLength);
  if (!status) status = chargeKeccak(Transaction.factoryDepsLength);
  if (!status) status = chargeKeccak(Transaction.paymasterInputLength);
  if (!status) status = chargeKeccak(66);
  return status;
}

/** Keccak256(0x19 0x01 ‖ domain separator ‖ struct hash) */
function hashSigned712(): i32 {
  const status = chargeSigned712();
  if (status) return status;
  const base = Transaction.base;
  // struct: the type's hash, the head's words type … value, the hashes of data, dependencies and paymaster input
  memory.copy(payload, TRANSACTION_TYPE, 32);
  memory.copy(payload + 32, base, 10 * 32);
  keccak256(Transaction.data, Transaction.dataLength, payload + 11 * 32);
  keccak256(Transaction.factoryDeps, Transaction.factoryDepsLength, payload + 12 * 32);
  keccak256(Transaction.paymasterInput, Transaction.paymasterInputLength, payload + 13 * 32);
  // two bytes of prefix, then two hashes at aligned places
  const joined = payload + 15 * 32 + 2;
  keccak256(payload, 14 * 32, joined + 34);

  memory.copy(payload, DOMAIN, 96);
  memory.fill(payload + 96, 0, 24);
  bigEndianU64(payload + 120, Metadata.chainId);
  keccak256(payload, 128, joined + 2);
  store<u8>(joined, 0x19);
  store<u8>(joined + 1, 0x01);
  keccak256(joined, 66, SIGNED_HASH);
  return OK;
}

/** Keccak256(abi.encode(transaction)): the encoding starts with the offset 0x20. Its signed hash does not exist. */
function hashL1(): i32 {
  const status = chargeKeccak(32 + Transaction.length);
  if (status) return status;
  const start = Transaction.base - 32;
  memory.fill(start, 0, 31);
  store<u8>(start + 31, 0x20);
  keccak256(start, 32 + Transaction.length, TRANSACTION_HASH);
  return OK;
}
