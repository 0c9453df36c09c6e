/** The hashes of the state: Blake2s-256 for everything that is proven, Keccak-256 for what the settlement layer opens. */
import { blake2s as blake2sOf } from "@noble/hashes/blake2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { fromHex, type Hex, toHex } from "../bytes.ts";

export const blake2s = (data: Uint8Array): Uint8Array => blake2sOf(data);
export const keccak256 = (data: Uint8Array): Uint8Array => keccak_256(data);

/**
 * Key of a storage slot in the state tree: Blake2s of the address, left-padded to 32 bytes, and the slot's key
 * (ZKsync OS `zk_ee/src/common_structs/warm_storage_key.rs`).
 */
export function flatKey(address: Hex, key: Hex): Hex {
  const input = new Uint8Array(64);
  input.set(fromHex(address), 12);
  input.set(fromHex(key), 32);
  return toHex(blake2s(input));
}
