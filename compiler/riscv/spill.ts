/**
 * Puts values that found no register into stack slots, or makes them again if they are constants. A value that is fetched for one use stays
 * in its temporary register for the next ones if they are near; should that temporary find no register either, it is fetched again.
 */
import type { Graph } from "./interference.ts";
import { inst, type MBlock, type MFunc, type MInst } from "./machine.ts";

const REMATERIALIZED: ReadonlySet<string> = new Set(["li", "lic", "la", "luis", "inarg"]);

/** Instructions between uses that a temporary may wait. */
const NEAR = 64;

interface Cached {
  readonly temporary: number;
  at: number;
}

export class Spiller {
  readonly func: MFunc;
  readonly graph: Graph;
  readonly spilled: readonly number[];
  readonly wanted: ReadonlySet<number>;
  readonly unspillable: Set<number>;
  /** temporaries that hold what a slot holds, of this round and earlier ones */
  readonly slotCopies: Map<number, number>;
  /** temporaries of this round and earlier ones */
  readonly temporaries: Set<number>;
  readonly remade = new Map<number, MInst>();
  readonly slotOf = new Map<number, number>();
  cache = new Map<number, Cached>();
  out: MInst[] = [];

  constructor(
    func: MFunc,
    graph: Graph,
    spilled: readonly number[],
    unspillable: Set<number>,
    slotCopies: Map<number, number>,
    temporaries: Set<number>,
  ) {
    this.func = func;
    this.graph = graph;
    this.spilled = spilled;
    this.wanted = new Set(spilled);
    this.unspillable = unspillable;
    this.slotCopies = slotCopies;
    this.temporaries = temporaries;
  }

  run(): void {
    this.assignSlots();
    for (const b of this.func.blocks) this.block(b);
    const slot = this.slotOf.get(this.func.returnAddress);
    if (slot !== undefined) this.func.returnSlot = slot;
  }

  /** Values that do not meet share a slot; copies of each other want to. */
  assignSlots(): void {
    const { func, graph, wanted } = this;
    const defs = new Map<number, MInst[]>();
    for (const b of func.blocks)
      for (const i of b.insts)
        for (const d of i.defs)
          if (wanted.has(d)) {
            const list = defs.get(d);
            if (list === undefined) defs.set(d, [i]);
            else list.push(i);
          }
    const inSlot: number[][] = [];
    const friends = new Map<number, number[]>();
    for (const m of graph.moves)
      if (wanted.has(m.to) && wanted.has(m.from)) {
        friends.set(m.to, [...(friends.get(m.to) ?? []), m.from]);
        friends.set(m.from, [...(friends.get(m.from) ?? []), m.to]);
      }
    for (const v of this.spilled) {
      const d = defs.get(v) ?? [];
      if (d.length === 1 && REMATERIALIZED.has(d[0]!.op)) {
        this.remade.set(v, d[0]!);
        continue;
      }
      const copied = this.slotCopies.get(v);
      if (copied !== undefined) {
        this.slotOf.set(v, copied);
        continue;
      }
      const free = (slot: number): boolean => inSlot[slot]!.every((w) => !graph.interferes(v, w));
      const first = func.slots;
      const wish = (friends.get(v) ?? []).map((w) => (this.slotOf.get(w) ?? -1) - first);
      let slot = wish.find((s) => s >= 0 && free(s)) ?? -1;
      if (slot < 0) {
        slot = 0;
        while (slot < inSlot.length && !free(slot)) slot++;
        inSlot[slot] ??= [];
      }
      inSlot[slot]!.push(v);
      this.slotOf.set(v, first + slot);
    }
    func.slots += inSlot.length;
  }

  /** A register that holds `v` at instruction `at` of the old block. */
  fetch(v: number, at: number, origin: number): number {
    const cached = this.cache.get(v);
    if (cached !== undefined && at - cached.at <= NEAR) {
      // a second use: it has a life of its own now
      if (cached.at !== at) this.unspillable.delete(cached.temporary);
      cached.at = at;
      return cached.temporary;
    }
    const temporary = this.temporary(v, at);
    const again = this.remade.get(v);
    if (again === undefined) this.out.push(inst("reload", [temporary], [], this.slotOf.get(v)!, origin));
    else {
      const copy = inst(again.op, [temporary], [], again.imm, origin);
      if (again.symbol !== undefined) copy.symbol = again.symbol;
      this.out.push(copy);
    }
    return temporary;
  }
  temporary(v: number, at: number): number {
    const t = this.func.vreg();
    this.unspillable.add(t);
    const slot = this.slotOf.get(v);
    if (slot !== undefined) this.slotCopies.set(t, slot);
    // what was a temporary already gets one for each use: else it would come back with the same life, and be spilled again
    if (!this.temporaries.has(v)) this.cache.set(v, { temporary: t, at });
    this.temporaries.add(t);
    return t;
  }

  block(b: MBlock): void {
    this.out = [];
    this.cache = new Map();
    b.insts.forEach((i, at) => {
      if (i.op === "pcopy" || i.op === "mv") this.copy(i, at);
      else this.instruction(i, at);
    });
    b.insts = this.out;
  }

  copy(i: MInst, at: number): void {
    const pairs: [number, number][] = [];
    const stores: MInst[] = [];
    const use = (v: number): number => (this.wanted.has(v) ? this.fetch(v, at, i.origin) : v);
    i.defs.forEach((d, k) => {
      const s = i.uses[k]!;
      const slot = this.slotOf.get(d);
      if (slot === undefined) pairs.push([d, use(s)]);
      else if (this.slotOf.get(s) !== slot) stores.push(inst("spill", [], [use(s)], slot, i.origin));
    });
    // all is read before anything is written
    this.out.push(...stores);
    for (const d of i.defs) this.cache.delete(d);
    // a slot that was just written no longer holds what the copy below still reads from a register
    const written = new Set(stores.map((store) => store.imm));
    for (const [, s] of pairs) if (written.has(this.slotCopies.get(s) ?? -1)) this.slotCopies.delete(s);
    i.defs = pairs.map(([d]) => d);
    i.uses = pairs.map(([, s]) => s);
    this.out.push(i);
  }

  instruction(i: MInst, at: number): void {
    if (i.defs.length === 1 && this.remade.get(i.defs[0]!) === i) return;
    // a slot's own copy is stored or fetched again: nothing to do
    if (i.op === "spill" && this.slotOf.get(i.uses[0]!) === i.imm) return;
    if (i.op === "reload" && this.slotOf.get(i.defs[0]!) === i.imm) return;
    i.uses = i.uses.map((u) => (this.wanted.has(u) ? this.fetch(u, at, i.origin) : u));
    // nothing waits across a call
    if (i.clobbers !== undefined) this.cache.clear();
    const after: MInst[] = [];
    i.defs = i.defs.map((d) => {
      const slot = this.slotOf.get(d);
      if (slot === undefined) return d;
      const t = this.temporary(d, at);
      after.push(inst("spill", [], [t], slot, i.origin));
      return t;
    });
    this.out.push(i, ...after);
  }
}
