/**
 * Tail merging: blocks that do the same and then end the run become one. Only those: a merged block costs its other ways in a jump, which
 * does not matter where nothing comes after, and would elsewhere. Only those of one place in the source: a stop names it.
 */
import { renumber } from "../ir/cfg.ts";
import type { Block, Func, Value } from "../ir/function.ts";

export function mergeTails(func: Func): boolean {
  renumber(func);
  const seen = new Map<string, Block>();
  const same = new Map<Block, Block>();
  for (const block of func.blocks) {
    if (block.terminator.op !== "trap" || block.params.length > 0 || block === func.blocks[0]) continue;
    const key = describe(block);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, block);
    else same.set(block, first);
  }
  for (const block of func.blocks) for (const edge of block.terminator.edges) edge.to = same.get(edge.to) ?? edge.to;
  renumber(func);
  return same.size > 0;
}

/** What a block does, its own values by their place in it. */
function describe(block: Block): string {
  const place = new Map<Value, number>();
  const values = block.values
    .map((v, at) => {
      place.set(v, at);
      const args = v.args.map((a) => (place.has(a) ? `#${place.get(a)}` : a.id)).join();
      return `${v.op} ${v.type} ${v.imm} ${v.align} ${v.big ?? ""} ${v.symbol ?? ""} ${args}`;
    })
    .join(";");
  return `${block.terminator.origin} ${values}`;
}
