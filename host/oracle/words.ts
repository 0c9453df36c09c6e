/** Numbers as little-endian 32-bit words, as guests lay them out. */

/** Reads `count` words from `at` as one number, least significant word first. */
export function fromWords(words: Uint32Array, at = 0, count = 8): bigint {
  let value = 0n;
  for (let i = count - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[at + i]!);
  return value;
}

/** A number as `count` words, least significant first. A value that does not fit, or is negative, is a bug of the caller. */
export function toWords(value: bigint, count = 8): Uint32Array {
  if (value < 0n || value >> BigInt(32 * count) !== 0n) throw new RangeError(`${value} does not fit ${count} words`);
  const words = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    words[i] = Number(value & 0xffffffffn);
    value >>= 32n;
  }
  return words;
}

/** Several numbers one after the other, 8 words each. */
export function toU256s(...values: bigint[]): Uint32Array {
  const words = new Uint32Array(8 * values.length);
  for (const [i, value] of values.entries()) words.set(toWords(value), 8 * i);
  return words;
}
