/**
 * Transactions in the form in which the bootloader gets them: Solidity's ABI encoding of ZKsync's transaction structure
 * (`basic_bootloader/src/bootloader/transaction/mod.rs`; built as `tests/rig/src/utils.rs` builds it).
 *
 *     type from to gasLimit gasPerPubdataLimit maxFeePerGas maxPriorityFeePerGas paymaster nonce value
 *     reserved[4] data signature factoryDeps[] paymasterInput reservedDynamic
 */
import { concat, fromHex, type Hex, uintToBytes } from "../bytes.ts";
import type { Field } from "./document.ts";

export interface AccessListItem {
  address: Hex;
  storageKeys: Hex[];
}

/** A signed Ethereum transaction of type 0, 1 or 2. */
export interface EthereumTransaction {
  type: number;
  from: Hex;
  /** Absent: the transaction deploys `data`. */
  to?: Hex;
  gasLimit: bigint;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  nonce: bigint;
  value: bigint;
  data: Uint8Array;
  r: bigint;
  s: bigint;
  yParity: number;
  /** Legacy only: the signature covers the chain id (EIP-155). */
  isEip155: boolean;
  accessList?: AccessListItem[];
}

/** Bytes of one ABI word. */
const WORD = 32;
const uint = (value: bigint): Uint8Array => uintToBytes(value, WORD);
const leftPadded = (hex: Hex): Uint8Array => uint(BigInt(hex));

/** Length, and the bytes padded to whole words. */
function bytesTail(bytes: Uint8Array): Uint8Array {
  return concat(uint(BigInt(bytes.length)), bytes, new Uint8Array((WORD - (bytes.length % WORD)) % WORD));
}

/** Length, one offset an item (from after the length), the items. */
function arrayOfDynamic(items: Uint8Array[]): Uint8Array {
  let offset = items.length * WORD;
  const offsets = items.map((item) => {
    const at = uint(BigInt(offset));
    offset += item.length;
    return at;
  });
  return concat(uint(BigInt(items.length)), ...offsets, ...items);
}

/** `abi.encode` of a list that holds one list of (address, bytes32[]); further kinds could follow the access list. */
function encodeAccessList(list: AccessListItem[]): Uint8Array {
  const items = list.map(({ address, storageKeys }) =>
    concat(
      leftPadded(address),
      uint(BigInt(2 * WORD)),
      uint(BigInt(storageKeys.length)),
      ...storageKeys.map((key) => fromHex(key)),
    ),
  );
  return concat(uint(BigInt(WORD)), arrayOfDynamic([arrayOfDynamic(items)]));
}

export function encodeTransaction(tx: EthereumTransaction): Uint8Array {
  const zero = uint(0n);
  const head = [
    uint(BigInt(tx.type)),
    leftPadded(tx.from),
    tx.to === undefined ? zero : leftPadded(tx.to),
    uint(tx.gasLimit),
    zero, // gas per pubdata limit: EIP-712 only
    uint(tx.maxFeePerGas),
    uint(tx.maxPriorityFeePerGas),
    zero, // paymaster: EIP-712 only
    uint(tx.nonce),
    uint(tx.value),
    uint(tx.type === 0 && tx.isEip155 ? 1n : 0n),
    uint(tx.to === undefined ? 1n : 0n),
    zero,
    zero,
  ];
  const tails = [
    bytesTail(tx.data),
    bytesTail(concat(uint(tx.r), uint(tx.s), Uint8Array.of(27 + tx.yParity))),
    uint(0n), // no factory dependencies
    bytesTail(new Uint8Array()), // no paymaster input
    bytesTail(tx.accessList === undefined ? new Uint8Array() : encodeAccessList(tx.accessList)),
  ];
  let offset = (head.length + tails.length) * WORD;
  const offsets = tails.map((tail) => {
    const at = uint(BigInt(offset));
    offset += tail.length;
    return at;
  });
  return concat(...head, ...offsets, ...tails);
}

/** Transaction types that the original's block runner takes over; others are left out of the block. */
export const SUPPORTED_TYPES: ReadonlySet<bigint> = new Set([0n, 1n, 2n]);

/** A transaction as `eth_getBlockByNumber` gives it. Its type must be one of `SUPPORTED_TYPES`. */
export function readRpcTransaction(tx: Field): EthereumTransaction {
  const type = Number(tx.optional("type")?.uint(8) ?? 0n);
  const gasPrice = () => tx.get("gasPrice").uint(128);
  const accessList = tx.optional("accessList")?.items().map(readAccessListItem);
  const to = tx.optional("to")?.hex(20);
  return {
    type,
    from: tx.get("from").hex(20),
    ...(to === undefined ? {} : { to }),
    gasLimit: tx.get("gas").uint(64),
    maxFeePerGas: type === 2 ? tx.get("maxFeePerGas").uint(128) : gasPrice(),
    maxPriorityFeePerGas: type === 2 ? tx.get("maxPriorityFeePerGas").uint(128) : gasPrice(),
    nonce: tx.get("nonce").uint(64),
    value: tx.get("value").uint(256),
    data: fromHex(tx.get("input").hex()),
    r: tx.get("r").uint(256),
    s: tx.get("s").uint(256),
    ...readParity(tx, type),
    ...(accessList === undefined ? {} : { accessList }),
  };
}

/** `v` is a parity (0, 1) or 27 + parity or, with EIP-155 in legacy transactions, 35 + 2 · chain id + parity. */
function readParity(tx: Field, type: number): { yParity: number; isEip155: boolean } {
  const field = type === 0 ? tx.get("v") : (tx.optional("yParity") ?? tx.get("v"));
  const v = field.uint(64);
  if (v <= 1n) return { yParity: Number(v), isEip155: false };
  if (v === 27n || v === 28n) return { yParity: Number(v) - 27, isEip155: false };
  if (type === 0 && v >= 35n) return { yParity: Number((v - 35n) & 1n), isEip155: true };
  return field.fail(`${v} says neither 0 nor 1`);
}

function readAccessListItem(item: Field): AccessListItem {
  return {
    address: item.get("address").hex(20),
    storageKeys: item
      .get("storageKeys")
      .items()
      .map((key) => key.hex(32)),
  };
}
