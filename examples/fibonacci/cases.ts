/** Tapes for `main.ts`. */
import { type Case, output } from "../words.ts";

function fibonacci(n: number): bigint {
  let [a, b] = [0n, 1n];
  for (let i = 0; i < n; i++) [a, b] = [b, a + b];
  return a;
}

export const cases: Case[] = [0, 1, 10, 93, 1000].map((n) => {
  const value = BigInt.asUintN(64, fibonacci(n));
  return { name: `n = ${n}`, tape: [n], output: output(Number(value & 0xffff_ffffn), Number(value >> 32n)) };
});
