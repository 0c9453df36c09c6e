/** Numbers for tests: a seeded generator, and 256-bit values that have found bugs before. */

export const MASK = (1n << 256n) - 1n;

/** A seeded generator of 32-bit words (mulberry32): tests that use it fail the same way twice. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** A random number of `bits` bits from a generator. */
export function randomBits(next: () => number, bits: number): bigint {
  let value = 0n;
  for (let i = 0; i < bits; i += 32) value = (value << 32n) | BigInt(next());
  return value & ((1n << BigInt(bits)) - 1n);
}

/** `length` random bytes from a generator. */
export function randomBytes(next: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => next() & 0xff);
}

const next = generator(1);

/** Edges of 256 bits: zero, ones, limbs full and empty, sign bits, and a few random values of several sizes. */
export const interesting: readonly bigint[] = [
  0n,
  1n,
  2n,
  0xffffffffn,
  1n << 32n,
  (1n << 64n) - 1n,
  1n << 64n,
  (1n << 128n) - 1n,
  1n << 128n,
  (1n << 255n) - 1n,
  1n << 255n,
  MASK - 1n,
  MASK,
  MASK ^ (0xffffffffn << 96n),
  ...[256, 256, 192, 130, 64, 33, 8].map((bits) => randomBits(next, bits)),
];
