/**
 * Memory of the io: what it keeps lives until the end of the block, while others mark and release the common arena (`sdk/memory.ts`). So io takes one
 * region at start and bumps a pointer in it. Nothing is given back; RAM that is not touched costs nothing.
 */
import { alloc } from "../../sdk/memory";
import { internal, IO_MEMORY } from "./internal";

/**
 * Bytes of the region: journal, pubdata, logs, and what grows with the block: records of slots and accounts (some 200 bytes each) and bytecodes. A cold contract of
 * 24 KiB costs 2600 gas, so 400 MiB for these are good for 40 million gas of nothing but such; the EVM's own buffers need another 400 MiB.
 */
const SIZE: usize = 512 << 20;

let top: usize = 0;
let end: usize = 0;

/** Takes the region. Called once, before anything else allocates. */
export function initIoArena(): void {
  top = alloc(SIZE, 4096);
  end = top + SIZE;
}

/** `size` zero bytes at a multiple of `align` (a power of two), for the rest of the block. */
export function keep(size: usize, align: usize): usize {
  const start = (top + align - 1) & ~(align - 1);
  const next = start + size;
  if (next < start || next > end) internal(IO_MEMORY);
  top = next;
  return start;
}
