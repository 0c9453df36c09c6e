/**
 * Scratch memory of hooks: a bump region that starts anew at every hook call, so what a hook returns is valid until the next one.
 * Its size is bounded by what the caller's ergs can pay for (modexp's operands are the largest).
 */
import { HOOK_SCRATCH, HOOK_SCRATCH_END } from "../system/layout";
import { internal } from "../system/internal";

@unmanaged
export class Scratch {
  static top: usize = HOOK_SCRATCH;

  @inline static reset(): void {
    Scratch.top = HOOK_SCRATCH;
  }

  /** `length` bytes, 32-byte aligned, contents undefined. */
  static reserve(length: u32): usize {
    const at = Scratch.top;
    if (<u64>length > <u64>(HOOK_SCRATCH_END - at)) internal("hook scratch memory is full");
    Scratch.top = (at + length + 31) & ~31;
    return at;
  }
}
