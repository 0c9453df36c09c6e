/**
 * Inlining over the whole program, where it pays in instructions: what is called from one place only, and bodies that are hardly longer
 * than the call. Binaryen and LLVM have inlined before us; this is what their size estimates left, and the run-time system's routines.
 */
import { renumber } from "../ir/cfg.ts";
import type { Block, Func, Value } from "../ir/function.ts";

/** A body of so many values costs no more than call, return and moves. */
const TINY = 6;
/** Called once: what registers its values need must still be had where it is called. */
const ONCE = 120;

const sizeOf = (func: Func): number =>
  func.blocks.reduce((n, b) => n + b.values.filter((v) => v.op !== "i32.const" && v.op !== "result").length + 1, 0);

/** Functions that this one goes on in. A function with tail calls stays a function: they need its return address. */
const tailsOf = (func: Func): string[] =>
  func.blocks.flatMap(({ terminator: { symbol } }) => (symbol === undefined ? [] : [symbol]));
const hasTail = (func: Func): boolean => func.blocks.some(({ terminator }) => terminator.op.startsWith("return_call"));

const callsOf = (func: Func): Value[] => func.blocks.flatMap((b) => b.values.filter((v) => v.op === "call"));

/** Returns the symbols that were changed. `keep`: functions that must stay (entry, in tables). */
export function inlineCalls(funcs: Map<string, Func>, keep: ReadonlySet<string>): Set<string> {
  const sites = new Map<string, number>();
  const count = (symbol: string): void => void sites.set(symbol, (sites.get(symbol) ?? 0) + 1);
  for (const f of funcs.values()) {
    for (const c of callsOf(f)) count(c.symbol!);
    for (const symbol of tailsOf(f)) count(symbol);
  }
  const changed = new Set<string>();
  const done = new Set<string>();
  const visit = (func: Func): void => {
    done.add(func.symbol);
    for (const c of callsOf(func)) if (!done.has(c.symbol!)) visit(funcs.get(c.symbol!)!);
    for (const symbol of tailsOf(func)) if (!done.has(symbol)) visit(funcs.get(symbol)!);
    for (const c of callsOf(func)) {
      const callee = funcs.get(c.symbol!)!;
      if (callee === func || hasTail(callee) || callsOf(callee).some((x) => x.symbol === callee.symbol)) continue;
      const size = sizeOf(callee);
      const once = sites.get(callee.symbol) === 1 && !keep.has(callee.symbol) && size <= ONCE;
      if (!once && size > TINY) continue;
      inlineCall(func, c, callee);
      changed.add(func.symbol);
      // a copy of the callee's own calls was made
      for (const x of callsOf(callee)) sites.set(x.symbol!, sites.get(x.symbol!)! + 1);
    }
    if (changed.has(func.symbol)) renumber(func);
  };
  visit(funcs.get("_start")!);
  // what no one calls any more
  const used = new Set<string>(keep);
  const work = ["_start", ...keep];
  while (work.length > 0) {
    const func = funcs.get(work.pop()!)!;
    for (const symbol of [...callsOf(func).map((c) => c.symbol!), ...tailsOf(func)])
      if (!used.has(symbol)) {
        used.add(symbol);
        work.push(symbol);
      }
  }
  for (const symbol of [...funcs.keys()]) if (symbol !== "_start" && !used.has(symbol)) funcs.delete(symbol);
  return changed;
}

function inlineCall(func: Func, call: Value, callee: Func): void {
  const head = call.block;
  const given = call.args;
  const at = head.values.indexOf(call);
  const tail = func.block();
  tail.values = head.values.splice(at + 1);
  for (const v of tail.values) v.block = tail;
  tail.terminator = head.terminator;
  head.values.pop();
  // the results become the tail's parameters, the first in the call's own place
  const results: Value[] = callee.results.map((type, k) => {
    const existing = k === 0 ? call : tail.values.find((v) => v.op === "result" && v.args[0] === call && v.imm === k);
    if (existing === undefined) return func.value(tail, "param", type, []);
    return existing;
  });
  tail.values = tail.values.filter((v) => !results.includes(v));
  for (const v of results) {
    v.op = "param";
    v.args = [];
    v.imm = 0;
    v.block = tail;
    delete v.symbol;
    delete v.results;
  }
  tail.params = results;

  const values = new Map<Value, Value>();
  const blocks = new Map<Block, Block>();
  for (const b of callee.blocks) blocks.set(b, func.block());
  callee.blocks[0]!.params.forEach((p, k) => {
    values.set(p, given[k]!);
  });
  const clone = (v: Value, block: Block): Value => {
    const copy: Value = { ...v, id: func.nextValue++, args: [], block };
    values.set(v, copy);
    return copy;
  };
  for (const [from, to] of blocks) {
    if (from !== callee.blocks[0]) to.params = from.params.map((p) => clone(p, to));
    to.values = from.values.map((v) => clone(v, to));
  }
  const map = (v: Value): Value => values.get(v)!;
  for (const [from, to] of blocks) {
    from.values.forEach((v, k) => {
      to.values[k]!.args = v.args.map(map);
    });
    const t = from.terminator;
    if (t.op === "return")
      to.terminator = { op: "jump", args: [], edges: [{ to: tail, args: t.args.map(map) }], origin: t.origin };
    else
      to.terminator = {
        op: t.op,
        args: t.args.map(map),
        edges: t.edges.map((e) => ({ to: blocks.get(e.to)!, args: e.args.map(map) })),
        origin: t.origin,
      };
  }
  head.terminator = {
    op: "jump",
    args: [],
    edges: [{ to: blocks.get(callee.blocks[0]!)!, args: [] }],
    origin: call.origin,
  };
}
