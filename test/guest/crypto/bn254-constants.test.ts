/** Computes the constants of guest/crypto/bn254 again, and the facts about the curve on which its checks rest. */
import { bn254 } from "@noble/curves/bn254.js";
import { beforeAll, describe, expect, test } from "vitest";
import { type Fp2, fp2, invert, mod, P, power, R, X } from "../../../host/oracle/bn254-field.ts";
import { type Guest, loadGuest } from "../../lib/guest.ts";

const SLOTS = 0x220000;
const TWO256 = 1n << 256n;
const mont = (a: bigint) => mod(a * TWO256);

function gcd(a: bigint, b: bigint): bigint {
  while (b) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

describe("bn254's constants", () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await loadGuest("test/guest/crypto/bn254.as.ts", { proving: true });
    guest.call("init");
  });

  test("the table", () => {
    const twist = fp2.scale(fp2.invert(fp2.xi), 3n);
    const powers = (q: bigint): Fp2[] => [1n, 2n, 3n, 4n, 5n].map((k) => fp2.power(fp2.xi, (k * (q - 1n)) / 6n));
    const second = powers(P * P);
    expect(second.every(([, u]) => u === 0n)).toBe(true);
    const rows = [
      TWO256 * TWO256,
      TWO256,
      3n * TWO256,
      ...twist.map(mont),
      ...powers(P).flat().map(mont),
      ...powers(P ** 3n)
        .flat()
        .map(mont),
      ...second.map(([a]) => mont(a)),
    ].map((value) => mod(value));
    expect(guest.readNumber(SLOTS)).toBe(P);
    expect(guest.readNumber(SLOTS + 0x1000)).toBe(invert(P, TWO256));
    expect(rows.map((_, i) => guest.readNumber(SLOTS + 0x100 + 32 * i))).toEqual(rows);
    const beta = mod(guest.readNumber(SLOTS + 0x100 + 32 * rows.length) * invert(TWO256));
    const scalars = guest.call("scalars");
    const order = [R, invert(R, TWO256), mod(TWO256 * TWO256, R)];
    expect(order.map((_, i) => guest.readNumber(scalars + 32 * i))).toEqual(order);
    const lambda = mod(guest.readNumber(scalars + 96) * invert(TWO256, R), R);
    // λ·G = (β·1, 2)
    expect(bn254.G1.Point.BASE.multiply(lambda).toAffine()).toEqual({ x: beta, y: 2n });
    expect(power(beta, 3n)).toBe(1n);
    expect(beta).not.toBe(1n);
  });

  test("p and r from the parameter", () => {
    expect(36n * X ** 4n + 36n * X ** 3n + 24n * X ** 2n + 6n * X + 1n).toBe(P);
    expect(36n * X ** 4n + 36n * X ** 3n + 18n * X ** 2n + 6n * X + 1n).toBe(R);
  });

  // ψ² − tψ + p = 0 on the twist, whose group over Fp2 has r(2p − r) elements. A point that N(ψ) = 6x + 2 + ψ − ψ² + ψ³ kills is killed by N's norm too.
  test("the end of the Miller loop is a subgroup check", () => {
    const t = P + 1n - R;
    const times = ([a, b]: bigint[], [c, d]: bigint[]) => [a! * c! - P * b! * d!, a! * d! + b! * c! + t * b! * d!];
    const psi = [0n, 1n];
    const psi2 = times(psi, psi);
    const psi3 = times(psi2, psi);
    const a = 6n * X + 2n - psi2[0]! + psi3[0]!;
    const b = 1n - psi2[1]! + psi3[1]!;
    expect(gcd(a * a + a * b * t + P * b * b, R * (2n * P - R))).toBe(R);
    // no point of order 2, so that a doubling always has a slope
    expect((R * (2n * P - R)) % 2n).toBe(1n);
  });

  test("the residue check: r divides λ, and p⁶ − 1 divides (p¹² − 1)/r", () => {
    expect((6n * X + 2n + P - P ** 2n + P ** 3n) % R).toBe(0n);
    expect((P ** 6n + 1n) % R).toBe(0n);
    // the exponent of the final exponentiation's addition chain has no factor r
    expect(gcd(2n * X * (6n * X * X + 3n * X + 1n), R)).toBe(1n);
  });
});
