/**
 * Where things live in memory, by hand: fixed slots whose addresses fold into the code, and a bump arena above them.
 *
 * One map for both modes, so that an address is a compile-time constant everywhere:
 *
 *     0x00000000  static data of the module (`memory.data`): ROM in a proving image, never written
 *     0x00200000  RAM begins; the first 64 KiB belong to the compiler (globals, start-up)
 *     0x00210000  fixed slots, one block of 64 KiB a room (below)
 *     0x00260000  operands of elliptic curves, a page each, so that an address is one instruction
 *     0x00280000  the arena, upwards
 *
 * RAM is zero at start, in both modes, and nothing is ever freed one by one: a caller takes a `mark` and `release`s to it.
 */
import { unprovable } from "./machine";

/** First byte of RAM in a proving image; below is ROM. Delegations refuse operands there. */
export const RAM_BASE: usize = 0x00200000;
/** Slots of guest/crypto: hashes, secp256k1, P-256, 256-bit arithmetic. */
export const CRYPTO_SLOTS: usize = 0x00210000;
/** Slots of guest/crypto: BN254 and modular exponentiation. */
export const PAIRING_SLOTS: usize = 0x00220000;
/** Slots of guest/stf. */
export const STF_SLOTS: usize = 0x00230000;
/** Slots of whatever program uses the SDK beside these. */
export const PROGRAM_SLOTS: usize = 0x00250000;
/** Slots of guest/crypto/curve, which are 4096 bytes apart. */
export const CURVE_PAGES: usize = 0x00260000;
/** First byte of the arena. */
export const ARENA_BASE: usize = 0x00280000;
/** The arena ends here in a proving image: the last 16 MiB of the 2^30 bytes are left to the stack. */
export const ARENA_END: usize = 0x3f000000;

let arenaTop: usize = ARENA_BASE;

/**
 * `size` bytes at a multiple of `align` (a power of two). In a proving image they are zero the first time only: after a `release`
 * the bytes keep what was written. Out of memory ends the run.
 */
export function alloc(size: usize, align: usize): usize {
  const start = (arenaTop + align - 1) & ~(align - 1);
  const end = start + size;
  if (end < start || end > ARENA_END) unprovable();
  if (!PROVING) {
    const have = <usize>memory.size() << 16;
    if (end > have && memory.grow(<i32>((end - have + 0xffff) >> 16)) < 0) unprovable();
  }
  arenaTop = end;
  return start;
}

/** The arena's top: everything allocated after this can be given back by `release`. */
export function mark(): usize {
  return arenaTop;
}

/** Gives back everything allocated since `top` was marked. */
export function release(top: usize): void {
  arenaTop = top;
}
