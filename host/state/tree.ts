/**
 * The state tree as the rest of the host sees it: ZKsync OS's "simple growable storage"
 * (`basic_system/src/system_implementation/flat_storage_model/simple_growable_storage.rs`).
 *
 * A Merkle tree of 2^64 leaves over Blake2s. Leaves are taken in order of first writing, and each names the leaf with the
 * next greater key, so the leaves make a list sorted by key, from a guard with key 0 (index 0) to a guard with key
 * 2^256 − 1 (index 1). Existence is one path; absence is the leaf before, whose `next` points past the key.
 */
import { fromHex, type Hex, ZERO_32 } from "../bytes.ts";
import { blake2s } from "./hash.ts";

export const TREE_DEPTH = 64;
export const FIRST_GUARD = 0n;
export const LAST_GUARD = 1n;
export const MIN_KEY: Hex = ZERO_32;
export const MAX_KEY: Hex = `0x${"ff".repeat(32)}`;

export interface Leaf {
  /** Flat key: 32 bytes. */
  readonly key: Hex;
  /** 32 bytes. */
  readonly value: Hex;
  /** Index of the leaf with the next greater key. The last guard points to itself. */
  readonly next: bigint;
}

export const EMPTY_LEAF: Leaf = { key: ZERO_32, value: ZERO_32, next: 0n };

export interface LeafProof {
  readonly index: bigint;
  readonly leaf: Leaf;
  /** 64 sibling hashes, the leaf's own sibling first. */
  readonly path: readonly Uint8Array[];
}

/** What a state commitment says: the root, and where the next new leaf will go. */
export interface StateCommitment {
  readonly root: Hex;
  readonly nextFreeSlot: bigint;
}

/** A state tree, in memory or over a database. Keys are flat keys. */
export interface StateTree {
  root(): Hex;
  readonly nextFreeSlot: bigint;
  /** Leaves in use, the two guards included. */
  readonly size: number;
  /** The empty leaf where nothing was written. */
  leaf(index: bigint): Leaf;
  indexOf(key: Hex): bigint | undefined;
  /** The value under a key, or undefined when the key has no leaf. Guards have no value. */
  value(key: Hex): Hex | undefined;
  /** Index of the leaf with the greatest key not above `key` (the leaf itself when the key exists). */
  previousIndex(key: Hex): bigint;
  proof(index: bigint): LeafProof;
  /**
   * Writes a value; a new key takes the next free slot and is linked into the list. Returns the leaf's index.
   * @param at where a new leaf goes instead (only for states whose leaves are known to be scattered)
   * @throws RangeError for a guard's key, or when `at` is taken
   */
  set(key: Hex, value: Hex, at?: bigint): bigint;
  /** All leaves in use, in order of key. */
  leaves(): Iterable<[index: bigint, leaf: Leaf]>;
  /** An independent copy, so that a block's writes can be applied without losing the state before it. */
  clone(): StateTree;
}

export function commitmentOf(tree: StateTree): StateCommitment {
  return { root: tree.root(), nextFreeSlot: tree.nextFreeSlot };
}

/** Blake2s of key, value, and `next` as 8 little-endian bytes. */
export function hashLeaf(leaf: Leaf): Uint8Array {
  const input = new Uint8Array(72);
  input.set(fromHex(leaf.key), 0);
  input.set(fromHex(leaf.value), 32);
  new DataView(input.buffer).setBigUint64(64, leaf.next, true);
  return blake2s(input);
}

export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = new Uint8Array(64);
  input.set(left, 0);
  input.set(right, 32);
  return blake2s(input);
}

/** Hash of an empty subtree of each height: [0] an empty leaf, [64] the root of an empty tree. */
export const EMPTY_SUBTREES: readonly Uint8Array[] = emptySubtrees();

function emptySubtrees(): Uint8Array[] {
  const hashes = [hashLeaf(EMPTY_LEAF)];
  for (let height = 0; height < TREE_DEPTH; height++) hashes.push(hashNode(hashes[height], hashes[height]));
  return hashes;
}

/** The root that a proof leads to. */
export function rootOfProof(proof: LeafProof): Uint8Array {
  let hash = hashLeaf(proof.leaf);
  let index = proof.index;
  for (const sibling of proof.path) {
    hash = index & 1n ? hashNode(sibling, hash) : hashNode(hash, sibling);
    index >>= 1n;
  }
  return hash;
}
