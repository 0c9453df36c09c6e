/**
 * How values are laid out in oracle words. The host's side of the protocol counts in 64-bit values, so everything takes an
 * even number of 32-bit words, low word first (ZKsync OS `zk_ee/src/kv_markers/`).
 */
import { bytesToWords, fromHex, type Hex, toHex, uintToHex, uintToWords, wordsToBytes, wordsToUint } from "../bytes.ts";

/** Integers are limbs, least significant first; a bytes32 is its bytes in order. Types with a size below 64 bits take 64. */
export type FieldType = "bool" | "u32" | "u64" | "u256" | "address" | "bytes32" | "bytes";

/** Name for people, type, and how often it is repeated. `bytes` takes all the words that are left. */
export type Layout = readonly (readonly [name: string, type: FieldType, count?: number])[];

export type FieldValue = boolean | bigint | Hex;

interface FieldCode {
  /** Words of one value; Infinity takes all that are left. */
  readonly words: number;
  encode(value: FieldValue): Uint32Array;
  decode(words: Uint32Array): FieldValue;
}

const integer = (words: number): FieldCode => ({
  words,
  encode: (value) => uintToWords(BigInt(value), words),
  decode: (given) => wordsToUint(given),
});

const CODES: Record<FieldType, FieldCode> = {
  bool: { words: 2, encode: (value) => Uint32Array.of(value ? 1 : 0, 0), decode: (words) => words[0] !== 0 },
  u32: integer(2),
  u64: integer(2),
  u256: integer(8),
  // 160 bits in three 64-bit limbs.
  address: { ...integer(6), decode: (words) => uintToHex(wordsToUint(words) & ((1n << 160n) - 1n), 20) },
  bytes32: {
    words: 8,
    encode: (value) => bytesToWords(fromHex(value as Hex)),
    decode: (words) => toHex(wordsToBytes(words)),
  },
  bytes: {
    words: Number.POSITIVE_INFINITY,
    encode: (value) => bytesToWords(fromHex(value as Hex)),
    decode: (words) => toHex(wordsToBytes(words)),
  },
};

/** Words of all fields of a layout; undefined when it ends in bytes of any length. */
export function sizeOf(layout: Layout): number | undefined {
  const size = layout.reduce((sum, [, type, count = 1]) => sum + CODES[type].words * count, 0);
  return Number.isFinite(size) ? size : undefined;
}

/** `values`: one a field; a list for a repeated field. */
export function encodeFields(layout: Layout, values: readonly (FieldValue | readonly FieldValue[])[]): Uint32Array {
  const parts = layout.flatMap(([, type, count], i) =>
    (count === undefined ? [values[i]] : (values[i] as readonly FieldValue[])).map((value) =>
      CODES[type].encode(value as FieldValue),
    ),
  );
  const out = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The values of a layout, or undefined when the words are not as many as it takes. */
export function decodeFields(layout: Layout, words: Uint32Array): (FieldValue | FieldValue[])[] | undefined {
  const size = sizeOf(layout);
  if (size !== undefined && words.length !== size) return undefined;
  let at = 0;
  const one = (type: FieldType): FieldValue => {
    const length = Math.min(CODES[type].words, words.length - at);
    at += length;
    return CODES[type].decode(words.subarray(at - length, at));
  };
  return layout.map(([, type, count]) =>
    count === undefined ? one(type) : Array.from({ length: count }, () => one(type)),
  );
}
