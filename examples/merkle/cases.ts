/** Tapes for `main.ts`. */
import { blake2s } from "@noble/hashes/blake2.js";
import { type Case, noise, wordsOf } from "../words.ts";

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

function inclusion(name: string, depth: number, index: bigint): Case {
  const leaf = noise(32, 7);
  const siblings = Array.from({ length: depth }, (_, level) => noise(32, 100 + level));
  const root = siblings.reduce(
    (node, sibling, level) => blake2s((index >> BigInt(level)) & 1n ? join(sibling, node) : join(node, sibling)),
    leaf,
  );
  const place = [Number(index & 0xffff_ffffn), Number(index >> 32n)];
  return { name, tape: [depth, ...place, ...wordsOf(leaf), ...siblings.flatMap(wordsOf)], output: wordsOf(root) };
}

export const cases: Case[] = [
  inclusion("a tree of one leaf", 0, 0n),
  inclusion("depth 8", 8, 0b1010_0110n),
  inclusion("depth 64", 64, 0x8123_4567_89ab_cdefn),
];
