/** Public key recovery against @noble/curves, in both modes; edge cases of signatures; wrong hints. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, test } from "vitest";
import { forge } from "../../lib/forgery.ts";
import { type Guest, loadGuest, PROGRAM } from "../../lib/guest.ts";
import { generator, MASK, randomBits } from "../../lib/numbers.ts";

const { Point } = secp256k1;
const n = Point.Fn.ORDER;
const p = Point.Fp.ORDER;
const G = Point.BASE;
const [DIGEST, R, S, OUT] = [0, 32, 64, 96].map((offset) => PROGRAM + offset) as [number, number, number, number];

const bytes32 = (value: bigint) => hexToBytes(value.toString(16).padStart(64, "0"));
const mod = (a: bigint) => ((a % n) + n) % n;

/** x and y as 128 hexadecimal digits, or undefined: by definition, Q = (s·R - z·G) / r. */
function reference(z: bigint, parity: number, r: bigint, s: bigint): string | undefined {
  if (r <= 0n || r >= n || s <= 0n || s >= n) return undefined;
  let pointR: typeof G;
  try {
    pointR = Point.fromHex((parity ? "03" : "02") + bytesToHex(bytes32(r)));
  } catch {
    return undefined;
  }
  const inverse = Point.Fn.inv(r);
  const key = pointR.multiplyUnsafe(mod(s * inverse)).add(G.multiplyUnsafe(mod(-z * inverse)));
  return key.is0() ? undefined : bytesToHex(key.toBytes(false)).slice(2);
}

describe.each([{ proving: false }, { proving: true }])("public key recovery, proving: $proving", ({ proving }) => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await loadGuest("test/guest/crypto/secp256k1.as.ts", { proving });
  });

  function call(name: string, z: bigint, parity: number, r: bigint, s: bigint): boolean {
    guest.write(DIGEST, bytes32(z));
    guest.write(R, bytes32(r));
    guest.write(S, bytes32(s));
    return guest.call(name, DIGEST, parity, R, S, OUT) !== 0;
  }

  function recover(z: bigint, parity: number, r: bigint, s: bigint): string | undefined {
    return call("recoverKey", z, parity, r, s) ? bytesToHex(guest.read(OUT, 64)) : undefined;
  }

  function check(z: bigint, parity: number, r: bigint, s: bigint): string | undefined {
    const expected = reference(z, parity, r, s);
    expect(recover(z, parity, r, s), `z ${z} parity ${parity} r ${r} s ${s}`).toBe(expected);
    return expected;
  }

  test("address, as the original's test of go-ethereum's vector", () => {
    const r = 0x38d18acb67d25c8bb9942764b62f18e17054f66a817bd4295423adf9ed98873en;
    const s = 0x789d1dd423d25f0772d2748d60f7e4b81bb14d086eba8e8e8efb6dcff8a4ae02n;
    expect(call("ecrecover", r, 0, r, s)).toBe(true);
    expect(bytesToHex(guest.read(OUT, 32))).toBe("000000000000000000000000ceaccac640adf55b2028469bd36ba501f28b699d");
  });

  test("Q + λQ + R + λR has an abscissa whose lowest word in Montgomery form is 0, as infinity has", () => {
    const inverse = Point.Fp.inv(1n << 256n);
    const lambda = 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72n;
    for (let i = 1n, found = 0; found < 3; i++) {
      const x = ((i << 32n) * inverse) % p;
      let y: bigint;
      try {
        y = Point.Fp.sqrt(Point.Fp.create(x * x * x + 7n));
      } catch {
        continue;
      }
      found++;
      // with R that point itself and z = 0, Q = (s/r)·R: (1 + λ)(s/r + 1) = 1
      for (const root of [lambda, mod(-1n - lambda)]) {
        expect(check(0n, Number(y & 1n), x, mod(x * (Point.Fn.inv(1n + root) - 1n)))).toBeDefined();
      }
    }
  });

  test("random signatures", () => {
    const next = generator(11);
    for (let i = 0; i < 12; i++) {
      const secret = mod(randomBits(next, 256)) || 1n;
      const z = randomBits(next, 256);
      const signature = secp256k1.sign(bytes32(z), bytes32(secret), {
        prehash: false,
        format: "recovered",
        lowS: i % 2 === 0,
      });
      const parity = signature[0]!;
      if (parity > 1) continue;
      const [r, s] = [1, 33].map((at) => BigInt("0x" + bytesToHex(signature.subarray(at, at + 32)))) as [
        bigint,
        bigint,
      ];
      expect(check(z, parity, r, s)).toBe(bytesToHex(G.multiply(secret).toBytes(false)).slice(2));
      const address = bytesToHex(keccak_256(hexToBytes(check(z, parity, r, s)!)).subarray(12));
      expect(call("ecrecover", z, parity, r, s)).toBe(true);
      expect(bytesToHex(guest.read(OUT, 32))).toBe("0".repeat(24) + address);
    }
  });

  test("random r, half of which are on no curve point", () => {
    const next = generator(12);
    let found = 0;
    for (let i = 0; i < 16; i++)
      if (check(randomBits(next, 256), i & 1, mod(randomBits(next, 256)), mod(randomBits(next, 256)))) found++;
    expect(found).toBeGreaterThan(2);
    expect(found).toBeLessThan(14);
  });

  test("r and s out of range", () => {
    for (const bad of [0n, n, n + 1n, MASK, p]) {
      check(5n, 0, bad, 7n);
      check(5n, 1, G.x, bad);
    }
    check(5n, 0, G.x, n - 1n);
    check(5n, 0, n - 1n, 1n);
  });

  test("nonces, keys and messages that make points coincide", () => {
    const messages = [0n, 1n, 2n, n - 1n, n, n + 1n, MASK];
    // R a small multiple of G, s a small multiple or fraction of r: short and skewed lattices, equal and opposite points on the way
    for (const k of [1n, 2n, 3n, n - 1n, 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72n]) {
      const point = G.multiply(k);
      const r = mod(point.x);
      const half = mod(r * Point.Fn.inv(2n));
      for (const s of [1n, r, mod(-r), mod(2n * r), half, mod(3n * r)]) {
        const z = messages[Number((k + s) % 7n)]!;
        check(z, Number(point.y & 1n), r, s);
        check(z, Number((point.y + 1n) & 1n), r, s);
      }
    }
  });

  test("a key at infinity is a failure", () => {
    for (const k of [1n, 5n, 123456789n]) {
      const point = G.multiply(k);
      const r = mod(point.x);
      for (const s of [1n, 99n, r]) {
        // z·G = s·R
        expect(check(mod(s * k), Number(point.y & 1n), r, s)).toBe(undefined);
      }
    }
    // the original's test_point_of_infinity_in_result
    const z = 0x6b8d2c81b11b2d699528dde488dbdf2f94293d0d33c32e347f255fa4a6c1f0a9n;
    expect(check(z, 0, G.x, z)).toBe(undefined);
  });

  test.runIf(proving)("wrong hints end the run or change nothing", () => {
    const next = generator(13);
    const key = G.multiply(987654321n);
    const r = mod(key.x);
    const run = (z: bigint, s: bigint) => () => recover(z, Number(key.y & 1n), r, s);
    const words = guest.state.wordsRead;
    const stopped = forge(guest, run(randomBits(next, 256), mod(randomBits(next, 256))), 9);
    expect(stopped).toBeGreaterThan(700);
    expect(guest.state.wordsRead).toBeGreaterThan(words);
    // infinity, and no point
    forge(guest, run(mod(5n * 987654321n), 5n), 37);
    forge(guest, () => recover(1n, 0, 5n, 1n));
  });
});
