/**
 * Orders the values of each block so that fewer are alive at once: what is used once is computed right before its use, the operand that
 * needs more registers first (Sethi and Ullman). Effects keep their order; loads do not pass writes.
 */
import type { Block, Func, Value } from "../ir/function.ts";
import { info } from "../ir/ops.ts";

export function orderValues(func: Func): void {
  const uses = new Int32Array(func.nextValue);
  const outside = new Uint8Array(func.nextValue);
  const count = (block: Block, args: Value[], end: boolean): void => {
    for (const a of args) {
      uses[a.id]!++;
      if (end || a.block !== block) outside[a.id] = 1;
    }
  };
  for (const block of func.blocks) {
    for (const v of block.values) count(block, v.args, false);
    count(block, block.terminator.args, true);
    for (const edge of block.terminator.edges) count(block, edge.args, true);
  }
  for (const block of func.blocks) if (block.values.length > 2) orderBlock(block, uses, outside);
}

function orderBlock(block: Block, uses: Int32Array, outside: Uint8Array): void {
  const position = new Map<Value, number>();
  const lastUse = new Map<Value, number>();
  const user = new Map<Value, Value>();
  block.values.forEach((v, at) => {
    position.set(v, at);
    for (const a of v.args) {
      lastUse.set(a, at);
      user.set(a, v);
    }
  });
  // A tree operand is computed at its user; it must not lengthen the lives of more than one of its operands.
  const lazy = new Set<Value>();
  for (let at = block.values.length - 1; at >= 0; at--) {
    const v = block.values[at]!;
    const { effect } = info(v.op);
    if ((effect !== "pure" && effect !== "load") || v.op === "result" || v.op === "move") continue;
    // a counter's step waits for the end: it shall not meet the counter, whose place it takes
    const last =
      outside[v.id] === 1 &&
      !user.has(v) &&
      v.op === "i32.add" &&
      v.args[0]!.op === "param" &&
      v.args[1]!.op === "i32.const";
    if (!last && (uses[v.id] !== 1 || outside[v.id] === 1)) continue;
    const target = last ? block.values.length : position.get(user.get(v)!)!;
    const longer = new Set<Value>();
    for (const a of v.args) {
      if (a.op === "i32.const" || longer.has(a)) continue;
      const single = uses[a.id] === 1 && a.block === block;
      const lives = outside[a.id] === 1 || lastUse.get(a)! >= target;
      if (!single && !lives) longer.add(a);
    }
    if (longer.size <= 1) lazy.add(v);
  }
  if (lazy.size === 0) return;

  const need = new Map<Value, number>();
  const needOf = (v: Value): number => {
    if (!lazy.has(v)) return 0;
    let n = need.get(v);
    if (n !== undefined) return n;
    const parts = v.args.map(needOf).sort((a, b) => b - a);
    n = Math.max(1, ...parts.map((p, k) => p + k));
    need.set(v, n);
    return n;
  };
  const out: Value[] = [];
  const waiting = new Set<Value>();
  const emit = (v: Value): void => {
    // iterative: trees can be as deep as the block is long
    const stack: { v: Value; args: Value[] | undefined }[] = [{ v, args: undefined }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      top.args ??= top.v.args.filter((a) => waiting.has(a)).sort((a, b) => needOf(a) - needOf(b));
      const next = top.args.pop();
      if (next === undefined) {
        stack.pop();
        waiting.delete(top.v);
        out.push(top.v);
      } else if (waiting.has(next)) stack.push({ v: next, args: undefined });
    }
  };
  for (const v of block.values) {
    const { effect } = info(v.op);
    if (effect === "store" || effect === "call") {
      // first what it needs, in the order that suits it; then the loads that may not pass it
      const own = v.args.filter((a) => waiting.has(a)).sort((a, b) => needOf(b) - needOf(a));
      for (const a of own) if (waiting.has(a)) emit(a);
      for (const w of [...waiting]) if (waiting.has(w) && info(w.op).effect === "load") emit(w);
    }
    if (v.op === "result") out.push(v);
    else if (lazy.has(v)) waiting.add(v);
    else emit(v);
  }
  for (const w of [...waiting]) if (waiting.has(w)) emit(w);
  block.values = out;
}
