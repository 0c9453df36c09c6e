/**
 * How a change of a 256-bit value is told in pubdata: as the new value (Nothing), as what was added or subtracted (Add, Sub), or as the new value without its
 * leading zeros (Transform), whichever is shortest (`zk_ee/src/common_structs/pubdata_compression.rs`).
 */
import { u256Copy, u256Sub } from "../../sdk/u256";
import { SYSTEM_SLOTS } from "./layout";

// @ts-ignore: decorator
@inline export const NOTHING: u32 = 0;
// @ts-ignore: decorator
@inline export const ADD: u32 = 1;
// @ts-ignore: decorator
@inline export const SUB: u32 = 2;
// @ts-ignore: decorator
@inline export const TRANSFORM: u32 = 3;

/** U256 slots: the numbers that would be told. */
const ADDED: usize = SYSTEM_SLOTS + 832;
const SUBTRACTED: usize = SYSTEM_SLOTS + 864;

/** What `compress` chose: the kind, the bytes of the number (32 for Nothing), and the number (U256). */
export let kind: u32 = 0;
export let bytes: u32 = 0;
export let number: usize = 0;

/** Bytes of a U256 without leading zeros. */
export function byteLength(value: usize): u32 {
  let at: usize = 28;
  let word = load<u32>(value, 28);
  while (!word && at) {
    at -= 4;
    word = load<u32>(value + at);
  }
  // behind the loop: inside it would be counted for every word, zero or not
  return <u32>at + 4 - (clz<u32>(word) >> 3);
}

/** Chooses for a change from `initial` to `final` (U256). @returns bytes with the metadata byte */
export function compress(initial: usize, final: usize): u32 {
  kind = NOTHING;
  bytes = 32;
  number = final;
  u256Copy(ADDED, final);
  if (!u256Sub(ADDED, initial)) choose(ADD, ADDED);
  u256Copy(SUBTRACTED, initial);
  if (!u256Sub(SUBTRACTED, final)) choose(SUB, SUBTRACTED);
  choose(TRANSFORM, final);
  return bytes + 1;
}

/** The first of the shortest wins. A number of 32 bytes is never shorter than Nothing. */
function choose(candidate: u32, value: usize): void {
  const length = byteLength(value);
  if (length >= bytes) return;
  kind = candidate;
  bytes = length;
  number = value;
}
