/**
 * Scratch memory of hooks: a bump region that starts anew at every hook call, so what a hook returns is valid until the next one.
 * Its size bounds modexp's operands; EIP-2565 makes a megabyte of operand cost some 10^9 gas, far beyond any block.
 */
import { alloc } from "../../sdk/memory";
import { internal } from "../system/internal";

const SIZE: usize = 16 << 20;
/** Internal error: more scratch memory wanted than there is. */
export const SCRATCH_FULL: u32 = 300;

@unmanaged
export abstract class Scratch {
  static base: usize = 0;
  static top: usize = 0;

  /** Takes the region from the arena: once, before the first block. */
  static init(): void {
    Scratch.base = alloc(SIZE, 32);
    Scratch.top = Scratch.base;
  }

  @inline static reset(): void {
    Scratch.top = Scratch.base;
  }

  /** `length` bytes, 32-byte aligned, contents undefined. */
  static reserve(length: u32): usize {
    const at = Scratch.top;
    if (<usize>length > Scratch.base + SIZE - at) internal(SCRATCH_FULL);
    Scratch.top = (at + length + 31) & ~31;
    return at;
  }
}
