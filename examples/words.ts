/** What the examples' tapes are made with: numbers and bytes as 32-bit words, as `guest/sdk/tape.ts` reads them. */

/** A run to try: what the program reads, and what it must put out (8 words). */
export interface Case {
  readonly name: string;
  readonly tape: readonly number[];
  readonly output: readonly number[];
}

export function wordsOf(bytes: Uint8Array): number[] {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return Array.from({ length: padded.length / 4 }, (_, i) => view.getUint32(4 * i, true));
}

/** As `readBytes` reads it: length, then words. */
export const withLength = (bytes: Uint8Array): number[] => [bytes.length, ...wordsOf(bytes)];

/** A 256-bit number, low word first. */
export const wide = (value: bigint): number[] =>
  Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(32 * i)) & 0xffff_ffffn));

/** Output words, filled up with zeros. */
export const output = (...words: number[]): number[] => [...words, ...new Array(8 - words.length).fill(0)];

/** Bytes that look random and are always the same. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}
