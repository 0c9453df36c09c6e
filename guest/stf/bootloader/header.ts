/** The block header and its hash (`basic_bootloader/src/bootloader/block_header.rs`): Ethereum's fields, several of them constant, RLP and Keccak-256. */
import { alloc } from "../../sdk/memory";
import { keccak256 } from "../../crypto/keccak256";
import { internal } from "../system/internal";
import { Metadata, blockHash } from "../system/metadata";
import { u256ToWord } from "../system/bytes";
import { BOOTLOADER_SLOTS } from "../system/layout";
import { BASE_FEE_RANGE } from "./reasons";
import { bigEndianU64, prefixLength, putBytes, putNumber, putPrefix } from "./rlp";

/** Bytes32 */
export const BLOCK_HASH: usize = BOOTLOADER_SLOTS + 0x620;
/** Bytes32: rolling hash of the block's transactions */
export const ROLLING_HASH: usize = BOOTLOADER_SLOTS + 0x640;
const WORD: usize = BOOTLOADER_SLOTS + 0x660;
const HASH: usize = BOOTLOADER_SLOTS + 0x680;

/** keccak256(rlp([])) */
const EMPTY_OMMERS: usize = memory.data<u8>([
  0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a, 0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13, 0xf0, 0xa1, 0x42,
  0xfd, 0x40, 0xd4, 0x93, 0x47,
]);

/** Longest header: three numbers of 9 bytes more than these hashes, bloom and prefixes. */
const CAPACITY: usize = 700;

/** The encoded header, kept for the host. */
@unmanaged
export abstract class Header {
  static start: usize = 0;
  static length: u32 = 0;
}

// @ts-ignore: decorator
@inline function putU64(to: usize, value: u64): usize {
  bigEndianU64(WORD, value);
  return putNumber(to, WORD, 8);
}

function putZeros(to: usize, count: u32): usize {
  to = putPrefix(to, count, 128);
  memory.fill(to, 0, count);
  return to + count;
}

/** Builds the header from the block's metadata and ROLLING_HASH; its hash goes to BLOCK_HASH. */
export function sealHeader(): void {
  const payload = ((alloc(CAPACITY, 4) + 7) & ~3) + 1;
  if (load<u64>(Metadata.baseFee, 8) | load<u64>(Metadata.baseFee, 16) | load<u64>(Metadata.baseFee, 24)) internal(BASE_FEE_RANGE);
  // The parent hash is asked for the block itself, which answers 0 (vectors/README).
  blockHash(Metadata.number, HASH);
  u256ToWord(HASH, WORD);
  let to = putBytes(payload, WORD, 32);
  to = putBytes(to, EMPTY_OMMERS, 32);
  u256ToWord(Metadata.coinbase, HASH);
  to = putBytes(to, HASH + 12, 20);
  to = putZeros(to, 32); // state root
  to = putBytes(to, ROLLING_HASH, 32); // transactions root
  to = putZeros(to, 32); // receipts root
  to = putZeros(to, 256); // logs bloom
  to = putPrefix(to, 0, 128); // difficulty
  to = putU64(to, Metadata.number);
  to = putU64(to, Metadata.gasLimit);
  to = putPrefix(to, 0, 128); // gas used
  to = putU64(to, Metadata.timestamp);
  to = putPrefix(to, 0, 128); // extra data
  to = putZeros(to, 32); // mix hash
  to = putZeros(to, 8); // nonce
  to = putU64(to, load<u64>(Metadata.baseFee));

  const length = <u32>(to - payload);
  const prefix = prefixLength(length);
  Header.start = payload - prefix;
  Header.length = length + prefix;
  putPrefix(Header.start, length, 192);
  keccak256(Header.start, Header.length, BLOCK_HASH);
}
