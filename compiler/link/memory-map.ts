/**
 * Addresses that compiler, linker and guest agree on; `guest/sdk/memory.ts` has the guest's part of the same map.
 *
 *     0x00000000  ROM: the flat image. Entry at 0; read-only static data from ROM_DATA_BASE when the program asks for it
 *     0x00200000  RAM, zero at start: WebAssembly globals and what else code generation keeps
 *     0x00201000  static data that the program may write, copied here at start
 *     0x00210000  fixed slots of the SDK, one block a room
 *     0x00260000  operands of elliptic curves
 *     0x00280000  arena and managed objects, upwards
 *     0x3f000000  static data that is too large for its place below the slots
 *     0x40000000  end of memory; the stack grows downwards from here
 */
export const ROM_SIZE = 0x0020_0000;
export const RAM_BASE = 0x0020_0000;
export const RAM_END = 0x4000_0000;

/**
 * Read-only static data: behind the entry, which begins with the constants and tables that code generation wants in the first 2 KiB. Functions fill the
 * rest of the gap. For an entry that is larger than the gap there is a second place.
 */
export const ROM_DATA_BASE = 0x4000;
export const ROM_DATA_BASE_LARGE = 0x10_0000;
/** Writable static data. */
export const RAM_DATA_BASE = 0x0020_1000;
export const RAM_DATA_END = 0x0021_0000;
export const LARGE_DATA_BASE = 0x3f00_0000;
export const LARGE_DATA_END = 0x3f80_0000;

/** Where the linear memory of a module begins that was not linked for this machine (addresses from 0). */
export const FOREIGN_MEMORY_BASE = 0x0021_0000;
