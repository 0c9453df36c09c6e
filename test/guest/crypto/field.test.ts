/** Products, squares and inverses of the curves' four moduli in forward mode, against bigints. The proving mode's are tested where they are used. */
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { beforeAll, describe, expect, test } from "vitest";
import { type Guest, loadGuest, PROGRAM } from "../../lib/guest.ts";
import { generator, interesting, MASK, randomBits } from "../../lib/numbers.ts";

const MODULI = [secp256k1, p256].flatMap(({ Point }) => [Point.Fp, Point.Fn]);
const NAMES = ["secp256k1's field", "secp256k1's order", "P-256's field", "P-256's order"];
const [A, B, TO] = [0, 32, 64].map((offset) => PROGRAM + offset) as [number, number, number];

const wordsOf = (value: bigint) => Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
const numberOf = (bytes: Uint8Array) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

describe.each(NAMES.map((name, i) => ({ name, i })))("$name", ({ i }) => {
  const field = MODULI[i]!;
  const modulus = field.ORDER;
  const next = generator(21 + i);
  const near = [-2n, -1n, 0n, 1n, 2n, 977n, 1n << 32n].map((d) => (modulus + d) & MASK);
  const values = [
    ...interesting,
    ...near,
    MASK,
    MASK - 1n,
    ...Array.from({ length: 300 }, () => randomBits(next, 256)),
  ];
  const radixInverse = field.inv(field.create(1n << 256n));
  let guest: Guest;
  beforeAll(async () => {
    guest = await loadGuest("test/guest/crypto/field.as.ts", { proving: false });
    guest.call("use", i);
  });
  const call = (name: string, a: bigint, b?: bigint): bigint => {
    guest.write(A, wordsOf(a));
    if (b !== undefined) guest.write(B, wordsOf(b));
    guest.call(name, TO, A, ...(b === undefined ? [] : [B]));
    return numberOf(guest.read(TO, 32));
  };
  /** In Montgomery form; what comes out is any representative of 256 bits. */
  const expected = (a: bigint, b: bigint) => field.create(field.create(a * b) * radixInverse);

  test("products", () => {
    values.forEach((a, k) => {
      // below the modulus, as the general product needs one of them to be
      const b = values[(7 * k + 3) % values.length]! % modulus;
      expect(field.create(call("productOf", a % modulus, b)), `${a} · ${b}`).toBe(expected(a % modulus, b));
    });
  });

  test("squares", () => {
    for (const a of values) {
      const value = i === 0 ? a : a % modulus;
      expect(field.create(call("squareOf", value)), `${value}²`).toBe(expected(value, value));
    }
  });

  test("inverses", () => {
    for (const a of values) {
      const value = a % modulus;
      const found = call("inverseOf", value);
      expect(found, `1 / ${value}`).toBe(value === 0n ? 0n : field.inv(value));
    }
  });
});
