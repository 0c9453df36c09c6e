/**
 * Questions to the oracle: an id and parameter words go out, a number of words and the words come back. The host's values are 64-bit, so the count is even
 * and each value goes low word first (DESIGN section 4; `zk_ee/src/system_io_oracle/mod.rs`, `proof_running_system/src/io_oracle/mod.rs` of zksync-os).
 *
 * Proving: by the tape (write id, count, parameters; read count, answer). Forward: one host call that fills the caller's memory.
 * An answer is never trusted: who asks checks it, or it states an input of the block (transactions, block metadata, state commitment).
 */
import { tapeRead, tapeWrite, unprovable } from "./machine";

/**
 * Forward mode's host call: `parameters` is the address of `parameterWords` words; the host writes the answer to `answer`, at most `capacity` words, and
 * returns how many there are. An answer that does not fit, or a question it cannot answer, is the host's error: it throws, nothing is returned.
 */
@external("windproof", "oracle_query")
declare function oracleQuery(id: u32, parameters: usize, parameterWords: u32, answer: usize, capacity: u32): u32;

/** Ids of ZKsync OS's queries. */
// @ts-ignore: decorator
@inline export const QUERY_NEXT_TX_SIZE: u32 = 0;
// @ts-ignore: decorator
@inline export const QUERY_TX_CONTENT: u32 = 1;
// @ts-ignore: decorator
@inline export const QUERY_INITIAL_IO: u32 = 2;
// @ts-ignore: decorator
@inline export const QUERY_BLOCK_METADATA: u32 = 3;
// @ts-ignore: decorator
@inline export const QUERY_INITIAL_SLOT: u32 = 4;
// @ts-ignore: decorator
@inline export const QUERY_PREIMAGE: u32 = 5;
// @ts-ignore: decorator
@inline export const QUERY_DISCONNECT: u32 = 6;

/**
 * Asks `id` with `parameterWords` words at `parameters`; the answer goes to `to` (4-byte aligned, `capacity` words).
 * @returns the number of answer words. More than fit: proving ends the run, forward the host throws.
 */
export function ask(id: u32, parameters: usize, parameterWords: u32, to: usize, capacity: u32): u32 {
  if (!PROVING) return oracleQuery(id, parameters, parameterWords, to, capacity);
  const words = begin(id, parameters, parameterWords);
  if (words > capacity) unprovable();
  readTape(to, words);
  return words;
}

/** As `ask`, for an answer whose size is known: another size ends the run. */
// @ts-ignore: decorator
@inline
export function askExactly(id: u32, parameters: usize, parameterWords: u32, to: usize, words: u32): void {
  if (ask(id, parameters, parameterWords, to, words) != words) unprovable();
}

/** Proving only: writes the question and reads the number of answer words; the caller reads them with `tapeRead` or `readTape`. */
export function begin(id: u32, parameters: usize, parameterWords: u32): u32 {
  tapeWrite(id);
  tapeWrite(parameterWords);
  const end = parameters + (<usize>parameterWords << 2);
  while (parameters < end) {
    tapeWrite(load<u32>(parameters));
    parameters += 4;
  }
  return tapeRead();
}

/** Proving only: `words` words of the tape to `to`; eight at a time, two cycles a word. */
export function readTape(to: usize, words: u32): void {
  const end = to + (<usize>words << 2);
  const last = to + (<usize>(words & ~7) << 2);
  while (to < last) {
    store<u32>(to, tapeRead(), 0);
    store<u32>(to, tapeRead(), 4);
    store<u32>(to, tapeRead(), 8);
    store<u32>(to, tapeRead(), 12);
    store<u32>(to, tapeRead(), 16);
    store<u32>(to, tapeRead(), 20);
    store<u32>(to, tapeRead(), 24);
    store<u32>(to, tapeRead(), 28);
    to += 32;
  }
  while (to < end) {
    store<u32>(to, tapeRead());
    to += 4;
  }
}
