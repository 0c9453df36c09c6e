/**
 * Block metadata, from the oracle, and the running transaction's context. Every value is an input of the block: the public input commits to the
 * block hashes, number, timestamp and chain id; the rest goes into the block hash (`zk_ee/src/system/metadata.rs`).
 */
import { unprovable } from "../../sdk/machine";
import { alloc } from "../../sdk/memory";
import { askExactly } from "../../sdk/oracle";
import { u256CopyWords, u256Zero } from "../../sdk/u256";
import { bytes32ToU256 } from "./bytes32";

/**
 * Our own form of query 3: the same fields, but the block hashes as Bytes32. They are hashed 256 at a time and twice, as bytes, while BLOCKHASH wants a
 * number now and then: to turn the bytes of all of them around would take some 23,000 cycles a block.
 */
const QUERY_METADATA_BYTES: u32 = 0x57500101;

/** Words of the answer: base fee, gas per pubdata and native price (8 each), four u64, coinbase (6), 256 block hashes, mix hash. */
const WORDS: u32 = 8 * 3 + 2 * 4 + 6 + 8 * 256 + 8;

/** Byte offsets in the answer, which stays where it was read: the U256 among it are the delegation's layout already. */
const BASE_FEE: usize = 0;
const GAS_PER_PUBDATA: usize = 32;
const NATIVE_PRICE: usize = 64;
const NUMBER: usize = 96;
const TIMESTAMP: usize = 104;
const CHAIN_ID: usize = 112;
const GAS_LIMIT: usize = 120;
const COINBASE: usize = 128;
const BLOCK_HASHES: usize = 152;
const MIX_HASH: usize = 152 + 32 * 256;

@unmanaged
export abstract class Metadata {
  static chainId: u64 = 0;
  static number: u64 = 0;
  static timestamp: u64 = 0;
  static gasLimit: u64 = 0;
  /** U256 slots. */
  static baseFee: usize = 0;
  static gasPerPubdata: usize = 0;
  static nativePrice: usize = 0;
  static coinbase: usize = 0;
  static mixHash: usize = 0;
  /** 256 hashes (Bytes32), most recent first, and room for one after them. */
  static blockHashes: usize = 0;
  /** The running transaction: U256 slots that the bootloader writes. */
  static origin: usize = 0;
  static gasPrice: usize = 0;
}

/** Asks for the block's metadata. Called once, before anything else. */
export function initMetadata(): void {
  const at = alloc(<usize>WORDS * 4, 32);
  askExactly(QUERY_METADATA_BYTES, 0, 0, at, WORDS);
  Metadata.baseFee = at + BASE_FEE;
  Metadata.gasPerPubdata = at + GAS_PER_PUBDATA;
  Metadata.nativePrice = at + NATIVE_PRICE;
  Metadata.number = load<u64>(at, NUMBER);
  Metadata.timestamp = load<u64>(at, TIMESTAMP);
  Metadata.chainId = load<u64>(at, CHAIN_ID);
  Metadata.gasLimit = load<u64>(at, GAS_LIMIT);
  Metadata.blockHashes = at + BLOCK_HASHES;
  const slots = alloc(4 * 32, 32);
  Metadata.coinbase = slots;
  u256Zero(slots);
  for (let i: usize = 0; i < 20; i += 4) store<u32>(slots + i, load<u32>(at + COINBASE + i));
  // the host's third 64-bit value of an address has 32 bits: anything above is not an address
  if (load<u32>(at + COINBASE + 20)) unprovable();
  Metadata.mixHash = slots + 32;
  u256CopyWords(slots + 32, at + MIX_HASH);
  Metadata.origin = slots + 64;
  Metadata.gasPrice = slots + 96;
}

/** Hash of block `number` as the BLOCKHASH opcode sees it: of the most recent 256, else 0 (U256 `out`). */
export function blockHash(number: u64, out: usize): void {
  const current = Metadata.number;
  if (number >= current || current - number > 256) u256Zero(out);
  else bytes32ToU256(Metadata.blockHashes + (<usize>(current - number - 1) << 5), out);
}
