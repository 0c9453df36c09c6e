/**
 * The seed of io's hash tables: odd, from the block's own data, which who sends a transaction does not know in full. Sums of words times multiples of
 * it are cheap (one multiplication a word) and cannot be made to collide on purpose ahead of the block.
 */
import { Metadata } from "./metadata";

export let hashSeed: u32 = 0x9e3779b1;

/** After the metadata is read. */
export function initHashSeed(): void {
  const hashes = Metadata.blockHashes;
  hashSeed = (load<u32>(hashes) ^ (load<u32>(hashes, 4) * 0x85ebca6b) ^ (load<u32>(Metadata.mixHash) * 0xc2b2ae35) ^ <u32>Metadata.timestamp ^ 0x9e3779b1) | 1;
}
