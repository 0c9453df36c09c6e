/**
 * Moves what does not change out of loops: pure operations only, and only as long as the loop leaves registers free, for a value that is
 * kept in memory instead costs in each iteration what its computation did.
 */
import { dominators, findLoops, type Loop, predecessors, renumber } from "../ir/cfg.ts";
import type { Block, Func, Type, Value } from "../ir/function.ts";
import { info } from "../ir/ops.ts";

/** Values that a loop may need at once, of some 28 registers, the temporaries of its body included. */
const PRESSURE = 20;

export function hoistInvariants(func: Func): boolean {
  renumber(func);
  makePreheaders(func);
  const preds = predecessors(func);
  const { loops } = findLoops(func, dominators(func, preds), preds);
  let changed = false;
  // inner loops first: what leaves them may go on
  for (const loop of loops.toReversed()) {
    const home = preds[loop.header]!.find(({ from }) => !loop.body.has(from.id))!.from;
    changed = hoistFrom(func, loop, home) || changed;
  }
  return changed;
}

/** Gives each loop one block that enters it and nothing else. */
export function makePreheaders(func: Func): void {
  const preds = predecessors(func);
  const { loops } = findLoops(func, dominators(func, preds), preds);
  for (const { header, body } of loops) {
    const block = func.blocks[header]!;
    const outside = preds[header]!.filter(({ from }) => !body.has(from.id));
    if (outside.length === 1 && outside[0]!.from.terminator.op === "jump") continue;
    const made = func.block();
    const params = block.params.map((p) => func.param(made, p.type as Type));
    for (const { edge } of outside) edge.to = made;
    made.terminator = { op: "jump", args: [], edges: [{ to: block, args: params }], origin: -1 };
  }
  renumber(func);
}

function hoistFrom(func: Func, loop: Loop, home: Block): boolean {
  const blocks = [...loop.body].sort((a, b) => a - b).map((id) => func.blocks[id]!);
  const inside = new Set<Value>();
  for (const b of blocks) {
    for (const p of b.params) inside.add(p);
    for (const v of b.values) inside.add(v);
  }
  // registers that are taken all through the loop
  const through = new Set<Value>(func.blocks[loop.header]!.params);
  const see = (args: Value[]): void => {
    for (const a of args) if (!inside.has(a) && a.op !== "i32.const") through.add(a);
  };
  for (const b of blocks) {
    for (const v of b.values) see(v.args);
    see(b.terminator.args);
    for (const e of b.terminator.edges) see(e.args);
  }
  const moved: Value[] = [];
  for (const b of blocks) {
    if (b.terminator.op === "trap") continue;
    b.values = b.values.filter((v) => {
      if (info(v.op).effect !== "pure" || v.op === "result" || v.op === "move" || v.op === "rom.load") return true;
      if (v.args.some((a) => inside.has(a))) return true;
      if (v.op !== "i32.const") {
        if (through.size + 1 > PRESSURE) return true;
        through.add(v);
      }
      inside.delete(v);
      moved.push(v);
      return false;
    });
  }
  if (moved.length === 0) return false;
  for (const v of moved) {
    v.block = home;
    home.values.push(v);
  }
  return true;
}
