/** Tapes for `sieve.wasm`. */
import { type Case, output } from "../words.ts";

export const cases: Case[] = [
  { name: "below 2", tape: [2], output: output(0, 0) },
  { name: "below 100", tape: [100], output: output(25, 97) },
  { name: "below 100,000", tape: [100_000], output: output(9592, 99_991) },
];
