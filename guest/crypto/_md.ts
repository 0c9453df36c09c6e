/** What Merkle–Damgård hashes of 64-byte blocks share: the padded tail, and byte order. */
import { copy } from "../sdk/copy";

/**
 * Writes the padded tail of a message of `length` bytes to `to` (128 bytes, 8-byte aligned): the bytes after the last whole block, 0x80,
 * zeros, and the length in bits, big-endian or little-endian. @returns bytes written, 64 or 128
 */
export function padTail(to: usize, message: usize, length: u32, bigEndian: bool): u32 {
  const rest = length & 63;
  const size: u32 = rest < 56 ? 64 : 128;
  for (let at: usize = 0; at < size; at += 8) store<u64>(to + at, 0);
  copy(to, message + (length - rest), rest);
  store<u8>(to + rest, 0x80);
  const low = length << 3;
  const high = length >> 29;
  const end = to + size;
  store<u32>(end - 8, bigEndian ? swap32(high) : low);
  store<u32>(end - 4, bigEndian ? swap32(low) : high);
  return size;
}

/** A word with its bytes in the other order: 8 instructions, as RV32IM has none for it. */
// @ts-ignore: decorator
@inline
export function swap32(word: u32): u32 {
  return rotl<u32>(((word >> 8) & 0x00ff00ff) | ((word & 0x00ff00ff) << 8), 16);
}
