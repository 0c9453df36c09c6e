/** The prover's challenge field on bigints: the definition that the generated code (`field-code.ts`) is held against, and for the few products of products. */
import { type ArgumentPlaces, KEY_LIMBS, LIMBS, P } from "./field-code.ts";
import { MEMORY } from "./layout.ts";

/** c0 + c1 i + (c2 + c3 i) u with i^2 = -1, u^2 = 2 + i, each limb reduced. */
export type Quartic = readonly [bigint, bigint, bigint, bigint];

export const ONE: Quartic = [1n, 0n, 0n, 0n];

const mod = (x: bigint) => ((x % P) + P) % P;

export function multiply(a: Quartic, b: Quartic): Quartic {
  const [real, imaginary] = [a[2] * b[2] - a[3] * b[3], a[2] * b[3] + a[3] * b[2]];
  return [
    mod(a[0] * b[0] - a[1] * b[1] + 2n * real - imaginary),
    mod(a[0] * b[1] + a[1] * b[0] + real + 2n * imaginary),
    mod(a[0] * b[2] - a[1] * b[3] + a[2] * b[0] - a[3] * b[1]),
    mod(a[0] * b[3] + a[1] * b[2] + a[2] * b[1] + a[3] * b[0]),
  ];
}

export const equal = (a: Quartic, b: Quartic): boolean => a.every((limb, i) => limb === b[i]);

/** Six challenges of four limbs, and gamma. */
export type Challenge = BigUint64Array;

/** A random challenge; the checker is not talked to by a prover, so it needs no transcript. */
export function randomChallenge(): Challenge {
  const random = crypto.getRandomValues(new BigUint64Array((KEY_LIMBS + 1) * LIMBS));
  return random.map((word) => word % P);
}

/** Where generated code multiplies (`field-code.ts`): puts the challenge there and makes the products 1. @returns these, as they will be: reads (four limbs), then writes */
export function beginProducts(buffer: ArrayBufferLike, places: ArgumentPlaces, challenge: Challenge): BigUint64Array {
  new BigUint64Array(buffer, places.challenge, challenge.length).set(challenge);
  const products = new BigUint64Array(buffer, places.products, 2 * LIMBS);
  products.set([...ONE, ...ONE]);
  return products;
}

/** The key of one access. */
export function keyOf(challenge: Challenge, place: number, timestamp: bigint, value: number): Quartic {
  const isRegister = (place & MEMORY) === 0;
  const address = BigInt(isRegister ? place : (place << 2) >>> 0);
  const v = BigInt(value >>> 0);
  const limbs = [address & 0xffffn, address >> 16n, timestamp & 0x7ffffn, timestamp >> 19n, v & 0xffffn, v >> 16n];
  const key = [0, 1, 2, 3].map((j) => {
    const sum = limbs.reduce((s, limb, i) => s + limb * challenge[LIMBS * i + j], challenge[LIMBS * KEY_LIMBS + j]);
    return mod(sum + (j === 0 && isRegister ? 1n : 0n));
  });
  return key as unknown as Quartic;
}
