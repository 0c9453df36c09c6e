/**
 * The end of a proving block: every slot that was read is verified against the state root, every write is applied, in one pass over one batched proof.
 *
 * The tree is a Merkle tree of 2^64 leaves (Blake2s-256), which hold (key, value, next): a linked list by key through array indices, with guards of the least
 * and the greatest key. A slot that exists is shown by its leaf, one that does not by two neighbours in the list. New leaves are appended at `nextFreeSlot` in
 * the order of the slots (`flat_storage_model/simple_growable_storage.rs`, `verify_and_apply_batch`; ours differs in how it proves, not in what).
 *
 * The oracle's answer (HINT_TREE, `batch.ts`) names all leaves that are needed, by ascending index, and the siblings on the way up. Leaves that do not exist
 * yet take part as empty ones. The pass climbs from leaf to leaf: each node is hashed once for the old root, and once more for the new one where
 * something below it changed. The digest stays in the delegation's state block from level to level.
 */
import { u256ToBytes32 } from "../system/bytes32";
import { TREE_SLOTS } from "../system/layout";
import { SLOT_INITIAL_BYTES, SLOT_VALUE } from "../system/slot";
import { blake2sBlock, blake2sInit, blake2sParent } from "../../sdk/blake2s-round";
import { tapeRead, unprovable } from "../../sdk/machine";
import {
  Batch,
  LEAF,
  LEAF_BLOCK,
  LEAF_FLAGS,
  LEAF_INDEX,
  LEAF_NEW_NEXT,
  LEAF_NEXT,
  LEAF_SLOT,
  NEW_LEAF,
  NEXT_CHANGED,
  VALUE_CHANGED,
  readBatch,
} from "./batch";
import { EMPTY_SUBTREES } from "./empty";

/** State blocks of the delegation: the node at hand in the old tree and in the new one. */
const OLD: usize = TREE_SLOTS;
const NEW: usize = TREE_SLOTS + 128;
/** 8 words, and 8 more that the delegation reads for nothing. */
const SIBLING: usize = TREE_SLOTS + 256;
/** Second block of a leaf's hash: next, then zeros. */
const TAIL: usize = TREE_SLOTS + 320;
/** State after a leaf's first block. */
const FIRST_BLOCK: usize = TREE_SLOTS + 384;
/** Left nodes that wait for their right siblings, 96 bytes each: old digest, new digest, level, flags. */
const STACK: usize = TREE_SLOTS + 512;
const ENTRY: usize = 96;
const ENTRY_LEVEL: usize = 64;
const ENTRY_FLAGS: usize = 68;

// What is known of the node at hand.
/** Something below it changed: NEW holds its digest in the new tree. */
const DIRTY: u32 = 1;
/** It is empty in the old tree: OLD does not hold its digest. */
const EMPTY: u32 = 2;

const LEAF_BYTES: u32 = 72;

/** Index of the leaf that the climb came from, the node's level, and what is known of it. */
let indexLow: u32 = 0;
let indexHigh: u32 = 0;
let level: u32 = 0;
let flags: u32 = 0;
let stackTop: usize = STACK;

/** The state commitment: root (Bytes32) and next free slot; `verifyAndApply` makes it the one after the block. */
@unmanaged
export abstract class StateCommitment {
  static root: usize = 0;
  static nextFreeSlot: u64 = 0;
}

/**
 * @param slots pointers to the records of all slots that were asked for, in the order in which new leaves are appended; @param count how many.
 * Anything that does not fit makes the run unprovable.
 */
export function verifyAndApply(slots: usize, count: u32): void {
  if (count == 0) return;
  readBatch(slots, count, StateCommitment.nextFreeSlot);
  const leaves = Batch.leaves;
  const end = leaves + <usize>Batch.count * LEAF;
  hashFirst(leaves);
  for (let leaf = leaves + LEAF; leaf < end; leaf += LEAF) {
    const low = load<u32>(leaf, LEAF_INDEX);
    const high = load<u32>(leaf, LEAF_INDEX + 4);
    // the level at which the paths of this leaf and the one before meet as siblings
    const differ = high ^ indexHigh;
    const meet: u32 = differ ? 63 - clz<u32>(differ) : 31 - clz<u32>(low ^ indexLow);
    foldBelow(meet);
    climb(meet);
    push();
    hashFirst(leaf);
  }
  foldBelow(64);
  climb(64);
  if (flags & EMPTY || !equal8(OLD, StateCommitment.root)) unprovable();
  if (flags & DIRTY) copy8(StateCommitment.root, NEW);
  StateCommitment.nextFreeSlot += <u64>Batch.newLeaves;
}

// @ts-ignore: decorator
@inline
function hashFirst(leaf: usize): void {
  indexLow = load<u32>(leaf, LEAF_INDEX);
  indexHigh = load<u32>(leaf, LEAF_INDEX + 4);
  level = 0;
  hashLeaf(leaf);
}

/** Digest of a leaf in both trees. */
function hashLeaf(leaf: usize): void {
  const what = load<u32>(leaf, LEAF_FLAGS);
  const block = <usize>load<u32>(leaf, LEAF_BLOCK);
  if (what & NEW_LEAF) {
    hashNewLeaf(leaf, block);
    flags = DIRTY | EMPTY;
    return;
  }
  blake2sInit(OLD);
  blake2sBlock(OLD, block, 64, false);
  const changed = what & (VALUE_CHANGED | NEXT_CHANGED);
  if (changed == NEXT_CHANGED) copy8(FIRST_BLOCK, OLD);
  store<u32>(TAIL, load<u32>(leaf, LEAF_NEXT), 0);
  store<u32>(TAIL, load<u32>(leaf, LEAF_NEXT + 4), 4);
  blake2sBlock(OLD, TAIL, LEAF_BYTES, true);
  if (!changed) {
    flags = 0;
    return;
  }
  if (changed == NEXT_CHANGED) {
    copy8(NEW, FIRST_BLOCK);
  } else {
    const slot = <usize>load<u32>(leaf, LEAF_SLOT);
    u256ToBytes32(slot + SLOT_VALUE, slot + SLOT_INITIAL_BYTES);
    blake2sInit(NEW);
    blake2sBlock(NEW, block, 64, false);
  }
  if (changed & NEXT_CHANGED) {
    store<u32>(TAIL, load<u32>(leaf, LEAF_NEW_NEXT), 0);
    store<u32>(TAIL, load<u32>(leaf, LEAF_NEW_NEXT + 4), 4);
  }
  blake2sBlock(NEW, TAIL, LEAF_BYTES, true);
  flags = DIRTY;
}

function hashNewLeaf(leaf: usize, block: usize): void {
  const slot = <usize>load<u32>(leaf, LEAF_SLOT);
  u256ToBytes32(slot + SLOT_VALUE, slot + SLOT_INITIAL_BYTES);
  blake2sInit(NEW);
  blake2sBlock(NEW, block, 64, false);
  store<u32>(TAIL, load<u32>(leaf, LEAF_NEW_NEXT), 0);
  store<u32>(TAIL, load<u32>(leaf, LEAF_NEW_NEXT + 4), 4);
  blake2sBlock(NEW, TAIL, LEAF_BYTES, true);
}

/** Goes up to level `to` with siblings from the tape. */
function climb(to: u32): void {
  while (level < to) {
    if (flags & EMPTY) {
      stepEmpty();
      continue;
    }
    // up to a change of the index's word, with nothing to decide but left and right
    const stop = level < 32 && to > 32 ? 32 : to;
    let path = (level < 32 ? indexLow : indexHigh) >> (level & 31);
    let steps = stop - level;
    level = stop;
    if (flags & DIRTY) {
      do {
        readSibling();
        blake2sParent(OLD, SIBLING, (path & 1) != 0);
        blake2sParent(NEW, SIBLING, (path & 1) != 0);
        path >>= 1;
      } while (--steps);
    } else {
      do {
        readSibling();
        blake2sParent(OLD, SIBLING, (path & 1) != 0);
        path >>= 1;
      } while (--steps);
    }
  }
}

/** One level up from a node that is empty in the old tree, and so changed. */
function stepEmpty(): void {
  const at = level;
  const right = (((at < 32 ? indexLow : indexHigh) >> (at & 31)) & 1) != 0;
  if (right) {
    readSibling();
    copy8(OLD, EMPTY_SUBTREES + (<usize>at << 5));
    blake2sParent(OLD, SIBLING, true);
    flags = DIRTY;
  } else {
    // everything right of a place that is empty in the old tree is empty in both
    copy8(SIBLING, EMPTY_SUBTREES + (<usize>at << 5));
  }
  blake2sParent(NEW, SIBLING, right);
  level = at + 1;
}

// @ts-ignore: decorator
@inline
function readSibling(): void {
  store<u32>(SIBLING, tapeRead(), 0);
  store<u32>(SIBLING, tapeRead(), 4);
  store<u32>(SIBLING, tapeRead(), 8);
  store<u32>(SIBLING, tapeRead(), 12);
  store<u32>(SIBLING, tapeRead(), 16);
  store<u32>(SIBLING, tapeRead(), 20);
  store<u32>(SIBLING, tapeRead(), 24);
  store<u32>(SIBLING, tapeRead(), 28);
}

/** The node at hand waits for its right sibling. */
// @ts-ignore: decorator
@inline
function push(): void {
  const entry = stackTop;
  if (!(flags & EMPTY)) copy8(entry, OLD);
  if (flags & DIRTY) copy8(entry + 32, NEW);
  store<u32>(entry, level, ENTRY_LEVEL);
  store<u32>(entry, flags, ENTRY_FLAGS);
  stackTop = entry + ENTRY;
}

/** Joins the node at hand with the waiting ones whose level is below `limit`. */
function foldBelow(limit: u32): void {
  while (stackTop > STACK) {
    const left = stackTop - ENTRY;
    const at = load<u32>(left, ENTRY_LEVEL);
    if (at >= limit) return;
    climb(at);
    join(left, load<u32>(left, ENTRY_FLAGS));
    stackTop = left;
    level = at + 1;
  }
}

/** The parent of a waiting left node and the one at hand. */
function join(left: usize, leftFlags: u32): void {
  if ((leftFlags | flags) & DIRTY) {
    if (!(flags & DIRTY)) copy8(NEW, OLD);
    blake2sParent(NEW, leftFlags & DIRTY ? left + 32 : left, true);
  }
  let joined = (leftFlags | flags) & DIRTY;
  if (leftFlags & EMPTY) {
    // what is right of a new leaf is a new leaf
    joined |= EMPTY;
  } else {
    if (flags & EMPTY) copy8(OLD, EMPTY_SUBTREES + (<usize>level << 5));
    blake2sParent(OLD, left, true);
  }
  flags = joined;
}

// @ts-ignore: decorator
@inline
function copy8(to: usize, from: usize): void {
  store<u32>(to, load<u32>(from, 0), 0);
  store<u32>(to, load<u32>(from, 4), 4);
  store<u32>(to, load<u32>(from, 8), 8);
  store<u32>(to, load<u32>(from, 12), 12);
  store<u32>(to, load<u32>(from, 16), 16);
  store<u32>(to, load<u32>(from, 20), 20);
  store<u32>(to, load<u32>(from, 24), 24);
  store<u32>(to, load<u32>(from, 28), 28);
}

function equal8(a: usize, b: usize): bool {
  for (let i: usize = 0; i < 32; i += 4) if (load<u32>(a + i) != load<u32>(b + i)) return false;
  return true;
}
