/**
 * Stores that are overwritten before anything can read them. Those before the end of the run stay: whoever looks at a stopped machine may
 * want to see them, and they cost next to nothing.
 */
import type { Func, Value } from "../ir/function.ts";
import { info } from "../ir/ops.ts";

interface Range {
  readonly base: Value;
  readonly from: number;
  readonly to: number;
}

const rangeOf = (v: Value): Range => {
  const address = v.args[0]!;
  // constant addresses compare by value, not by which value makes them
  if (address.op === "i32.const")
    return { base: NOWHERE, from: (address.imm + v.imm) >>> 0, to: ((address.imm + v.imm) >>> 0) + info(v.op).bytes };
  return { base: address, from: v.imm, to: v.imm + info(v.op).bytes };
};
const NOWHERE = {} as Value;

export function eliminateDeadStores(func: Func): boolean {
  let changed = false;
  for (const block of func.blocks) {
    let dead: Range[] = [];
    const kept: Value[] = [];
    for (const v of block.values.toReversed()) {
      const { effect } = info(v.op);
      if (effect === "store") {
        const r = rangeOf(v);
        if (dead.some((d) => d.base === r.base && d.from <= r.from && r.to <= d.to)) {
          changed = true;
          continue;
        }
        dead.push(r);
      } else if (effect === "load") {
        const r = rangeOf(v);
        dead = dead.filter((d) => d.base === r.base && (r.to <= d.from || d.to <= r.from));
      } else if (effect === "call") {
        dead = [];
      }
      kept.push(v);
    }
    block.values = kept.reverse();
  }
  return changed;
}
