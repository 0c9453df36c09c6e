/** The compiler as one readable list: plan, build, passes, code. A decoded and validated module goes in, the program before layout comes out. */
import { buildFunction } from "./ir/build.ts";
import type { Func } from "./ir/function.ts";
import { type CompileOptions, makePlan, type Plan, signature } from "./ir/program.ts";
import { runtimeFunctions } from "./ir/runtime.ts";
import { buildStartup } from "./ir/startup.ts";
import { printFunc } from "./ir/text.ts";
import { verify } from "./ir/verify.ts";
import type { ObjectData, ProgramObject } from "./link/object.ts";
import { summarize } from "./passes/effects.ts";
import { inlineCalls } from "./passes/inline.ts";
import { EARLY, LATE, type Pass, type PassContext } from "./passes/table.ts";
import { UNPROVABLE } from "./riscv/encode.ts";
import { finishRoutine } from "./riscv/finish.ts";
import { type FarCalls, generateCode } from "./riscv/program.ts";
import { foldConstant } from "./wasm/constant.ts";
import type { WasmModule } from "./wasm/module.ts";

export type { CompileOptions } from "./ir/program.ts";

export function compileModule(module: WasmModule, options: CompileOptions = {}): ProgramObject {
  const plan = makePlan(module, options);
  const startup = buildStartup(plan);
  const context: PassContext = { signedMulDiv: options.signedMulDiv === true, effects: new Map() };
  const dumped = (f: { symbol: string; name: string }): boolean =>
    options.dump?.some((n) => n === f.symbol || n === f.name) === true;

  const runPasses = (func: Func, passes: readonly Pass[]): void => {
    const show = (pass: string): void => {
      if (dumped(func)) options.onDump?.(func.symbol, pass, printFunc(func));
      if (options.verify === true) verify(func, pass);
    };
    if (passes === EARLY) show("build");
    for (const pass of passes) {
      if (!pass.required && options.without?.includes(pass.name)) continue;
      try {
        pass.run(func, context);
      } catch (error) {
        throw new Error(`pass ${pass.name} failed on ${func.name}: ${(error as Error).message}`, { cause: error });
      }
      show(pass.name);
    }
  };

  const bySymbol = new Map(plan.symbols.map((s, i) => [s, i]));
  const runtime = runtimeFunctions();
  const funcs = new Map<string, Func>();
  const work: Func[] = [startup.func];
  const references = new Set<number>();
  const wanted = new Set<string>();
  const data = new Map<string, ObjectData>(startup.data.map((d) => [d.symbol, d]));

  const wantFunction = (symbol: string): void => {
    if (wanted.has(symbol) || symbol === "_start") return;
    wanted.add(symbol);
    const index = bySymbol.get(symbol);
    const func = index !== undefined ? buildFunction(plan, module.functions[index]!) : runtime.get(symbol);
    if (func === undefined) throw new Error(`no function $${symbol}`);
    work.push(func);
  };
  const wantSymbol = (symbol: string): void => {
    if (data.has(symbol)) return;
    const made = makeData(plan, symbol, references);
    if (made === undefined) return;
    data.set(symbol, made);
    for (const r of made.relocations) {
      if (bySymbol.has(r.symbol)) wantFunction(r.symbol);
      else wantSymbol(r.symbol);
    }
  };
  while (work.length > 0) {
    const func = work.pop()!;
    funcs.set(func.symbol, func);
    runPasses(func, EARLY);
    for (const block of func.blocks)
      for (const v of block.values) {
        if (v.symbol === undefined) continue;
        if (v.op === "call") wantFunction(v.symbol);
        else wantSymbol(v.symbol);
      }
    for (const { terminator } of func.blocks) if (terminator.symbol !== undefined) wantFunction(terminator.symbol);
  }
  const addressTaken = new Set<string>();
  for (const d of data.values()) for (const r of d.relocations) if (bySymbol.has(r.symbol)) addressTaken.add(r.symbol);
  if (options.without?.includes("inline") !== true) inlineCalls(funcs, addressTaken);
  context.effects = summarize(funcs);
  for (const func of funcs.values()) runPasses(func, LATE);
  const ordered = new Map([...funcs].sort(([a], [b]) => rank(bySymbol, a) - rank(bySymbol, b) || (a < b ? -1 : 1)));
  const makeCode = generateCode(ordered, {
    verify: options.verify === true,
    stackTop: plan.stackTop,
    addressTaken,
    tables: [...data.values()].filter(isTable),
    onDump: (symbol, stage, text) => {
      if (dumped(funcs.get(symbol)!)) options.onDump?.(symbol, stage, text());
    },
  });
  const trap = {
    symbol: "_trap",
    displayName: "_trap",
    code: Uint32Array.of(UNPROVABLE),
    relocations: [],
    origins: [{ at: 0, offset: -1 }],
    labels: [],
    frameSize: 0,
    returnAddressSlot: -1,
  };
  const makeProgram = (far: FarCalls): ProgramObject => {
    const code = makeCode(far);
    return {
      functions: [...code.functions, finishRoutine(), trap],
      data: [...[...data.values()].filter((d) => !isTable(d)), ...code.data],
      fixed: startup.fixed,
      lengthen: makeProgram,
    };
  };
  return makeProgram(new Map());
}

const isTable = (d: ObjectData): boolean => d.symbol.startsWith("table.");

/** Functions in the module's order, then the run-time system. */
function rank(bySymbol: ReadonlyMap<string, number>, symbol: string): number {
  return symbol === "_start" ? -1 : (bySymbol.get(symbol) ?? bySymbol.size);
}

/** Read-only data that code refers to by name: tables of code addresses, function descriptors, passive segments. */
function makeData(plan: Plan, symbol: string, references: Set<number>): ObjectData | undefined {
  const { module } = plan;
  const [kind, a, b] = symbol.split(".") as [string, string, string];
  const index = Number(a);
  const wordsOf = (symbols: readonly (string | undefined)[], extra: readonly number[] = []): ObjectData => ({
    symbol,
    align: 4,
    bytes: new Uint8Array(Uint32Array.from([...symbols.map(() => 0), ...extra]).buffer),
    relocations: symbols.flatMap((s, at) =>
      s === undefined ? [] : [{ at, kind: "word" as const, symbol: s, addend: 0 }],
    ),
  });
  const shapes = module.types.map(signature);
  switch (kind) {
    case "table": {
      const fits = (f: number): boolean => f >= 0 && shapes.indexOf(signature(module.functions[f]!.type)) === Number(b);
      return wordsOf(
        [...plan.tables[index]!.entries].map((f) =>
          fits(f) && module.functions[f]!.import === undefined ? plan.symbols[f]! : "_trap",
        ),
      );
    }
    case "ref": {
      references.add(index);
      const f = module.functions[index]!;
      return wordsOf([f.import === undefined ? plan.symbols[index]! : "_trap"], [shapes.indexOf(signature(f.type))]);
    }
    case "elements":
      return wordsOf(
        module.elements[index]!.items.map((item) => {
          const value = foldConstant(item, plan.initials);
          return value.kind === "function" ? `ref.${value.index}` : undefined;
        }),
      );
    case "data": {
      const { bytes } = module.data[index]!;
      return { symbol, align: 4, bytes, relocations: [] };
    }
    default:
      return undefined;
  }
}
