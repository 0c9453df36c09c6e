/** Tapes for `main.ts`. */
import { sha256 } from "@noble/hashes/sha2.js";
import { type Case, noise, withLength, wordsOf } from "../words.ts";

export const cases: Case[] = [0, 3, 64, 135, 136, 1000].map((length) => {
  const message = noise(length);
  return { name: `${length} bytes`, tape: withLength(message), output: wordsOf(sha256(message)) };
});
