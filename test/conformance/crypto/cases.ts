/** What vectors become: calls of the guest and what their outputs must be, or the reason why a vector does not apply. */
import { createHash } from "node:crypto";
import type { Call, Output } from "./guest.ts";

export interface Case {
  name: string;
  calls: Call[];
  /** Whether the outputs, one a call, are what the vector says. */
  good(outputs: Output[]): boolean;
}

export interface Excluded {
  name: string;
  excluded: string;
}

export type Vector = Case | Excluded;

export const fromHex = (text: string): Uint8Array => {
  const digits = text.replaceAll(/\s/g, "");
  return Uint8Array.from(Buffer.from(digits.length % 2 ? `0${digits}` : digits, "hex"));
};
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const toNumber = (bytes: Uint8Array): bigint => (bytes.length ? BigInt(`0x${toHex(bytes)}`) : 0n);
export const bytes32 = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, "0"));

export function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

export function equal(a: Output, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}

/** OpenSSL's name, and the digest's length for functions that have none of their own. */
const HASHES: Record<string, [string, number?]> = {
  SHA1: ["sha1"],
  SHA224: ["sha224"],
  SHA256: ["sha256"],
  SHA384: ["sha384"],
  SHA512: ["sha512"],
  "SHA512/224": ["sha512-224"],
  "SHA512/256": ["sha512-256"],
  "SHA3-224": ["sha3-224"],
  "SHA3-256": ["sha3-256"],
  "SHA3-384": ["sha3-384"],
  "SHA3-512": ["sha3-512"],
  SHAKE128: ["shake128", 32],
  SHAKE256: ["shake256", 64],
};

/** `SHA-256`, `SHA256` and the like to one name. */
export function hashName(name: string): string {
  return name.replace(/^SHA-/, "SHA");
}

/** The message's digest by OpenSSL: signatures are over digests, which the guest gets as an input. */
export function digest(name: string, message: Uint8Array): Uint8Array {
  const entry = HASHES[hashName(name)];
  if (!entry) throw new Error(`no hash function ${name}`);
  const [algorithm, outputLength] = entry;
  return Uint8Array.from(
    createHash(algorithm, outputLength ? { outputLength } : {})
      .update(message)
      .digest(),
  );
}
