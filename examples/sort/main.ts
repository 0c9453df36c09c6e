/**
 * Sorts numbers from the tape without sorting: the tape also gives the permutation, and the program checks that it is one and that the values come out
 * ascending. Linear work in place of n·log n. The output is the Blake2s-256 of the sorted numbers.
 *
 * Tape: the array (length, elements), then as many indices: where the i-th smallest element is.
 */
import { alloc, commit, readArray, readBelow } from "windproof/guest";
import { blake2s256 } from "windproof/guest/crypto/blake2s";

export function main(): void {
  const input = readArray(1 << 20);
  const length = input.length;
  const sorted = alloc(<usize>length << 2, 32);
  // One byte an element: whether it has been taken. Fresh arena memory is zero.
  const taken = alloc(length, 4);
  let previous: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const from = readBelow(length);
    assert(load<u8>(taken + from) == 0, "the permutation takes an element twice");
    store<u8>(taken + from, 1);
    const value = load<u32>(input.pointer + ((<usize>from) << 2));
    assert(value >= previous, "the permutation does not sort");
    previous = value;
    store<u32>(sorted + ((<usize>i) << 2), value);
  }
  const digest = alloc(32, 32);
  blake2s256(sorted, length << 2, digest);
  commit(digest);
}
