/**
 * Copying bytes where misaligned accesses are refused (a proving image): by words whenever source and destination allow it, with a shift
 * where only the destination can be aligned. Forward mode has `memory.copy`.
 */

/** Copies `length` bytes; the ranges do not overlap (or `to` is below `from`). */
export function copy(to: usize, from: usize, length: u32): void {
  if (!PROVING) {
    memory.copy(to, from, length);
    return;
  }
  const end = to + length;
  while (to & 3 && to < end) store<u8>(to++, load<u8>(from++));
  const shift: u32 = (<u32>from & 3) << 3;
  if (shift == 0) {
    while (to + 16 <= end) {
      store<u32>(to, load<u32>(from, 0), 0);
      store<u32>(to, load<u32>(from, 4), 4);
      store<u32>(to, load<u32>(from, 8), 8);
      store<u32>(to, load<u32>(from, 12), 12);
      to += 16;
      from += 16;
    }
    while (to + 4 <= end) {
      store<u32>(to, load<u32>(from));
      to += 4;
      from += 4;
    }
  } else if (to + 4 <= end) {
    // the words that hold the source's first and last byte are read whole: they exist, and what is beyond the range is not used
    let aligned = from & ~3;
    let word = load<u32>(aligned) >> shift;
    do {
      aligned += 4;
      const above = load<u32>(aligned);
      store<u32>(to, word | (above << (32 - shift)));
      word = above >> shift;
      to += 4;
      from += 4;
    } while (to + 4 <= end);
  }
  while (to < end) store<u8>(to++, load<u8>(from++));
}
