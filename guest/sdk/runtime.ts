/**
 * Managed objects of AssemblyScript (classes, arrays, strings) on the arena of `memory.ts`: takes the place of asc's `rt/stub`
 * (compiler/asc.ts puts it there), so that a program has one heap, whose base no static data and no fixed slot overlaps.
 * Nothing is freed but the last block; `mark` and `release` free managed objects too.
 */
import { BLOCK, BLOCK_MAXSIZE, BLOCK_OVERHEAD, OBJECT, OBJECT_MAXSIZE, OBJECT_OVERHEAD } from "rt/common";
import { alloc, mark, release } from "windproof/guest/sdk/memory";

/** Payloads are 16-byte aligned, as the standard library expects; the block's header is the word before. */
const ALIGN: usize = 16;

// @ts-ignore: decorator
@unsafe @global
export function __alloc(size: usize): usize {
  assert(size <= BLOCK_MAXSIZE, "allocation too large");
  const pointer = alloc(size + ALIGN, ALIGN) + ALIGN;
  changetype<BLOCK>(pointer - BLOCK_OVERHEAD).mmInfo = size;
  return pointer;
}

// @ts-ignore: decorator
@unsafe @global
export function __realloc(pointer: usize, size: usize): usize {
  const block = changetype<BLOCK>(pointer - BLOCK_OVERHEAD);
  const old = block.mmInfo;
  if (pointer + old == mark()) {
    // The last block grows or shrinks where it is.
    release(pointer);
    alloc(size, 1);
    block.mmInfo = size;
    return pointer;
  }
  if (size <= old) return pointer;
  // As asc's stub: at least double the size, so that appending stays linear.
  const moved = __alloc(max<usize>(size, old << 1));
  memory.copy(moved, pointer, old);
  return moved;
}

// @ts-ignore: decorator
@unsafe @global
export function __free(pointer: usize): void {
  if (pointer + changetype<BLOCK>(pointer - BLOCK_OVERHEAD).mmInfo == mark()) release(pointer - ALIGN);
}

// @ts-ignore: decorator
@unsafe @global
export function __new(size: usize, id: u32): usize {
  assert(size <= OBJECT_MAXSIZE, "allocation too large");
  const pointer = __alloc(OBJECT_OVERHEAD + size);
  const object = changetype<OBJECT>(pointer - BLOCK_OVERHEAD);
  object.rtId = id;
  object.rtSize = <u32>size;
  return pointer + OBJECT_OVERHEAD;
}

// @ts-ignore: decorator
@unsafe @global
export function __renew(old: usize, size: usize): usize {
  assert(size <= OBJECT_MAXSIZE, "allocation too large");
  const pointer = __realloc(old - OBJECT_OVERHEAD, OBJECT_OVERHEAD + size);
  changetype<OBJECT>(pointer - BLOCK_OVERHEAD).rtSize = <u32>size;
  return pointer + OBJECT_OVERHEAD;
}

// Nothing is collected, so there is nothing to link, pin or visit.

// @ts-ignore: decorator
@unsafe @global
export function __link(_parent: usize, _child: usize, _expectMultiple: bool): void {}

// @ts-ignore: decorator
@unsafe @global
export function __pin(pointer: usize): usize {
  return pointer;
}

// @ts-ignore: decorator
@unsafe @global
export function __unpin(_pointer: usize): void {}

// @ts-ignore: decorator
@unsafe @global
function __visit(_pointer: usize, _cookie: u32): void {}

// @ts-ignore: decorator
@unsafe @global
export function __collect(): void {}
