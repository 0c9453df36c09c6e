/**
 * RSA vectors as known answers of modexp: sᵉ mod n of a PKCS #1 v1.5 signature is the padded digest (RFC 8017 section 9.2) if and only if the signature verifies;
 * cᵈ mod n of a ciphertext is the padded message (section 7.2).
 */
import { bytes32, concat, digest, fromHex, hashName, toNumber, type Vector } from "./cases.ts";
import type { Call } from "./guest.ts";

/** Object identifiers of hash functions, below 2.16.840.1.101.3.4.2 (SHA-1: its own). */
// biome-ignore format: number 1 first
const NIST_HASHES = ["", "SHA256", "SHA384", "SHA512", "SHA224", "SHA512/224", "SHA512/256", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512"];

/** 00 01 ff…ff 00 and the digest with its algorithm. */
function padded(hash: string, message: Uint8Array, length: number): Uint8Array {
  const hashed = digest(hash, message);
  const oid =
    hashName(hash) === "SHA1"
      ? fromHex("06052b0e03021a")
      : concat(fromHex("06096086480165030402"), Uint8Array.of(NIST_HASHES.indexOf(hashName(hash))));
  const algorithm = concat(Uint8Array.of(0x30, oid.length + 2), oid, fromHex("0500"));
  const octets = concat(Uint8Array.of(4, hashed.length), hashed);
  const info = concat(Uint8Array.of(0x30, algorithm.length + octets.length), algorithm, octets);
  const filler = length - info.length - 3;
  if (filler < 8) throw new Error(`a modulus of ${length} bytes is too short for ${hash}`);
  return concat(Uint8Array.of(0, 1), new Uint8Array(filler).fill(0xff), Uint8Array.of(0), info);
}

function power(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Call {
  const lengths = [base, exponent, modulus].map((bytes) => bytes32(BigInt(bytes.length)));
  return { operation: "modexp", input: concat(...lengths, base, exponent, modulus) };
}

/** Bytes of n without leading zeros: length of signatures and ciphertexts. */
function keyBytes(modulus: Uint8Array): number {
  return Math.ceil(toNumber(modulus).toString(2).length / 8);
}

export interface RsaSignature {
  name: string;
  modulus: Uint8Array;
  exponent: Uint8Array;
  hash: string;
  message: Uint8Array;
  signature: Uint8Array;
  valid: boolean;
}

export function rsaSignatureVector(vector: RsaSignature): Vector {
  const { name, modulus, exponent, hash, message, signature, valid } = vector;
  const length = keyBytes(modulus);
  if (signature.length !== length || toNumber(signature) >= toNumber(modulus))
    return {
      name,
      excluded: "the signature is not as long as the modulus, or not below it: refused before any power is taken",
    };
  const expected = toNumber(padded(hash, message, length));
  return {
    name,
    calls: [power(signature, exponent, modulus)],
    good: ([output]) =>
      output?.length === modulus.length &&
      toNumber(output) < toNumber(modulus) &&
      (toNumber(output) === expected) === valid,
  };
}

export interface RsaCiphertext {
  name: string;
  modulus: Uint8Array;
  secret: Uint8Array;
  message: Uint8Array;
  ciphertext: Uint8Array;
  valid: boolean;
}

export function rsaCiphertextVector(vector: RsaCiphertext): Vector {
  const { name, modulus, secret, message, ciphertext, valid } = vector;
  const length = keyBytes(modulus);
  if (ciphertext.length !== length || toNumber(ciphertext) >= toNumber(modulus))
    return {
      name,
      excluded: "the ciphertext is not as long as the modulus, or not below it: refused before any power is taken",
    };
  return {
    name,
    calls: [power(ciphertext, secret, modulus)],
    good: ([output]) => {
      if (output?.length !== modulus.length) return false;
      const block = output.subarray(modulus.length - length);
      const end = block.indexOf(0, 2);
      const opened = block[0] === 0 && block[1] === 2 && end >= 10 ? block.subarray(end + 1) : undefined;
      return valid ? opened !== undefined && Buffer.compare(opened, message) === 0 : opened === undefined;
    },
  };
}
