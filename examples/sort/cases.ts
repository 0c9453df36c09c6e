/** Tapes for `main.ts`: the host sorts, the program checks. */
import { blake2s } from "@noble/hashes/blake2.js";
import { type Case, noise, wordsOf } from "../words.ts";

function sorting(name: string, values: number[]): Case {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b] || a - b);
  const sorted = order.map((i) => values[i]);
  const bytes = new Uint8Array(new Uint32Array(sorted).buffer);
  return { name, tape: [values.length, ...values, ...order], output: wordsOf(blake2s(bytes)) };
}

export const cases: Case[] = [
  sorting("nothing", []),
  sorting("equal values", [5, 5, 5, 1]),
  sorting("a thousand", wordsOf(noise(4000))),
];
