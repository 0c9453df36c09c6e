/** Big-endian 32-byte words of ABI encodings and their U256 form. Pointers to encodings need no alignment unless a function says so. */

/** Big-endian word of a byte string, at any alignment. */
// @ts-ignore: decorator
@inline export function bigEndian32(at: usize): u32 {
  return (<u32>load<u8>(at) << 24) | (<u32>load<u8>(at, 1) << 16) | (<u32>load<u8>(at, 2) << 8) | <u32>load<u8>(at, 3);
}

/** Whether `count` bytes from `at` are zero. */
export function isZeroBytes(at: usize, count: u32): bool {
  const end = at + count;
  while (at & 3 && at < end) if (load<u8>(at++)) return false;
  while (at + 4 <= end) {
    if (load<u32>(at)) return false;
    at += 4;
  }
  while (at < end) if (load<u8>(at++)) return false;
  return true;
}

/** A 32-byte big-endian word as a U256, from any alignment. */
export function wordToU256(from: usize, to: usize): void {
  store<u32>(to, bigEndian32(from + 28));
  store<u32>(to, bigEndian32(from + 24), 4);
  store<u32>(to, bigEndian32(from + 20), 8);
  store<u32>(to, bigEndian32(from + 16), 12);
  store<u32>(to, bigEndian32(from + 12), 16);
  store<u32>(to, bigEndian32(from + 8), 20);
  store<u32>(to, bigEndian32(from + 4), 24);
  store<u32>(to, bigEndian32(from), 28);
}

/** A U256 as 32 big-endian bytes; `to` is 4-byte aligned. */
export function u256ToWord(from: usize, to: usize): void {
  for (let i: u32 = 0; i < 32; i += 4) store<u32>(to + 28 - i, bswap<u32>(load<u32>(from + i)));
}

/** The value of a 32-byte big-endian word if it fits 32 bits, else `otherwise`. */
export function wordToU32(from: usize, otherwise: u32): u32 {
  return isZeroBytes(from, 28) ? bigEndian32(from + 28) : otherwise;
}

// @ts-ignore: decorator
@inline export function isZeroU256(at: usize): bool {
  return (
    (load<u64>(at) | load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24)) == 0
  );
}

// @ts-ignore: decorator
@inline export function copyU256(from: usize, to: usize): void {
  store<u64>(to, load<u64>(from));
  store<u64>(to, load<u64>(from, 8), 8);
  store<u64>(to, load<u64>(from, 16), 16);
  store<u64>(to, load<u64>(from, 24), 24);
}

// @ts-ignore: decorator
@inline export function setU256(to: usize, low: u64): void {
  store<u64>(to, low);
  store<u64>(to, 0, 8);
  store<u64>(to, 0, 16);
  store<u64>(to, 0, 24);
}

/** Whether the U256 is the small number `value`. */
// @ts-ignore: decorator
@inline export function isSmall(at: usize, value: u32): bool {
  return load<u32>(at) == value && (load<u32>(at, 4) | load<u32>(at, 8) | load<u32>(at, 12) | load<u32>(at, 16) | load<u32>(at, 20) | load<u32>(at, 24) | load<u32>(at, 28)) == 0;
}

export function equalU256(a: usize, b: usize): bool {
  return (
    ((load<u64>(a) ^ load<u64>(b)) |
      (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) |
      (load<u64>(a, 24) ^ load<u64>(b, 24))) ==
    0
  );
}

/** Whether a < b, as unsigned numbers. */
export function lessU256(a: usize, b: usize): bool {
  for (let i: i32 = 28; i >= 0; i -= 4) {
    const x = load<u32>(a + i);
    const y = load<u32>(b + i);
    if (x != y) return x < y;
  }
  return false;
}

/** The value, or 2^64 - 1 where it is larger (`u256_to_u64_saturated`). */
export function saturateU64(at: usize): u64 {
  return (load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24)) == 0 ? load<u64>(at) : u64.MAX_VALUE;
}
