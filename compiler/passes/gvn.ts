/**
 * Common subexpressions over the dominator tree, store-to-load forwarding and redundant loads. Memory is followed along single predecessors,
 * and over joins when nothing between the dominator and the join writes.
 */
import { dominators, dominatorTree, type Incoming, predecessors } from "../ir/cfg.ts";
import type { Block, Func, Value } from "../ir/function.ts";
import { replace, resolve } from "../ir/function.ts";
import { info } from "../ir/ops.ts";
import { type EffectsOf, effectsOf } from "./effects.ts";

/** What a location is known to hold. */
interface Known {
  readonly base: Value | undefined;
  readonly offset: number;
  readonly bytes: number;
  /** load operation that would give `value` */
  readonly op: string;
  readonly value: Value;
}

interface State {
  memory: Known[];
  /** by slot */
  globals: Map<number, Value>;
}

/** How much is remembered: enough for straight-line code, and bounds the time. */
const MEMORY = 48;
const REGION = 64;

/** The load that reads back what a store wrote, whole words only: narrower ones would need a mask. */
const READS: Readonly<Record<string, string>> = { "i32.store": "i32.load", "i64.store": "i64.load" };

const NOTHING: EffectsOf = new Map();
const EVERYTHING = { memory: true, globals: undefined };

class Numbering {
  readonly func: Func;
  readonly preds: Incoming[][];
  readonly idom: Int32Array;
  readonly table = new Map<string, Value>();
  readonly states: (State | undefined)[];
  /** by block: writes memory; slots of globals that it writes, undefined for all */
  readonly writesMemory: boolean[];
  readonly writesGlobals: (ReadonlySet<number> | undefined)[];
  readonly effects: EffectsOf;
  changed = false;

  constructor(func: Func, effects: EffectsOf) {
    this.func = func;
    this.effects = effects;
    this.preds = predecessors(func);
    this.idom = dominators(func, this.preds);
    this.states = func.blocks.map(() => undefined);
    this.writesMemory = func.blocks.map(({ values }) =>
      values.some((v) => {
        const { effect } = info(v.op);
        return effect === "store" || (effect === "call" && effectsOf(v, effects)?.memory !== false);
      }),
    );
    this.writesGlobals = func.blocks.map(({ values }) => {
      const slots = new Set<number>();
      for (const v of values) {
        if (v.op === "global.set") {
          slots.add(v.imm);
          slots.add(v.imm + 1);
        } else if (info(v.op).effect === "call") {
          const its = effectsOf(v, effects);
          if (its === undefined) return undefined;
          for (const slot of its.globals) slots.add(slot);
        }
      }
      return slots;
    });
  }

  run(): boolean {
    const tree = dominatorTree(this.idom);
    const undo: (readonly [string, Value | undefined][])[] = [];
    const work: { block: number; leave: boolean }[] = [{ block: 0, leave: false }];
    while (work.length > 0) {
      const { block, leave } = work.pop()!;
      if (leave) {
        for (const [key, old] of undo.pop()!.toReversed()) {
          if (old === undefined) this.table.delete(key);
          else this.table.set(key, old);
        }
        continue;
      }
      undo.push(this.block(this.func.blocks[block]!));
      work.push({ block, leave: true });
      for (const child of tree[block]!.toReversed()) work.push({ block: child, leave: false });
    }
    return this.changed;
  }

  /** State at the start of a block. */
  enter(block: Block): State {
    const fresh: State = { memory: [], globals: new Map() };
    if (block.id === 0) return fresh;
    const d = this.idom[block.id]!;
    const before = this.states[d];
    if (before === undefined) return fresh;
    const written = this.writtenBetween(d, block.id);
    const globals = written.globals === undefined ? new Map<number, Value>() : new Map(before.globals);
    for (const slot of written.globals ?? []) globals.delete(slot);
    return { memory: written.memory ? [] : before.memory.slice(), globals };
  }

  /** What blocks on ways from the dominator's end to the block's start write. */
  writtenBetween(d: number, b: number): { memory: boolean; globals: ReadonlySet<number> | undefined } {
    const seen = new Set<number>([d]);
    const work = this.preds[b]!.map(({ from }) => from.id);
    let memory = false;
    let globals: Set<number> | undefined = new Set();
    while (work.length > 0) {
      const at = work.pop()!;
      if (seen.has(at)) continue;
      seen.add(at);
      if (seen.size > REGION) return EVERYTHING;
      memory ||= this.writesMemory[at]!;
      const slots = this.writesGlobals[at];
      if (slots === undefined) globals = undefined;
      else for (const slot of slots) globals?.add(slot);
      if (memory && globals === undefined) return EVERYTHING;
      for (const { from } of this.preds[at]!) work.push(from.id);
    }
    return { memory, globals };
  }

  block(block: Block): [string, Value | undefined][] {
    const log: [string, Value | undefined][] = [];
    const state = this.enter(block);
    for (const v of block.values) {
      for (let k = 0; k < v.args.length; k++) v.args[k] = resolve(v.args[k]!);
      const { effect, bytes } = info(v.op);
      if (v.op === "result") continue;
      if (effect === "pure") this.pure(v, log);
      else if (effect === "load") this.load(v, state, bytes);
      else if (effect === "store") store(v, state, bytes);
      else if (v.op === "global.get") {
        const known = state.globals.get(v.imm);
        if (known !== undefined && known.type === v.type) this.take(v, known);
        else state.globals.set(v.imm, v);
      } else if (v.op === "global.set") {
        const known = state.globals.get(v.imm);
        if (known !== undefined && known === v.args[0]) continue;
        state.globals.set(v.imm, v.args[0]!);
        if (v.args[0]!.type === "i64") state.globals.delete(v.imm + 1);
      } else if (effect === "call") {
        const its = effectsOf(v, this.effects);
        if (its?.memory !== false) state.memory = [];
        if (its === undefined) state.globals.clear();
        else for (const slot of its.globals) state.globals.delete(slot);
      }
    }
    this.states[block.id] = state;
    const t = block.terminator;
    t.args = t.args.map(resolve);
    for (const edge of t.edges) edge.args = edge.args.map(resolve);
    return log;
  }

  take(v: Value, by: Value): void {
    replace(v, by);
    this.changed = true;
  }

  pure(v: Value, log: [string, Value | undefined][]): void {
    if (v.op === "copy" || v.op === "move") return;
    let ids = v.args.map((a) => a.id);
    if (info(v.op).commutative && ids[0]! > ids[1]!) ids = [ids[1]!, ids[0]!];
    const key = `${v.op} ${v.type} ${v.imm} ${v.big ?? ""} ${v.symbol ?? ""} ${ids.join()}`;
    const known = this.table.get(key);
    if (known !== undefined) {
      this.take(v, known);
      return;
    }
    log.push([key, undefined]);
    this.table.set(key, v);
  }

  load(v: Value, state: State, bytes: number): void {
    const { base, offset } = location(v);
    const known = state.memory.find((k) => k.op === v.op && k.offset === offset && k.base === base);
    if (known !== undefined) this.take(v, known.value);
    else remember(state, { base, offset, bytes, op: v.op, value: v });
  }
}

/** Constant addresses have no base. */
function location(v: Value): { base: Value | undefined; offset: number } {
  const address = v.args[0]!;
  if (address.op === "i32.const") return { base: undefined, offset: (address.imm + v.imm) >>> 0 };
  if (address.op === "i32.add" && address.args[1]!.op === "i32.const")
    return { base: address.args[0]!, offset: (address.args[1]!.imm + v.imm) | 0 };
  return { base: address, offset: v.imm };
}

function remember(state: State, known: Known): void {
  if (state.memory.length >= MEMORY) state.memory.shift();
  state.memory.push(known);
}

function store(v: Value, state: State, bytes: number): void {
  const { base, offset } = location(v);
  state.memory = state.memory.filter(
    (k) => k.base === base && (k.offset + k.bytes <= offset || offset + bytes <= k.offset),
  );
  const op = READS[v.op];
  if (op !== undefined) remember(state, { base, offset, bytes, op, value: v.args[1]! });
}

/** Needs a renumbered function; leaves copies. */
export function numberValues(func: Func, effects: EffectsOf = NOTHING): boolean {
  return new Numbering(func, effects).run();
}
