/** RLP by hand: lengths first, then bytes written one after the other (`basic_bootloader/src/bootloader/rlp.rs`). Every `put…` answers the next free byte. */

/** An address with its prefix. */
export const ADDRESS_LENGTH: u32 = 21;

/** Bytes of the prefix of a string or list of `length` bytes (not of a single small byte, which has none). */
export function prefixLength(length: u32): u32 {
  return length < 56 ? 1 : 1 + lengthBytes(length);
}

// @ts-ignore: decorator
@inline function lengthBytes(length: u32): u32 {
  return 4 - (clz<u32>(length) >> 3);
}

/** Encoded length of a byte string. */
export function bytesLength(at: usize, length: u32): u32 {
  return length == 1 && load<u8>(at) < 128 ? 1 : prefixLength(length) + length;
}

/** Leading zero bytes of a big-endian number of `length` bytes. */
export function leadingZeros(at: usize, length: u32): u32 {
  let i: u32 = 0;
  while (i < length && load<u8>(at + i) == 0) i++;
  return i;
}

/** Encoded length of a big-endian number. */
export function numberLength(at: usize, length: u32): u32 {
  const zeros = leadingZeros(at, length);
  return bytesLength(at + zeros, length - zeros);
}

/** @param offset 128 for strings, 192 for lists */
export function putPrefix(to: usize, length: u32, offset: u32): usize {
  if (length < 56) {
    store<u8>(to, offset + length);
    return to + 1;
  }
  const count = lengthBytes(length);
  store<u8>(to, offset + 55 + count);
  for (let i: u32 = count; i > 0; i--) {
    to++;
    store<u8>(to, length >> ((i - 1) * 8));
  }
  return to + 1;
}

export function putBytes(to: usize, at: usize, length: u32): usize {
  if (length == 1 && load<u8>(at) < 128) {
    store<u8>(to, load<u8>(at));
    return to + 1;
  }
  to = putPrefix(to, length, 128);
  memory.copy(to, at, length);
  return to + length;
}

/** A big-endian number without its leading zeros. */
export function putNumber(to: usize, at: usize, length: u32): usize {
  const zeros = leadingZeros(at, length);
  return putBytes(to, at + zeros, length - zeros);
}

/** A 64-bit number as 8 big-endian bytes, for the functions above. */
export function bigEndianU64(to: usize, value: u64): void {
  store<u64>(to, bswap<u64>(value));
}
