/**
 * The suite of cryptographic vectors on files made here, in the same formats: good ones pass in both modes, a wrong one fails, what does not apply is excluded with
 * its reason, a file of another function is told.
 */
import { spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync, privateDecrypt, publicEncrypt, sign } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDer } from "./crypto/ecdsa.ts";

const folder = mkdtempSync(join(tmpdir(), "windproof-crypto-"));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const message = (i: number) => Buffer.from(`message ${i}`);
const secret = (i: number) => createHash("sha256").update(`secret ${i}`).digest();

function write(name: string, content: string | object): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
}

const CURVES = { secp256r1: p256, secp256k1 };
type CurveName = keyof typeof CURVES;

function publicKey(curve: CurveName, i: number) {
  const { x, y } = CURVES[curve].Point.BASE.multiply(BigInt(`0x${hex(secret(i))}`)).toAffine();
  // numbers are printed with a leading zero byte where the first is 0x80 or more
  const number = (value: bigint) => `00${value.toString(16).padStart(64, "0")}`;
  return { type: "EcPublicKey", curve, wx: number(x), wy: number(y) };
}

function ecdsaGroup(curve: CurveName, type: string, i: number) {
  const format = type === "EcdsaP1363Verify" ? "compact" : "der";
  const hash = createHash("sha512").update(message(i)).digest().subarray(0, 32);
  const signature = CURVES[curve].sign(hash, secret(i), { prehash: false, format, lowS: true });
  const vector = (tcId: number, sig: Uint8Array, result: string, of = i) => {
    return { tcId, flags: [], msg: hex(message(of)), sig: hex(sig), result };
  };
  const tests = [
    vector(1, signature, "valid"),
    vector(2, signature, "invalid", i + 1),
    vector(3, signature.slice(1), "invalid"),
  ];
  return { type, sha: "SHA-512", publicKey: publicKey(curve, i), tests };
}

function ecdhGroup(curve: CurveName, i: number) {
  const { Point } = CURVES[curve];
  const point = Point.BASE.multiply(BigInt(`0x${hex(secret(i))}`));
  const d = BigInt(`0x${hex(secret(i + 1))}`);
  const shared = point.multiply(d).toAffine().x.toString(16).padStart(64, "0");
  const encoded = hex(point.toBytes(false));
  const vector = { public: encoded, private: d.toString(16), shared, flags: [] };
  const wrong = {
    ...vector,
    tcId: 2,
    result: "invalid",
    public: `${encoded.slice(0, -2)}00`,
    flags: ["InvalidCurveAttack"],
  };
  return { type: "EcdhEcpointTest", curve, tests: [{ ...vector, tcId: 1, result: "valid" }, wrong] };
}

function rsaGroups() {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const jwk = privateKey.export({ format: "jwk" });
  const bytes = (text: string | undefined) => hex(Buffer.from(text!, "base64url"));
  const modulus = `00${bytes(jwk.n)}`;
  const signature = sign("sha256", message(1), privateKey);
  const ciphertext = publicEncrypt({ key: publicKey, padding: 1 }, message(2));
  expect(privateDecrypt({ key: privateKey, padding: 3 }, ciphertext).length).toBe(128);
  const signatures = [
    { tcId: 1, flags: [], msg: hex(message(1)), sig: hex(signature), result: "valid" },
    { tcId: 2, flags: [], msg: hex(message(2)), sig: hex(signature), result: "invalid" },
    { tcId: 3, flags: [], msg: hex(message(1)), sig: hex(signature.subarray(1)), result: "invalid" },
  ];
  return [
    {
      type: "RsassaPkcs1Verify",
      sha: "SHA-256",
      publicKey: { modulus, publicExponent: bytes(jwk.e) },
      tests: signatures,
    },
    {
      type: "RsaesPkcs1Decrypt",
      privateKey: { modulus, privateExponent: bytes(jwk.d) },
      tests: [{ tcId: 4, flags: [], msg: hex(message(2)), ct: hex(ciphertext), result: "valid" }],
    },
  ];
}

/** NIST's form, with `\r\n` as its files have it. */
const response = (...records: Record<string, string | number>[]) =>
  records
    .map((record) => Object.entries(record).map(([key, value]) => (key === "" ? `[${value}]` : `${key} = ${value}`)))
    .map((lines) => lines.join("\r\n"))
    .join("\r\n\r\n");

function ecdsaRecord(i: number, result: string) {
  const { wx, wy } = publicKey("secp256r1", i);
  const hash = createHash("sha1").update(message(i)).digest();
  const signature = hex(p256.sign(Buffer.concat([Buffer.alloc(12), hash]), secret(i), { prehash: false }));
  const Msg = hex(message(result === "P (0 )" ? i : i + 1));
  return { Msg, Qx: wx.slice(2), Qy: wy.slice(2), R: signature.slice(0, 64), S: signature.slice(64), Result: result };
}

function digestRecords(length: number, hash: (bytes: Uint8Array) => Uint8Array) {
  const bytes = Buffer.alloc(length, 7);
  return response(
    { Len: 8 * length, Msg: hex(bytes) || "00", MD: hex(hash(bytes)) },
    { Len: 0, Msg: "00", MD: hex(hash(new Uint8Array())) },
  );
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

function monteCarlo(): string {
  const seed = sha256(message(0));
  let last = [seed, seed, seed];
  for (let i = 0; i < 1000; i++) last = [last[1]!, last[2]!, sha256(Buffer.concat(last))];
  return response({ "": "L = 32" }, { Seed: hex(seed) }, { COUNT: 0, MD: hex(last[2]!) });
}

function run() {
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--no-warnings", "test/conformance/main.ts", "crypto", folder],
    {
      encoding: "utf8",
    },
  );
  const lines = stdout.trim().split("\n");
  return { status, lines, last: JSON.parse(lines.at(-1)!) };
}

beforeAll(() => {
  for (const curve of ["secp256r1", "secp256k1"] as const) {
    const groups = ["EcdsaVerify", "EcdsaP1363Verify"].map((type, i) => ecdsaGroup(curve, type, 10 + i));
    write(`ecdsa_${curve}.json`, { testGroups: groups });
    write(`ecdh_${curve}.json`, { testGroups: [ecdhGroup(curve, 20)] });
  }
  write("rsa.json", { testGroups: rsaGroups() });
  write("aes.json", { testGroups: [{ type: "AeadTest", tests: [{}] }] });
  write(
    "ECDSA/FIPS/SigVer.rsp",
    response({ "": "P-256,SHA-1" }, ecdsaRecord(30, "P (0 )"), ecdsaRecord(31, "F (1 - Message changed)")),
  );
  const { wx, wy } = publicKey("secp256r1", 32);
  const key = { Qx: wx.slice(2), Qy: wy.slice(2), Result: "P (0 )" };
  write(
    "ECDSA/FIPS/PKV.rsp",
    response({ "": "P-256" }, key, { ...key, Qy: key.Qx, Result: "F (2 - Point not on curve)" }),
  );
  write("SHA2/SHA256ShortMsg.rsp", digestRecords(55, sha256));
  write("SHA2/SHA256LongMsg.rsp", digestRecords(1000, sha256));
  write("SHA2/SHA256Monte.rsp", monteCarlo());
  write("SHA2/SHA384ShortMsg.rsp", digestRecords(1, sha256));
  write(
    "ripemd160/vectors.txt",
    digestRecords(64, (bytes) => createHash("ripemd160").update(bytes).digest()),
  );
  write("keccak/ShortMsgKAT_256.txt", digestRecords(136, keccak_256));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("conformance crypto", () => {
  test("passes what is right, excludes what does not apply", () => {
    const { status, lines, last } = run();
    // ECDSA: 2 of 3 in each of 4 groups; ECDH: 2 and 1; RSA: 3; SigVer, PKV: 2 each; digests: 2 each of 4 files, and the chain
    expect(last).toEqual({ conformance: "crypto", passed: 8 + 3 + 3 + 4 + 8 + 1, failed: 0, excluded: 4 + 1 + 1 });
    expect(lines.at(-2)).toBe("2 files of functions that the guest does not have: SHA2/SHA384ShortMsg.rsp, aes.json");
    expect(lines.join("\n")).toContain("  excluded 1: not strict DER: no r and s to give");
    expect(status).toBe(0);
  });

  test("fails where an output is not the vector's", () => {
    write(
      "SHA2/SHA256ShortMsg.rsp",
      digestRecords(55, () => new Uint8Array(32)),
    );
    write(
      "ECDSA/FIPS/SigVer.rsp",
      response({ "": "P-256,SHA-1" }, { ...ecdsaRecord(30, "P (0 )"), Result: "F (3 - S changed)" }),
    );
    const { status, lines, last } = run();
    expect(last).toMatchObject({ failed: 3 });
    expect(lines.filter((line) => line.startsWith("FAILED")).length).toBe(3);
    expect(status).toBe(1);
  });

  test("strict DER only", () => {
    const bytes = (text: string) => Buffer.from(text, "hex");
    expect(readDer(bytes("3006020101020102"))).toEqual([1n, 2n]);
    expect(readDer(bytes("30060201ff020102"))).toEqual([-1n, 2n]);
    for (const wrong of [
      "",
      "30",
      "3006020101020102ff",
      "300702010102020002",
      "308106020101020102",
      "3006020101020103ff",
      "30050201010200",
      "300602010102810102",
    ])
      expect(readDer(bytes(wrong)), wrong).toBeUndefined();
  });
});
