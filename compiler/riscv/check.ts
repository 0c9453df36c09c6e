/**
 * Proves an allocation right, after the checker of bytecodealliance/regalloc2 (`src/checker.rs`): abstract interpretation of the allocated
 * code, knowing nothing of how it was made.
 *
 * State: location (register or slot) → the set of values of the program before allocation that it surely holds. At a join, intersection.
 * An instruction requires each operand's location to hold the operand's original value; a definition makes its location hold just
 * that value, and no other location holds it any more. `spill`, `reload` and copies move sets; a copy of the original program renames.
 */
import type { MBlock, MFunc, MInst } from "./machine.ts";

type State = Map<number, Set<number>>;

interface Original {
  readonly uses: readonly number[];
  readonly defs: readonly number[];
}

export interface Snapshot {
  readonly insts: ReadonlyMap<MInst, Original>;
  /** constants: what defines them, so that it may be made again anywhere */
  readonly remakes: ReadonlyMap<string, readonly number[]>;
  readonly order: ReadonlyMap<MBlock, readonly MInst[]>;
}

const remakeKey = (i: MInst): string => `${i.op} ${i.imm} ${i.symbol ?? ""}`;
const CONSTANTS: ReadonlySet<string> = new Set(["li", "lic", "la", "luis", "inarg"]);
const SLOT = 64;

/** To be taken before allocation. */
export function snapshot(func: MFunc): Snapshot {
  const insts = new Map<MInst, Original>();
  const remakes = new Map<string, number[]>();
  const order = new Map<MBlock, readonly MInst[]>();
  const count = new Map<number, number>();
  for (const b of func.blocks) {
    order.set(b, b.insts.slice());
    for (const i of b.insts) {
      insts.set(i, { uses: i.uses.slice(), defs: i.defs.slice() });
      for (const d of i.defs) count.set(d, (count.get(d) ?? 0) + 1);
    }
  }
  for (const i of insts.keys())
    if (CONSTANTS.has(i.op) && count.get(i.defs[0]!) === 1) {
      const list = remakes.get(remakeKey(i));
      if (list === undefined) remakes.set(remakeKey(i), [i.defs[0]!]);
      else list.push(i.defs[0]!);
    }
  return { insts, remakes, order };
}

/** @throws Error that names the instruction whose operand is not where it should be */
export function checkAllocation(func: MFunc, color: Int32Array, before: Snapshot): void {
  const entry: (State | undefined)[] = func.blocks.map(() => undefined);
  entry[0] = new Map();
  const work = [0];
  while (work.length > 0) {
    const b = func.blocks[work.pop()!]!;
    const state = copyState(entry[b.id]!);
    for (const i of b.insts) step(state, i, before, color, undefined);
    for (const { to } of b.succs) if (merge(entry, to.id, state)) work.push(to.id);
  }
  for (const b of func.blocks) {
    const state = copyState(entry[b.id]!);
    // nothing of the original may have been lost (constants may)
    const kept = new Set(b.insts);
    for (const i of before.order.get(b)!)
      if (!kept.has(i) && !CONSTANTS.has(i.op)) throw new Error(`$${func.symbol} b${b.id}: allocation lost ${i.op}`);
    for (const i of b.insts)
      step(state, i, before, color, (message) => {
        throw new Error(`wrong register allocation in $${func.symbol} b${b.id}: ${message}`);
      });
  }
}

function copyState(state: State): State {
  return new Map([...state].map(([k, v]) => [k, new Set(v)]));
}

/** Intersects `state` into the state at the start of a block; true if that changed. */
function merge(entry: (State | undefined)[], id: number, state: State): boolean {
  const old = entry[id];
  if (old === undefined) {
    entry[id] = copyState(state);
    return true;
  }
  let changed = false;
  for (const [loc, values] of old) {
    const other = state.get(loc);
    for (const v of values)
      if (other?.has(v) !== true) {
        values.delete(v);
        changed = true;
      }
  }
  return changed;
}

function step(
  state: State,
  i: MInst,
  before: Snapshot,
  color: Int32Array,
  fail: ((message: string) => never) | undefined,
): void {
  const original = before.insts.get(i);
  const at = (v: number): number => color[v]!;
  const held = (loc: number): Set<number> => state.get(loc) ?? new Set();
  const define = (value: number, loc: number): void => {
    for (const set of state.values()) set.delete(value);
    state.set(loc, new Set([value]));
  };
  if (original === undefined) {
    if (i.op === "spill") state.set(SLOT + i.imm, new Set(i.uses[0] === 0 ? [-1] : held(at(i.uses[0]!))));
    else if (i.op === "reload") state.set(at(i.defs[0]!), new Set(held(SLOT + i.imm)));
    else {
      const values = before.remakes.get(remakeKey(i));
      if (values === undefined) fail?.(`${i.op} was added by no right of its own`);
      state.set(at(i.defs[0]!), new Set(values));
    }
    return;
  }
  if (i.op === "pcopy" || i.op === "mv") {
    const moved = i.defs.map((d, k): [number, Set<number>] => [
      at(d),
      new Set(i.uses[k] === 0 ? [] : held(at(i.uses[k]!))),
    ]);
    i.defs.forEach((_, k) => {
      if (i.uses[k] === 0) moved[k]![1].add(-1);
    });
    const zero = new Set<number>([-1]);
    for (const [loc, set] of moved) state.set(loc, set);
    // the program's own renaming, wherever the values are
    for (const set of [...state.values(), zero]) {
      const gained = original.defs.filter((_, k) => set.has(original.uses[k] === 0 ? -1 : original.uses[k]!));
      for (const d of original.defs) set.delete(d);
      for (const d of gained) set.add(d);
    }
    return;
  }
  i.uses.forEach((u, k) => {
    const value = original.uses[k]!;
    if (value === 0 ? at(u) !== 0 : !held(at(u)).has(value))
      fail?.(`operand ${k} of ${i.op} (value ${value}) is not in x${at(u)}, which holds {${[...held(at(u))].join()}}`);
  });
  if (i.clobbers !== undefined) for (let r = 0; r < 32; r++) if ((i.clobbers & (1 << r)) !== 0) state.delete(r);
  const places = i.defs.map(at);
  if (new Set(places).size !== places.length) fail?.(`${i.op} defines one register twice`);
  original.defs.forEach((d, k) => {
    define(d, places[k]!);
  });
}
