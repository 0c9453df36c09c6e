/** Between Bytes32 (32 bytes in printed order, 4-byte aligned) and U256 (8 little-endian words): the words in reverse, each with its bytes reversed. */

/** @param from Bytes32, @param to U256; they must not overlap. */
export function bytes32ToU256(from: usize, to: usize): void {
  store<u32>(to, bswap<u32>(load<u32>(from, 28)), 0);
  store<u32>(to, bswap<u32>(load<u32>(from, 24)), 4);
  store<u32>(to, bswap<u32>(load<u32>(from, 20)), 8);
  store<u32>(to, bswap<u32>(load<u32>(from, 16)), 12);
  store<u32>(to, bswap<u32>(load<u32>(from, 12)), 16);
  store<u32>(to, bswap<u32>(load<u32>(from, 8)), 20);
  store<u32>(to, bswap<u32>(load<u32>(from, 4)), 24);
  store<u32>(to, bswap<u32>(load<u32>(from, 0)), 28);
}

/** The other way: the same exchange of words. @param from U256, @param to Bytes32; they must not overlap. */
// @ts-ignore: decorator
@inline
export function u256ToBytes32(from: usize, to: usize): void {
  bytes32ToU256(from, to);
}

/** Whether 8 words are equal, at 4-byte alignment, in any memory. */
export function equalWords8(a: usize, b: usize): bool {
  return (
    load<u32>(a, 0) == load<u32>(b, 0) &&
    load<u32>(a, 4) == load<u32>(b, 4) &&
    load<u32>(a, 8) == load<u32>(b, 8) &&
    load<u32>(a, 12) == load<u32>(b, 12) &&
    load<u32>(a, 16) == load<u32>(b, 16) &&
    load<u32>(a, 20) == load<u32>(b, 20) &&
    load<u32>(a, 24) == load<u32>(b, 24) &&
    load<u32>(a, 28) == load<u32>(b, 28)
  );
}

/** Order of two Bytes32 as big-endian numbers: whether a < b. */
export function lessBytes32(a: usize, b: usize): bool {
  const end = a + 32;
  while (a < end) {
    const x = load<u32>(a);
    const y = load<u32>(b);
    if (x != y) return bswap<u32>(x) < bswap<u32>(y);
    a += 4;
    b += 4;
  }
  return false;
}

/** Order of two U256: whether a < b. */
export function lessU256(a: usize, b: usize): bool {
  for (let i: usize = 28; ; i -= 4) {
    const x = load<u32>(a + i);
    const y = load<u32>(b + i);
    if (x != y) return x < y;
    if (i == 0) return false;
  }
}
