/**
 * The passes over one function in their order, and what must hold between them. The table is checked when it is loaded: a pass in the
 * wrong place is an error at start, not a mystery later.
 */
import { propagateCopies, renumber } from "../ir/cfg.ts";
import type { Func } from "../ir/function.ts";
import { cleanCfg } from "./clean-cfg.ts";
import { eliminateDeadCode } from "./dce.ts";
import { eliminateDeadStores } from "./dead-store.ts";
import type { EffectsOf } from "./effects.ts";
import { expandSelects } from "./expand-select.ts";
import { numberValues } from "./gvn.ts";
import { legalize } from "./legalize.ts";
import { hoistInvariants } from "./licm.ts";
import { mergeTails } from "./merge-tails.ts";
import { orderValues } from "./order.ts";
import { rebaseInduction } from "./rebase.ts";
import { simplify } from "./simplify.ts";
import { sinkValues } from "./sink.ts";
import { splitAddresses } from "./split-address.ts";
import { splitI64 } from "./split-i64.ts";
import { unrollLoops } from "./unroll.ts";

export interface PassContext {
  readonly signedMulDiv: boolean;
  /** what callees write, known after inlining */
  effects: EffectsOf;
}

export interface Pass {
  readonly name: string;
  readonly run: (func: Func, context: PassContext) => void;
  /** optimisations may be left out, lowerings may not */
  readonly required: boolean;
}

function tidy(func: Func): void {
  renumber(func);
  for (let n = 0; n < 4; n++) {
    let changed = simplify(func);
    propagateCopies(func);
    changed = cleanCfg(func) || changed;
    changed = eliminateDeadCode(func) || changed;
    if (!changed) break;
  }
}

/** A lowering sees blocks in reverse postorder and leaves copies behind. */
function lowering(lower: (func: Func, context: PassContext) => void): Pass["run"] {
  return (func, context) => {
    renumber(func);
    lower(func, context);
    propagateCopies(func);
    renumber(func);
  };
}

function optimize(pass: (func: Func, effects: EffectsOf) => boolean): Pass["run"] {
  return (func, { effects }) => {
    renumber(func);
    pass(func, effects);
    propagateCopies(func);
  };
}

/** Before inlining: down to legal words. */
export const EARLY: readonly Pass[] = [
  { name: "tidy", run: tidy, required: false },
  { name: "number", run: optimize(numberValues), required: false },
  { name: "tidy-numbered", run: tidy, required: false },
  { name: "split-i64", run: lowering(splitI64), required: true },
  { name: "tidy-words", run: tidy, required: false },
  { name: "legalize", run: lowering(legalize), required: true },
  { name: "tidy-legal", run: tidy, required: false },
];

/** After inlining, which the pipeline does over the whole program. */
export const LATE: readonly Pass[] = [
  { name: "tidy-inlined", run: tidy, required: false },
  { name: "unroll", run: (f) => void unrollLoops(f), required: false },
  { name: "tidy-unrolled", run: tidy, required: false },
  { name: "split-address", run: lowering(splitAddresses), required: false },
  { name: "number-words", run: optimize(numberValues), required: false },
  { name: "hoist", run: (f) => void hoistInvariants(f), required: false },
  { name: "tidy-hoisted", run: tidy, required: false },
  { name: "number-last", run: optimize(numberValues), required: false },
  { name: "clean-last", run: optimize(eliminateDeadCode), required: false },
  { name: "dead-stores", run: (f) => void eliminateDeadStores(f), required: false },
  { name: "rebase", run: (f) => void rebaseInduction(f), required: false },
  { name: "tidy-rebased", run: optimize(eliminateDeadCode), required: false },
  { name: "merge-tails", run: (f) => void mergeTails(f), required: false },
  { name: "sink", run: (f) => void sinkValues(f), required: false },
  { name: "expand-select", run: lowering(expandSelects), required: true },
  { name: "order", run: orderValues, required: false },
];

const PASSES = [...EARLY, ...LATE];

/** `first` must come before `then`, because. */
const ORDER: readonly (readonly [first: string, then: string, because: string])[] = [
  ["split-i64", "legalize", "legalization knows words only"],
  ["tidy", "split-i64", "constant shift amounts and zero high halves are seen when splitting"],
  ["legalize", "tidy-legal", "legalization leaves constants to fold"],
  ["legalize", "split-address", "legalization makes accesses of its own"],
  ["unroll", "split-address", "the steps of a counter fold into the offsets of its accesses"],
  ["split-address", "number-words", "the upper parts are there to be shared"],
  ["number-words", "hoist", "what is computed twice would be hoisted twice"],
  ["hoist", "sink", "what leaves a loop may be needed on one way only"],
  ["expand-select", "order", "the last word on the order of values: nothing may move them after"],
  ["number-last", "dead-stores", "loads that forwarding removed no longer keep stores alive"],
  ["legalize", "expand-select", "expanded selects are opaque to the simplifier"],
];

for (const [first, then, because] of ORDER) {
  const [a, b] = [first, then].map((name) => PASSES.findIndex((p) => p.name === name)) as [number, number];
  if (a < 0 || b < 0 || a > b) throw new Error(`pass ${first} must come before ${then}: ${because}`);
}
