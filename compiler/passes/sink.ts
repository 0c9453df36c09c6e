/**
 * Moves pure values down into the only branch that uses them: the other one no longer pays. Never into a loop.
 */
import { dominators, findLoops, predecessors, renumber } from "../ir/cfg.ts";
import type { Block, Func, Value } from "../ir/function.ts";
import { info } from "../ir/ops.ts";

const movable = (v: Value): boolean =>
  info(v.op).effect === "pure" && v.op !== "result" && v.op !== "move" && v.op !== "param";

export function sinkValues(func: Func): boolean {
  renumber(func);
  const preds = predecessors(func);
  const idom = dominators(func, preds);
  const { of } = findLoops(func, idom, preds);
  const common = (x: number, y: number): number => {
    let [a, b] = [x, y];
    while (a !== b) {
      while (a > b) a = idom[a]!;
      while (b > a) b = idom[b]!;
    }
    return a;
  };
  // nearest common dominator of the uses, by value id; -1 for none yet
  const home = new Int32Array(func.nextValue).fill(-1);
  const see = (args: Value[], block: Block): void => {
    for (const a of args) home[a.id] = home[a.id] === -1 ? block.id : common(home[a.id]!, block.id);
  };
  let changed = false;
  const incoming = new Map<Block, Value[]>();
  for (let b = func.blocks.length - 1; b >= 0; b--) {
    const block = func.blocks[b]!;
    see(block.terminator.args, block);
    for (const edge of block.terminator.edges) see(edge.args, block);
  }
  // uses before definitions: blocks backwards, so that a moved value's own operands follow it
  for (let b = func.blocks.length - 1; b >= 0; b--) {
    const block = func.blocks[b]!;
    const kept: Value[] = [];
    for (const v of block.values.toReversed()) {
      const target = movable(v) ? home[v.id]! : b;
      if (target > b && sameLoopOrOuter(of, b, target)) {
        const to = func.blocks[target]!;
        v.block = to;
        incoming.set(to, [...(incoming.get(to) ?? []), v]);
        see(v.args, to);
        changed = true;
      } else {
        kept.push(v);
        see(v.args, block);
      }
    }
    block.values = kept.reverse();
  }
  // collected users first: reversed, definitions come first again
  for (const [block, values] of incoming) block.values = orderByUse([...values.toReversed(), ...block.values], values);
  return changed;
}

function sameLoopOrOuter(of: readonly ({ body: Set<number> } | undefined)[], from: number, to: number): boolean {
  const loop = of[to];
  return loop === undefined || loop.body.has(from);
}

/** Values that moved in from different blocks, each before its users. */
function orderByUse(values: Value[], moved: Value[]): Value[] {
  const pending = new Set(moved);
  const out: Value[] = [];
  const emit = (v: Value): void => {
    if (!pending.delete(v)) return;
    for (const a of v.args) if (pending.has(a)) emit(a);
    out.push(v);
  };
  for (const v of values) {
    if (pending.has(v)) emit(v);
    else if (!moved.includes(v)) {
      out.push(v);
    }
  }
  return out;
}
