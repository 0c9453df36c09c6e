/** Big-endian 32-byte integers of the EIPs, at any alignment, from and to the U256 layout. */

/** to = the 32 big-endian bytes at `from`. `to` must not overlap `from`. */
export function readBigEndian(to: usize, from: usize): void {
  for (let i: usize = 0; i < 32; i += 4) {
    const at = from + 28 - i;
    if (PROVING) {
      // byte by byte: loads must be aligned, and swapping a loaded word takes as many instructions
      store<u32>(
        to + i,
        <u32>load<u8>(at, 3) | (<u32>load<u8>(at, 2) << 8) | (<u32>load<u8>(at, 1) << 16) | (<u32>load<u8>(at) << 24),
      );
    } else {
      store<u32>(to + i, bswap<u32>(load<u32>(at)));
    }
  }
}

/** The 32 bytes at `to` = `from`, big-endian. */
export function writeBigEndian(to: usize, from: usize): void {
  for (let i: usize = 0; i < 32; i += 4) {
    const word = load<u32>(from + 28 - i);
    store<u8>(to + i, <u8>(word >> 24));
    store<u8>(to + i, <u8>(word >> 16), 1);
    store<u8>(to + i, <u8>(word >> 8), 2);
    store<u8>(to + i, <u8>word, 3);
  }
}
