/** The verifier: what every pass may rely on and must leave behind. Run between passes in tests and with `verify: true`. */
import { dominators, predecessors, reversePostorder } from "./cfg.ts";
import type { Block, Func, Type, Value } from "./function.ts";
import { info, TERMINATORS } from "./ops.ts";
import { printValue } from "./text.ts";

/** @throws Error that names the function, the block and the broken rule */
export function verify(func: Func, after = "?"): void {
  const fail = (block: Block, message: string): never => {
    throw new Error(`IR of $${func.symbol} (${func.name}) is broken after ${after}: b${block.id}: ${message}`);
  };
  // Ids are renumbered for the dominator computation and put back: the verifier must not change what it looks at.
  const saved = { blocks: func.blocks, ids: func.blocks.map((b) => b.id) };
  const order = reversePostorder(func);
  for (const block of order) if (!func.blocks.includes(block)) fail(block, "reachable, but not in the function's list");
  func.blocks = order;
  order.forEach((b, i) => {
    b.id = i;
  });
  try {
    check(func, order, fail);
  } finally {
    func.blocks = saved.blocks;
    saved.blocks.forEach((b, i) => {
      b.id = saved.ids[i]!;
    });
  }
}

function check(func: Func, order: Block[], fail: (block: Block, message: string) => never): void {
  const preds = predecessors(func);
  const idom = dominators(func, preds);
  const where = new Map<Value, { block: number; at: number }>();
  for (const block of order) {
    block.params.forEach((p) => {
      if (p.op !== "param") fail(block, `parameter v${p.id} is ${p.op}`);
      where.set(p, { block: block.id, at: -1 });
    });
    block.values.forEach((v, at) => {
      if (where.has(v)) fail(block, `v${v.id} is defined twice`);
      where.set(v, { block: block.id, at });
    });
  }
  const entry = order[0]!;
  if (preds[0]!.length > 0) fail(entry, "the entry has predecessors");
  if (entry.params.map((p) => p.type).join() !== func.params.join())
    fail(entry, "parameters differ from the function's");
  const use = (block: Block, at: number, v: Value, type: Type | undefined, user: string): void => {
    const def = where.get(v);
    if (def === undefined) fail(block, `${user} uses v${v.id} (${v.op}), which is not defined`);
    if (type !== undefined && v.type !== type) fail(block, `${user}: v${v.id} is ${v.type}, should be ${type}`);
    if (def.block === block.id) {
      if (def.at >= at) fail(block, `${user} uses v${v.id} before its definition`);
      return;
    }
    let b = block.id;
    while (b > def.block) b = idom[b]!;
    if (b !== def.block) fail(block, `${user}: the definition of v${v.id} does not dominate`);
  };
  for (const block of order) {
    block.values.forEach((v, at) => {
      const i = info(v.op);
      const text = printValue(v);
      if (v.block !== block) fail(block, `${text}: thinks it is in b${v.block.id}`);
      if (i.arity >= 0 && v.args.length !== i.arity)
        fail(block, `${text}: ${v.args.length} arguments, should be ${i.arity}`);
      if (i.type !== "any" && v.type !== i.type) fail(block, `${text}: type should be ${i.type}`);
      v.args.forEach((arg, k) => {
        const wide64 = v.op === "i64.store" && k === 1;
        const free = ["select", "copy", "global.set", "call", "call_indirect", "result"].includes(v.op);
        use(block, at, arg, free ? undefined : wide64 ? "i64" : i.argType, text);
      });
      if (v.op === "select" && (v.args[0]!.type !== v.type || v.args[1]!.type !== v.type))
        fail(block, `${text}: types differ`);
      if (v.op === "result" && v.args[0]!.results?.[v.imm] !== v.type)
        fail(block, `${text}: type differs from the call's`);
    });
    const t = block.terminator;
    const shape = TERMINATORS.get(t.op) ?? fail(block, `unknown terminator ${t.op}`);
    if (shape.arity >= 0 && t.args.length !== shape.arity) fail(block, `${t.op}: ${t.args.length} arguments`);
    if (shape.edges >= 0 && t.edges.length !== shape.edges) fail(block, `${t.op}: ${t.edges.length} edges`);
    const end = block.values.length;
    for (const arg of t.args) use(block, end, arg, t.op.startsWith("return") ? undefined : "i32", t.op);
    if ((t.op === "return_call") !== (t.symbol !== undefined)) fail(block, `${t.op}: callee`);
    if (t.op === "return" && t.args.map((a) => a.type).join() !== func.results.join())
      fail(block, "return: types differ from results");
    for (const edge of t.edges) {
      if (edge.args.length !== edge.to.params.length)
        fail(block, `edge to b${edge.to.id}: ${edge.args.length} arguments`);
      edge.args.forEach((arg, k) => {
        use(block, end, arg, edge.to.params[k]!.type as Type, `edge to b${edge.to.id}`);
      });
    }
  }
}
