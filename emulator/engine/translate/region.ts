/**
 * A region: the code that one WebAssembly function executes, rooted at an address and followed along branches and direct jumps.
 * Its control flow graph is made reducible by cutting edges: a cut edge leaves for the region rooted at its target.
 */
import { evaluate } from "../../isa/expression.ts";
import { type CodeImage, type Decoded, isIndirect, isPlainTarget, targetOf } from "./code-image.ts";

/** An edge: to a block of the region, or cut (`block` undefined). */
export interface Edge {
  readonly pc: number;
  block: Block | undefined;
}

/**
 * How a block ends. The terminator's instruction is the block's last, except for `next` (the block just ends) and `leave` (the
 * instruction at `pc` is not executed).
 */
export type Terminator =
  | { readonly kind: "next"; readonly to: Edge }
  | { readonly kind: "leave"; readonly pc: number }
  | { readonly kind: "branch"; readonly at: Decoded; readonly taken: Edge; readonly other: Edge }
  | { readonly kind: "jump"; readonly at: Decoded; readonly to: Edge }
  /** `target` undefined: only known when executed. `back` is undefined when nothing may be assumed to come back. */
  | { readonly kind: "call"; readonly at: Decoded; readonly target: number | undefined; readonly back: Edge }
  | { readonly kind: "indirect"; readonly at: Decoded; readonly cases: readonly Edge[] };

export interface Block {
  readonly pc: number;
  /** Instructions before the terminator's. */
  readonly body: readonly Decoded[];
  readonly end: Terminator;
  readonly edges: readonly Edge[];
  /** Cycles of the whole block. */
  readonly length: number;
  /** Of its body's instructions. */
  readonly traits: number;
  /** Position in reverse postorder; -1 while unknown. */
  order: number;
  /** Blocks that jump here inside the region. */
  readonly predecessors: Block[];
  dominator: Block | undefined;
  /** Blocks that this one immediately dominates, in reverse postorder. */
  readonly dominated: Block[];
  isLoop: boolean;
  /** Whether it is in a loop of the region. */
  isInLoop: boolean;
  /** Reached by more than one forward edge, or from a jump table: needs a label. */
  isMerge: boolean;
  /** Most cycles from here on before the count is looked at again. */
  longest: number;
}

export interface Region {
  readonly pc: number;
  readonly root: Block;
  /** In reverse postorder. */
  readonly blocks: readonly Block[];
  readonly instructions: number;
  /** Targets of direct calls. */
  readonly callees: readonly number[];
  /** Loops inside: address of the header → where blocks of the loop begin. */
  readonly loops: ReadonlyMap<number, ReadonlySet<number>>;
}

function edgesOf(end: Terminator): readonly Edge[] {
  switch (end.kind) {
    case "next":
    case "jump":
      return [end.to];
    case "branch":
      return [end.taken, end.other];
    case "call":
      return [end.back];
    case "indirect":
      return end.cases;
    default:
      return [];
  }
}

const MOST_IN_BLOCK = 1000;

/** The value that a register has behind the first `count` instructions of straight-line code, if they alone tell. */
function constantOf(register: number, body: readonly Decoded[], count: number = body.length): number | undefined {
  if (register === 0) return 0;
  for (let i = count - 1; i >= 0; i--) {
    const d = body[i];
    if ((d.writes & (1 << register)) === 0) continue;
    const { effect, reads } = d.row;
    if (effect.kind !== "compute" || reads.rs2) return undefined;
    const rs1 = reads.rs1 ? constantOf(d.rs1, body, i) : 0;
    if (rs1 === undefined) return undefined;
    return evaluate(effect.value, { rs1, rs2: 0, imm: d.imm, pc: d.pc }) as number;
  }
  return undefined;
}

function makeBlock(pc: number, body: Decoded[], end: Terminator): Block {
  const own = end.kind === "next" || end.kind === "leave" ? 0 : 1;
  let traits = 0;
  for (let i = 0; i < body.length; i++) traits |= body[i].traits;
  return {
    pc,
    body,
    end,
    edges: edgesOf(end),
    length: body.length + own,
    traits,
    order: -1,
    predecessors: [],
    dominator: undefined,
    dominated: [],
    isLoop: false,
    isInLoop: false,
    isMerge: false,
    longest: 0,
  };
}

/** Follows straight-line code from `pc` to its terminator. `leaders` ends a block before its terminator. */
function readBlock(code: CodeImage, pc: number, leaders: ReadonlySet<number>): Block {
  const body: Decoded[] = [];
  for (let at = pc; ; at += 4) {
    if (at !== pc && (leaders.has(at) || body.length === MOST_IN_BLOCK))
      return makeBlock(pc, body, { kind: "next", to: edgeTo(at) });
    const d = code.at(at);
    if (!d || d.isTerminator) return makeBlock(pc, body, readEnd(code, at, body));
    body.push(d);
  }
}

const edgeTo = (pc: number): Edge => ({ pc, block: undefined });

/** The terminator that the instruction at `at` is: a branch, a jump, or one that is not executed. `before`: what is executed before it. */
function readEnd(code: CodeImage, at: number, before: readonly Decoded[]): Terminator {
  const d = code.at(at);
  if (!d) return { kind: "leave", pc: at };
  if (d.row.effect.kind === "branch")
    return { kind: "branch", at: d, taken: edgeTo(targetOf(d)), other: edgeTo(at + 4) };
  const rs1 = isIndirect(d) ? constantOf(d.rs1, before) : 0;
  const target = rs1 === undefined ? undefined : targetOf(d, rs1);
  if (target !== undefined && !isPlainTarget(target, at)) return { kind: "leave", pc: at };
  if (d.rd !== 0) return { kind: "call", at: d, target, back: edgeTo(at + 4) };
  if (target !== undefined) return { kind: "jump", at: d, to: edgeTo(target) };
  return { kind: "indirect", at: d, cases: code.tableEntries(at).map(edgeTo) };
}

/** Where straight-line code goes on. */
interface Ways {
  readonly pcs: readonly number[];
  /** whether execution that comes to its end does go there */
  readonly isCertain: boolean;
}
const NOWHERE: Ways = { pcs: [], isCertain: false };

/** Where straight-line code from `pc` to a terminator may go on: as `readBlock` has it, but for constants that are made long before the jump. */
function waysFrom(code: CodeImage, pc: number, at: number): Ways {
  const d = code.at(at);
  if (!d) return NOWHERE;
  if (d.row.effect.kind === "branch") return { pcs: [targetOf(d), at + 4], isCertain: false };
  const before = at > pc ? code.at(at - 4) : undefined;
  const end = readEnd(code, at, before ? [before] : []);
  return { pcs: edgesOf(end).map(({ pc: to }) => to), isCertain: end.kind === "next" || end.kind === "jump" };
}

/** What a region may hold. */
export interface Extent {
  /** about how many instructions; what is beyond is reached by cut edges */
  readonly most: number;
  /** Whether a block may begin here; called for all but the root. */
  includes(pc: number): boolean;
  /** Whether execution has arrived where a branch, a return or a jump through a table goes: the rest is left out. */
  wasReached(pc: number): boolean;
  /** Whether nothing is left out of the ways on from a block. */
  readonly isOpen?: ((from: number, ways: readonly number[]) => boolean) | undefined;
}

/** For `Extent.wasReached`. */
export const EVERYWHERE = (): boolean => true;

/**
 * A region of fewer instructions is taken whole, one with a loop of more: what is reached later would become one of its own, and a loop go to and fro (the kernel `hashmap` took 1.1 times
 * as long, `utf8` 1.08 times where the second is 64). Block 22244135, the original's binary: the same time for 0, 64, 300; our guest's: 4 % more where the first is 100.
 */
const [SMALL, SMALL_WITH_LOOP] = [64, 100];

/** Whether what the root may reach has few instructions, roughly. */
function isSmall(code: CodeImage, root: number, extent: Extent): boolean {
  const seen = [root];
  let instructions = 0;
  let hasLoop = false;
  for (let i = 0; i < seen.length; i++) {
    const from = seen[i];
    const at = code.terminatorFrom(from);
    instructions += (at - from) / 4 + 1;
    if (instructions > SMALL_WITH_LOOP) return false;
    for (const pc of waysFrom(code, from, at).pcs) {
      if (pc <= at && pc >= root) hasLoop = true;
      if (!seen.includes(pc) && extent.includes(pc)) seen.push(pc);
    }
  }
  return hasLoop || instructions <= SMALL;
}

const pcOf = ({ pc }: Edge): number => pc;

/** Blocks reachable from the root, found in two passes: first where blocks begin, then the blocks. */
function discover(code: CodeImage, root: number, extent: Extent): Map<number, Block> {
  const { most, wasReached, isOpen } = extent;
  const leaders = new Set([root]);
  const queue = [root];
  let instructions = 0;
  for (let i = 0; i < queue.length && instructions < most; i++) {
    const from = queue[i];
    const at = code.terminatorFrom(from);
    const { pcs, isCertain } = waysFrom(code, from, at);
    instructions += (at - from) / 4 + 1;
    const isWhole = isCertain || isOpen?.(from, pcs);
    for (const pc of pcs)
      if ((isWhole || wasReached(pc)) && !leaders.has(pc) && extent.includes(pc)) {
        leaders.add(pc);
        queue.push(pc);
      }
  }
  const blocks = new Map<number, Block>();
  const stack = [root];
  instructions = 0;
  for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
    if (blocks.has(pc)) continue;
    const block = readBlock(code, pc, leaders);
    instructions += block.length;
    blocks.set(pc, block);
    if (instructions > most) continue;
    const isWhole = block.end.kind === "next" || block.end.kind === "jump" || isOpen?.(block.pc, block.edges.map(pcOf));
    for (const { pc: to } of block.edges)
      if ((isWhole || wasReached(to)) && !blocks.has(to) && extent.includes(to)) stack.push(to);
  }
  for (const block of blocks.values()) for (const edge of block.edges) edge.block = blocks.get(edge.pc);
  return blocks;
}

/** The blocks of the loop with this header, which are noted to be in one: what it dominates and what comes back to it. */
function loopOf(header: Block): Set<number> {
  const pcs = new Set([header.pc]);
  header.isInLoop = true;
  const stack = header.predecessors.filter((from) => from.order >= header.order);
  for (let block = stack.pop(); block; block = stack.pop()) {
    if (pcs.has(block.pc)) continue;
    pcs.add(block.pc);
    block.isInLoop = true;
    stack.push(...block.predecessors);
  }
  return pcs;
}

function findPredecessors(blocks: readonly Block[]): void {
  for (const block of blocks) block.predecessors.length = 0;
  for (const block of blocks) {
    const { edges } = block;
    for (let i = 0; i < edges.length; i++) edges[i].block?.predecessors.push(block);
  }
}

/** Reverse postorder of what the root reaches, by a depth-first walk without recursion. */
function orderBlocks(root: Block): Block[] {
  const post: Block[] = [];
  const seen = new Set([root]);
  const stack: { block: Block; edges: readonly Edge[]; next: number }[] = [{ block: root, edges: root.edges, next: 0 }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const edge = top.edges[top.next++];
    if (!edge) {
      post.push(top.block);
      stack.pop();
    } else if (edge.block && !seen.has(edge.block)) {
      seen.add(edge.block);
      stack.push({ block: edge.block, edges: edge.block.edges, next: 0 });
    }
  }
  post.reverse();
  post.forEach((block, i) => {
    block.order = i;
  });
  return post;
}

/** Immediate dominators (Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm"). */
function findDominators(blocks: readonly Block[]): void {
  for (const block of blocks) block.dominator = undefined;
  findPredecessors(blocks);
  const root = blocks[0];
  root.dominator = root;
  const meet = (a: Block, b: Block): Block => {
    let x = a;
    let y = b;
    while (x !== y) {
      while (x.order > y.order) x = x.dominator!;
      while (y.order > x.order) y = y.dominator!;
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of blocks) {
      if (block === root) continue;
      const { predecessors } = block;
      let dominator: Block | undefined;
      for (let i = 0; i < predecessors.length; i++) {
        const from = predecessors[i];
        if (from.dominator) dominator = dominator ? meet(dominator, from) : from;
      }
      if (block.dominator !== dominator) {
        block.dominator = dominator;
        changed = true;
      }
    }
  }
}

function dominates(a: Block, b: Block): boolean {
  let x = b;
  while (x.order > a.order) x = x.dominator!;
  return x === a;
}

/** Cuts retreating edges to blocks that do not dominate their source (irreducible), and those of jump tables. @returns whether any */
function cutEdges(blocks: readonly Block[]): boolean {
  let cut = false;
  for (const block of blocks)
    for (let i = 0; i < block.edges.length; i++) {
      const edge = block.edges[i];
      const to = edge.block;
      if (!to || to.order > block.order) continue;
      if (block.end.kind === "indirect" || !dominates(to, block)) {
        edge.block = undefined;
        cut = true;
      }
    }
  return cut;
}

export function findRegion(code: CodeImage, pc: number, extent: Extent): Region {
  const isSettled = extent.wasReached === EVERYWHERE || !isSmall(code, pc, extent);
  const found = discover(code, pc, isSettled ? extent : { ...extent, wasReached: EVERYWHERE });
  const root = found.get(pc)!;
  let blocks: Block[];
  do {
    blocks = orderBlocks(root);
    findDominators(blocks);
  } while (cutEdges(blocks));

  const callees: number[] = [];
  let instructions = 0;
  for (let i = blocks.length - 1; i >= 0; i--) {
    const block = blocks[i];
    let longest = 0;
    let isFromTable = false;
    let forward = 0;
    for (const from of block.predecessors) {
      if (from.order >= block.order) block.isLoop = true;
      else forward++;
      if (from.end.kind === "indirect") isFromTable = true;
    }
    block.isMerge = forward > 1 || isFromTable;
    const { end } = block;
    if (end.kind !== "call")
      for (const { block: to } of block.edges)
        if (to && to.order > block.order && to.longest > longest) longest = to.longest;
    if (end.kind === "call" && end.target !== undefined) callees.push(end.target);
    if (end.kind === "jump" && code.isFunction(end.to.pc)) callees.push(end.to.pc);
    block.longest = block.length + longest;
    instructions += block.length;
  }
  for (const block of blocks) if (block.dominator !== block) block.dominator!.dominated.push(block);
  const loops = new Map(blocks.filter(({ isLoop }) => isLoop).map((block) => [block.pc, loopOf(block)]));
  return { pc, root, blocks, instructions, callees, loops };
}
