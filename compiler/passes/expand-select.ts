/** A select is a branch over a copy: selects on one condition that follow each other share the branch. */
import type { Block, Func, Value } from "../ir/function.ts";
import { resolve } from "../ir/function.ts";

export function expandSelects(func: Func): void {
  const out: Block[] = [];
  for (const original of func.blocks.slice()) {
    let block = original;
    const { values, terminator } = original;
    block.values = [];
    out.push(block);
    for (let at = 0; at < values.length; at++) {
      const v = values[at]!;
      if (v.op !== "select") {
        v.block = block;
        block.values.push(v);
        continue;
      }
      const cond = resolve(v.args[2]!);
      const group: Value[] = [v];
      while (at + 1 < values.length && values[at + 1]!.op === "select" && resolve(values[at + 1]!.args[2]!) === cond) {
        const next = values[at + 1]!;
        if (next.args.slice(0, 2).some((a) => group.includes(resolve(a)))) break;
        group.push(next);
        at++;
      }
      const other = func.block();
      const join = func.block();
      // if-true arrives by the branch itself: its copy, if one is needed, is made before it
      const kept = group.map((s) => func.add(block, "move", "i32", [resolve(s.args[0]!)], 0, s.origin));
      block.terminator = {
        op: "br",
        args: [cond],
        edges: [
          { to: join, args: kept },
          { to: other, args: [] },
        ],
        origin: v.origin,
      };
      other.terminator = {
        op: "jump",
        args: [],
        edges: [{ to: join, args: group.map((s) => resolve(s.args[1]!)) }],
        origin: v.origin,
      };
      out.push(other, join);
      for (const s of group) {
        // the select itself becomes the parameter of the join
        s.op = "param";
        s.args = [];
        s.block = join;
        join.params.push(s);
      }
      block = join;
    }
    block.terminator = terminator;
  }
  func.blocks = out;
}
