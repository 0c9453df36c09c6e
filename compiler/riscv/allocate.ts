/**
 * Register allocation of one function: colour the interference graph; what finds no register goes to a stack slot (or is made again, if
 * it is a constant), and the rest is coloured anew. Callees were allocated before: what they leave untouched stays in registers across
 * the call, and parameters arrive wherever this function's own allocation wants them.
 */
import { checkAllocation, snapshot } from "./check.ts";
import { colorGraph } from "./color.ts";
import { defaultConvention, expandConventions, removeParameters } from "./expand.ts";
import { renumberBlocks } from "./graph.ts";
import { buildGraph } from "./interference.ts";
import { type Convention, inst, type MFunc, type MInst } from "./machine.ts";
import { ALLOCATABLE_MASK, SAVED_MASK } from "./registers.ts";
import { Spiller } from "./spill.ts";

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
  const slotCopies = new Map<number, number>();
  const temporaries = new Set<number>();
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
    new Spiller(func, graph, spilled, unspillable, slotCopies, temporaries).run();
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
