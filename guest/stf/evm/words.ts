/**
 * Between the EVM's big-endian bytes and the stack's little-endian words, and the checks that a 256-bit value is small.
 *
 * Costs are rv32 instructions: the machine has no byte swap, so bytes are cheaper than words where they are stored (8 a word against 10).
 */

/** The 32 big-endian bytes at `from` (any alignment) as a U256 at `to`. */
// @ts-ignore: decorator
@inline
export function loadWord(from: usize, to: usize): void {
  if (PROVING) {
    loadWordBytes(from, to);
  } else {
    store<u64>(to, bswap<u64>(load<u64>(from, 24)));
    const b = bswap<u64>(load<u64>(from, 16));
    const c = bswap<u64>(load<u64>(from, 8));
    const d = bswap<u64>(load<u64>(from));
    store<u64>(to, b, 8);
    store<u64>(to, c, 16);
    store<u64>(to, d, 24);
  }
}

/** 4 big-endian bytes, any alignment: 10 instructions, as many as an aligned load with a swap. */
// @ts-ignore: decorator
@inline
export function load32(from: usize): u32 {
  return (<u32>load<u8>(from) << 24) | (<u32>load<u8>(from, 1) << 16) | (<u32>load<u8>(from, 2) << 8) | <u32>load<u8>(from, 3);
}

function loadWordBytes(from: usize, to: usize): void {
  store<u32>(to, load32(from + 28));
  store<u32>(to, load32(from + 24), 4);
  store<u32>(to, load32(from + 20), 8);
  store<u32>(to, load32(from + 16), 12);
  store<u32>(to, load32(from + 12), 16);
  store<u32>(to, load32(from + 8), 20);
  store<u32>(to, load32(from + 4), 24);
  store<u32>(to, load32(from), 28);
}

/** A U256 as 32 big-endian bytes at `to` (any alignment). */
// @ts-ignore: decorator
@inline
export function storeWord(to: usize, from: usize): void {
  if (PROVING) {
    storeWordBytes(to, from);
  } else {
    const a = bswap<u64>(load<u64>(from));
    const b = bswap<u64>(load<u64>(from, 8));
    const c = bswap<u64>(load<u64>(from, 16));
    const d = bswap<u64>(load<u64>(from, 24));
    store<u64>(to, d);
    store<u64>(to, c, 8);
    store<u64>(to, b, 16);
    store<u64>(to, a, 24);
  }
}

// @ts-ignore: decorator
@inline
export function store32(to: usize, word: u32): void {
  store<u8>(to, word, 3);
  store<u8>(to, word >> 8, 2);
  store<u8>(to, word >> 16, 1);
  store<u8>(to, word >> 24);
}

function storeWordBytes(to: usize, from: usize): void {
  store32(to, load<u32>(from, 28));
  store32(to + 4, load<u32>(from, 24));
  store32(to + 8, load<u32>(from, 20));
  store32(to + 12, load<u32>(from, 16));
  store32(to + 16, load<u32>(from, 12));
  store32(to + 20, load<u32>(from, 8));
  store32(to + 24, load<u32>(from, 4));
  store32(to + 28, load<u32>(from));
}

/** Not zero if the value does not fit 32 bits. */
// @ts-ignore: decorator
@inline
export function above32(a: usize): u32 {
  if (PROVING) {
    return (
      load<u32>(a, 4) | load<u32>(a, 8) | load<u32>(a, 12) | load<u32>(a, 16) | load<u32>(a, 20) | load<u32>(a, 24) | load<u32>(a, 28)
    );
  }
  return <u32>((((load<u64>(a) >> 32) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) != 0) as u32);
}

/** Whether a == 0; what is not zero shows it mostly in its first word. */
// @ts-ignore: decorator
@inline
export function isZero(a: usize): bool {
  if (PROVING) return load<u32>(a) == 0 && above32(a) == 0;
  return !(load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24));
}

/** The value, or 2^64 - 1 where it is larger. */
export function saturated64(a: usize): u64 {
  return load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24) ? u64.MAX_VALUE : load<u64>(a);
}

/** a = value */
// @ts-ignore: decorator
@inline
export function set64(a: usize, value: u64): void {
  store<u64>(a, value);
  store<u64>(a, 0, 8);
  store<u64>(a, 0, 16);
  store<u64>(a, 0, 24);
}

/** Keeps the low 160 bits: an address. */
// @ts-ignore: decorator
@inline
export function truncateToAddress(a: usize): void {
  store<u32>(a, 0, 20);
  store<u64>(a, 0, 24);
}

/** Copies what there is of `source[offset…]` to `to` and zeroes the rest of `length` bytes. `offset` is a U256. */
export function copyPadded(to: usize, length: u32, source: usize, sourceLength: u32, offset: usize): void {
  let have: u32 = 0;
  if (!above32(offset)) {
    const from = load<u32>(offset);
    if (from < sourceLength) {
      have = sourceLength - from;
      if (have > length) have = length;
      memory.copy(to, source + from, have);
    }
  }
  if (have < length) memory.fill(to + have, 0, length - have);
}
