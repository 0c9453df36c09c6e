/** Modular exponentiation against bigints and the reference vectors, in both modes; and against a host that lies. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Guest, loadGuest, PROGRAM } from "../../lib/guest.ts";
import { Unprovable } from "../../lib/machine.ts";
import { generator, randomBits, randomBytes } from "../../lib/numbers.ts";
import { precompileCalls } from "./precompile-vectors.ts";

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function toBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 255n));
}

function power(base: bigint, exponent: bigint, m: bigint): bigint {
  if (m === 0n) return 0n;
  let result = 1n % m;
  for (let b = base % m, e = exponent; e > 0n; e >>= 1n, b = (b * b) % m) if (e & 1n) result = (result * b) % m;
  return result;
}

/** Three inputs one after the other from `start`, which need not be aligned. */
function run(
  guest: Guest,
  base: Uint8Array,
  exponent: Uint8Array,
  modulus: Uint8Array,
  start = PROGRAM + 1,
): Uint8Array {
  const exponentAt = start + base.length;
  const modulusAt = exponentAt + exponent.length;
  const output = modulusAt + modulus.length;
  guest.write(start, base);
  guest.write(exponentAt, exponent);
  guest.write(modulusAt, modulus);
  guest.write(output, new Uint8Array(modulus.length + 1).fill(0xaa));
  guest.call("run", start, base.length, exponentAt, exponent.length, modulusAt, modulus.length, output);
  const result = guest.read(output, modulus.length + 1);
  expect(result[modulus.length]).toBe(0xaa);
  return result.slice(0, modulus.length);
}

const next = generator(198);

/** Random bytes with a leaning to runs of zeros and ones, on which quotient estimates go wrong. */
function roughBytes(length: number): Uint8Array {
  const bytes = randomBytes(next, length);
  for (let i = 0; i < length; ) {
    const to = Math.min(length, i + 1 + (next() % 12));
    const kind = next() % 4;
    if (kind < 2) bytes.fill(kind * 255, i, to);
    i = to;
  }
  return bytes;
}

describe.each([{ proving: false }, { proving: true }])("modexp, proving: $proving", ({ proving }) => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await loadGuest("test/guest/crypto/modexp.as.ts", { proving });
  });

  function check(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): void {
    const expected = power(toBigInt(base), toBigInt(exponent), toBigInt(modulus));
    const label = [base, exponent, modulus].map((bytes) => Buffer.from(bytes).toString("hex")).join(" ");
    expect(Buffer.from(run(guest, base, exponent, modulus)).toString("hex"), label).toBe(
      Buffer.from(toBytes(expected, modulus.length)).toString("hex"),
    );
  }

  test("lengths of zero, values of zero and one", () => {
    const values = [
      "",
      "00",
      "01",
      "02",
      "0000",
      "0001",
      "ff",
      "00ff",
      "0100",
      "00000003",
      "80000000",
      "0000000100000000",
      "ffffffffffffffff",
    ];
    const bytes = values.map((hex) => Uint8Array.from(Buffer.from(hex, "hex")));
    for (const base of bytes) for (const exponent of bytes) for (const modulus of bytes) check(base, exponent, modulus);
  });

  test("random values of odd lengths", () => {
    for (let i = 0; i < (proving ? 150 : 600); i++) {
      check(roughBytes(next() % 90), roughBytes(next() % 12), roughBytes(next() % 75));
    }
  });

  test("every shape of modulus: powers of two, even, around a limb's end", () => {
    for (const bits of [1, 8, 31, 32, 33, 64, 255, 256, 257, 511, 512, 513, 768]) {
      for (const offset of [-3n, -1n, 0n, 1n, 2n]) {
        const m = (1n << BigInt(bits)) + offset;
        if (m < 0n) continue;
        const length = Math.ceil(bits / 8) + 2;
        check(toBytes(randomBits(next, bits + 7), length), roughBytes(3), toBytes(m, length));
        check(toBytes((1n << BigInt(bits)) - 1n, length), roughBytes(3), toBytes(m, length));
      }
    }
  });

  test("exponents around each window size", () => {
    const [base, modulus] = [randomBytes(next, 40), randomBytes(next, 33)];
    for (const bits of [23, 24, 25, 79, 80, 81, 511, 512, 513, 1030]) {
      for (const exponent of [(1n << BigInt(bits)) - 1n, 1n << BigInt(bits - 1), randomBits(next, bits)]) {
        check(base, toBytes(exponent, Math.ceil(bits / 8) + 1), modulus);
      }
    }
  });

  test("256-bit exponent and modulus (Fermat's inverse)", () => {
    const p = (1n << 256n) - (1n << 32n) - 977n;
    const a = randomBits(next, 256);
    const inverse = toBigInt(run(guest, toBytes(a, 32), toBytes(p - 2n, 32), toBytes(p, 32)));
    expect((inverse * a) % p).toBe(1n);
  });

  test("one limb, odd and even, long exponents", () => {
    const moduli = [
      1n,
      3n,
      5n,
      (1n << 255n) - 19n,
      (1n << 256n) - 1n,
      (1n << 256n) - 2n,
      (1n << 255n) + 1n,
      1n << 255n,
    ];
    for (const m of [...moduli, ...Array.from({ length: 12 }, () => randomBits(next, 256))]) {
      for (const length of [4, 5, 32, 33]) check(roughBytes(next() % 70), randomBytes(next, length), toBytes(m, 32));
    }
  });

  test("reference vectors", () => {
    for (const { name, input, output } of precompileCalls(5)) {
      const at = (i: number, length: number) => Uint8Array.from({ length }, (_, j) => input[i + j] ?? 0);
      const lengths = [0, 32, 64].map((i) => toBigInt(at(i, 32)));
      if (lengths.some((length) => length > 4096n)) continue; // refused before any arithmetic
      const [baseLength, exponentLength, modulusLength] = lengths.map(Number) as [number, number, number];
      if (!output) continue;
      const result = run(
        guest,
        at(96, baseLength),
        at(96 + baseLength, exponentLength),
        at(96 + baseLength + exponentLength, modulusLength),
      );
      expect(result, name).toEqual(output);
    }
  });
});

describe("modexp against a host that lies", () => {
  test("any changed word ends the run or changes nothing", async () => {
    const guest = await loadGuest("test/guest/crypto/modexp.as.ts", { proving: true });
    let stopped = 0;
    for (let i = 0; i < 60; i++) {
      const [base, exponent, modulus] = [
        randomBytes(next, 1 + (next() % 100)),
        randomBytes(next, 1 + (next() % 6)),
        randomBytes(next, 1 + (next() % 70)),
      ];
      const first = guest.state.wordsRead;
      const honest = run(guest, base, exponent, modulus);
      const words = guest.state.wordsRead - first;
      if (words < 2) continue;
      // half the time in the last quotient
      const at = i & 1 ? words - 1 - (next() % 8) : 1 + (next() % (words - 1));
      const flip = 1 << (next() & 31);
      const begin = guest.state.wordsRead;
      guest.state.tamper = (word, index) => (index - begin === at ? (word ^ flip) >>> 0 : word);
      try {
        expect(run(guest, base, exponent, modulus)).toEqual(honest);
      } catch (error) {
        if (!(error instanceof Unprovable)) throw error;
        stopped++;
      } finally {
        guest.state.tamper = undefined;
      }
    }
    expect(stopped).toBeGreaterThan(30);
  });
});
