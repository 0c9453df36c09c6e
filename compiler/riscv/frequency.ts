/**
 * Estimated block frequencies, relative to one entry: a loop runs eight times, a branch goes either way equally often except that it rarely
 * leaves a loop and never goes to a trap.
 */
import { immediateDominators, naturalLoops, predecessorsOf, renumberBlocks } from "./graph.ts";
import type { MBlock, MFunc } from "./machine.ts";

const LOOP = 8;
const COLD = 1 / 1024;

/** Renumbers the blocks too. */
export function estimateFrequencies(func: MFunc): void {
  renumberBlocks(func);
  const preds = predecessorsOf(func);
  const idom = immediateDominators(func, preds);
  const loops = naturalLoops(func, idom, preds);
  const depth = new Int32Array(func.blocks.length);
  for (const body of loops.values()) for (const b of body) depth[b]!++;
  const cold = coldBlocks(func);
  const frequency = new Float64Array(func.blocks.length);
  frequency[0] = 1;
  for (const b of func.blocks) {
    let f = b.id === 0 ? 1 : frequency[b.id]!;
    const body = loops.get(b.id);
    if (body !== undefined) f *= LOOP;
    f = Math.min(f, 1e9);
    b.frequency = f;
    const weights = b.succs.map(({ to }) => (cold.has(to) ? COLD : depth[to.id]! < depth[b.id]! ? 1 / (LOOP - 1) : 1));
    const total = weights.reduce((x, y) => x + y, 0);
    b.succs.forEach(({ to }, k) => {
      // back edges are in the loop factor already
      if (to.id > b.id) frequency[to.id]! += (f * weights[k]!) / total;
    });
  }
  // what leaves a loop leaves it once for each time it is entered
  for (const b of func.blocks) b.frequency = Math.max(b.frequency, 1e-6);
}

/** Blocks from which every way leads to a trap. */
function coldBlocks(func: MFunc): Set<MBlock> {
  const cold = new Set<MBlock>();
  for (let at = func.blocks.length - 1; at >= 0; at--) {
    const b = func.blocks[at]!;
    const last = b.insts[b.insts.length - 1]!;
    if (last.op === "trap" || (b.succs.length > 0 && b.succs.every(({ to }) => cold.has(to)))) cold.add(b);
  }
  return cold;
}
