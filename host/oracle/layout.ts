/**
 * How values are laid out in oracle words. The host's side of the protocol counts in 64-bit values, so everything takes an
 * even number of 32-bit words, low word first (ZKsync OS `zk_ee/src/kv_markers/`).
 */
import { fromHex, type Hex, toHex, uintToHex, wordsToBytes } from "../bytes.ts";
import { fromWords, toWords } from "./words.ts";

/** Integers are limbs, least significant first; a bytes32 is its bytes in order. Types with a size below 64 bits take 64. */
export type FieldType = "bool" | "u32" | "u64" | "u256" | "address" | "bytes32" | "bytes";

/** Name for people, type, and how often it is repeated. `bytes` takes all the words, so it stands alone. */
export type Layout = readonly (readonly [name: string, type: FieldType, count?: number])[];

export type FieldValue = boolean | bigint | Hex;
/** Bytes may also be given as bytes: what is hot (proofs, preimages) never takes the way over hex. */
export type GivenValue = FieldValue | Uint8Array;

interface FieldCode {
  /** Words of one value; undefined takes all that are left. */
  readonly words: number | undefined;
  write(value: GivenValue, out: Uint32Array, at: number): void;
  read(words: Uint32Array): FieldValue;
}

const integer = (words: number): FieldCode => ({
  words,
  write: (value, out, at) => out.set(toWords(BigInt(value as bigint | Hex), words), at),
  read: (given) => fromWords(given, 0, words),
});

const bytesOf = (value: GivenValue): Uint8Array => (value instanceof Uint8Array ? value : fromHex(value as Hex));

const bytes = (words: number | undefined): FieldCode => ({
  words,
  write: (value, out, at) => new Uint8Array(out.buffer, 4 * at).set(bytesOf(value)),
  read: (given) => toHex(wordsToBytes(given)),
});

const CODES: Record<FieldType, FieldCode> = {
  bool: {
    words: 2,
    write: (value, out, at) => {
      out[at] = value ? 1 : 0;
    },
    read: (words) => words[0] !== 0,
  },
  u32: integer(2),
  u64: integer(2),
  u256: integer(8),
  // 160 bits in three 64-bit limbs.
  address: { ...integer(6), read: (words) => uintToHex(fromWords(words, 0, 5), 20) },
  bytes32: bytes(8),
  bytes: bytes(undefined),
};

/** Words of all fields of a layout; undefined when it ends in bytes of any length. */
export function sizeOf(layout: Layout): number | undefined {
  let size = 0;
  for (const [, type, count = 1] of layout) {
    const { words } = CODES[type];
    if (words === undefined) return undefined;
    size += words * count;
  }
  return size;
}

/** `values`: one a field; a list for a repeated field. */
export function encodeFields(layout: Layout, values: readonly (GivenValue | readonly GivenValue[])[]): Uint32Array {
  // a layout without a size is one field of bytes, padded to whole 64-bit words
  const out = new Uint32Array(sizeOf(layout) ?? 2 * Math.ceil(bytesOf(values[0] as GivenValue).length / 8));
  let at = 0;
  layout.forEach(([, type, count], i) => {
    const { words = 0, write } = CODES[type];
    const list = count === undefined ? [values[i] as GivenValue] : (values[i] as readonly GivenValue[]);
    for (const value of list) {
      write(value, out, at);
      at += words;
    }
  });
  return out;
}

/** The values of a layout, or undefined when the words are not as many as it takes. */
export function decodeFields(layout: Layout, words: Uint32Array): (FieldValue | FieldValue[])[] | undefined {
  const size = sizeOf(layout);
  if (size !== undefined && words.length !== size) return undefined;
  let at = 0;
  const one = (type: FieldType): FieldValue => {
    const length = CODES[type].words ?? words.length - at;
    at += length;
    return CODES[type].read(words.subarray(at - length, at));
  };
  return layout.map(([, type, count]) =>
    count === undefined ? one(type) : Array.from({ length: count }, () => one(type)),
  );
}
