/**
 * The transaction as the oracle gives it: an ABI-encoded tuple of 19 words and five dynamic parts, tightly packed
 * (`basic_bootloader/src/bootloader/transaction/mod.rs`). Parsing validates the encoding and what each type requires of its fields.
 */
import { alloc } from "../../sdk/memory";
import { bigEndian32, isZeroBytes, isZeroU256, wordToU256 } from "../system/bytes";
import { BOOTLOADER_SLOTS } from "../system/layout";
import { CALL_HEADER, MAX_TRANSACTION_BYTES } from "./constants";

export const LEGACY: u32 = 0x00;
export const EIP_2930: u32 = 0x01;
export const EIP_1559: u32 = 0x02;
export const EIP_712: u32 = 0x71;
export const UPGRADE: u32 = 0xfe;
export const L1_TO_L2: u32 = 0xff;

// Words of the head, in order.
const TYPE_WORD: usize = 0;
const FROM_WORD: usize = 1 * 32;
const TO_WORD: usize = 2 * 32;
export const GAS_LIMIT_WORD: usize = 3 * 32;
export const GAS_PER_PUBDATA_WORD: usize = 4 * 32;
export const MAX_FEE_WORD: usize = 5 * 32;
export const PRIORITY_FEE_WORD: usize = 6 * 32;
const PAYMASTER_WORD: usize = 7 * 32;
export const NONCE_WORD: usize = 8 * 32;
export const VALUE_WORD: usize = 9 * 32;
const RESERVED_WORD: usize = 10 * 32;
const DATA_OFFSET_WORD: usize = 14 * 32;
const SIGNATURE_OFFSET_WORD: usize = 15 * 32;
const FACTORY_DEPS_OFFSET_WORD: usize = 16 * 32;
const PAYMASTER_INPUT_OFFSET_WORD: usize = 17 * 32;
const RESERVED_DYNAMIC_OFFSET_WORD: usize = 18 * 32;
const HEAD: u32 = 19 * 32;

// U256 slots of the parsed values.
export const FROM: usize = BOOTLOADER_SLOTS;
export const TO: usize = BOOTLOADER_SLOTS + 0x20;
/** u128 */
export const MAX_FEE: usize = BOOTLOADER_SLOTS + 0x40;
/** u128 */
export const PRIORITY_FEE: usize = BOOTLOADER_SLOTS + 0x60;
export const PAYMASTER: usize = BOOTLOADER_SLOTS + 0x80;
export const NONCE: usize = BOOTLOADER_SLOTS + 0xa0;
export const VALUE: usize = BOOTLOADER_SLOTS + 0xc0;
/** EIP-155 flag of legacy transactions; the deposited total of L1 → L2 and upgrade transactions. */
export const RESERVED_0: usize = BOOTLOADER_SLOTS + 0xe0;
/** "to is null" of Ethereum transactions; the refund recipient of L1 → L2 and upgrade transactions. */
export const RESERVED_1: usize = BOOTLOADER_SLOTS + 0x100;

@unmanaged
export abstract class Transaction {
  /** first byte; `CALL_HEADER` bytes before it are ours */
  static base: usize = 0;
  static length: u32 = 0;
  static type: u32 = 0;
  static gasLimit: u64 = 0;
  static gasPerPubdataLimit: u32 = 0;
  static data: usize = 0;
  static dataLength: u32 = 0;
  static signature: usize = 0;
  static signatureLength: u32 = 0;
  static factoryDeps: usize = 0;
  static factoryDepsLength: u32 = 0;
  static paymasterInput: usize = 0;
  static paymasterInputLength: u32 = 0;
  /** offset of the reserved dynamic part (the access list) from `base` */
  static reservedDynamic: u32 = 0;

  /** Takes the buffer from the arena, once. */
  static init(): void {
    Transaction.base = ((alloc(CALL_HEADER + MAX_TRANSACTION_BYTES + 64, 32) + CALL_HEADER + 31) & ~31);
  }

  /** The transaction asks for an EVM deployment: `to` is null. */
  @inline static get isDeployment(): bool {
    return !isZeroU256(RESERVED_1);
  }
}

/** Where the parser is, as an offset from `Transaction.base`. */
let position: u32 = 0;
/** Range of the last dynamic part. */
let partStart: usize = 0;
let partLength: u32 = 0;

/** Parses `length` bytes at `Transaction.base`. @returns whether they are a well-formed transaction (else: invalid encoding) */
export function parseTransaction(length: u32): bool {
  const base = Transaction.base;
  Transaction.length = length;
  if (length < HEAD) return false;

  if (!isZeroBytes(base + TYPE_WORD, 31)) return false;
  Transaction.type = load<u8>(base + TYPE_WORD + 31);
  if (!isZeroBytes(base + FROM_WORD, 12) || !isZeroBytes(base + TO_WORD, 12)) return false;
  wordToU256(base + FROM_WORD, FROM);
  wordToU256(base + TO_WORD, TO);
  if (!isZeroBytes(base + GAS_LIMIT_WORD, 24)) return false;
  Transaction.gasLimit = (<u64>bigEndian32(base + GAS_LIMIT_WORD + 24) << 32) | <u64>bigEndian32(base + GAS_LIMIT_WORD + 28);
  if (!isZeroBytes(base + GAS_PER_PUBDATA_WORD, 28)) return false;
  Transaction.gasPerPubdataLimit = bigEndian32(base + GAS_PER_PUBDATA_WORD + 28);
  if (!isZeroBytes(base + MAX_FEE_WORD, 16) || !isZeroBytes(base + PRIORITY_FEE_WORD, 16)) return false;
  wordToU256(base + MAX_FEE_WORD, MAX_FEE);
  wordToU256(base + PRIORITY_FEE_WORD, PRIORITY_FEE);
  if (!isZeroBytes(base + PAYMASTER_WORD, 12)) return false;
  wordToU256(base + PAYMASTER_WORD, PAYMASTER);
  wordToU256(base + NONCE_WORD, NONCE);
  wordToU256(base + VALUE_WORD, VALUE);
  wordToU256(base + RESERVED_WORD, RESERVED_0);
  wordToU256(base + RESERVED_WORD + 32, RESERVED_1);

  position = HEAD;
  if (!startsHere(DATA_OFFSET_WORD) || !parseBytes()) return false;
  Transaction.data = partStart;
  Transaction.dataLength = partLength;
  if (!startsHere(SIGNATURE_OFFSET_WORD) || !parseBytes()) return false;
  Transaction.signature = partStart;
  Transaction.signatureLength = partLength;
  if (!startsHere(FACTORY_DEPS_OFFSET_WORD) || !parseHashes()) return false;
  Transaction.factoryDeps = partStart;
  Transaction.factoryDepsLength = partLength;
  if (!startsHere(PAYMASTER_INPUT_OFFSET_WORD) || !parseBytes()) return false;
  Transaction.paymasterInput = partStart;
  Transaction.paymasterInputLength = partLength;
  Transaction.reservedDynamic = position;
  if (!startsHere(RESERVED_DYNAMIC_OFFSET_WORD) || !parseBytes()) return false;
  return position == length && isWellTyped();
}

/** Whether the head's offset says that a dynamic part starts at the parser's position. */
function startsHere(word: usize): bool {
  const at = Transaction.base + word;
  return isZeroBytes(at, 28) && bigEndian32(at + 28) == position;
}

/** A length that fits 32 bits, at the position; false where it does not or the buffer ends. */
function parseLength(): bool {
  if (Transaction.length - position < 32) return false;
  const at = Transaction.base + position;
  if (!isZeroBytes(at, 28)) return false;
  partLength = bigEndian32(at + 28);
  position += 32;
  return true;
}

/** `bytes`, padded with zeros to whole words. */
function parseBytes(): bool {
  if (!parseLength() || partLength > Transaction.length - position) return false;
  const padded = (partLength + 31) & ~31;
  if (padded > Transaction.length - position) return false;
  partStart = Transaction.base + position;
  position += padded;
  return isZeroBytes(partStart + partLength, padded - partLength);
}

/** `bytes32[]` */
function parseHashes(): bool {
  if (!parseLength() || partLength > (Transaction.length - position) >> 5) return false;
  partLength <<= 5;
  partStart = Transaction.base + position;
  position += partLength;
  return true;
}

/** `validate_structure`: which fields a type allows. */
function isWellTyped(): bool {
  const type = Transaction.type;
  const fromL1 = type == L1_TO_L2 || type == UPGRADE;
  if (type > EIP_1559 && type != EIP_712 && !fromL1) return false;
  if (type <= EIP_2930 && !equalWords(MAX_FEE, PRIORITY_FEE)) return false;
  if (type != EIP_712 && !isZeroU256(PAYMASTER)) return false;
  if (type != LEGACY && !fromL1 && !isZeroU256(RESERVED_0)) return false;
  if (type == EIP_712) {
    if (!isZeroU256(RESERVED_1)) return false;
  } else if (!fromL1) {
    if (!isZeroU256(RESERVED_1) && !isZeroU256(TO)) return false;
  }
  if (!isZeroBytes(Transaction.base + RESERVED_WORD + 64, 64)) return false;
  if (Transaction.signatureLength != (fromL1 ? 0 : 65)) return false;
  if (type != EIP_712 && Transaction.paymasterInputLength) return false;
  if (type != EIP_712 && !fromL1 && Transaction.factoryDepsLength) return false;
  return true;
}

/** Equality of two u128 slots. */
function equalWords(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8);
}
