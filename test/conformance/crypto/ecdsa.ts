/**
 * ECDSA vectors as calls of precompiles.
 *
 * A vector is a key Q, a digest z (its leftmost 256 bits, FIPS 186-4 section 6.4), r, s, and whether the signature verifies.
 * - P-256: input z ‖ r ‖ s ‖ x ‖ y. Output 01 where it verifies, 00 where it does not, nothing where r or s is not in 1…n−1 or Q is no point.
 * - secp256k1: ecrecover with v = 27 and 28. It verifies ⇔ one of the two gives Q's address. With r or s not in 1…n−1 there must be no output.
 *   A signature verifies also where the abscissa of R is r + n. v has no value for that (Yellow Paper, appendix F: v is 27 or 28): excluded.
 *
 * A signature in DER that is not the one strict encoding of two numbers of at most 32 bytes has no r and s to give to a precompile: excluded.
 *
 * ECDH vectors (P, d, and the abscissa of d·P) are multiplications of a point. P-256: with z = 0, r = x(dP) mod n and s = r / d, the sum (r / s) · P of a verification is
 * dP, so it must verify. secp256k1: with R = P, z = 0 and s = d · r, the recovered key is dP.
 */
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytes32, concat, digest, equal, fromHex, toNumber, type Vector } from "./cases.ts";
import type { Output } from "./guest.ts";

export type CurveName = "P-256" | "secp256k1";

const ORDERS = { "P-256": p256.Point.Fn.ORDER, secp256k1: secp256k1.Point.Fn.ORDER };
const FITS = 1n << 256n;

export interface Signature {
  name: string;
  curve: CurveName;
  x: bigint;
  y: bigint;
  hash: string;
  message: Uint8Array;
  r: bigint;
  s: bigint;
  valid: boolean;
}

function z(hash: string, message: Uint8Array): Uint8Array {
  const bytes = digest(hash, message).subarray(0, 32);
  return concat(new Uint8Array(32 - bytes.length), bytes);
}

function addressOf(x: bigint, y: bigint): Uint8Array {
  return concat(new Uint8Array(12), keccak_256(concat(bytes32(x), bytes32(y))).subarray(12));
}

function recoveries(digest: Uint8Array, r: bigint, s: bigint) {
  return [27n, 28n].map((v) => ({
    operation: "ecrecover" as const,
    input: concat(digest, bytes32(v), bytes32(r), bytes32(s)),
  }));
}

/** Whether R, which the verifier computes, has an abscissa of n or more. */
function isBeyondOrder(x: bigint, y: bigint, z: bigint, r: bigint, s: bigint): boolean {
  const { Fn } = secp256k1.Point;
  const w = Fn.inv(s);
  const parts: [typeof secp256k1.Point.BASE, bigint][] = [
    [secp256k1.Point.BASE, Fn.mul(Fn.create(z), w)],
    [secp256k1.Point.fromAffine({ x, y }), Fn.mul(r, w)],
  ];
  let sum = secp256k1.Point.ZERO;
  for (const [point, factor] of parts) if (factor !== 0n) sum = sum.add(point.multiplyUnsafe(factor));
  return sum.toAffine().x >= Fn.ORDER;
}

export function signatureVector({ name, curve, x, y, hash, message, r, s, valid }: Signature): Vector {
  if (r < 0n || s < 0n || r >= FITS || s >= FITS) return { name, excluded: "r or s is no number of 32 bytes" };
  const order = ORDERS[curve];
  const inRange = r > 0n && r < order && s > 0n && s < order;
  const hashed = z(hash, message);
  if (curve === "P-256") {
    const input = concat(hashed, bytes32(r), bytes32(s), bytes32(x), bytes32(y));
    const expected = Uint8Array.from(inRange ? [valid ? 1 : 0] : []);
    return { name, calls: [{ operation: "p256", input }], good: ([output]) => equal(output, expected) };
  }
  const address = addressOf(x, y);
  const isSigner = (output: Output) => equal(output, address);
  if (valid && isBeyondOrder(x, y, toNumber(hashed), r, s))
    return { name, excluded: "R's abscissa is r + n: no v says so" };
  return {
    name,
    calls: recoveries(hashed, r, s),
    good: (outputs) =>
      outputs.some(isSigner) === valid && (inRange || outputs.every((output) => equal(output, new Uint8Array()))),
  };
}

/** A public key that is or is not a point of P-256: a key that is none has no output, whatever the signature. */
export function keyVector(name: string, x: bigint, y: bigint, valid: boolean): Vector {
  if (x >= FITS || y >= FITS) return { name, excluded: "a coordinate is no number of 32 bytes" };
  const input = concat(bytes32(0n), bytes32(1n), bytes32(1n), bytes32(x), bytes32(y));
  return {
    name,
    calls: [{ operation: "p256", input }],
    good: ([output]) => equal(output, new Uint8Array()) !== valid && output !== undefined,
  };
}

/** @param shared abscissa of `secret` times (x, y) */
export function multiplicationVector(
  name: string,
  curve: CurveName,
  [x, y]: [bigint, bigint],
  secret: bigint,
  shared: bigint,
): Vector {
  const zero = new Uint8Array(32);
  if (curve === "P-256") {
    const { Fn } = p256.Point;
    const r = Fn.create(shared);
    if (r === 0n) return { name, excluded: "the product's abscissa is no r" };
    const s = Fn.div(r, Fn.create(secret));
    const input = concat(zero, bytes32(r), bytes32(s), bytes32(x), bytes32(y));
    return {
      name,
      calls: [{ operation: "p256", input }],
      good: ([output]) => equal(output, Uint8Array.of(1)),
    };
  }
  const { Fn } = secp256k1.Point;
  if (x >= Fn.ORDER) return { name, excluded: "the point's abscissa is no r" };
  const product = secp256k1.Point.fromBytes(concat(Uint8Array.of(2), bytes32(shared))).toAffine();
  const expected = [product.y, secp256k1.Point.Fp.neg(product.y)].map((y) => addressOf(product.x, y));
  return {
    name,
    calls: [recoveries(zero, x, Fn.mul(Fn.create(secret), x))[Number(y & 1n)]!],
    good: ([output]) => expected.some((address) => equal(output, address)),
  };
}

/** r and s of a strict DER encoding, undefined if it is none. Negative numbers are numbers. */
export function readDer(signature: Uint8Array): [bigint, bigint] | undefined {
  let at = 0;
  const length = (tag: number, end: number): number | undefined => {
    if (signature[at++] !== tag) return undefined;
    let size = signature[at++] ?? 0x100;
    if (size === 0x81) {
      size = signature[at++] ?? 0;
      if (size < 0x80) return undefined;
    } else if (size >= 0x80) return undefined;
    return at + size <= end ? at + size : undefined;
  };
  const end = length(0x30, signature.length);
  if (end !== signature.length) return undefined;
  const numbers: bigint[] = [];
  for (let i = 0; i < 2; i++) {
    const stop = length(2, end);
    if (stop === undefined || stop === at) return undefined;
    const bytes = signature.subarray(at, stop);
    const extended = (bytes[0] === 0 && bytes[1]! < 0x80) || (bytes[0] === 0xff && bytes[1]! >= 0x80);
    if (bytes.length > 1 && extended) return undefined;
    numbers.push(BigInt.asIntN(8 * bytes.length, toNumber(bytes)));
    at = stop;
  }
  return at === end ? [numbers[0]!, numbers[1]!] : undefined;
}

/** r and s side by side (IEEE P1363), undefined if it is not 64 bytes. */
export function readP1363(signature: Uint8Array): [bigint, bigint] | undefined {
  if (signature.length !== 64) return undefined;
  return [toNumber(signature.subarray(0, 32)), toNumber(signature.subarray(32))];
}

/** The point of an uncompressed encoding, undefined if it is none. */
export function readPoint(bytes: Uint8Array): [bigint, bigint] | undefined {
  if (bytes.length !== 65 || bytes[0] !== 4) return undefined;
  return [toNumber(bytes.subarray(1, 33)), toNumber(bytes.subarray(33))];
}

export const hexNumber = (text: string): bigint => toNumber(fromHex(text));
