/**
 * Small innermost loops that count: several turns in a row without the tests between them. The turns go before the loop, which stays as it was for what is left:
 *
 * - a number of turns that is known: all of them, behind the loop's own test if the counter could wrap around;
 * - else `TURNS` at a time, as long as the counter is so far from its end that all their tests hold.
 *
 * A turn then costs its body alone; the counter's steps fold into the offsets of accesses.
 */
import { dominators, findLoops, type Loop, predecessors, renumber } from "../ir/cfg.ts";
import type { Block, Edge, Func, Type, Value } from "../ir/function.ts";
import { info } from "../ir/ops.ts";
import { makePreheaders } from "./licm.ts";

/** Values of a body, tests and constants not counted, up to which it is repeated; and of all turns together where their number is known. */
const SMALL = 8;
const ALL = 64;
const MOST_TURNS = 16;
const TURNS = 4;

interface Counting {
  readonly header: Block;
  /** the loop's blocks in order: the header, and what follows its test */
  readonly blocks: readonly Block[];
  readonly back: Edge;
  readonly exit: Edge;
  readonly entering: Block;
  readonly counter: Value;
  readonly step: number;
  /** the test is of the counter's next value */
  readonly next: boolean;
  /** what the counter (or its next value) is to the end while the loop goes on */
  readonly relation: "lt" | "le" | "ne";
  readonly signed: boolean;
  readonly end: Value;
}

export function unrollLoops(func: Func): boolean {
  renumber(func);
  makePreheaders(func);
  const preds = predecessors(func);
  const { loops } = findLoops(func, dominators(func, preds), preds);
  const outer = new Set<Loop | undefined>(loops.map(({ parent }) => parent));
  let changed = false;
  for (const loop of loops) {
    if (outer.has(loop) || loop.body.size > 2) continue;
    const counting = recognize(func, loop, preds);
    if (counting !== undefined) changed = unroll(func, counting) || changed;
  }
  renumber(func);
  return changed;
}

function recognize(func: Func, loop: Loop, preds: ReturnType<typeof predecessors>): Counting | undefined {
  const header = func.blocks[loop.header]!;
  const blocks = [header, ...[...loop.body].filter((id) => id !== header.id).map((id) => func.blocks[id]!)];
  const last = blocks[blocks.length - 1]!;
  const backs = preds[header.id]!.filter(({ from }) => loop.body.has(from.id));
  const enters = preds[header.id]!.filter(({ from }) => !loop.body.has(from.id));
  const { op, args, edges } = header.terminator;
  if (op !== "br" || backs.length !== 1 || enters.length !== 1 || enters[0]!.from.terminator.op !== "jump")
    return undefined;
  if (last !== header && (last.terminator.op !== "jump" || preds[last.id]!.length !== 1)) return undefined;
  const inner = last === header ? header : last;
  const stays = edges.findIndex(({ to }) => to === inner);
  if (stays < 0 || edges[0]!.to === edges[1]!.to) return undefined;
  const inside = new Set<Value>(blocks.flatMap((b) => [...b.params, ...b.values]));
  const back = backs[0]!.edge;
  const cond = args[0]!;
  const [type, order, sign] = cond.op.split(/[._]/) as [string, string, string?];
  if (type !== "i32" || RELATIONS[order] === undefined || cond.args.length !== 2) return undefined;
  const swapped = inside.has(cond.args[1]!);
  const [a, end] = swapped ? [cond.args[1]!, cond.args[0]!] : [cond.args[0]!, cond.args[1]!];
  if (inside.has(end)) return undefined;
  const relation = goesOn(order, swapped, stays === 1);
  if (relation !== "lt" && relation !== "le" && relation !== "ne") return undefined;
  for (let k = 0; k < header.params.length; k++) {
    const counter = header.params[k]!;
    const after = back.args[k]!;
    if (after.op !== "i32.add" || after.args[0] !== counter || after.args[1]!.op !== "i32.const") continue;
    const step = after.args[1]!.imm;
    if ((a !== counter && a !== after) || step <= 0 || step > 256) continue;
    return {
      header,
      blocks,
      back,
      exit: edges[1 - stays]!,
      entering: enters[0]!.from,
      counter,
      step,
      next: a === after,
      relation,
      signed: sign === "s",
      end,
    };
  }
  return undefined;
}

/** By relation: what it is with its operands swapped, and its contrary. */
const RELATIONS: Readonly<Record<string, readonly [swapped: string, contrary: string]>> = {
  lt: ["gt", "ge"],
  le: ["ge", "gt"],
  gt: ["lt", "le"],
  ge: ["le", "lt"],
  eq: ["eq", "ne"],
  ne: ["ne", "eq"],
};
function goesOn(order: string, swapped: boolean, contrary: boolean): string {
  const relation = swapped ? RELATIONS[order]![0] : order;
  return contrary ? RELATIONS[relation]![1] : relation;
}

function unroll(func: Func, loop: Counting): boolean {
  const values = loop.blocks.flatMap((b) => b.values);
  if (values.some((v) => info(v.op).effect === "call" || v.op === "marker" || v.op === "move")) return false;
  const test = loop.header.terminator.args[0]!;
  const size = values.filter((v) => v.op !== "i32.const" && v !== test).length;
  const start = loop.entering.terminator.edges[0]!;
  const first = start.args[loop.header.params.indexOf(loop.counter)]!;
  const turns = knownTurns(loop, first);
  if (turns !== undefined) return turns <= MOST_TURNS && turns * size <= ALL && unrollAll(func, loop, first, turns);
  return size <= Number(process.env.SMALL ?? SMALL) && unrollSome(func, loop, first);
}

/** How often the body runs, if the distance from first to end is known; supposing that the counter does not wrap around. */
function knownTurns({ end, step, next, relation }: Counting, first: Value): number | undefined {
  const [base, from] = split(first);
  const [other, to] = split(end);
  if (base !== other || relation === "le") return undefined;
  const distance = (to - from) | 0;
  if (distance <= 0 || (relation === "ne" && distance % step !== 0)) return undefined;
  // numbers on different sides of where their order breaks
  if (base === undefined && relation === "lt" && from < 0 !== to < 0) return undefined;
  // a test of the next value lets the first turn pass, whatever the distance
  return next && distance < step ? undefined : Math.ceil(distance / step);
}
function split(v: Value): [Value | undefined, number] {
  if (v.op === "i32.const") return [undefined, v.imm];
  if (v.op === "i32.add" && v.args[1]!.op === "i32.const") return [v.args[0], v.args[1]!.imm];
  return [v, 0];
}

/** One more turn at the end of `into`; `state` is what the header's parameters are, before and after. */
function turn(func: Func, loop: Counting, into: Block, state: readonly Value[]): Value[] {
  const copies = new Map<Value, Value>();
  loop.header.params.forEach((p, k) => {
    copies.set(p, state[k]!);
  });
  const map = (v: Value): Value => copies.get(v) ?? v;
  for (const block of loop.blocks) {
    if (block !== loop.header) {
      const edge = loop.header.terminator.edges.find(({ to }) => to === block)!;
      block.params.forEach((p, k) => {
        copies.set(p, map(edge.args[k]!));
      });
    }
    for (const v of block.values) {
      const copy: Value = { ...v, id: func.nextValue++, args: v.args.map(map), block: into };
      copies.set(v, copy);
      into.values.push(copy);
    }
  }
  return loop.back.args.map(map);
}

function unrollAll(func: Func, loop: Counting, first: Value, turns: number): boolean {
  const { entering, header } = loop;
  const start = entering.terminator.edges[0]!;
  const fast = func.block();
  let state: readonly Value[] = start.args;
  // behind the last turn the loop's test fails; a test behind the body is that of the last turn itself, which the loop does
  const count = loop.next ? turns - 1 : turns;
  for (let n = 0; n < count; n++) state = turn(func, loop, fast, state);
  const exits = !loop.next && !usedOutside(func, loop);
  const after = exits ? { to: loop.exit.to, args: [...loop.exit.args] } : { to: header, args: [...state] };
  fast.terminator = { op: "jump", args: [], edges: [after], origin: -1 };
  if (split(first)[0] === undefined || loop.relation === "ne") entering.terminator.edges = [{ to: fast, args: [] }];
  else guard(func, entering, loop.signed ? "i32.lt_s" : "i32.lt_u", first, loop.end, { to: fast, args: [] });
  return true;
}

/** A block that only jumps goes to `fast` if a < b, else where it went. */
function guard(func: Func, block: Block, op: string, a: Value, b: Value, fast: Edge): void {
  const condition = func.add(block, op, "i32", [a, b]);
  const slow = block.terminator.edges[0]!;
  block.terminator = { op: "br", args: [condition], edges: [fast, slow], origin: block.terminator.origin };
}

/** Whether anything behind the loop needs what the loop computes. */
function usedOutside(func: Func, loop: Counting): boolean {
  const inside = new Set<Value>(loop.blocks.flatMap((b) => [...b.params, ...b.values]));
  const uses = (args: readonly Value[]): boolean => args.some((v) => inside.has(v));
  return (
    uses(loop.exit.args) ||
    func.blocks.some(
      (b) =>
        !loop.blocks.includes(b) &&
        (b.values.some((v) => uses(v.args)) || uses(b.terminator.args) || b.terminator.edges.some((e) => uses(e.args))),
    )
  );
}

function unrollSome(func: Func, loop: Counting, first: Value): boolean {
  const { entering, header, signed, step, end } = loop;
  // below the limit, the tests of so many turns hold
  const far = step * (loop.next ? TURNS : TURNS - 1);
  const start = entering.terminator.edges[0]!;
  const less = signed ? "i32.lt_s" : "i32.lt_u";
  const limit = func.add(entering, "i32.add", "i32", [end, func.const32(entering, -far)]);
  const fast = func.block();
  const params = header.params.map((p) => func.param(fast, p.type as Type));
  let state: readonly Value[] = params;
  for (let n = 0; n < TURNS; n++) state = turn(func, loop, fast, state);
  const counter = state[header.params.indexOf(loop.counter)]!;
  const again = func.add(fast, less, "i32", [counter, limit]);
  fast.terminator = {
    op: "br",
    args: [again],
    edges: [
      { to: fast, args: [...state] },
      { to: header, args: [...state] },
    ],
    origin: header.terminator.origin,
  };
  // a short way must be found out quickly; that the limit did not wrap around is looked at only then
  const fits = func.block();
  fits.terminator = { ...entering.terminator, edges: [{ to: header, args: [...start.args] }] };
  const lowest = func.const32(fits, signed ? (-0x8000_0000 + far) | 0 : far);
  guard(func, fits, signed ? "i32.le_s" : "i32.le_u", lowest, end, { to: fast, args: [...start.args] });
  guard(func, entering, less, first, limit, { to: fits, args: [] });
  return true;
}
