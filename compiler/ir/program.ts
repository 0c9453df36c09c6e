/**
 * What is decided once for the whole module before any function is built: symbols, which globals live where, what tables look like,
 * how memory is bounded. Functions are then built against this plan only.
 */
import { ModuleError } from "../errors.ts";
import type { FunctionType, ValueType, WasmModule } from "../wasm/module.ts";
import type { Type } from "./function.ts";

/** RAM ends here; sp starts below the globals at its top. */
export const RAM_END = 0x4000_0000;
export const ROM_END = 0x20_0000;
export const PAGE = 65_536;

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
  /** slot of the current number of memory pages, -1 when memory never grows */
  readonly pagesSlot: number;
  readonly memoryPages: number;
  readonly maxPages: number;
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

export function makePlan(module: WasmModule, options: CompileOptions): Plan {
  const written = new Set<number>();
  const writtenTables = new Set<number>();
  const droppedData = new Set<number>();
  const droppedElements = new Set<number>();
  let grows = false;
  const grownTables = new Set<number>();
  for (const f of module.functions)
    for (const i of f.body) {
      if (i.op === "global.set") written.add(i.index!);
      else if (i.op === "memory.grow") grows = true;
      else if (i.op === "data.drop") droppedData.add(i.index!);
      else if (i.op === "elem.drop") droppedElements.add(i.index!);
      else if (i.op === "table.set" || i.op === "table.grow" || i.op === "table.fill" || i.op === "table.copy") {
        writtenTables.add(i.index!);
        if (i.op === "table.grow") grownTables.add(i.index!);
      } else if (i.op === "table.init") writtenTables.add(i.index2!);
      else if (i.op === "table.get" || i.op === "table.size") writtenTables.add(i.index!);
      if (i.op === "table.copy") writtenTables.add(i.index2!);
    }

  const slots: number[] = [];
  const symbols = symbolNames(module);
  // initial values of the globals seen so far, for initialisers that name them
  const globalValues: Constant[] = [];
  const globals = module.globals.map((g, index): Constant | number => {
    const type = irType(g.type);
    let value: bigint;
    if (g.import !== undefined) {
      const given = options.imports?.[`${g.import.module}.${g.import.name}`];
      if (typeof given !== "number" && typeof given !== "bigint")
        throw new ModuleError(
          "unsupported",
          `it is imported from ${g.import.module}.${g.import.name}, which no one provides`,
          `global ${index}`,
        );
      value = BigInt(given);
    } else {
      const init = g.init!;
      if (init.kind === "i32" || init.kind === "i64") value = BigInt(init.value);
      else if (init.kind === "null") value = 0n;
      else if (init.kind === "global") {
        value = constantOf(globalValues[init.index]);
      } else if (init.kind === "function") value = BigInt(-1 - init.index);
      else throw new ModuleError("unsupported", `${init.op} as initial value`, `global ${index}`, init.offset);
    }
    const constant: Constant = { type, value };
    globalValues.push(constant);
    // A reference to a function is an address that only the layout knows: start-up code stores it.
    const reference = g.init?.kind === "function";
    if (!(g.mutable && written.has(index)) && !reference) return constant;
    const slot = slots.length;
    slots.push(reference ? 0 : Number(BigInt.asIntN(32, value)));
    if (type === "i64") slots.push(Number(BigInt.asIntN(32, value >> 32n)));
    return slot;
  });

  const overflow = overflowWords(module);
  const overflowSlot = overflow > 0 ? slots.length : -1;
  for (let k = 0; k < overflow; k++) slots.push(0);

  const newSlot = (initial: number): number => slots.push(initial) - 1;
  const memory = module.memories[0];
  const bias = options.memoryBias ?? 0;
  const memoryPages = memory?.limits.min ?? 0;
  const room = Math.floor((RAM_END - (options.stackSize ?? 1 << 20) - bias) / PAGE);
  if (memoryPages > room)
    throw new ModuleError(
      "unsupported",
      `a memory of ${memoryPages} pages is larger than the machine's (${room} pages)`,
      "memory section",
      undefined,
      "declare fewer pages, and let memory.grow do the rest",
    );
  const maxPages = Math.min(memory?.limits.max ?? PAGE, room);
  const pagesSlot = grows ? newSlot(memoryPages) : -1;
  const dataDropped = module.data.map((_, i) => (droppedData.has(i) ? newSlot(0) : -1));
  const elementDropped = module.elements.map((_, i) => (droppedElements.has(i) ? newSlot(0) : -1));

  let top = 0;
  const tables = module.tables.map((t, index): TablePlan => {
    const entries = new Int32Array(t.limits.min).fill(-1);
    const mutable = writtenTables.has(index);
    const sizeSlot = mutable ? newSlot(t.limits.min) : -1;
    const capacity = grownTables.has(index)
      ? Math.min(t.limits.max ?? 1 << 16, Math.max(1 << 16, t.limits.min))
      : t.limits.min;
    if (mutable) top += 4 * capacity;
    return { entries, mutable, capacity, address: top, sizeSlot };
  });
  const slotsEnd = RAM_END - 4 * slots.length;
  const placed = tables.map((t) => ({ ...t, address: slotsEnd - t.address }));
  fillTables(module, placed, globals);
  const stackTop = (slotsEnd - top) & ~15;
  return {
    module,
    options,
    symbols,
    globals,
    slots,
    tables: placed,
    pagesSlot,
    memoryPages,
    maxPages,
    dataDropped,
    elementDropped,
    overflowSlot,
    stackTop,
  };
}

function constantOf(constant: Constant | undefined): bigint {
  if (constant === undefined)
    throw new ModuleError("invalid", "a global's initialiser names a later global", "global section");
  return constant.value;
}

/** The value of a constant expression that must be an i32 known now (segment offsets). */
export function constantOffset(
  plan: Pick<Plan, "globals">,
  e: { readonly kind: string; readonly value?: unknown; readonly index?: number },
): number {
  if (e.kind === "i32") return e.value as number;
  if (e.kind === "global") {
    const g = plan.globals[e.index!];
    if (g !== undefined && typeof g !== "number") return Number(BigInt.asIntN(32, g.value));
  }
  throw new ModuleError("unsupported", "a segment's offset is not a constant", "element or data section");
}

function fillTables(module: WasmModule, tables: readonly TablePlan[], globals: readonly (Constant | number)[]): void {
  for (const e of module.elements) {
    if (e.mode !== "active") continue;
    const offset = constantOffset({ globals }, e.offset!) >>> 0;
    const table = tables[e.table]!;
    e.items.forEach((item, i) => {
      // What does not fit traps at start-up: the start-up code tests it.
      if (offset + i < table.entries.length && !table.mutable)
        table.entries[offset + i] = item.kind === "function" ? item.index : -1;
    });
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
