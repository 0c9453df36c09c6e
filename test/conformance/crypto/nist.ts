/**
 * Response files in NIST's form (CAVP), which collections of other vectors have taken over: `[section]`, `key = value`, a blank line behind each record. What a record
 * does not say again (a modulus, a seed) holds until the next section.
 */
import { equal, fromHex, toNumber, type Vector } from "./cases.ts";
import { type CurveName, hexNumber, keyVector, signatureVector } from "./ecdsa.ts";
import type { Operation } from "./guest.ts";
import { rsaSignatureVector } from "./rsa.ts";

type Values = Record<string, string>;

interface Entry {
  /** what stands in brackets before it */
  section: string;
  values: Values;
}

/** The records that have a value named `key`. */
export function readRecords(text: string, key: string): Entry[] {
  const records: Entry[] = [];
  let section = "";
  let kept: Values = {};
  for (const block of text.replaceAll("\r", "").split(/\n\s*\n/)) {
    const fresh: Values = {};
    for (const line of block.split("\n")) {
      const heading = line.match(/^\[(.*)\]/);
      if (heading) [section, kept] = [heading[1]!, {}];
      const value = line.match(/^(\w+)\s*=\s*(.*?)\s*$/);
      if (value) fresh[value[1]!] = value[2]!;
    }
    kept = { ...kept, ...fresh };
    if (key in fresh) records.push({ section, values: kept });
  }
  return records;
}

type Reader = (name: string, text: string) => Vector[];

function hash(operation: Operation): Reader {
  return (name, text) =>
    readRecords(text, "MD").map(({ values: { Len, Msg, MD } }) => {
      if (Number(Len) % 8) return { name: `${name} Len ${Len}`, excluded: "not a number of whole bytes" };
      const input = fromHex(Msg!).slice(0, Number(Len) / 8);
      const expected = fromHex(MD!);
      const good: (outputs: (Uint8Array | undefined)[]) => boolean = ([output]) =>
        operation === "ripemd160"
          ? output?.length === 32 && toNumber(output) === toNumber(expected)
          : equal(output, expected);
      return { name: `${name} Len ${Len}`, calls: [{ operation, input }], good };
    });
}

/** SHAVS 6.4: a hundred times a thousand digests, each hundred's last one known. */
const monteCarlo: Reader = (name, text) => {
  let seed = fromHex(readRecords(text, "Seed")[0]!.values.Seed!);
  return readRecords(text, "MD").map(({ values: { COUNT, MD } }) => {
    const expected = fromHex(MD!);
    const input = seed;
    seed = expected;
    return {
      name: `${name} COUNT ${COUNT}`,
      calls: [{ operation: "sha256Chain", input }],
      good: ([output]) => equal(output, expected),
    };
  });
};

const CURVES: Record<string, CurveName> = { "P-256": "P-256", "K-256": "secp256k1" };

/** Generated signatures have no result: they verify. FIPS 186-2 knows SHA-1 only, and does not say so. */
const ecdsa: Reader = (name, text) =>
  readRecords(text, "S").flatMap(({ section, values: { Msg, Qx, Qy, R, S, Result } }, i) => {
    const [curveName, hashName = "SHA-1"] = section.split(",");
    const curve = CURVES[curveName!];
    if (!curve) return [];
    const signature = { x: hexNumber(Qx!), y: hexNumber(Qy!), r: hexNumber(R!), s: hexNumber(S!) };
    const valid = Result === undefined || Result.startsWith("P");
    const message = fromHex(Msg!);
    return signatureVector({ name: `${name} ${section} ${i}`, curve, hash: hashName, message, ...signature, valid });
  });

const keys: Reader = (name, text) =>
  readRecords(text, "Result").flatMap(({ section, values: { Qx, Qy, Result } }, i) =>
    section === "P-256" ? keyVector(`${name} ${i}`, hexNumber(Qx!), hexNumber(Qy!), Result!.startsWith("P")) : [],
  );

const rsa: Reader = (name, text) =>
  readRecords(text, "S").map(({ values: { n, e, SHAAlg, Msg, S, Result } }, i) =>
    rsaSignatureVector({
      name: `${name} ${i}`,
      modulus: fromHex(n!),
      exponent: fromHex(e!),
      hash: SHAAlg!,
      message: fromHex(Msg!),
      signature: fromHex(S!),
      valid: Result === undefined || Result.startsWith("P"),
    }),
  );

/** By path, for these files do not say what they are. */
const READERS: [RegExp, Reader][] = [
  [/\/SHA256(Short|Long)Msg\.rsp$/, hash("sha256")],
  [/\/SHA256Monte\.rsp$/, monteCarlo],
  [/\/ripemd160\/.*\.txt$/, hash("ripemd160")],
  [/\/keccak\/(Short|Long)MsgKAT_256\.txt$/, hash("keccak256")],
  [/\/blake2\/blake2s\.txt$/, hash("blake2s")],
  [/\/ECDSA\/.*\/Sig(Ver|Gen)\.rsp$|\/SECP256K1\/SigGen\.txt$/, ecdsa],
  [/\/ECDSA\/.*\/PKV\.rsp$/, keys],
  [/\/RSA\/.*\/Sig(Ver|Gen)15_186-[23]\.rsp$/, rsa],
];

/** @returns the file's vectors, or undefined if it is of no function of the guest */
export function readNist(path: string, name: string, text: string): Vector[] | undefined {
  const reader = READERS.find(([pattern]) => pattern.test(path))?.[1];
  return reader?.(name, text);
}
