/**
 * A leaf is in a Merkle tree of Blake2s hashes. The tape gives depth, index, the leaf (32 bytes) and the siblings from the bottom up;
 * the output is the root, so the proof says: whoever made it knows a leaf at some place of the tree with this root.
 */
import { alloc, commit, readBelow, readU32, readWords } from "windproof/guest";
import { blake2sInit, blake2sParent } from "windproof/guest/sdk/blake2s-round";

/** The delegation's state block is 24 words; its first 8 are the node that climbs. */
const STATE_BYTES: usize = 96;

export function main(): void {
  const depth = readBelow(65);
  const index = <u64>readU32() | ((<u64>readU32()) << 32);
  const state = alloc(STATE_BYTES, 128);
  blake2sInit(state);
  readWords(state, 8);
  // The delegation reads a whole block of 16 words at the sibling; what is behind it does not matter.
  const sibling = alloc(64, 64);
  for (let level: u32 = 0; level < depth; level++) {
    readWords(sibling, 8);
    blake2sParent(state, sibling, ((index >> level) & 1) != 0);
  }
  commit(state);
}
