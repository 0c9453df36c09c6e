/** Half-size scalars exist for every ratio that a signature can have: random, small, fractions, and those of the endomorphism. */
import { describe, expect, test } from "vitest";
import { invert, mod, P256, SECP256K1, SECP256K1_LAMBDA } from "../../../host/oracle/curves.ts";
import { halfSize as halfSizeSecp256k1 } from "../../../host/oracle/recover.ts";
import { halfSize as halfSizeP256 } from "../../../host/oracle/verify-p256.ts";
import type { SignedDigits } from "../../../host/oracle/walk.ts";
import { generator, randomBits } from "../../lib/numbers.ts";

/** The number that digits stand for. */
function value({ bits, correction }: SignedDigits, positions: number): bigint {
  expect(bits >= 0n && bits >> BigInt(positions) === 0n).toBe(true);
  return 2n * bits - ((1n << BigInt(positions)) - 1n) - BigInt(correction);
}

/** Ratios that make the lattice skewed, and ratios of numbers of any size. */
function ratios(n: bigint, extra: bigint[]): bigint[] {
  const next = generator(31);
  const list = [...extra];
  for (let i = 1n; i < 40n; i++)
    list.push(i, n - i, invert(i, n), mod(-invert(i, n), n), mod(i * invert(i + 1n, n), n));
  for (let bits = 1; bits <= 256; bits++) {
    const [a, b] = [randomBits(next, bits) | 1n, randomBits(next, 257 - bits) | 1n];
    list.push(mod(a, n) || 1n, mod(a * invert(mod(b, n), n), n), mod((1n << BigInt(bits)) + 1n, n));
  }
  return list;
}

describe("half-size scalars", () => {
  test("secp256k1", () => {
    const { n } = SECP256K1;
    const square = mod(SECP256K1_LAMBDA * SECP256K1_LAMBDA, n);
    const list = ratios(n, [SECP256K1_LAMBDA, square, n - square, mod(2n * SECP256K1_LAMBDA + 1n, n)]);
    for (const t of [...list, ...list.map((ratio) => mod(ratio * SECP256K1_LAMBDA + 1n, n))]) {
      const { digits, a } = halfSizeSecp256k1(t);
      const [a1, a2, b1, b2] = digits.map((digit) => value(digit, 65)) as [bigint, bigint, bigint, bigint];
      expect([a1, a2]).toEqual([...a]);
      expect(a1 !== 0n || a2 !== 0n).toBe(true);
      expect(mod(t * (a1 + SECP256K1_LAMBDA * a2) - b1 - SECP256K1_LAMBDA * b2, n)).toBe(0n);
    }
  });

  test("P-256", () => {
    const { n } = P256;
    for (const t of ratios(n, [(1n << 128n) - 1n, 1n << 128n])) {
      const { digits, a } = halfSizeP256(t);
      const [a1, b1] = digits.map((digit) => value(digit, 129)) as [bigint, bigint];
      expect(a1).toBe(a);
      expect(a1).not.toBe(0n);
      expect(mod(t * a1 - b1, n)).toBe(0n);
    }
  });
});
