/** P-256 verification against @noble/curves, in both modes; invalid input; wrong hints. */
import { p256 } from "@noble/curves/nist.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, test } from "vitest";
import { forge } from "../../lib/forgery.ts";
import { type Guest, loadGuest, PROGRAM } from "../../lib/guest.ts";
import { generator, MASK, randomBits } from "../../lib/numbers.ts";

const { Point } = p256;
const n = Point.Fn.ORDER;
const p = Point.Fp.ORDER;
const G = Point.BASE;

const bytes32 = (value: bigint) => hexToBytes(value.toString(16).padStart(64, "0"));
const mod = (a: bigint) => ((a % n) + n) % n;

/** By the definition of FIPS 186-4, section 6.4. */
function reference(z: bigint, r: bigint, s: bigint, x: bigint, y: bigint): number {
  if (r <= 0n || r >= n || s <= 0n || s >= n || x >= p || y >= p) return -1;
  const key = Point.fromAffine({ x, y });
  try {
    key.assertValidity();
  } catch {
    return -1;
  }
  const inverse = Point.Fn.inv(s);
  const sum = G.multiplyUnsafe(mod(z * inverse)).add(key.multiplyUnsafe(mod(r * inverse)));
  return !sum.is0() && mod(sum.x) === r ? 1 : 0;
}

describe.each([{ proving: false }, { proving: true }])("P-256 verification, proving: $proving", ({ proving }) => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await loadGuest("test/guest/crypto/p256.as.ts", { proving });
  });

  function verify(...values: [bigint, bigint, bigint, bigint, bigint]): number {
    values.forEach((value, i) => {
      guest.write(PROGRAM + 32 * i, bytes32(value));
    });
    return guest.call("p256Verify", ...[0, 32, 64, 96, 128].map((offset) => PROGRAM + offset));
  }

  function check(...values: [bigint, bigint, bigint, bigint, bigint]): number {
    const expected = reference(...values);
    expect(verify(...values), values.join()).toBe(expected);
    return expected;
  }

  test("random signatures, and the same with one bit changed", () => {
    const next = generator(21);
    for (let i = 0; i < 6; i++) {
      const secret = mod(randomBits(next, 256)) || 1n;
      const key = G.multiply(secret);
      const z = randomBits(next, 256);
      const signature = p256.sign(bytes32(z), bytes32(secret), { prehash: false, lowS: i % 2 === 0 });
      const [r, s] = [0, 32].map((at) => BigInt("0x" + bytesToHex(signature.subarray(at, at + 32)))) as [
        bigint,
        bigint,
      ];
      expect(check(z, r, s, key.x, key.y)).toBe(1);
      expect(check(z ^ 1n, r, s, key.x, key.y)).toBe(0);
      expect(check(z, r, mod(-s), key.x, key.y)).toBe(1);
      expect(check(z, r, s, key.x, p - key.y)).toBe(0);
    }
  });

  test("X + Q has an abscissa whose lowest word in Montgomery form is 0, as infinity has", () => {
    const inverse = Point.Fp.inv(1n << 256n);
    for (let i = 1n, found = 0; found < 3; i++) {
      const x = ((i << 32n) * inverse) % p;
      const ySquared = Point.Fp.create(x * x * x + Point.CURVE().a * x + Point.CURVE().b);
      let y: bigint;
      try {
        y = Point.Fp.sqrt(ySquared);
      } catch {
        continue;
      }
      found++;
      // X = (r/s)·Q = 2Q for z = 0: X + Q = 3Q
      const key = Point.fromAffine({ x, y }).multiplyUnsafe(Point.Fn.inv(3n));
      const r = mod(key.double().x);
      expect(check(0n, r, mod(r * Point.Fn.inv(2n)), key.x, key.y)).toBe(1);
    }
  });

  test("RFC 6979, A.2.5, SHA-256", () => {
    const key = G.multiply(0xc9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721n);
    const sample = 0xaf2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bfn;
    const r = 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716n;
    const s = 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8n;
    expect(check(sample, r, s, key.x, key.y)).toBe(1);
  });

  test("invalid input", () => {
    for (const bad of [0n, n, MASK]) {
      expect(check(1n, bad, 5n, G.x, G.y)).toBe(-1);
      expect(check(1n, 5n, bad, G.x, G.y)).toBe(-1);
    }
    expect(check(1n, 5n, 5n, G.x, G.y ^ 1n)).toBe(-1);
    expect(check(1n, 5n, 5n, p, G.y)).toBe(-1);
    expect(check(1n, 5n, 5n, G.x, MASK)).toBe(-1);
    expect(check(1n, 5n, 5n, 0n, 0n)).toBe(-1);
  });

  test("points that coincide, short lattices, sums at infinity", () => {
    for (const k of [1n, 2n, n - 1n, 29n]) {
      const key = G.multiply(k);
      for (const r of [1n, mod(key.x), n - 1n])
        for (const s of [1n, r, mod(-r), mod(2n * r)]) {
          check(0n, r, s, key.x, key.y);
          check(1n, r, s, key.x, key.y);
          check(MASK, r, s, key.x, key.y);
          // z·G + r·Q = 0
          expect(check(mod(-r * k), r, s, key.x, key.y)).toBe(0);
        }
    }
  });

  test("a sum whose abscissa is above the order", () => {
    // x = n + 5 or so lies on the curve: r is x - n, and the key is what makes the sum that point
    let x = n + 1n;
    let sum: typeof G | undefined;
    for (; !sum; x++) {
      try {
        sum = Point.fromHex("02" + bytesToHex(bytes32(x)));
      } catch {}
    }
    const r = sum.x - n;
    const [z, s] = [77n, 1234567n];
    // (z/s)·G + (r/s)·Q = sum
    const key = sum.multiply(s).subtract(G.multiply(z)).multiply(Point.Fn.inv(r));
    expect(check(z, r, s, key.x, key.y)).toBe(1);
  });

  test.runIf(proving)("wrong hints end the run or change nothing", () => {
    const next = generator(22);
    const key = G.multiply(31337n);
    const [z, r, s] = [0, 0, 0].map(() => mod(randomBits(next, 256))) as [bigint, bigint, bigint];
    expect(forge(guest, () => verify(z, r, s, key.x, key.y), 23)).toBeGreaterThan(400);
    forge(guest, () => verify(mod(-5n * 31337n), 5n, s, key.x, key.y), 97);
  });
});
