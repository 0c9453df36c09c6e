/**
 * What is decided once for the whole module before any function is built: symbols, which globals live where, what tables look like,
 * how memory is bounded. Functions are then built against this plan only.
 */
import { ModuleError } from "../errors.ts";
import { foldConstant } from "../wasm/constant.ts";
import type { ConstantExpression, FunctionType, ValueType, WasmModule, WasmTable } from "../wasm/module.ts";
import type { Type } from "./function.ts";
import { type MemoryPlan, planMemories } from "./memory-plan.ts";

/** RAM ends here; sp starts below the globals at its top. */
export const RAM_END = 0x4000_0000;
export const ROM_END = 0x20_0000;

export interface CompileOptions {
  /** WebAssembly's exact memory traps, and tolerance of accesses whose alignment hint lies. For conformance, costs cycles. */
  readonly boundsChecks?: boolean;
  /** added to every address: for modules whose memory starts at 0 and is written below 2^21 */
  readonly memoryBias?: number;
  /** the machine has MULH, MULHSU, DIV and REM (default: it has not) */
  readonly signedMulDiv?: boolean;
  /** export to run after the start function; default `main`, else `_start`, else none */
  readonly entry?: string;
  /** constants passed to the entry, in order of its parameters (i64 as one bigint) */
  readonly entryArguments?: readonly (number | bigint)[];
  /** values of imported globals, and imported functions to drop (`ignore`: arguments dropped, results 0), by `module.name` */
  readonly imports?: Readonly<Record<string, number | bigint | "ignore">>;
  /** run the IR verifier and the register allocation checker between passes */
  readonly verify?: boolean;
  /** functions (by name or symbol) whose text is handed to `onDump` after every pass */
  readonly dump?: readonly string[];
  readonly onDump?: (symbol: string, pass: string, text: string) => void;
  /** passes to leave out, by name: for finding the guilty one */
  readonly without?: readonly string[];
  /** bytes at the top of RAM that memory.grow leaves to the stack (default 1 MiB) */
  readonly stackSize?: number;
}

export type Constant = { readonly type: Type; readonly value: bigint };

export interface TablePlan {
  /** entries (function index or -1), final if nothing writes the table */
  readonly entries: Int32Array;
  readonly mutable: boolean;
  /** capacity and address in RAM of a mutable table; its size is in the global slot `sizeSlot` */
  readonly capacity: number;
  readonly address: number;
  readonly sizeSlot: number;
  /** indexed by i64 */
  readonly wide: boolean;
}

export interface Plan {
  readonly module: WasmModule;
  readonly options: CompileOptions;
  /** symbol by function index */
  readonly symbols: readonly string[];
  /** by global index: a constant, or the first of its 32-bit slots */
  readonly globals: readonly (Constant | number)[];
  /** slots in all: globals, then those of the run-time system; initial words */
  readonly slots: number[];
  readonly tables: readonly TablePlan[];
  readonly memories: readonly MemoryPlan[];
  /** by global index: what it is at the start, as far as that is known now */
  readonly initials: readonly { readonly init?: ConstantExpression }[];
  /** slots of `dropped` flags by data and element segment, -1 when never dropped */
  readonly dataDropped: readonly number[];
  readonly elementDropped: readonly number[];
  /** first slot of the words that signatures with too many of them pass through memory, -1 when the stack does it */
  readonly overflowSlot: number;
  /** address above which the top of RAM is taken by globals and tables; sp starts here */
  readonly stackTop: number;
}

/** The IR's type for a WebAssembly type; references are words. */
export function irType(type: ValueType, offset?: number): Type {
  if (type === "i64") return "i64";
  if (type === "i32" || type === "funcref" || type === "externref") return "i32";
  throw new ModuleError(
    "unsupported",
    `the type ${type}: the machine has integers only`,
    "a signature or local",
    offset,
  );
}

export function signature(type: FunctionType): string {
  return `${type.params.join(" ")}->${type.results.join(" ")}`;
}

/** Address of a 32-bit slot: slot 0 is the last word of RAM, so that one `lui` reaches them all. */
export function slotAddress(slot: number): number {
  return RAM_END - 4 * (slot + 1);
}

/** Words of arguments or results that find a register by the default convention (riscv/registers.ts). */
const REGISTER_WORDS = 14;

const words = (types: readonly ValueType[]): number => types.reduce((n, t) => n + (t === "i64" ? 2 : 1), 0);

/** How many of these find registers; the rest, in order, goes through the overflow slots. */
export function passing(plan: Pick<Plan, "overflowSlot">, types: readonly ValueType[]): number {
  if (plan.overflowSlot < 0 || words(types) <= REGISTER_WORDS) return types.length;
  let count = 0;
  while (words(types.slice(0, count + 1)) <= REGISTER_WORDS) count++;
  return count;
}

/**
 * Words beyond the registers lie in the caller's stack frame, which is where a tail call's own arguments would have to be built while they are
 * still being read. So in a module with tail calls such words go through fixed slots instead, whoever calls: 0 when none do.
 */
function overflowWords(module: WasmModule): number {
  if (!module.functions.some(({ body }) => body.some(({ op }) => op.startsWith("return_call")))) return 0;
  const most = Math.max(...module.types.flatMap(({ params, results }) => [words(params), words(results)]));
  // an i64 that does not fit entirely goes there entirely
  return most <= REGISTER_WORDS ? 0 : most - REGISTER_WORDS + 1;
}

/** What bodies do to globals, tables and segments. */
interface Uses {
  readonly globals: Set<number>;
  /** tables that are read or written other than by a call through them */
  readonly tables: Set<number>;
  readonly grownTables: Set<number>;
  readonly droppedData: Set<number>;
  readonly droppedElements: Set<number>;
}

function usesOf(module: WasmModule): Uses {
  const uses: Uses = {
    globals: new Set(),
    tables: new Set(),
    grownTables: new Set(),
    droppedData: new Set(),
    droppedElements: new Set(),
  };
  for (const { body } of module.functions)
    for (const { op, index, index2 } of body) {
      if (op === "global.set") uses.globals.add(index!);
      else if (op === "data.drop") uses.droppedData.add(index!);
      else if (op === "elem.drop") uses.droppedElements.add(index!);
      else if (op === "table.init") uses.tables.add(index2!);
      else if (op.startsWith("table.")) uses.tables.add(index!);
      if (op === "table.grow") uses.grownTables.add(index!);
      if (op === "table.copy") uses.tables.add(index2!);
    }
  return uses;
}

export function makePlan(module: WasmModule, options: CompileOptions): Plan {
  const uses = usesOf(module);
  const slots: number[] = [];
  const newSlot = (initial: number): number => slots.push(initial) - 1;
  const initials = initialValues(module, options);
  const globals = module.globals.map((g, index): Constant | number => {
    const type = irType(g.type);
    const init = initials[index]!.init!;
    // A reference to a function is an address that only the layout knows: start-up code stores it.
    if (init.kind === "function") return newSlot(0);
    const constant: Constant = { type, value: constantValue(init, `global ${index}`) };
    if (!(g.mutable && uses.globals.has(index))) return constant;
    const slot = newSlot(Number(BigInt.asIntN(32, constant.value)));
    if (type === "i64") newSlot(Number(BigInt.asIntN(32, constant.value >> 32n)));
    return slot;
  });

  const overflow = overflowWords(module);
  const overflowSlot = overflow > 0 ? slots.length : -1;
  for (let k = 0; k < overflow; k++) slots.push(0);

  const capacities = module.tables.map((t, index) => capacityOf(t, uses.grownTables.has(index)));
  const tableBytes = capacities.reduce((sum, n, index) => sum + (uses.tables.has(index) ? 4 * n : 0), 0);
  const memoryEnd = RAM_END - (options.stackSize ?? 1 << 20) - tableBytes;
  const memories = planMemories(module, options.memoryBias ?? 0, memoryEnd, newSlot);
  const dataDropped = module.data.map((_, i) => (uses.droppedData.has(i) ? newSlot(0) : -1));
  const elementDropped = module.elements.map((_, i) => (uses.droppedElements.has(i) ? newSlot(0) : -1));

  let top = 0;
  const tables = module.tables.map((t, index): TablePlan => {
    const mutable = uses.tables.has(index);
    const initial = t.init === undefined ? undefined : foldConstant(t.init, initials);
    const entries = new Int32Array(t.limits.min).fill(initial?.kind === "function" ? initial.index : -1);
    const sizeSlot = mutable ? newSlot(t.limits.min) : -1;
    const capacity = capacities[index]!;
    if (mutable) top += 4 * capacity;
    return { entries, mutable, capacity, address: top, sizeSlot, wide: t.address === "i64" };
  });
  const slotsEnd = RAM_END - 4 * slots.length;
  const placed = tables.map((t) => ({ ...t, address: slotsEnd - t.address }));
  fillTables(module, placed, initials);
  const stackTop = (slotsEnd - top) & ~15;
  return {
    module,
    options,
    symbols: symbolNames(module),
    globals,
    slots,
    tables: placed,
    memories,
    initials,
    dataDropped,
    elementDropped,
    overflowSlot,
    stackTop,
  };
}

/** Entries that RAM holds at most for a table of which nothing says how far it grows, and that any table may have. */
const GROWTH = 1 << 16;
const LARGEST = 1 << 22;

function capacityOf({ limits: { min, max } }: WasmTable, grows: boolean): number {
  if (min > LARGEST)
    throw new ModuleError(
      "unsupported",
      `a table of ${min} entries is larger than the ${LARGEST} of the machine`,
      "table section",
    );
  return grows ? Math.min(max ?? GROWTH, Math.max(GROWTH, min)) : min;
}

/** By global index, earlier globals and given imports folded in. */
function initialValues(module: WasmModule, options: CompileOptions): Plan["initials"] {
  const initials: { init: ConstantExpression }[] = [];
  for (const [index, { type, init, import: from }] of module.globals.entries()) {
    if (from === undefined) {
      initials.push({ init: foldConstant(init!, initials) });
      continue;
    }
    const given = options.imports?.[`${from.module}.${from.name}`];
    if (typeof given !== "number" && typeof given !== "bigint")
      throw new ModuleError(
        "unsupported",
        `it is imported from ${from.module}.${from.name}, which no one provides`,
        `global ${index}`,
      );
    const wide = type === "i64";
    initials.push({ init: wide ? { kind: "i64", value: BigInt(given) } : { kind: "i32", value: Number(given) } });
  }
  return initials;
}

function constantValue(init: ConstantExpression, where: string): bigint {
  if (init.kind === "i32" || init.kind === "i64") return BigInt(init.value);
  if (init.kind === "null") return 0n;
  if (init.kind === "unsupported")
    throw new ModuleError("unsupported", `${init.op} as initial value`, where, init.offset);
  throw new ModuleError("invalid", "an initial value names a later global", where);
}

/** The value of a constant expression that must be known now (segment offsets), unsigned; rounded beyond 2^53. */
export function constantOffset(initials: Plan["initials"], e: ConstantExpression): number {
  const value = foldConstant(e, initials);
  if (value.kind === "i32") return value.value >>> 0;
  if (value.kind === "i64") return Number(BigInt.asUintN(64, value.value));
  throw new ModuleError("unsupported", "a segment's offset is not a constant", "element or data section");
}

function fillTables(module: WasmModule, tables: readonly TablePlan[], initials: Plan["initials"]): void {
  for (const e of module.elements) {
    if (e.mode !== "active") continue;
    const offset = constantOffset(initials, e.offset!);
    const table = tables[e.table]!;
    if (table.mutable) continue;
    for (const [i, item] of e.items.entries()) {
      const value = foldConstant(item, initials);
      // What does not fit traps at start-up: the start-up code tests it.
      if (offset + i < table.entries.length) table.entries[offset + i] = value.kind === "function" ? value.index : -1;
    }
  }
}

function symbolNames(module: WasmModule): string[] {
  const taken = new Set<string>(["_start", "_trap"]);
  return module.functions.map((f) => {
    const clean = f.name.replace(/[\s,()"]/g, "_") || "_";
    let symbol = clean;
    if (taken.has(symbol)) symbol = `${clean}#${f.index}`;
    while (taken.has(symbol)) symbol += "_";
    taken.add(symbol);
    return symbol;
  });
}
