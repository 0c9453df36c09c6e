/** The start-up code: initial values of globals and tables, data that lives in RAM copied from ROM, the start function, the entry, the end. */
import { InputError, ModuleError } from "../errors.ts";
import type { ObjectData } from "../link/object.ts";
import { foldConstant } from "../wasm/constant.ts";
import { Func, type Type, type Value } from "./function.ts";
import { PAGE } from "./memory-plan.ts";
import { constantOffset, irType, type Plan, passing, ROM_END } from "./program.ts";

export interface Startup {
  readonly func: Func;
  /** data to place in ROM by symbol: what is copied */
  readonly data: ObjectData[];
  /** data that stays where the module wants it, in ROM */
  readonly fixed: { address: number; bytes: Uint8Array }[];
}

/** A run of zeros this long is not copied: RAM is zero at the start. */
const GAP = 64;

export function buildStartup(plan: Plan): Startup {
  const { module, options } = plan;
  const func = new Func("_start", "_start", [], []);
  const block = func.block();
  const data: ObjectData[] = [];
  const fixed: { address: number; bytes: Uint8Array }[] = [];
  const k = (imm: number): Value => func.const32(block, imm);
  const call = (symbol: string, args: Value[], results: Type[] = []): Value => {
    const v = func.add(block, "call", results[0] ?? "void", args);
    v.symbol = symbol;
    v.results = results;
    return v;
  };
  const address = (symbol: string): Value => {
    const v = func.add(block, "symbol", "i32", []);
    v.symbol = symbol;
    return v;
  };
  plan.slots.forEach((word, slot) => {
    if (word !== 0) func.add(block, "global.set", "void", [k(word)], slot);
  });
  plan.initials.forEach(({ init }, index) => {
    const slot = plan.globals[index]!;
    if (init?.kind === "function" && typeof slot === "number")
      func.add(block, "global.set", "void", [address(`ref.${init.index}`)], slot);
  });
  for (const [index, { init, limits }] of module.tables.entries()) {
    const table = plan.tables[index]!;
    const value = init && foldConstant(init, plan.initials);
    if (table.mutable && value?.kind === "function")
      call("rt.table.fill", [k(table.address), address(`ref.${value.index}`), k(limits.min)]);
  }
  const trap = (): void => void func.add(block, "trap_if", "void", [k(1)]);
  for (const [index, e] of module.elements.entries()) {
    if (e.mode !== "active") continue;
    const offset = constantOffset(plan.initials, e.offset!);
    const table = plan.tables[e.table]!;
    if (offset + e.items.length > table.entries.length) {
      trap();
      continue;
    }
    if (table.mutable && e.items.length > 0)
      call("rt.memory.copy", [k(table.address + 4 * offset), address(`elements.${index}`), k(4 * e.items.length)]);
  }
  for (const [index, segment] of module.data.entries()) {
    if (segment.offset === undefined) continue;
    const offset = constantOffset(plan.initials, segment.offset);
    const memory = plan.memories[segment.memory ?? 0]!;
    if (offset + segment.bytes.length > memory.pages * PAGE) {
      if (options.boundsChecks === true) {
        trap();
        continue;
      }
      throw new ModuleError("invalid", "it does not fit into the module's memory", `data segment ${index}`);
    }
    const at = offset + memory.base;
    for (const [from, to] of runs(segment.bytes)) {
      const bytes = segment.bytes.slice(from, to);
      if (at + to <= ROM_END) fixed.push({ address: at + from, bytes });
      else if (at + from < ROM_END)
        throw new ModuleError(
          "unsupported",
          "it crosses the end of ROM at 0x200000",
          `data segment ${index}`,
          undefined,
          "split it there",
        );
      else {
        // the copy runs by words when both sides agree modulo 4
        const lead = (at + from) & 3;
        const padded = new Uint8Array(lead + bytes.length);
        padded.set(bytes, lead);
        const symbol = `init.${index}.${from}`;
        data.push({ symbol, align: 4, bytes: padded, relocations: [] });
        const source = address(symbol);
        source.imm = lead;
        call("rt.memory.copy", [k(at + from), source, k(bytes.length)]);
      }
    }
  }
  if (module.start !== undefined) call(plan.symbols[module.start]!, []);
  const results = callEntry(plan, call, k, func, block);
  block.terminator = { op: "finish", args: results, edges: [], origin: -1 };
  return { func, data, fixed };
}

function callEntry(
  plan: Plan,
  call: (symbol: string, args: Value[], results: Type[]) => Value,
  k: (imm: number) => Value,
  func: Func,
  block: Func["blocks"][number],
): Value[] {
  const { module, options } = plan;
  const wanted = options.entry !== undefined ? [options.entry] : ["main", "_start"];
  const found = wanted
    .map((name) => module.exports.find((e) => e.kind === "function" && e.name === name))
    .find((e) => e !== undefined);
  if (found === undefined) {
    if (options.entry !== undefined)
      throw new InputError(
        `the module exports no function ${options.entry}`,
        "its exports",
        `name one of: ${module.exports.map((e) => e.name).join(", ") || "(there are none)"}`,
      );
    return [];
  }
  const callee = module.functions[found.index]!;
  const { params, results } = callee.type;
  if (passing(plan, params) < params.length || passing(plan, results) < results.length)
    throw new InputError(
      `the entry ${found.name} takes or gives more words than there are registers`,
      `function ${callee.name}`,
      "give the program an entry that calls it",
    );
  const types = params.map((t) => irType(t));
  const given = options.entryArguments ?? [];
  if (given.length !== types.length)
    throw new InputError(
      `the entry ${found.name} takes ${types.length} arguments, ${given.length} were given`,
      "its type",
      "give as many",
    );
  if (callee.import !== undefined)
    throw new InputError(
      `the entry ${found.name} is an import`,
      "its exports",
      "export a function that the module defines",
    );
  const args = types.map((t, i) =>
    t === "i64" ? func.const64(block, BigInt(given[i]!)) : k(Number(BigInt.asIntN(32, BigInt(given[i]!)))),
  );
  const types2 = results.map((t) => irType(t));
  const result = call(plan.symbols[found.index]!, args, types2);
  const words = types2.flatMap((t, i) => {
    const v = i === 0 ? result : func.add(block, "result", t, [result], i);
    return t === "i32" ? [v] : [func.add(block, "i32.wrap_i64", "i32", [v]), func.add(block, "i64.high", "i32", [v])];
  });
  if (words.length > 8)
    throw new InputError(
      `the entry ${found.name} returns ${words.length} words, the output has 8`,
      "its type",
      "return a digest",
    );
  return words;
}

/** Stretches of data between long runs of zeros: [from, to). */
function runs(bytes: Uint8Array): [number, number][] {
  const out: [number, number][] = [];
  let from = -1;
  let last = -1;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 0) continue;
    if (from < 0) from = i;
    else if (i - last > GAP) {
      out.push([from, last + 1]);
      from = i;
    }
    last = i;
  }
  if (from >= 0) out.push([from, last + 1]);
  return out;
}
