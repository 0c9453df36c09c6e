/**
 * Register allocation of one function: colour the interference graph; what finds no register goes to a stack slot (or is made again, if
 * it is a constant), and the rest is coloured anew. Callees were allocated before: what they leave untouched stays in registers across
 * the call, and parameters arrive wherever this function's own allocation wants them.
 */
import { checkAllocation, snapshot } from "./check.ts";
import { colorGraph } from "./color.ts";
import { defaultConvention, expandConventions, removeParameters } from "./expand.ts";
import { renumberBlocks } from "./graph.ts";
import { buildGraph, type Graph } from "./interference.ts";
import { type Convention, inst, type MFunc, type MInst } from "./machine.ts";
import { ALLOCATABLE_MASK, SAVED_MASK } from "./registers.ts";

export interface AllocateOptions {
  /** takes its arguments by the default convention: it is in a table, or calls itself */
  readonly fixed: boolean;
  /** gives SAVED registers back as they were; the entry need not */
  readonly preserves: boolean;
  readonly results: number;
  /** registers that hold globals: not for allocation, and calls leave them to the callee */
  readonly globals: number;
  conventionOf(call: MInst): Convention;
  readonly verify: boolean;
}

export interface Allocation {
  readonly color: Int32Array;
  /** registers to save at entry and restore at exits */
  readonly saved: number;
}

const REMATERIALIZED: ReadonlySet<string> = new Set(["li", "lic", "la", "luis", "inarg"]);

export function allocate(func: MFunc, options: AllocateOptions): Allocation {
  const results = defaultConvention(func.params.length, options.results);
  // more than the registers that need no saving can take: the rest goes by the stack
  const fixed =
    options.fixed || func.params.length > 12 ? defaultConvention(func.params.length, options.results) : undefined;
  expandConventions(func, fixed, options.conventionOf, results);
  removeParameters(func);
  renumberBlocks(func);
  const entered = fixed === undefined ? splitEntry(func) : [];
  const before = options.verify ? snapshot(func) : undefined;
  const allocatable = ALLOCATABLE_MASK & ~options.globals;
  const unspillable = new Set<number>([...entered, ...func.exits]);
  for (let round = 0; ; round++) {
    if (round > 30) throw new Error(`register allocation of $${func.symbol} does not end`);
    const graph = buildGraph(func);
    // what a caller puts into a register that must be preserved could not be
    for (const v of [...entered, ...func.exits]) graph.forbidden[v]! |= SAVED_MASK;
    const { color, spilled } = colorGraph(graph, {
      allocatable,
      expensive: options.preserves ? SAVED_MASK : 0,
      expense: 2.02,
      unspillable,
    });
    if (spilled.length === 0) {
      if (before !== undefined) checkAllocation(func, color, before);
      return finish(func, color, entered, fixed, results, options);
    }
    spill(func, graph, spilled, unspillable);
  }
}

/** Entry defines fresh registers, from which the parameters are copied. */
function splitEntry(func: MFunc): number[] {
  const first = func.blocks[0]!.insts[0]!;
  const fresh = first.defs.map(() => func.vreg());
  const copy = inst("pcopy", first.defs, fresh, 0, -1);
  first.defs = fresh;
  func.blocks[0]!.insts.splice(1, 0, copy);
  return fresh;
}

function finish(
  func: MFunc,
  color: Int32Array,
  entered: number[],
  fixed: Convention | undefined,
  results: Convention,
  options: AllocateOptions,
): Allocation {
  let written = 0;
  const used = new Set<number>();
  for (const block of func.blocks)
    for (const i of block.insts) {
      written |= i.clobbers ?? 0;
      for (const u of i.uses) used.add(u);
      if (i.op === "entry") continue;
      i.defs.forEach((d, k) => {
        const c = color[d]!;
        if ((i.op === "pcopy" || i.op === "mv") && color[i.uses[k]!] === c) return;
        written |= 1 << c;
      });
    }
  const saved = options.preserves ? written & SAVED_MASK : 0;
  const clobbers = written & ~saved & ~options.globals;
  if (fixed !== undefined) func.convention = { ...fixed, clobbers: fixed.clobbers & ~options.globals };
  else {
    const place = (v: number): number => (used.has(v) ? color[v]! : -1);
    func.convention = {
      params: entered.slice(1).map(place),
      results: results.results,
      link: color[entered[0]!]!,
      clobbers,
    };
  }
  return { color, saved };
}

function spill(func: MFunc, graph: Graph, spilled: number[], unspillable: Set<number>): void {
  // definitions, to see what can be made again
  const defs = new Map<number, MInst[]>();
  const wanted = new Set(spilled);
  for (const b of func.blocks)
    for (const i of b.insts)
      for (const d of i.defs)
        if (wanted.has(d)) {
          const list = defs.get(d);
          if (list === undefined) defs.set(d, [i]);
          else list.push(i);
        }
  const remade = new Map<number, MInst>();
  const slotOf = new Map<number, number>();
  const inSlot: number[][] = [];
  // copies between spilled values want the same slot
  const friends = new Map<number, number[]>();
  for (const m of graph.moves)
    if (wanted.has(m.to) && wanted.has(m.from)) {
      friends.set(m.to, [...(friends.get(m.to) ?? []), m.from]);
      friends.set(m.from, [...(friends.get(m.from) ?? []), m.to]);
    }
  for (const v of spilled) {
    const d = defs.get(v) ?? [];
    if (d.length === 1 && REMATERIALIZED.has(d[0]!.op)) {
      remade.set(v, d[0]!);
      continue;
    }
    const free = (slot: number): boolean => inSlot[slot]!.every((w) => !graph.interferes(v, w));
    let slot = (friends.get(v) ?? []).map((w) => slotOf.get(w) ?? -1).find((s) => s >= 0 && free(s - func.slots)) ?? -1;
    if (slot < 0) {
      let k = 0;
      while (k < inSlot.length && !free(k)) k++;
      slot = func.slots + k;
      inSlot[k] ??= [];
    }
    inSlot[slot - func.slots]!.push(v);
    slotOf.set(v, slot);
  }
  func.slots += inSlot.length;

  for (const b of func.blocks) {
    const out: MInst[] = [];
    for (const i of b.insts) {
      if (i.defs.length === 1 && remade.get(i.defs[0]!) === i) continue;
      const fetched = new Map<number, number>();
      const fetch = (v: number): number => {
        let t = fetched.get(v);
        if (t !== undefined) return t;
        t = func.vreg();
        fetched.set(v, t);
        unspillable.add(t);
        const again = remade.get(v);
        if (again === undefined) out.push(inst("reload", [t], [], slotOf.get(v)!, i.origin));
        else {
          const copy = inst(again.op, [t], [], again.imm, i.origin);
          if (again.symbol !== undefined) copy.symbol = again.symbol;
          out.push(copy);
        }
        return t;
      };
      const after: MInst[] = [];
      if (i.op === "pcopy" || i.op === "mv") {
        const pairs: [number, number][] = [];
        const stores: MInst[] = [];
        i.defs.forEach((d, k) => {
          const s = i.uses[k]!;
          const slot = slotOf.get(d);
          if (slot === undefined) {
            pairs.push([d, wanted.has(s) ? fetch(s) : s]);
            return;
          }
          if (slotOf.get(s) === slot) return;
          stores.push(inst("spill", [], [wanted.has(s) ? fetch(s) : s], slot, i.origin));
        });
        out.push(...stores);
        i.defs = pairs.map(([d]) => d);
        i.uses = pairs.map(([, s]) => s);
        out.push(i);
        continue;
      }
      i.uses = i.uses.map((u) => (wanted.has(u) ? fetch(u) : u));
      i.defs = i.defs.map((d) => {
        const slot = slotOf.get(d);
        if (slot === undefined) return d;
        const t = func.vreg();
        unspillable.add(t);
        if (d === func.returnAddress) func.returnSlot = slot;
        after.push(inst("spill", [], [t], slot, i.origin));
        return t;
      });
      out.push(i, ...after);
    }
    b.insts = out;
  }
  if (slotOf.has(func.returnAddress)) func.returnSlot = slotOf.get(func.returnAddress)!;
}
