/**
 * The table for backtraces, section `.windproof.frames` of the ELF file: for every function, in order of address, four little-endian words:
 *
 *     start   byte address of the first instruction
 *     end     byte address after the last one
 *     frame   bytes of stack that the function takes (0: none)
 *     slot    where the return address is while the body runs: a multiple of 4 is its offset from sp (signed: slots may lie below sp);
 *             else 4·r + 3 says that it stays in register r, which need not be ra
 *
 * A walk begins at pc with the registers: find the function; the return address is the word at sp + slot, or in register r, which no callee within touches;
 * add `frame` to sp; go on at the return address. A prologue or epilogue under way makes one frame unreliable; `.debug_frame` has those too.
 */
import type { Layout } from "./layout.ts";
import { Writer } from "./writer.ts";

const RA = 1;

export const FRAMES_SECTION = ".windproof.frames";

export function makeFrameTable(layout: Layout): Uint8Array {
  const out = new Writer();
  for (const { start, end, item } of layout.functions) {
    const { frameSize, returnAddressSlot, returnRegister = RA } = item;
    out
      .u32(start)
      .u32(end)
      .u32(frameSize)
      .u32(returnAddressSlot === -1 ? 4 * returnRegister + 3 : returnAddressSlot);
  }
  return out.done();
}
