/**
 * The whole program's code generation: callees before callers, so that each caller knows what its callees touch; then stack depths from
 * callers to callees; then words.
 */
import type { Func } from "../ir/function.ts";
import type { ObjectData, ObjectFunction } from "../link/object.ts";
import { type Allocation, allocate } from "./allocate.ts";
import { emitFunction, type Frame, frameWords } from "./emit.ts";
import { encode, hi20, lo12 } from "./encode.ts";
import { defaultConvention } from "./expand.ts";
import { LowPool } from "./low-pool.ts";
import type { Convention, MFunc } from "./machine.ts";
import { printMachine } from "./machine.ts";
import { SP, ZERO } from "./registers.ts";
import { type SelectContext, select } from "./select.ts";

export interface CodegenOptions {
  readonly verify: boolean;
  readonly stackTop: number;
  /** functions whose addresses are taken */
  readonly addressTaken: ReadonlySet<string>;
  /** tables of code addresses that indirect calls go through */
  readonly tables: readonly ObjectData[];
  readonly onDump?: (symbol: string, stage: string, text: () => string) => void;
}

export interface Code {
  readonly functions: ObjectFunction[];
  readonly data: ObjectData[];
}

/** Which calls of which function (numbers in order, by symbol) are further away than a `jal` spans. */
export type FarCalls = ReadonlyMap<string, ReadonlySet<number>>;
const NEAR: ReadonlySet<number> = new Set();

/** Offsets of slots must fit 12 bits below sp. */
const REACH = 2000;

/**
 * @param funcs words-only IR by symbol; `_start` is the entry and gets the first place
 * @returns what makes the code, as often as the layout finds more calls that do not reach
 */
export function generateCode(funcs: ReadonlyMap<string, Func>, options: CodegenOptions): (far: FarCalls) => Code {
  const machine = new Map<string, MFunc>();
  const pool = new LowPool();
  pool.placeTables(funcs, options.tables);
  const context: SelectContext = { slotRegister: new Map(), lowSymbols: pool.symbols };
  for (const [symbol, func] of funcs) {
    const m = select(func, context);
    machine.set(symbol, m);
    options.onDump?.(symbol, "select", () => printMachine(m));
  }
  pool.placeConstants(machine.values());
  const components = callComponents(machine);
  // entered at different depths: what calls itself, and what takes another function's place
  const recursive = new Set<string>([...machine.values()].flatMap((m) => [...m.tails]));
  for (const c of components) for (const s of c) if (c.length > 1 || machine.get(s)!.calls.has(s)) recursive.add(s);

  const allocations = new Map<string, Allocation>();
  const conventions = new Map<string, Convention>();
  const shape = (symbol: string): { params: number; results: number } => {
    const f = funcs.get(symbol)!;
    return { params: f.params.length, results: f.results.length };
  };
  for (const component of components)
    for (const symbol of component) {
      const m = machine.get(symbol)!;
      allocations.set(
        symbol,
        allocate(m, {
          fixed: recursive.has(symbol) || options.addressTaken.has(symbol),
          preserves: symbol !== "_start",
          results: shape(symbol).results,
          globals: 0,
          verify: options.verify,
          conventionOf: (call) => {
            const others = call.op === "taili" ? 2 : 1;
            if (call.symbol === undefined) return defaultConvention(call.uses.length - others, call.defs.length);
            const known = conventions.get(call.symbol);
            if (known !== undefined) return known;
            const { params, results } = shape(call.symbol);
            return defaultConvention(params, results);
          },
        }),
      );
      conventions.set(symbol, m.convention!);
      const { color } = allocations.get(symbol)!;
      options.onDump?.(symbol, "allocate", () => printMachine(m, (v) => `x${color[v]}`));
    }

  const frames = assignFrames(machine, allocations, components, recursive, options.addressTaken, conventions);
  const order = ["_start", ...[...machine.keys()].filter((s) => s !== "_start")];
  const emitted = order.map((symbol) => ({
    symbol,
    make: emitFunction(machine.get(symbol)!, allocations.get(symbol)!, frames.of.get(symbol)!, (callee) =>
      callee === undefined ? frames.indirect : frames.of.get(callee)!.depth,
    ),
  }));
  return (far) => {
    pool.empty();
    const functions: ObjectFunction[] = [];
    const data: ObjectData[] = options.tables.filter((t) => !pool.fill(t));
    for (const { symbol, make } of emitted) {
      const made = make(far.get(symbol) ?? NEAR);
      functions.push(made.object);
      // the entry's code begins behind the pool and the setting of sp
      const shift = symbol === "_start" ? 4 * entrySetup(options.stackTop, pool).length : 0;
      const tables = made.data.map((t) => ({
        ...t,
        relocations: t.relocations.map((r) => ({ ...r, addend: r.addend + shift })),
      }));
      data.push(...tables.filter((t) => !pool.fill(t)));
    }
    functions[0] = makeEntry(functions[0]!, options.stackTop, pool);
    return { functions, data };
  };
}

/** Strongly connected components of the direct call graph, callees first (Tarjan, without recursion). */
function callComponents(machine: ReadonlyMap<string, MFunc>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const onStack = new Set<string>();
  const stack: string[] = [];
  const out: string[][] = [];
  for (const root of machine.keys()) {
    if (index.has(root)) continue;
    const work: { symbol: string; calls: string[]; next: number }[] = [];
    const enter = (symbol: string): void => {
      index.set(symbol, index.size);
      low.set(symbol, index.get(symbol)!);
      stack.push(symbol);
      onStack.add(symbol);
      work.push({ symbol, calls: [...machine.get(symbol)!.calls], next: 0 });
    };
    enter(root);
    while (work.length > 0) {
      const top = work[work.length - 1]!;
      const callee = top.calls[top.next++];
      if (callee !== undefined) {
        if (!machine.has(callee)) throw new Error(`$${top.symbol} calls $${callee}, which does not exist`);
        if (!index.has(callee)) enter(callee);
        else if (onStack.has(callee)) low.set(top.symbol, Math.min(low.get(top.symbol)!, index.get(callee)!));
        continue;
      }
      work.pop();
      const parent = work[work.length - 1];
      if (parent !== undefined) low.set(parent.symbol, Math.min(low.get(parent.symbol)!, low.get(top.symbol)!));
      if (low.get(top.symbol) === index.get(top.symbol)) {
        const component: string[] = [];
        let s: string;
        do {
          s = stack.pop()!;
          onStack.delete(s);
          component.push(s);
        } while (s !== top.symbol);
        out.push(component);
      }
    }
  }
  return out;
}

/**
 * sp does not move for a call: a function's slots are at a depth below sp that no caller uses. Only what recursion or a table may
 * enter at different depths, or what would be out of reach, lowers sp.
 */
function assignFrames(
  machine: ReadonlyMap<string, MFunc>,
  allocations: ReadonlyMap<string, Allocation>,
  components: string[][],
  recursive: ReadonlySet<string>,
  addressTaken: ReadonlySet<string>,
  conventions: ReadonlyMap<string, Convention>,
): { of: Map<string, Frame>; indirect: number } {
  const area = (symbol: string): number => {
    const c = conventions.get(symbol)!;
    return 4 * Math.max(0, ...[...c.params, ...c.results].map((p) => -1 - p).filter((n) => n > 0));
  };
  const depth = new Map<string, number>();
  const of = new Map<string, Frame>();
  let indirect = 0;
  const extents: { symbol: string; extent: number }[] = [];
  for (const component of components.slice().reverse())
    for (const symbol of component) {
      const m = machine.get(symbol)!;
      const bytes = 4 * frameWords(m, allocations.get(symbol)!);
      const own = (depth.get(symbol) ?? 0) + area(symbol);
      const adjusts = recursive.has(symbol) || addressTaken.has(symbol) || own + bytes > REACH;
      const bias = adjusts && bytes > REACH ? 2000 : 0;
      of.set(symbol, { depth: own, adjusts, bias });
      const extent = adjusts ? Math.max(0, bytes - bias) : own + bytes;
      extents.push({ symbol, extent });
      if (m.blocks.some((b) => b.insts.some((i) => i.op === "calli"))) indirect = Math.max(indirect, extent);
      for (const callee of m.calls) depth.set(callee, Math.max(depth.get(callee) ?? 0, extent));
    }
  // within a component, callers may come after callees: their extents count too
  for (const { symbol, extent } of extents)
    for (const callee of machine.get(symbol)!.calls)
      if (recursive.has(callee)) depth.set(callee, Math.max(depth.get(callee)!, extent));
  const tableArea = Math.max(0, ...[...addressTaken].filter((s) => machine.has(s)).map(area));
  for (const symbol of addressTaken) if (machine.has(symbol)) indirect = Math.max(indirect, depth.get(symbol) ?? 0);
  indirect += tableArea;
  indirect = tailDepths(machine, depth, addressTaken, indirect);
  for (const [symbol, frame] of of) {
    if (addressTaken.has(symbol)) of.set(symbol, { ...frame, depth: indirect });
    else if (recursive.has(symbol)) of.set(symbol, { ...frame, depth: (depth.get(symbol) ?? 0) + area(symbol) });
  }
  return { of, indirect };
}

/**
 * A tail call enters its callee with the sp of this function's own entry, below which `depth` bytes are its callers': the callee stays below
 * them too. Such callees lower sp themselves, so that their own callees' depths do not depend on theirs, and the least solution exists.
 */
function tailDepths(
  machine: ReadonlyMap<string, MFunc>,
  depth: Map<string, number>,
  addressTaken: ReadonlySet<string>,
  least: number,
): number {
  let indirect = least;
  for (let changed = true; changed; ) {
    changed = false;
    for (const m of machine.values()) {
      const own = addressTaken.has(m.symbol) ? indirect : (depth.get(m.symbol) ?? 0);
      const jumps = m.blocks.some((b) => b.insts.some((i) => i.op === "taili"));
      const enter = (symbol: string | undefined): void => {
        if (symbol === undefined || addressTaken.has(symbol)) {
          changed = changed || own > indirect;
          indirect = Math.max(indirect, own);
        } else if (own > (depth.get(symbol) ?? 0)) {
          depth.set(symbol, own);
          changed = true;
        }
      };
      if (jumps) enter(undefined);
      for (const symbol of m.tails) enter(symbol);
    }
  }
  return indirect;
}

/** What comes before the entry's own code: a jump over the pool if there is one, the pool, then sp. */
function entrySetup(stackTop: number, pool: LowPool): number[] {
  const { words } = pool.contents();
  const setup: number[] = words.length === 0 ? [] : [encode("jal", ZERO, 0, 0, 4 + 4 * words.length), ...words];
  setup.push(encode("lui", SP, 0, 0, hi20(stackTop)));
  if (lo12(stackTop) !== 0) setup.push(encode("addi", SP, SP, 0, lo12(stackTop)));
  return setup;
}

function makeEntry(object: ObjectFunction, stackTop: number, pool: LowPool): ObjectFunction {
  const setup = entrySetup(stackTop, pool);
  const shift = <T extends { readonly at: number }>(list: readonly T[], by: number): T[] =>
    list.map((x) => ({ ...x, at: x.at + by }));
  return {
    ...object,
    code: Uint32Array.from([...setup, ...object.code]),
    relocations: [...shift(pool.contents().relocations, 1), ...shift(object.relocations, setup.length)],
    origins: [{ at: 0, offset: -1 }, ...shift(object.origins, setup.length)],
    labels: shift(object.labels, setup.length),
  };
}
