/**
 * A frame: one running call or constructor. Records, stacks, heaps and the return buffer live in regions taken from the arena once;
 * frames follow each other in each of them, so a call allocates nothing.
 *
 * - stack: words upwards from `base`; `sp` is the first free word. The next frame's stack begins at its caller's `sp`.
 * - heap ("memory" of the EVM): `memory`, `memorySize` bytes (a multiple of 32). The next frame's begins at its caller's end. What lies above
 *   the high-water mark was never written and is zero.
 * - initcode: a copy of each running constructor's, in a region of its own, for what the heaps hold is what the original's hold.
 * - return data: one buffer for all, for only the running frame can look at what was last returned to it.
 */
import { alloc } from "../../sdk/memory";
import { u256Copy, u256SetWord, u256Zero } from "../../sdk/u256";
import { HEAP_EXHAUSTED, RETURN_MEMORY_FULL, internal } from "../system/internal";

/** Deepest frame: the entry is 0 (`callstack_height > 1024` fails in runner.rs). */
export const MAX_DEPTH: u32 = 1024;
export const STACK_BYTES: usize = 1024 * 32;
/** `MAX_HEAP_BUFFER_SIZE` (`basic_bootloader/src/bootloader/mod.rs`) for all frames' heaps together. */
export const HEAP_BYTES: usize = 1 << 27;

/** EIP-3860 */
const MAX_INITCODE_BYTES: usize = 0xc000;
/** Initcode of as many constructors as can run at once, each with its padding. */
const HELD_BYTES: usize = (<usize>MAX_DEPTH + 1) * (MAX_INITCODE_BYTES + 96);

@unmanaged
export class Frame {
  pc: usize;
  sp: usize;
  /** first byte of the bytecode, which at least 33 zero bytes follow */
  code: usize;
  codeLength: u32;
  base: usize;
  memory: usize;
  memorySize: u32;
  calldata: usize;
  calldataLength: u32;
  /** length of what was last returned to this frame (in the return buffer) */
  returnLength: u32;
  /** where in this frame's memory the answer to its pending call goes */
  answer: u32;
  answerLength: u32;
  /** what it ends with: pointer into its heap */
  output: usize;
  outputLength: u32;
  /** `Jumps` record of the code (`jumps.ts`) */
  jumps: usize;
  isStatic: bool;
  isConstructor: bool;
  /** of the runner: handle of the io frame; resources that the caller of this frame kept */
  handle: u32;
  kept: u64;
  /** end of the initcode that this frame and those before it hold */
  heldEnd: usize;

  /** U256: the address whose storage and balance are this frame's */
  @inline get address(): usize {
    return changetype<usize>(this) + 128;
  }
  /** U256 */
  @inline get caller(): usize {
    return changetype<usize>(this) + 160;
  }
  /** U256 */
  @inline get value(): usize {
    return changetype<usize>(this) + 192;
  }
}

const FRAME_BYTES: usize = 256;

let frames: usize = 0;
let stacks: usize = 0;
let heap: usize = 0;
let held: usize = 0;
/** Everything from here to the heap's end is zero. */
let highWater: usize = 0;
/** The return buffer. */
export let returnBuffer: usize = 0;
/** What a run has left of the original's return memory. */
let returnMemory: u32 = 0;

/** Takes the regions. Call once, before anything else of the EVM. */
export function initFrames(): void {
  frames = alloc((<usize>MAX_DEPTH + 1) * FRAME_BYTES, 256);
  stacks = alloc((<usize>MAX_DEPTH + 1) * STACK_BYTES, 32);
  heap = alloc(HEAP_BYTES, 32);
  highWater = heap;
  held = alloc(HELD_BYTES, 32);
  returnBuffer = alloc(HEAP_BYTES, 32);
}

/**
 * The original puts what every call of a run returns behind each other in one buffer of 128 MiB (`copy_into_return_memory` of `runner.rs`), from which nothing is given back: a
 * transaction can use it up with 7 million gas. What does not fit is a panic there.
 */
export function resetReturnMemory(): void {
  returnMemory = <u32>HEAP_BYTES;
}

/** A call or constructor returns `length` bytes. */
// @ts-ignore: decorator
@inline
export function takeReturnMemory(length: u32): void {
  if (length > returnMemory) internal(RETURN_MEMORY_FULL);
  returnMemory -= length;
}

/** A hook writes its output there first, and what does not fit is cut off without a word (`Extend` of `slice_vec.rs`). @returns bytes that were written */
export function writeReturnMemory(length: u32): u32 {
  if (length > returnMemory) length = returnMemory;
  returnMemory -= length;
  return length;
}

/** The record of depth `depth`, as it is. */
// @ts-ignore: decorator
@inline
export function frameOf(depth: u32): Frame {
  return changetype<Frame>(frames + <usize>depth * FRAME_BYTES);
}

/** The record of depth `depth`, with stack and heap placed after those of depth - 1. Everything else is the caller's to fill. */
export function frameAt(depth: u32): Frame {
  const frame = frameOf(depth);
  if (depth == 0) {
    frame.base = stacks;
    frame.memory = heap;
    frame.heldEnd = held;
  } else {
    const below = changetype<Frame>(changetype<usize>(frame) - FRAME_BYTES);
    frame.base = below.sp;
    frame.memory = below.memory + below.memorySize;
    frame.heldEnd = below.heldEnd;
  }
  frame.sp = frame.base;
  frame.memorySize = 0;
  frame.returnLength = 0;
  frame.answerLength = 0;
  frame.outputLength = 0;
  return frame;
}

/** The frame that waits for `frame`. */
// @ts-ignore: decorator
@inline
export function callerOf(frame: Frame): Frame {
  return changetype<Frame>(changetype<usize>(frame) - FRAME_BYTES);
}

/**
 * Holds a copy of a constructor's code, padded: initcode lies in its creator's memory, where what follows it is not zero. @returns where the copy is
 */
export function holdCode(frame: Frame, code: usize, length: u32): usize {
  const at = frame.heldEnd;
  const end = (at + length + 64) & ~31;
  if (end > held + HELD_BYTES) internal(HEAP_EXHAUSTED);
  memory.copy(at, code, length);
  memory.fill(at + length, 0, end - at - length);
  frame.heldEnd = end;
  return at;
}

/** Makes the frame's memory `size` bytes, a larger multiple of 32. @returns false if the heap has not that much (MemoryOOG) */
export function extendMemory(frame: Frame, size: u32): bool {
  const from = frame.memory + frame.memorySize;
  const to = frame.memory + size;
  if (<usize>size >= HEAP_BYTES || to >= heap + HEAP_BYTES) return false;
  if (from < highWater && to - from == 32) u256Zero(from);
  else if (from < highWater) memory.fill(from, 0, (to < highWater ? to : highWater) - from);
  if (highWater < to) highWater = to;
  frame.memorySize = size;
  return true;
}

/** A call answered the frame: the data that fit go to their place in its memory, 1 or 0 to its stack. `length` bytes are in the return buffer. */
export function continueAfterCall(frame: Frame, success: bool, length: u32): void {
  const copied = length < frame.answerLength ? length : frame.answerLength;
  if (copied) memory.copy(frame.memory + frame.answer, returnBuffer, copied);
  frame.returnLength = length;
  u256SetWord(frame.sp, success as u32);
  frame.sp += 32;
}

/** A creation answered the frame: the address (U256) or 0 goes to its stack. */
export function continueAfterCreate(frame: Frame, deployed: usize, length: u32): void {
  frame.returnLength = length;
  if (deployed) u256Copy(frame.sp, deployed);
  else u256Zero(frame.sp);
  frame.sp += 32;
}
