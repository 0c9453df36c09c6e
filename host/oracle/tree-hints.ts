/**
 * Answers our guest's one question about the tree: a batched proof for all slots of a block. The layout of question and answer, and what
 * the guest checks, are in `guest/stf/tree/batch.ts`; the order of the siblings is that of its climb in `guest/stf/tree/verify.ts`.
 */
import { bytesToWords, fromHex, type Hex, toHex, wordsToBytes } from "../bytes.ts";
import type { LeafProof, StateTree } from "../state/tree.ts";
import { TREE_DEPTH } from "../state/tree.ts";

/** `HINT_TREE` of `guest/stf/tree/batch.ts`. */
export const TREE_BATCH = 0x57500100;

const SLOT_WORDS = 10;

interface Slot {
  number: number;
  isNew: boolean;
  isChanged: boolean;
  key: Hex;
}

/** @param tree the state before the block */
export function answerTreeBatch(tree: StateTree, parameters: Uint32Array): Uint32Array {
  const slots: Slot[] = [];
  for (let at = 0, number = 0; at < parameters.length; at += SLOT_WORDS, number++) {
    const key = toHex(wordsToBytes(parameters.subarray(at + 2, at + SLOT_WORDS)));
    slots.push({ number, isNew: (parameters[at]! & 1) !== 0, isChanged: (parameters[at]! & 2) !== 0, key });
  }

  // which leaves: those of slots, and the neighbours of new ones
  const leaves = new Map<bigint, number>();
  for (const slot of slots) if (!slot.isNew) leaves.set(tree.indexOf(slot.key) ?? 0n, 1 + slot.number);
  const newSlots = slots.filter((slot) => slot.isNew).sort((a, b) => (a.key < b.key ? -1 : 1));
  const neighbours = newSlots.map((slot) => {
    const before = tree.previousIndex(slot.key);
    return { slot, before, after: tree.leaf(before).next };
  });
  for (const { before, after } of neighbours) {
    for (const index of [before, after]) if (!leaves.has(index)) leaves.set(index, 0);
  }
  const indices = [...leaves.keys()].sort((a, b) => (a < b ? -1 : 1));

  const words: number[] = [indices.length];
  const proofs: LeafProof[] = [];
  for (const index of indices) {
    const proof = tree.proof(index);
    proofs.push(proof);
    words.push(leaves.get(index)!, ...lowHigh(index), ...lowHigh(proof.leaf.next));
    if (leaves.get(index) === 0) {
      words.push(...bytesToWords(fromHex(proof.leaf.key)), ...bytesToWords(fromHex(proof.leaf.value)));
    }
  }
  const position = new Map(indices.map((index, i) => [index, i]));
  for (const { slot, before, after } of neighbours) {
    words.push(slot.number, position.get(before)!, position.get(after)!);
  }

  const appended = newSlots.filter((slot) => slot.isChanged).length;
  for (let i = 0; i < appended; i++) proofs.push(tree.proof(tree.nextFreeSlot + BigInt(i)));
  for (const sibling of siblings(proofs, indices.length)) words.push(...bytesToWords(sibling));
  if (words.length % 2) words.push(0);
  return Uint32Array.from(words);
}

/**
 * Siblings on the way from the leaves to the root that are not on another leaf's way, in the guest's order.
 * @param existing how many of the proofs are of leaves that exist: a node over none of them has no sibling to its right
 */
function siblings(proofs: readonly LeafProof[], existing: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  /** Levels at which left nodes wait, with whether they are empty. */
  const stack: { level: number; isEmpty: boolean }[] = [];
  let level = 0;
  let isEmpty = false;
  let proof: LeafProof;
  const climb = (to: number) => {
    for (; level < to; level++) {
      const isRight = ((proof.index >> BigInt(level)) & 1n) === 1n;
      if (isEmpty && !isRight) continue;
      out.push(proof.path[level]!);
      isEmpty = false;
    }
  };
  const fold = (limit: number) => {
    while (stack.length && stack.at(-1)!.level < limit) {
      const left = stack.pop()!;
      climb(left.level);
      isEmpty = left.isEmpty;
      level++;
    }
  };
  for (const [i, next] of proofs.entries()) {
    if (i > 0) {
      const meet = (proof!.index ^ next.index).toString(2).length - 1;
      fold(meet);
      climb(meet);
      stack.push({ level, isEmpty });
    }
    proof = next;
    level = 0;
    isEmpty = i >= existing;
  }
  if (proofs.length) {
    fold(TREE_DEPTH);
    climb(TREE_DEPTH);
  }
  return out;
}

function lowHigh(value: bigint): [number, number] {
  return [Number(value & 0xffff_ffffn), Number(value >> 32n)];
}
