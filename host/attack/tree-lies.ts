/**
 * Lies in a block's batched tree proof (`guest/stf/tree/batch.ts` has its layout): taken apart, changed in a way that keeps it well-formed, put together again.
 */

import { toHex, uintToHex, wordsToBytes } from "../bytes.ts";
import { answerTreeBatch } from "../oracle/tree-hints.ts";
import { fromWords, toWords } from "../oracle/words.ts";
import type { StateTree } from "../state/tree.ts";
import type { Random } from "./random.ts";

interface BatchLeaf {
  /** 1 + number of its slot, or 0 for a neighbour */
  slot: number;
  index: bigint;
  next: bigint;
  /** key and value of a neighbour, 16 words */
  block: Uint32Array;
}

interface BatchProof {
  leaves: BatchLeaf[];
  /** number of the slot, of the leaf before and of the leaf after */
  links: [number, number, number][];
  siblings: Uint32Array[];
}

const SLOT_WORDS = 10;

function decode(parameters: Uint32Array, words: Uint32Array): BatchProof {
  let newSlots = 0;
  for (let at = 0; at < parameters.length; at += SLOT_WORDS) newSlots += parameters[at]! & 1;
  let at = 1;
  const leaves = Array.from({ length: words[0]! }, () => {
    const slot = words[at]!;
    const leaf = {
      slot,
      index: fromWords(words, at + 1, 2),
      next: fromWords(words, at + 3, 2),
      block: new Uint32Array(),
    };
    at += 5;
    if (slot === 0) {
      leaf.block = words.slice(at, at + 16);
      at += 16;
    }
    return leaf;
  });
  const links = Array.from({ length: newSlots }, (): [number, number, number] => {
    at += 3;
    return [words[at - 3]!, words[at - 2]!, words[at - 1]!];
  });
  const siblings: Uint32Array[] = [];
  for (; at + 8 <= words.length; at += 8) siblings.push(words.slice(at, at + 8));
  return { leaves, links, siblings };
}

function encode({ leaves, links, siblings }: BatchProof): Uint32Array {
  const words = [leaves.length];
  for (const { slot, index, next, block } of leaves) {
    words.push(slot, ...toWords(index & 0xffff_ffff_ffff_ffffn, 2), ...toWords(next & 0xffff_ffff_ffff_ffffn, 2));
    if (slot === 0) words.push(...(block.length ? block : new Uint32Array(16)));
  }
  words.push(...links.flat());
  for (const sibling of siblings) words.push(...sibling);
  if (words.length % 2) words.push(0);
  return Uint32Array.from(words);
}

type Lie = (proof: BatchProof, random: Random, parameters: Uint32Array, tree: StateTree) => string | undefined;

const keyOf = (parameters: Uint32Array, slot: number): Uint32Array =>
  parameters.slice(slot * SLOT_WORDS + 2, (slot + 1) * SLOT_WORDS);

const LIES: readonly Lie[] = [
  ({ leaves }, random) => {
    const owned = leaves.filter(({ slot }) => slot);
    if (owned.length < 2) return undefined;
    const [a, b] = [random.pick(owned), random.pick(owned)];
    [a.slot, b.slot] = [b.slot, a.slot];
    return "two leaves change slots";
  },
  ({ leaves }, random) => {
    if (!leaves.length) return undefined;
    leaves.splice(random.below(leaves.length), 1);
    return "a leaf is left out";
  },
  ({ leaves, links }, random) => {
    if (!leaves.length) return undefined;
    const at = random.below(leaves.length);
    leaves.splice(at, 1);
    for (const link of links) for (const i of [1, 2]) if (link[i]! > at) link[i]!--;
    return "a leaf is left out, and the others renumbered";
  },
  ({ leaves }, random) => {
    if (!leaves.length) return undefined;
    const at = random.below(leaves.length);
    const twin = { ...leaves[at]!, index: leaves[at]!.index + BigInt(random.below(2)) };
    leaves.splice(at + 1, 0, twin);
    return "a leaf is there twice";
  },
  ({ leaves }, random, _parameters, tree) => {
    if (!leaves.length) return undefined;
    const leaf = random.pick(leaves);
    leaf.index = random.pick([
      leaf.index + 1n,
      leaf.index - 1n,
      tree.nextFreeSlot,
      tree.nextFreeSlot + 1n,
      0n,
      1n,
      (1n << 64n) - 1n,
    ]);
    return "a leaf has another index";
  },
  ({ leaves }, random) => {
    if (!leaves.length) return undefined;
    const leaf = random.pick(leaves);
    leaf.next = random.pick([random.pick(leaves).index, leaf.index, 0n, 1n, leaf.next + 1n]);
    return "a leaf has another next one";
  },
  ({ leaves }, random, parameters) => {
    const neighbours = leaves.filter(({ slot }) => slot === 0);
    if (!neighbours.length) return undefined;
    const { block } = random.pick(neighbours);
    const slots = parameters.length / SLOT_WORDS;
    const key = random.pick([
      new Uint32Array(8),
      new Uint32Array(8).fill(0xffffffff),
      keyOf(parameters, random.below(slots)),
    ]);
    block.set(key, 0);
    return "a neighbour has another key";
  },
  ({ leaves }, random) => {
    const neighbours = leaves.filter(({ slot }) => slot === 0);
    if (!neighbours.length) return undefined;
    random.pick(neighbours).block[8 + random.below(8)] ^= 1 << random.below(32);
    return "a neighbour has another value";
  },
  ({ leaves, links }, random) => {
    if (!links.length) return undefined;
    random.pick(links)[1 + random.below(2)] = random.below(leaves.length);
    return "a new slot has another neighbour";
  },
  ({ leaves, links }, random) => {
    if (!links.length) return undefined;
    const link = random.pick(links);
    link[1] = random.below(leaves.length);
    link[2] = leaves.findIndex(({ index }) => index === leaves[link[1]]!.next);
    return link[2] < 0 ? undefined : "a new slot lies between two other leaves";
  },
  ({ links }, random) => {
    if (links.length < 2) return undefined;
    const [a, b] = [random.below(links.length), random.below(links.length)];
    [links[a], links[b]] = [links[b]!, links[a]!];
    return "new slots in another order";
  },
  ({ links }, random) => {
    if (links.length < 2) return undefined;
    const at = random.below(links.length - 1);
    links[at + random.below(2)] = [...random.pick(links)];
    return "a new slot is shown twice, another never";
  },
  ({ leaves }, random, parameters) => {
    const owned = leaves.filter(({ slot }) => slot);
    if (!owned.length) return undefined;
    const leaf = random.pick(owned);
    leaf.block = new Uint32Array(16);
    leaf.block.set(keyOf(parameters, leaf.slot - 1));
    leaf.slot = 0;
    return "a slot's leaf passes as a neighbour";
  },
  ({ leaves }, random, parameters) => {
    const leaf = leaves.length ? random.pick(leaves) : undefined;
    if (!leaf) return undefined;
    leaf.slot = 1 + random.below(parameters.length / SLOT_WORDS + 1);
    return "a leaf is another slot's";
  },
  ({ siblings }, random) => {
    if (siblings.length < 2) return undefined;
    const [a, b] = [random.below(siblings.length), random.below(siblings.length)];
    [siblings[a], siblings[b]] = [siblings[b]!, siblings[a]!];
    return "two siblings change places";
  },
  ({ siblings }, random) => {
    if (!siblings.length) return undefined;
    siblings[random.below(siblings.length)] = random.below(2) ? new Uint32Array(8) : random.pick(siblings);
    return "a sibling is another node";
  },
  ({ siblings }, random) => {
    if (!siblings.length) return undefined;
    siblings.splice(random.below(siblings.length), 1);
    return "a sibling is left out";
  },
];

/** @returns what the lie is, and the answer that tells it */
export function lieAboutTree(
  parameters: Uint32Array,
  honest: Uint32Array,
  tree: StateTree,
  random: Random,
): [string, Uint32Array] {
  const slots = parameters.length / SLOT_WORDS;
  if (slots && random.below(4) === 0) {
    // a sound proof, of another tree: one slot has another value, or came to be
    const other = tree.clone();
    const key = toHex(wordsToBytes(keyOf(parameters, random.below(slots))));
    other.set(key, uintToHex(BigInt(random.word()), 32));
    return ["the proof is of another tree", answerTreeBatch(other, parameters)];
  }
  for (;;) {
    const proof = decode(parameters, honest);
    const lie = random.pick(LIES)(proof, random, parameters, tree);
    if (lie) return [lie, encode(proof)];
  }
}
