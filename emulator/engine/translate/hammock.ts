/**
 * Branches around a few copies of registers. A machine without conditional moves has them for every choice between two values, and which way they go is often not to be
 * foretold; they become choices (`select`) without a branch: `levenshtein` takes 0.8 times as long, `dijkstra` 0.87. Not so constants: searches in trees choose a child's
 * offset so, and go on faster when the processor guesses it (`bst` 1.06).
 */
import type { Decoded } from "./code-image.ts";
import type { Block, Edge } from "./region.ts";

/** How many instructions may be executed for nothing. */
const MOST = 3;

/** What a branch goes around. */
export interface Hammock {
  /** Executed unless (`isTaken`: if) the branch is taken. */
  readonly copies: readonly Decoded[];
  /** What the copies are in. */
  readonly through: readonly Block[];
  readonly isTaken: boolean;
  /** Cycles of the way through the copies, from the branch to `join`. */
  readonly cycles: number;
  readonly join: Block;
}

/** Whether an instruction only gives a register another's value. */
const isCopy = ({ row: { effect, reads }, rd, imm }: Decoded): boolean =>
  rd !== 0 && effect.kind === "compute" && reads.rs1 && !reads.rs2 && effect.value.op === "add" && imm === 0;

/** The copies from an edge to `join`, if there is nothing else on the way. */
function follow(edge: Edge, join: Block, from: Block): Pick<Hammock, "copies" | "through" | "cycles"> | undefined {
  const copies: Decoded[] = [];
  const through: Block[] = [];
  let cycles = 0;
  for (let { block } = edge; block !== join; ) {
    if (!block || block.isLoop || block.order <= from.order || copies.length + block.body.length > MOST)
      return undefined;
    const { body, end, length } = block;
    if ((end.kind !== "next" && end.kind !== "jump") || !body.every(isCopy)) return undefined;
    copies.push(...body);
    through.push(block);
    cycles += length;
    block = end.to.block;
  }
  return copies.length > 0 ? { copies, through, cycles } : undefined;
}

/** The hammock that a block ends with. */
export function findHammock(block: Block): Hammock | undefined {
  const { end } = block;
  if (end.kind !== "branch") return undefined;
  const { taken, other } = end;
  if (!taken.block || !other.block) return undefined;
  for (const isTaken of [false, true]) {
    const join = isTaken ? other.block : taken.block;
    if (join.order <= block.order) continue;
    const way = follow(isTaken ? taken : other, join, block);
    if (way) return { ...way, isTaken, join };
  }
  return undefined;
}
