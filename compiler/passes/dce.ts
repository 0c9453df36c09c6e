/** Dead code: values that no effect, terminator or live block parameter needs, and the parameters themselves. */
import type { Func, Value } from "../ir/function.ts";
import { info } from "../ir/ops.ts";

const DROPPABLE = new Set(["pure", "load"]);

export function eliminateDeadCode(func: Func): boolean {
  const live = new Set<Value>();
  const work: Value[] = [];
  const need = (v: Value): void => {
    if (live.has(v)) return;
    live.add(v);
    work.push(v);
  };
  // arguments that edges hand to each parameter
  const given = new Map<Value, Value[]>();
  for (const block of func.blocks) {
    for (const v of block.values) if (!DROPPABLE.has(info(v.op).effect) && v.op !== "global.get") need(v);
    for (const arg of block.terminator.args) need(arg);
    for (const edge of block.terminator.edges)
      edge.to.params.forEach((p, k) => {
        const list = given.get(p);
        if (list === undefined) given.set(p, [edge.args[k]!]);
        else list.push(edge.args[k]!);
      });
  }
  for (const p of func.blocks[0]!.params) need(p);
  while (work.length > 0) {
    const v = work.pop()!;
    for (const arg of v.args) need(arg);
    if (v.op === "param") for (const arg of given.get(v) ?? []) need(arg);
  }
  let changed = false;
  const dead = func.blocks.map((b) => b.params.map((p) => !live.has(p)));
  const index = new Map(func.blocks.map((b, i) => [b, i]));
  for (const block of func.blocks) {
    const before = block.values.length;
    block.values = block.values.filter((v) => live.has(v));
    if (block.values.length !== before) changed = true;
    for (const edge of block.terminator.edges) {
      const gone = dead[index.get(edge.to)!]!;
      if (gone.includes(true)) edge.args = edge.args.filter((_, k) => !gone[k]);
    }
  }
  func.blocks.forEach((block, i) => {
    if (dead[i]!.includes(true)) {
      block.params = block.params.filter((_, k) => !dead[i]![k]);
      changed = true;
    }
  });
  return changed;
}
