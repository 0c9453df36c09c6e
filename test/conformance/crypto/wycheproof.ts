/** Wycheproof's JSON files (schemas of C2SP/wycheproof, v1): which of them are of functions that the guest has, and their vectors. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { fromHex, type Vector } from "./cases.ts";
import {
  type CurveName,
  hexNumber,
  keyVector,
  multiplicationVector,
  readDer,
  readP1363,
  readPoint,
  signatureVector,
} from "./ecdsa.ts";
import { rsaCiphertextVector, rsaSignatureVector } from "./rsa.ts";

interface Test {
  tcId: number;
  flags: string[];
  result: "valid" | "acceptable" | "invalid";
  msg: string;
  sig: string;
  ct: string;
  public: string;
  private: string;
  shared: string;
}

interface Group {
  type: string;
  sha?: string;
  curve?: string;
  publicKey?: { curve: string; wx: string; wy: string; modulus: string; publicExponent: string };
  privateKey?: { modulus: string; privateExponent: string };
  tests: Test[];
}

const CURVES: Record<string, CurveName> = { secp256r1: "P-256", secp256k1: "secp256k1" };

const HALF_ORDER = secp256k1.Point.Fn.ORDER >> 1n;

type Reader = (group: Group, test: Test, name: string) => Vector;

function signature(read: (bytes: Uint8Array) => [bigint, bigint] | undefined, encoding: string): Reader {
  return ({ type, publicKey, sha }, { msg, sig, result }, name) => {
    const numbers = read(fromHex(sig));
    // what says "valid" and cannot be read is this file's fault: it must fail
    if (!numbers && result === "valid") return { name, calls: [], good: () => false };
    if (!numbers) return { name, excluded: `not ${encoding}: no r and s to give` };
    if (type === "EcdsaBitcoinVerify" && numbers[1] > HALF_ORDER)
      return { name, excluded: "a high s, which Bitcoin refuses and the precompile takes" };
    const { curve, wx, wy } = publicKey!;
    const [x, y, [r, s]] = [hexNumber(wx), hexNumber(wy), numbers];
    const message = fromHex(msg);
    return signatureVector({ name, curve: CURVES[curve]!, x, y, hash: sha!, message, r, s, valid: result === "valid" });
  };
}

/** The point is the last 65 bytes of a SubjectPublicKeyInfo. */
const agreement: Reader = ({ curve }, test, name) => {
  const { public: encoded, private: secret, shared, result, flags } = test;
  const point = readPoint(fromHex(encoded).slice(-65));
  if (curve === "secp256r1" && point && flags.includes("InvalidCurveAttack")) return keyVector(name, ...point, false);
  if (result !== "valid" || !point) return { name, excluded: "about the encoding of keys" };
  return multiplicationVector(name, CURVES[curve!]!, point, hexNumber(secret), hexNumber(shared));
};

const rsaSignature: Reader = ({ publicKey, sha }, { msg, sig, result }, name) => {
  if (result === "acceptable") return { name, excluded: "a verifier may accept it or not" };
  const { modulus, publicExponent } = publicKey!;
  return rsaSignatureVector({
    name,
    modulus: fromHex(modulus),
    exponent: fromHex(publicExponent),
    hash: sha!,
    message: fromHex(msg),
    signature: fromHex(sig),
    valid: result === "valid",
  });
};

const rsaCiphertext: Reader = ({ privateKey }, { msg, ct, result }, name) =>
  rsaCiphertextVector({
    name,
    modulus: fromHex(privateKey!.modulus),
    secret: fromHex(privateKey!.privateExponent),
    message: fromHex(msg),
    ciphertext: fromHex(ct),
    valid: result === "valid",
  });

const der = signature(readDer, "strict DER");

/** By the type of a group of tests. */
const READERS: Record<string, Reader> = {
  EcdsaVerify: der,
  EcdsaBitcoinVerify: der,
  EcdsaP1363Verify: signature(readP1363, "64 bytes"),
  EcdhTest: agreement,
  EcdhEcpointTest: agreement,
  RsassaPkcs1Verify: rsaSignature,
  RsaesPkcs1Decrypt: rsaCiphertext,
};

/** @returns the file's vectors, or undefined if it is of no function of the guest */
export function readWycheproof(name: string, text: string): Vector[] | undefined {
  const { testGroups } = JSON.parse(text) as { testGroups?: Group[] };
  if (!Array.isArray(testGroups)) return undefined;
  const vectors: Vector[] = [];
  for (const group of testGroups) {
    const reader = READERS[group.type];
    const curve = group.publicKey?.curve ?? group.curve;
    if (!reader || (curve !== undefined && !CURVES[curve])) return undefined;
    for (const test of group.tests) vectors.push(reader(group, test, `${name} ${test.tcId}`));
  }
  return vectors;
}
