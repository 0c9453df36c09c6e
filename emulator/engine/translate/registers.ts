/**
 * Which registers a region keeps in locals, as masks (bit i: x_i). A register is *dirty* where its local may differ from the register
 * file, and *valid* where its local holds its value. Whoever leaves a region writes back what is dirty, so what may be dirty must be
 * valid: it counts as read at the start of every block that it may be dirty in.
 */
import type { Decoded } from "./code-image.ts";
import type { Block, Region } from "./region.ts";

/** Masks of a block. */
export interface BlockRegisters {
  /** may be dirty at its start */
  dirty: number;
  /** must be valid at its start */
  needed: number;
  /** written by its body */
  written: number;
  /** read by its body or terminator before it writes them */
  read: number;
  /** written by its body, and stored to the register file where that happens for the last time: nothing of the region reads them behind the block */
  stored: number;
}

/** By the blocks' positions in reverse postorder. */
export type RegionRegisters = readonly BlockRegisters[];

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Whether an instruction's result is known beforehand: V8 makes such a value again where it is needed. */
const isConstant = ({ row: { effect, reads }, rs1, rs2 }: Decoded): boolean =>
  effect.kind === "compute" && (!reads.rs1 || rs1 === 0) && (!reads.rs2 || rs2 === 0);

/** Registers that a region mentions, above which V8 has not got enough of its own; and above which it may be so. */
const [MANY, SOME] = [16, 9];
/** Instructions of a block, below which another store is a loss unless there are many registers. */
const LONG = 8;

/**
 * What loops compute for themselves only would be live for the sake of exits, until it is written again: V8 then moves it from slot to slot in every turn. It is
 * stored at once instead: kernels with many registers, 2 to 6 % faster; with fewer, in blocks that are not short, 0 to 6 % (`bigint`). In short ones V8 does better
 * without (`sieve`, 29 %).
 * Storing also what dies in a block that does not write it: no gain (seven kernels, 0 %).
 */
function findStored(blocks: readonly Block[], masks: BlockRegisters[]): void {
  let mentioned = 0;
  for (const { read, written } of masks) mentioned |= read | written;
  const count = countBits(mentioned);
  if (count <= SOME) return;
  const live = new Int32Array(blocks.length);
  const liveBehind = ({ end, edges }: Block) => {
    let after = 0;
    if (end.kind !== "call") for (const { block: to } of edges) if (to) after |= live[to.order];
    return after;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const own = masks[i].read | (liveBehind(blocks[i]) & ~masks[i].written);
      if (own === live[i]) continue;
      live[i] = own;
      if (blocks[i].isLoop) changed = true;
    }
  }
  for (const block of blocks) {
    const { kind } = block.end;
    if (count <= MANY && block.length < LONG) continue;
    if (!block.isInLoop || (kind !== "next" && kind !== "jump" && kind !== "branch")) continue;
    let stored = masks[block.order].written & ~liveBehind(block);
    const seen = new Set<number>();
    for (let i = block.body.length - 1; i >= 0; i--) {
      const d = block.body[i];
      const written = d.writes;
      if (isConstant(d) && !seen.has(d.rd)) stored &= ~written;
      if (written !== 0) seen.add(d.rd);
    }
    masks[block.order].stored = stored;
  }
}

/** The order of blocks is reverse postorder; the first is the root. */
export function analyseRegisters({ blocks }: Region): RegionRegisters {
  const masks = blocks.map(({ body, end }): BlockRegisters => {
    let read = 0;
    let written = 0;
    for (let i = 0; i < body.length; i++) {
      const { reads, writes } = body[i];
      read |= reads & ~written;
      written |= writes;
    }
    if ("at" in end) read |= end.at.reads & ~written;
    return { dirty: 0, needed: 0, written, read, stored: 0 };
  });
  findStored(blocks, masks);
  for (let changed = true; changed; ) {
    changed = false;
    for (const { order, end, edges } of blocks) {
      const { dirty, written, stored } = masks[order];
      // a call writes everything back
      const out = end.kind === "call" ? 0 : (dirty | written) & ~stored;
      for (let i = 0; i < edges.length; i++) {
        const to = edges[i].block;
        if (!to || (masks[to.order].dirty | out) === masks[to.order].dirty) continue;
        masks[to.order].dirty |= out;
        if (to.order <= order) changed = true;
      }
    }
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const { end, edges, isLoop } = blocks[i];
      const own = masks[i];
      let after = 0;
      // behind a call, what is needed is loaded again
      if (end.kind !== "call")
        for (let k = 0; k < edges.length; k++) {
          const to = edges[k].block;
          if (to) after |= masks[to.order].needed;
        }
      const needed = own.dirty | own.read | (after & ~own.written);
      if (needed === own.needed) continue;
      own.needed = needed;
      if (isLoop) changed = true;
    }
  }
  return masks;
}
