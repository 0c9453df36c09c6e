/**
 * Memory of the io: what it keeps lives until the end of the block, while others mark and release the common arena (`sdk/memory.ts`). So io takes one
 * region at start. What stays is put on from below, the journal (`journal.ts`) grows towards it from above: none of them has a limit of its own. RAM that is not touched
 * costs nothing.
 *
 * How large a block may be. A proving image has 2^30 bytes, the original's gives its heap 768 MiB, of which two buffers of the EVM take 256 and a transaction 8: some
 * 500 MiB are left for what a block keeps there, with its allocator's and its trees' own needs. It has no other limit, nor has the gas of a block. Here, in MiB:
 *
 *     1005.5  from ARENA_BASE to ARENA_END
 *        256  EVM memory and return data, as much as the original's (`evm/frame.ts`)
 *         81  frames and stacks for 1025 calls, initcode of as many constructors (`evm/frame.ts`)
 *         88  jump destinations (`evm/jumps.ts`)
 *         40  a transaction, its payload to hash, scratch memory of hooks
 *         12  temporary: modexp and the like
 *        528  this region
 *
 * so whatever fits there fits here, if a thing is not larger here than there. The greatest, by the gas that makes them: a cold contract of 24 KiB (2600 gas) takes
 * 24.9 KB, as there: 22,200 of them, 58 million gas. A slot first read (2100 gas) takes 224 bytes, its journal entry 64, its ordering and proof some 200. A transient slot
 * (100 gas) takes 96 and its entry 64: 3.4 million of them, 340 million gas; an entry of the journal alone (100 gas: a call) 64: 860 million gas.
 */
import { alloc } from "../../sdk/memory";
import { internal, IO_MEMORY } from "./internal";

const SIZE: usize = 528 << 20;

@unmanaged
export abstract class IoMemory {
  /** End of what is kept. */
  static top: usize = 0;
  /** Where the journal begins: the region's end. */
  static end: usize = 0;
  /** The journal's last entry. */
  static journal: usize = 0;
  /** Nothing below was ever the journal's, the running transaction's entries aside: it is zero. */
  static clean: usize = 0;
}

/** Takes the region. Called once, before anything else allocates. */
export function initIoArena(): void {
  IoMemory.top = alloc(SIZE, 4096);
  IoMemory.end = IoMemory.top + SIZE;
  IoMemory.journal = IoMemory.end;
  IoMemory.clean = IoMemory.end;
}

/** `size` zero bytes at a multiple of `align` (a power of two), for the rest of the block. */
export function keep(size: usize, align: usize): usize {
  const start = (IoMemory.top + align - 1) & ~(align - 1);
  const next = start + size;
  if (next < start || next > IoMemory.journal) internal(IO_MEMORY);
  if (next > IoMemory.clean) {
    const from = max(start, IoMemory.clean);
    memory.fill(from, 0, next - from);
  }
  IoMemory.top = next;
  return start;
}
