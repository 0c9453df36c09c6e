/**
 * The table for backtraces, section `.windproof.frames` of the ELF file: for every function, in order of address, four little-endian words:
 *
 *     start   byte address of the first instruction
 *     end     byte address after the last one
 *     frame   bytes of stack that the function takes (0: none)
 *     slot    offset from sp (signed: frames may lie below sp) of the saved return address while the body runs, or -1 when it stays in ra
 *
 * A walk begins at pc with ra and sp: find the function; the return address is the word at sp + slot, or ra in the innermost frame without a slot; add
 * `frame` to sp; go on at the return address. A prologue or epilogue under way makes one frame unreliable; `.debug_frame` has those too.
 */
import type { Layout } from "./layout.ts";
import { Writer } from "./writer.ts";

export const FRAMES_SECTION = ".windproof.frames";

export function makeFrameTable(layout: Layout): Uint8Array {
  const out = new Writer();
  for (const { start, end, item } of layout.functions) {
    out.u32(start).u32(end).u32(item.frameSize).u32(item.returnAddressSlot);
  }
  return out.done();
}
