/**
 * Transactions for fuzzing, in the bootloader's ABI form: every field can be set, also to what no wallet would write, and signed as Ethereum and EIP-712 want it.
 * Written apart from `host/blocks/transaction.ts`, which encodes well-formed Ethereum transactions only.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { concat, fromHex, type Hex, uintToBytes } from "../../../host/bytes.ts";
import { keccak256 } from "../../../host/state/hash.ts";

export interface AccessListItem {
  address: Hex;
  keys: Hex[];
}

export interface Fields {
  type: number;
  from: Hex;
  to: Hex;
  gasLimit: bigint;
  gasPerPubdata: bigint;
  maxFee: bigint;
  priorityFee: bigint;
  paymaster: Hex;
  nonce: bigint;
  value: bigint;
  reserved: [bigint, bigint, bigint, bigint];
  data: Uint8Array;
  signature: Uint8Array;
  factoryDeps: Hex[];
  paymasterInput: Uint8Array;
  /** content of the last dynamic part */
  reservedDynamic: Uint8Array;
  accessList: AccessListItem[];
}

const word = (value: bigint): Uint8Array => uintToBytes(value & ((1n << 256n) - 1n), 32);
const padded = (bytes: Uint8Array): Uint8Array => concat(bytes, new Uint8Array((32 - (bytes.length % 32)) % 32));
const tail = (bytes: Uint8Array): Uint8Array => concat(word(BigInt(bytes.length)), padded(bytes));

export function encode(tx: Fields): Uint8Array {
  const { reserved } = tx;
  const head = [
    BigInt(tx.type),
    BigInt(tx.from),
    BigInt(tx.to),
    tx.gasLimit,
    tx.gasPerPubdata,
    tx.maxFee,
    tx.priorityFee,
    BigInt(tx.paymaster),
    tx.nonce,
    tx.value,
    ...reserved,
  ].map(word);
  const tails = [
    tail(tx.data),
    tail(tx.signature),
    concat(word(BigInt(tx.factoryDeps.length)), ...tx.factoryDeps.map(fromHex)),
    tail(tx.paymasterInput),
    tail(tx.reservedDynamic),
  ];
  let offset = 19 * 32;
  const offsets = tails.map((part) => {
    const at = word(BigInt(offset));
    offset += part.length;
    return at;
  });
  return concat(...head, ...offsets, ...tails);
}

/** `abi.encode` of the list of lists that holds the access list. */
export function encodeAccessList(list: readonly AccessListItem[]): Uint8Array {
  const items = list.map(({ address, keys }) =>
    concat(word(BigInt(address)), word(64n), word(BigInt(keys.length)), ...keys.map(fromHex)),
  );
  let offset = 32 * items.length;
  const heads = items.map((item) => {
    const at = word(BigInt(offset));
    offset += item.length;
    return at;
  });
  return concat(word(32n), word(1n), word(32n), word(BigInt(list.length)), ...heads, ...items);
}

type Rlp = Uint8Array | bigint | readonly Rlp[];

function rlp(item: Rlp): Uint8Array {
  if (typeof item === "bigint") {
    const digits = item === 0n ? "" : item.toString(16);
    return rlp(fromHex(`0x${digits.length % 2 ? "0" : ""}${digits}`));
  }
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 128) return item;
    return concat(prefix(128, item.length), item);
  }
  const payload = concat(...item.map(rlp));
  return concat(prefix(192, payload.length), payload);
}

function prefix(base: number, length: number): Uint8Array {
  if (length < 56) return Uint8Array.of(base + length);
  const digits = length.toString(16);
  const bytes = fromHex(`0x${digits.length % 2 ? "0" : ""}${digits}`);
  return concat(Uint8Array.of(base + 55 + bytes.length), bytes);
}

const text = (value: string): Uint8Array => keccak256(new TextEncoder().encode(value));
const DOMAIN_TYPE = text("EIP712Domain(string name,string version,uint256 chainId)");
const TRANSACTION_TYPE = text(
  "Transaction(uint256 txType,uint256 from,uint256 to,uint256 gasLimit,uint256 gasPerPubdataByteLimit,uint256 maxFeePerGas,uint256 maxPriorityFeePerGas,uint256 paymaster,uint256 nonce,uint256 value,bytes data,bytes32[] factoryDeps,bytes paymasterInput)",
);

/** The hash that the sender signs. */
export function signedHash(tx: Fields, chainId: bigint): Uint8Array {
  if (tx.type === 0x71) {
    const domain = keccak256(concat(DOMAIN_TYPE, text("zkSync"), text("2"), word(chainId)));
    const struct = keccak256(
      concat(
        TRANSACTION_TYPE,
        encode(tx).slice(0, 320),
        keccak256(tx.data),
        keccak256(concat(...tx.factoryDeps.map(fromHex))),
        keccak256(tx.paymasterInput),
      ),
    );
    return keccak256(concat(Uint8Array.of(0x19, 0x01), domain, struct));
  }
  const to = tx.reserved[1] === 0n ? fromHex(tx.to) : new Uint8Array();
  const list = tx.accessList.map(({ address, keys }) => [fromHex(address), keys.map(fromHex)]);
  const price = tx.type === 2 ? [tx.priorityFee, tx.maxFee] : [tx.maxFee];
  const common: Rlp[] = [tx.nonce, ...price, tx.gasLimit, to, tx.value, tx.data];
  if (tx.type === 0) return keccak256(rlp(tx.reserved[0] === 0n ? common : [...common, chainId, 0n, 0n]));
  return keccak256(concat(Uint8Array.of(tx.type), rlp([chainId, ...common, list])));
}

export function sign(tx: Fields, chainId: bigint, key: Uint8Array): void {
  const [recovery, ...rest] = secp256k1.sign(signedHash(tx, chainId), key, { prehash: false, format: "recovered" });
  tx.signature = Uint8Array.of(...rest, 27 + recovery!);
}

export function addressOf(key: Uint8Array): Hex {
  const point = secp256k1.getPublicKey(key, false).slice(1);
  return `0x${Buffer.from(keccak256(point)).toString("hex").slice(24)}`;
}
