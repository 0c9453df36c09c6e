/** Tapes for `main.ts`: the host divides, the program checks. */
import { type Case, wide } from "../words.ts";

function power(name: string, base: bigint, exponent: bigint, modulus: bigint): Case {
  const hints: number[] = [];
  const multiply = (a: bigint, b: bigint): bigint => {
    hints.push(...wide((a * b) / modulus), ...wide((a * b) % modulus));
    return (a * b) % modulus;
  };
  let result = 1n;
  let started = false;
  for (let bit = 255n; bit >= 0n; bit--) {
    if (started) result = multiply(result, result);
    if ((exponent >> bit) & 1n) {
      result = multiply(result, base);
      started = true;
    }
  }
  return { name, tape: [...wide(modulus), ...wide(base), ...wide(exponent), ...hints], output: wide(result) };
}

const prime = 2n ** 256n - 2n ** 32n - 977n;

export const cases: Case[] = [
  power("3^0", 3n, 0n, prime),
  power("3^5 mod 7", 3n, 5n, 7n),
  power("an inverse by Fermat", 0x1234_5678_9abc_def0n, prime - 2n, prime),
  power("all ones", prime - 1n, 2n ** 256n - 1n, prime),
];
