/** What calling a function may write, callees included: so that what is known of memory and globals survives calls that leave it alone. */
import type { Func } from "../ir/function.ts";
import { info } from "../ir/ops.ts";

export interface Effects {
  /** writes memory */
  memory: boolean;
  /** slots of globals that it writes */
  globals: Set<number>;
}

/** By symbol; a function that is not in it may write everything. */
export type EffectsOf = ReadonlyMap<string, Effects>;

/** Delegations write memory where they are told to; globals, as with stores, are no one's memory. */
const DELEGATIONS: ReadonlySet<string> = new Set(["blake2s_round", "u256_op"]);

/** What an operation that is no store may write, `undefined` for everything. */
export function effectsOf(
  v: { readonly op: string; readonly symbol?: string | undefined },
  known: EffectsOf,
): Effects | undefined {
  if (DELEGATIONS.has(v.op)) return DELEGATED;
  return v.op === "call" && v.symbol !== undefined ? known.get(v.symbol) : undefined;
}
const DELEGATED: Effects = { memory: true, globals: new Set() };

export function summarize(funcs: ReadonlyMap<string, Func>): EffectsOf {
  const known = new Map<string, Effects>();
  const callees = new Map<string, string[]>();
  const unknown = new Set<string>();
  for (const [symbol, func] of funcs) {
    const effects: Effects = { memory: false, globals: new Set() };
    const calls: string[] = [];
    for (const { values, terminator } of func.blocks) {
      for (const v of values) {
        const { effect } = info(v.op);
        if (v.op === "global.set") {
          effects.globals.add(v.imm);
          if (v.args[0]!.type === "i64") effects.globals.add(v.imm + 1);
        } else if (effect === "store" || DELEGATIONS.has(v.op)) effects.memory = true;
        else if (v.op === "call") calls.push(v.symbol!);
        else if (effect === "call") unknown.add(symbol);
      }
      if (terminator.op === "return_call_indirect") unknown.add(symbol);
      else if (terminator.symbol !== undefined) calls.push(terminator.symbol);
    }
    known.set(symbol, effects);
    callees.set(symbol, calls);
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const [symbol, effects] of known) {
      const before = effects.globals.size + (effects.memory ? 1 : 0);
      for (const callee of callees.get(symbol)!) {
        const its = known.get(callee);
        if (its === undefined || unknown.has(callee)) {
          if (!unknown.has(symbol)) changed = true;
          unknown.add(symbol);
          continue;
        }
        effects.memory ||= its.memory;
        for (const slot of its.globals) effects.globals.add(slot);
      }
      changed ||= effects.globals.size + (effects.memory ? 1 : 0) > before;
    }
  }
  for (const symbol of unknown) known.delete(symbol);
  return known;
}
