/**
 * Typed reading of a program's own input from the tape. What is read is not trusted: it is whatever the prover chose to put there.
 *
 * | what          | words on the tape                                              |
 * |---------------|----------------------------------------------------------------|
 * | u32           | the value                                                      |
 * | u64           | low word, high word                                            |
 * | U256          | 8 words, low first                                             |
 * | bytes         | their number, then ⌈number / 4⌉ words, first byte lowest       |
 * | array of u32  | number of elements, then the elements                          |
 */
import { tapeRead, unprovable } from "./machine";
import { alloc } from "./memory";

export function readU32(): u32 {
  return tapeRead();
}

export function readU64(): u64 {
  const low = <u64>tapeRead();
  return low | ((<u64>tapeRead()) << 32);
}

/** A word that must be below `limit`; any other ends the run. */
export function readBelow(limit: u32): u32 {
  const value = tapeRead();
  if (value >= limit) unprovable();
  return value;
}

/** `words` words to `to` (4-byte aligned, RAM). */
export function readWords(to: usize, words: u32): void {
  const end = to + (<usize>words << 2);
  while (to < end) {
    store<u32>(to, tapeRead());
    to += 4;
  }
}

/** A length-prefixed piece of input in the arena. */
@unmanaged
export class Slice {
  /** 32-byte aligned, and readable to a multiple of 4 bytes */
  pointer: usize;
  /** bytes, or elements for arrays */
  length: u32;
}

/** Bytes with their length; more than `limit` end the run. */
export function readBytes(limit: u32): Slice {
  const length = tapeRead();
  if (length > limit) unprovable();
  return readSlice(length, (length + 3) >>> 2);
}

/** An array of u32 with its length; more than `limit` elements end the run. */
export function readArray(limit: u32): Slice {
  const length = tapeRead();
  if (length > limit) unprovable();
  return readSlice(length, length);
}

function readSlice(length: u32, words: u32): Slice {
  const slice = changetype<Slice>(alloc(offsetof<Slice>(), 4));
  slice.pointer = alloc(<usize>words << 2, 32);
  slice.length = length;
  readWords(slice.pointer, words);
  return slice;
}
