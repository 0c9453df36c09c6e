/**
 * Blake2s-256, unkeyed, over messages below 4 GiB: incremental and one-shot.
 *
 * A context is 168 bytes, 128-byte aligned: the state block of `sdk/blake2s-round.ts` (96 bytes), a message buffer (64 bytes), the bytes
 * compressed so far, and the bytes in the buffer. Whole blocks of an aligned message in RAM are compressed where they lie.
 */
import { copy } from "../sdk/copy";
import { RAM_BASE } from "../sdk/memory";
import { blake2sBlock, blake2sInit } from "../sdk/blake2s-round";
import { BLAKE2S_SLOT } from "./slots";

/** Bytes of a context. */
export const BLAKE2S_CONTEXT: usize = 168;

const BUFFER: usize = 96;
const TOTAL: usize = 160;
const FILLED: usize = 164;
const BLOCK: u32 = 64;

/** Makes `context` (BLAKE2S_CONTEXT bytes, 128-byte aligned, RAM) the state of an empty message. */
export function blake2sStart(context: usize): void {
  blake2sInit(context);
  store<u32>(context, 0, TOTAL);
  store<u32>(context, 0, FILLED);
}

/** Absorbs `length` bytes at any address. */
export function blake2sUpdate(context: usize, message: usize, length: u32): void {
  let filled = load<u32>(context, FILLED);
  // a full buffer waits for more: the last block is compressed with another flag
  while (length > BLOCK - filled) {
    const total = load<u32>(context, TOTAL) + BLOCK;
    store<u32>(context, total, TOTAL);
    if (filled == 0 && canReadInPlace(message)) {
      blake2sBlock(context, message, total, false);
      message += BLOCK;
      length -= BLOCK;
    } else {
      const take = BLOCK - filled;
      copy(context + BUFFER + filled, message, take);
      blake2sBlock(context, context + BUFFER, total, false);
      message += take;
      length -= take;
      filled = 0;
    }
  }
  copy(context + BUFFER + filled, message, length);
  store<u32>(context, filled + length, FILLED);
}

/** Ends the message: the digest is the first 32 bytes of the context. It has to be started before it is used again. */
export function blake2sEnd(context: usize): void {
  const filled = load<u32>(context, FILLED);
  let at = context + BUFFER + filled;
  const end = context + BUFFER + BLOCK;
  while (at & 3) store<u8>(at++, 0);
  while (at < end) {
    store<u32>(at, 0);
    at += 4;
  }
  blake2sBlock(context, context + BUFFER, load<u32>(context, TOTAL) + filled, true);
}

/** Blake2s-256 of `length` bytes at any address into 32 bytes at `to` (4-byte aligned). */
export function blake2s256(message: usize, length: u32, to: usize): void {
  blake2sStart(BLAKE2S_SLOT);
  blake2sUpdate(BLAKE2S_SLOT, message, length);
  blake2sEnd(BLAKE2S_SLOT);
  copy(to, BLAKE2S_SLOT, 32);
}

/** The delegation reads only aligned RAM; in software anything goes. */
// @ts-ignore: decorator
@inline
function canReadInPlace(message: usize): bool {
  return !PROVING || ((message & 3) == 0 && message >= RAM_BASE);
}
