/**
 * The seed of io's hash tables: odd, from the block's own data, which who sends a transaction does not know in full. The tables take a polynomial of the
 * words at the seed (a multiplication and an addition a word) and its upper bits: collisions made ahead of the block are a few hundred at most.
 */
import { Metadata } from "./metadata";

export let hashSeed: u32 = 0x9e3779b1;

/** After the metadata is read. */
export function initHashSeed(): void {
  const hashes = Metadata.blockHashes;
  hashSeed = (load<u32>(hashes) ^ (load<u32>(hashes, 4) * 0x85ebca6b) ^ (load<u32>(Metadata.mixHash) * 0xc2b2ae35) ^ <u32>Metadata.timestamp ^ 0x9e3779b1) | 1;
}
