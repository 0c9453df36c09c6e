/**
 * The batched proof of a block, but for its siblings: the oracle's answer to HINT_TREE, checked leaf by leaf and slot by slot, and the list of leaves relinked.
 *
 * Parameters, ten words a slot, in the order of the slots: flags (1 the slot is new, 2 its value changed), 0, flat key (8 words).
 * Answer, in words:
 *
 *     leaves that exist now, by ascending index: their count, then for each
 *         slot (1 + its number among the parameters, or 0 for one that is only a neighbour), index (low, high), next (low, high);
 *         for a neighbour also key (8) and value (8)
 *     new slots, by ascending flat key: for each its number, the leaf before it and the leaf after it (numbers among the leaves)
 *     siblings (8 words each) in the order in which `verify.ts` climbs; then zero or one word, for an even number
 *
 * Nothing of it is trusted. Leaves are what the root says; here it is checked that each slot that exists has its leaf, with key and value
 * as claimed, that each new one lies between two neighbours in the list, and that no leaf is there twice.
 */
import { readTape } from "../../sdk/oracle";
import { tapeRead, tapeWrite, unprovable } from "../../sdk/machine";
import { writeU256 } from "../../sdk/hints";
import { u256Equal } from "../../sdk/u256";
import { keep } from "../system/arena";
import { lessBytes32 } from "../system/bytes32";
import { SLOT_FLAGS, SLOT_FLAT_KEY, SLOT_INITIAL, SLOT_IS_NEW, SLOT_LEAF } from "../system/slot";

export const HINT_TREE: u32 = 0x57500100;

// Offsets of a leaf's record (64 bytes).
// @ts-ignore: decorator
@inline export const LEAF_INDEX: usize = 0;
// @ts-ignore: decorator
@inline export const LEAF_NEXT: usize = 8;
/** Next in the new tree, where it changed or the leaf is new. */
// @ts-ignore: decorator
@inline export const LEAF_NEW_NEXT: usize = 16;
// @ts-ignore: decorator
@inline export const LEAF_FLAGS: usize = 24;
/** Key and value, 64 bytes, as hashed. */
// @ts-ignore: decorator
@inline export const LEAF_BLOCK: usize = 28;
/** Record of the leaf's slot, 0 for a neighbour. */
// @ts-ignore: decorator
@inline export const LEAF_SLOT: usize = 32;
// @ts-ignore: decorator
@inline export const LEAF: usize = 64;

// @ts-ignore: decorator
@inline export const VALUE_CHANGED: u32 = 1;
// @ts-ignore: decorator
@inline export const NEXT_CHANGED: u32 = 2;
// @ts-ignore: decorator
@inline export const NEW_LEAF: u32 = 4;

@unmanaged
export abstract class Batch {
  /** Records of the leaves, those that exist and then the new ones, by ascending index. */
  static leaves: usize = 0;
  static count: u32 = 0;
  static newLeaves: u32 = 0;
}

/** Asks for the proof and checks everything but the hashes. The siblings are next on the tape. */
export function readBatch(slots: usize, count: u32, nextFreeSlot: u64): void {
  const end = slots + (<usize>count << 2);
  tapeWrite(HINT_TREE);
  tapeWrite(10 * count);
  let newSlots: u32 = 0;
  let newLeaves: u32 = 0;
  for (let at = slots; at < end; at += 4) {
    const slot = <usize>load<u32>(at);
    const isNew: u32 = (load<u32>(slot, SLOT_FLAGS) & SLOT_IS_NEW) != 0 ? 1 : 0;
    const changed: u32 = u256Equal(slot, slot + SLOT_INITIAL) ^ 1;
    newSlots += isNew;
    newLeaves += isNew & changed;
    tapeWrite(isNew | (changed << 1));
    tapeWrite(0);
    writeU256(slot + SLOT_FLAT_KEY);
    store<u32>(slot, isNew ? changed << 1 : changed, SLOT_LEAF);
  }
  tapeRead();
  const existing = tapeRead();
  // each slot needs at most two leaves: a greater number would run out of the tape, or of memory, all the same
  if (existing > 2 * count) unprovable();
  Batch.leaves = keep(<usize>(existing + newLeaves) * LEAF, 64);
  Batch.count = existing + newLeaves;
  Batch.newLeaves = newLeaves;
  if (readLeaves(slots, count, existing, nextFreeSlot) != count - newSlots) unprovable();
  appendLeaves(slots, end, Batch.leaves + <usize>existing * LEAF, nextFreeSlot);
  linkNewSlots(slots, count, newSlots, existing);
}

/**
 * Reads the leaves that exist. @returns how many slots they are the leaves of.
 * SLOT_LEAF of a slot that exists is 0 or 1 (its value changed) before, then its leaf's record: a second leaf for one slot is refused.
 */
function readLeaves(slots: usize, count: u32, existing: u32, nextFreeSlot: u64): u32 {
  let covered: u32 = 0;
  let least: u64 = 0;
  let leaf = Batch.leaves;
  const end = leaf + <usize>existing * LEAF;
  for (; leaf < end; leaf += LEAF) {
    const number = tapeRead();
    const low = tapeRead();
    const high = tapeRead();
    store<u32>(leaf, low, LEAF_INDEX);
    store<u32>(leaf, high, LEAF_INDEX + 4);
    store<u32>(leaf, tapeRead(), LEAF_NEXT);
    store<u32>(leaf, tapeRead(), LEAF_NEXT + 4);
    const index = ((<u64>high) << 32) | <u64>low;
    if (index < least) unprovable();
    least = index + 1;
    if (number == 0) {
      const block = keep(64, 4);
      readTape(block, 16);
      store<u32>(leaf, <u32>block, LEAF_BLOCK);
    } else {
      if (number > count) unprovable();
      const slot = <usize>load<u32>(slots + (<usize>(number - 1) << 2));
      const changed = load<u32>(slot, SLOT_LEAF);
      if (load<u32>(slot, SLOT_FLAGS) & SLOT_IS_NEW || changed > 1) unprovable();
      store<u32>(leaf, changed, LEAF_FLAGS);
      store<u32>(leaf, <u32>(slot + SLOT_FLAT_KEY), LEAF_BLOCK);
      store<u32>(leaf, <u32>slot, LEAF_SLOT);
      store<u32>(slot, <u32>leaf, SLOT_LEAF);
      covered++;
    }
  }
  // also keeps 2^64 - 1 from passing as less than everything after it
  if (existing && (least == 0 || least > nextFreeSlot)) unprovable();
  return covered;
}

/** New slots that got a value become leaves after all others, in their order. SLOT_LEAF of a new slot is 2 for these, else 0, before. */
function appendLeaves(slots: usize, end: usize, leaf: usize, nextFreeSlot: u64): void {
  for (let at = slots; at < end; at += 4) {
    const slot = <usize>load<u32>(at);
    if (load<u32>(slot, SLOT_LEAF) != 2) continue;
    store<u64>(leaf, nextFreeSlot, LEAF_INDEX);
    store<u32>(leaf, NEW_LEAF, LEAF_FLAGS);
    store<u32>(leaf, <u32>(slot + SLOT_FLAT_KEY), LEAF_BLOCK);
    store<u32>(leaf, <u32>slot, LEAF_SLOT);
    store<u32>(slot, <u32>leaf, SLOT_LEAF);
    leaf += LEAF;
    nextFreeSlot++;
  }
}

/**
 * New slots by ascending key, so that each is there once if there are as many as there should be: each lies between two leaves that follow one
 * another, and those with a value are linked in between.
 */
function linkNewSlots(slots: usize, count: u32, newSlots: u32, existing: u32): void {
  const leaves = Batch.leaves;
  let lastKey: usize = 0;
  let lastBefore: usize = 0;
  // the leaf after which the next one with the same neighbour before it comes
  let tail: usize = 0;
  for (let i: u32 = 0; i < newSlots; i++) {
    const number = tapeRead();
    const beforeNumber = tapeRead();
    const afterNumber = tapeRead();
    if (number >= count || beforeNumber >= existing || afterNumber >= existing) unprovable();
    const slot = <usize>load<u32>(slots + (<usize>number << 2));
    if (!(load<u32>(slot, SLOT_FLAGS) & SLOT_IS_NEW)) unprovable();
    const key = slot + SLOT_FLAT_KEY;
    if (lastKey && !lessBytes32(lastKey, key)) unprovable();
    lastKey = key;
    const before = leaves + <usize>beforeNumber * LEAF;
    const after = leaves + <usize>afterNumber * LEAF;
    if (load<u32>(before, LEAF_NEXT) != load<u32>(after, LEAF_INDEX)) unprovable();
    if (load<u32>(before, LEAF_NEXT + 4) != load<u32>(after, LEAF_INDEX + 4)) unprovable();
    if (!lessBytes32(<usize>load<u32>(before, LEAF_BLOCK), key)) unprovable();
    if (!lessBytes32(key, <usize>load<u32>(after, LEAF_BLOCK))) unprovable();
    const leaf = <usize>load<u32>(slot, SLOT_LEAF);
    if (!leaf) continue;
    if (before != lastBefore) {
      lastBefore = before;
      tail = before;
      store<u32>(before, load<u32>(before, LEAF_FLAGS) | NEXT_CHANGED, LEAF_FLAGS);
    }
    store<u32>(tail, load<u32>(leaf, LEAF_INDEX), LEAF_NEW_NEXT);
    store<u32>(tail, load<u32>(leaf, LEAF_INDEX + 4), LEAF_NEW_NEXT + 4);
    store<u32>(leaf, load<u32>(before, LEAF_NEXT), LEAF_NEW_NEXT);
    store<u32>(leaf, load<u32>(before, LEAF_NEXT + 4), LEAF_NEW_NEXT + 4);
    tail = leaf;
  }
}
