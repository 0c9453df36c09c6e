/** Control flow facts, computed when asked for and never kept: order, predecessors, dominators, loops, frequency. */
import type { Block, Edge, Func, Value } from "./function.ts";
import { resolve } from "./function.ts";

/** Blocks reachable from the entry in reverse postorder. */
export function reversePostorder(func: Func): Block[] {
  const seen = new Set<Block>();
  const order: Block[] = [];
  const stack: { block: Block; next: number }[] = [];
  const enter = (block: Block): void => {
    seen.add(block);
    stack.push({ block, next: 0 });
  };
  enter(func.blocks[0]!);
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const edges = top.block.terminator.edges;
    // last edge first, so that the first successor comes first in the final order
    if (top.next < edges.length) {
      const to = edges[edges.length - 1 - top.next++]!.to;
      if (!seen.has(to)) enter(to);
    } else {
      order.push(top.block);
      stack.pop();
    }
  }
  return order.reverse();
}

/** Drops unreachable blocks and numbers the rest: `block.id` is then its index in reverse postorder. */
export function renumber(func: Func): void {
  func.blocks = reversePostorder(func);
  func.blocks.forEach((block, i) => {
    block.id = i;
  });
  func.nextBlock = func.blocks.length;
}

export interface Incoming {
  from: Block;
  edge: Edge;
}

/** Incoming edges by block id; needs `renumber` first. */
export function predecessors(func: Func): Incoming[][] {
  const result: Incoming[][] = func.blocks.map(() => []);
  for (const from of func.blocks) for (const edge of from.terminator.edges) result[edge.to.id]!.push({ from, edge });
  return result;
}

/** Immediate dominators by block id (-1 for the entry); needs `renumber` first. Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm. */
export function dominators(func: Func, preds: Incoming[][] = predecessors(func)): Int32Array {
  const idom = new Int32Array(func.blocks.length).fill(-1);
  idom[0] = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (let b = 1; b < func.blocks.length; b++) {
      let best = -1;
      for (const { from } of preds[b]!) {
        let p = from.id;
        if (idom[p] === -1) continue;
        if (best === -1) {
          best = p;
          continue;
        }
        while (p !== best) {
          while (p > best) p = idom[p]!;
          while (best > p) best = idom[best]!;
        }
      }
      if (idom[b] !== best) {
        idom[b] = best;
        changed = true;
      }
    }
  }
  idom[0] = -1;
  return idom;
}

export interface Loop {
  header: number;
  /** block ids, header included */
  body: Set<number>;
  parent: Loop | undefined;
  depth: number;
}

export interface Loops {
  /** inner loops after outer ones */
  loops: Loop[];
  /** innermost loop by block id */
  of: (Loop | undefined)[];
}

/** Natural loops (the CFG of structured code is reducible). */
export function findLoops(func: Func, idom: Int32Array, preds: Incoming[][]): Loops {
  const dominates = (a: number, b: number): boolean => {
    let at = b;
    while (at > a) at = idom[at]!;
    return at === a;
  };
  const of: (Loop | undefined)[] = new Array(func.blocks.length).fill(undefined);
  const loops: Loop[] = [];
  for (let h = 0; h < func.blocks.length; h++) {
    const backs = preds[h]!.filter(({ from }) => from.id >= h && dominates(h, from.id));
    if (backs.length === 0) continue;
    const body = new Set<number>([h]);
    const work = backs.map(({ from }) => from.id);
    while (work.length > 0) {
      const b = work.pop()!;
      if (body.has(b)) continue;
      body.add(b);
      for (const { from } of preds[b]!) work.push(from.id);
    }
    const parent = of[h];
    const loop: Loop = { header: h, body, parent, depth: (parent?.depth ?? 0) + 1 };
    loops.push(loop);
    for (const b of body) of[b] = loop;
  }
  return { loops, of };
}

/** Children in the dominator tree by block id. */
export function dominatorTree(idom: Int32Array): number[][] {
  const children: number[][] = Array.from({ length: idom.length }, () => []);
  for (let b = 1; b < idom.length; b++) children[idom[b]!]!.push(b);
  return children;
}

/** Follows copies in every argument of the function and drops the copies themselves. */
export function propagateCopies(func: Func): void {
  const fix = (args: Value[]): void => {
    for (let i = 0; i < args.length; i++) if (args[i]!.op === "copy") args[i] = resolve(args[i]!);
  };
  for (const block of func.blocks) {
    let copies = false;
    for (const value of block.values) {
      fix(value.args);
      if (value.op === "copy") copies = true;
    }
    fix(block.terminator.args);
    for (const edge of block.terminator.edges) fix(edge.args);
    if (copies) block.values = block.values.filter((v) => v.op !== "copy");
  }
}

/** How often each value is used, by value id. */
export function useCounts(func: Func): Int32Array {
  const uses = new Int32Array(func.nextValue);
  for (const block of func.blocks) {
    for (const value of block.values) for (const arg of value.args) uses[arg.id]!++;
    for (const arg of block.terminator.args) uses[arg.id]!++;
    for (const edge of block.terminator.edges) for (const arg of edge.args) uses[arg.id]!++;
  }
  return uses;
}
