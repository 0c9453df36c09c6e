/**
 * Control flow clean-up: branches on constants, parameters that always get the same value, blocks that only pass on, straight lines,
 * and jump threading (a block that only tests its own parameter is repeated in its predecessors).
 */
import { predecessors, propagateCopies, renumber } from "../ir/cfg.ts";
import type { Block, Edge, Func, Value } from "../ir/function.ts";
import { isConst, replace, resolve } from "../ir/function.ts";

function foldBranches(func: Func): boolean {
  let changed = false;
  for (const block of func.blocks) {
    const t = block.terminator;
    if (t.op !== "br" && t.op !== "switch") continue;
    const arg = resolve(t.args[0]!);
    let taken: Edge | undefined;
    if (isConst(arg)) {
      const last = t.edges.length - 1;
      taken = t.op === "br" ? t.edges[arg.imm !== 0 ? 0 : 1] : t.edges[arg.imm >>> 0 < last ? arg.imm : last];
    } else {
      const first = t.edges[0]!;
      const same = (e: Edge): boolean =>
        e.to === first.to && e.args.every((a, k) => resolve(a) === resolve(first.args[k]!));
      if (t.edges.every(same)) taken = first;
    }
    if (taken === undefined) continue;
    block.terminator = { op: "jump", args: [], edges: [taken], origin: t.origin };
    changed = true;
  }
  // a test that always traps, one that never does
  for (const block of func.blocks) {
    const at = block.values.findIndex(
      (v) => v.op === "trap_if" && isConst(resolve(v.args[0]!)) && resolve(v.args[0]!).imm !== 0,
    );
    if (at >= 0) {
      block.terminator = { op: "trap", args: [], edges: [], origin: block.values[at]!.origin };
      block.values.length = at;
      changed = true;
    }
    const before = block.values.length;
    block.values = block.values.filter((v) => v.op !== "trap_if" || !isConst(resolve(v.args[0]!), 0));
    if (block.values.length !== before) changed = true;
  }
  return changed;
}

/** Parameters to which all edges hand the same value (or the parameter itself, or equal constants). */
function foldParams(func: Func): boolean {
  const preds = predecessors(func);
  let changed = false;
  for (let b = 1; b < func.blocks.length; b++) {
    const block = func.blocks[b]!;
    for (let k = block.params.length - 1; k >= 0; k--) {
      const p = block.params[k]!;
      let same: Value | undefined;
      let constant = true;
      const ok = preds[b]!.every(({ edge }) => {
        const a = resolve(edge.args[k]!);
        if (a === p) return true;
        if (same === undefined || same === a) {
          same = a;
          return true;
        }
        constant = constant && a.op === same.op && (a.op === "i32.const" || a.op === "i64.const");
        return constant && a.imm === same.imm && a.big === same.big;
      });
      if (!ok || same === undefined) continue;
      block.params.splice(k, 1);
      for (const { edge } of preds[b]!) edge.args.splice(k, 1);
      if (same.op === "i32.const" || same.op === "i64.const") {
        // the constant need not dominate: make it here
        const copy = func.value(block, same.op, same.type, [], same.imm);
        if (same.big !== undefined) copy.big = same.big;
        block.values.unshift(copy);
        replace(p, copy);
      } else replace(p, same);
      changed = true;
    }
  }
  return changed;
}

/** Where an edge really leads: through blocks that do nothing but jump on. */
function passThrough(func: Func): boolean {
  let changed = false;
  const external = usedOutside(func);
  for (const block of func.blocks)
    for (const edge of block.terminator.edges) {
      for (let n = 0; n < 16; n++) {
        const via = edge.to;
        if (via === block || via.values.length > 0 || via.terminator.op !== "jump") break;
        if (via.params.some((p) => external.has(p))) break;
        const next = via.terminator.edges[0]!;
        if (next.to === via) break;
        edge.args = next.args.map((a) => substitute(via, edge, resolve(a)));
        edge.to = next.to;
        changed = true;
      }
    }
  return changed;
}

function substitute(via: Block, edge: Edge, v: Value): Value {
  const k = via.params.indexOf(v);
  return k < 0 ? v : resolve(edge.args[k]!);
}

/** Parameters that are used in other blocks than their own: these blocks cannot be bypassed. */
function usedOutside(func: Func): Set<Value> {
  const out = new Set<Value>();
  const see = (block: Block, args: Value[]): void => {
    for (const a of args) {
      const v = resolve(a);
      if (v.op === "param" && v.block !== block) out.add(v);
    }
  };
  for (const block of func.blocks) {
    for (const v of block.values) see(block, v.args);
    see(block, block.terminator.args);
    for (const edge of block.terminator.edges) see(block, edge.args);
  }
  return out;
}

/** A block without values that branches on its own parameter, entered with a known or a fresh condition. */
function threadJumps(func: Func): boolean {
  let changed = false;
  const external = usedOutside(func);
  // a loop's head stays its only entrance
  const heads = new Set<Block>();
  func.blocks.forEach((block, i) => {
    for (const { to } of block.terminator.edges) if (to.id <= i) heads.add(to);
  });
  for (const block of func.blocks) {
    const t = block.terminator;
    if (t.op !== "jump" && t.op !== "br") continue;
    for (const edge of t.edges) {
      const via = edge.to;
      const test = via.terminator;
      if (via.values.length > 0 || test.op !== "br" || via.params.some((p) => external.has(p))) continue;
      const k = via.params.indexOf(resolve(test.args[0]!));
      if (k < 0) continue;
      // unless it goes altogether: a flag that every way in sets to a constant
      if (heads.has(via) && !constantEverywhere(func, via, k)) continue;
      const cond = resolve(edge.args[k]!);
      const redirect = (to: Edge): Edge => ({ to: to.to, args: to.args.map((a) => substitute(via, edge, resolve(a))) });
      if (isConst(cond)) {
        const target = redirect(test.edges[cond.imm !== 0 ? 0 : 1]!);
        edge.to = target.to;
        edge.args = target.args;
        changed = true;
      } else if (t.op === "jump") {
        block.terminator = { op: "br", args: [cond], edges: test.edges.map(redirect), origin: test.origin };
        changed = true;
        break;
      }
    }
  }
  return changed;
}

function constantEverywhere(func: Func, via: Block, k: number): boolean {
  return func.blocks.every((b) => b.terminator.edges.every((e) => e.to !== via || isConst(resolve(e.args[k]!))));
}

const OPPOSITE: Readonly<Record<string, string>> = {
  "i32.eq": "i32.ne",
  "i32.ne": "i32.eq",
  "i32.lt_s": "i32.ge_s",
  "i32.ge_s": "i32.lt_s",
  "i32.lt_u": "i32.ge_u",
  "i32.ge_u": "i32.lt_u",
};

/** A block that only makes a comparison which its predecessor has just made, of what the edge hands over: the way on is known. */
function threadRepeatedTests(func: Func): boolean {
  let changed = false;
  const external = usedOutside(func);
  for (const block of func.blocks) {
    const t = block.terminator;
    if (t.op !== "br") continue;
    const known = resolve(t.args[0]!);
    if (OPPOSITE[known.op] === undefined) continue;
    t.edges.forEach((edge, taken) => {
      const via = edge.to;
      const test = via.terminator;
      if (via.id <= block.id || via.values.length === 0 || test.op !== "br" || via.params.some((p) => external.has(p)))
        return;
      const cond = resolve(test.args[0]!);
      // constants may stand beside the comparison
      if (!via.values.every((v) => v === cond || v.op === "i32.const") || cond.block !== via) return;
      if (test.edges.some((e) => e.args.some((a) => via.values.includes(resolve(a))))) return;
      if (usedElsewhere(func, via)) return;
      const [a, b] = cond.args.map((x) => substitute(via, edge, resolve(x)));
      const same = (x: Value, y: Value): boolean =>
        x === y || (x.op === "i32.const" && y.op === x.op && x.imm === y.imm);
      if (cond.args.length !== 2 || !same(a!, resolve(known.args[0]!)) || !same(b!, resolve(known.args[1]!))) return;
      const equal = cond.op === known.op;
      if (!equal && OPPOSITE[known.op] !== cond.op) return;
      const holds = (taken === 0) === equal;
      const target = test.edges[holds ? 0 : 1]!;
      edge.args = target.args.map((x) => substitute(via, edge, resolve(x)));
      edge.to = target.to;
      changed = true;
    });
  }
  return changed;
}

/** Whether other blocks use a block's values. */
function usedElsewhere(func: Func, via: Block): boolean {
  const own = new Set(via.values);
  const hit = (args: Value[]): boolean => args.some((a) => own.has(resolve(a)));
  return func.blocks.some(
    (b) =>
      b !== via &&
      (b.values.some((v) => hit(v.args)) || hit(b.terminator.args) || b.terminator.edges.some((e) => hit(e.args))),
  );
}

/** A block with one predecessor that has one successor becomes its continuation. */
function mergeLines(func: Func): boolean {
  const preds = predecessors(func);
  let changed = false;
  const gone = new Set<Block>();
  for (const block of func.blocks) {
    if (gone.has(block)) continue;
    for (;;) {
      const t = block.terminator;
      if (t.op !== "jump") break;
      const { to, args } = t.edges[0]!;
      if (to === block || to === func.blocks[0] || preds[to.id]!.length !== 1) break;
      to.params.forEach((p, k) => {
        replace(p, resolve(args[k]!));
      });
      to.params = [];
      for (const v of to.values) v.block = block;
      block.values.push(...to.values);
      to.values = [];
      block.terminator = to.terminator;
      to.terminator = { op: "trap", args: [], edges: [], origin: -1 };
      gone.add(to);
      changed = true;
    }
  }
  return changed;
}

export function cleanCfg(func: Func): boolean {
  let any = false;
  for (let n = 0; n < 10; n++) {
    renumber(func);
    let changed = foldBranches(func);
    renumber(func);
    changed = foldParams(func) || changed;
    propagateCopies(func);
    changed = passThrough(func) || changed;
    changed = threadJumps(func) || changed;
    renumber(func);
    changed = threadRepeatedTests(func) || changed;
    renumber(func);
    changed = mergeLines(func) || changed;
    propagateCopies(func);
    renumber(func);
    if (!changed) break;
    any = true;
  }
  return any;
}
