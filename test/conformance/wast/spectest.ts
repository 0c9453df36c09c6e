/** The host module `spectest` of the test suite: its globals, memory and table become the module's own, its functions do nothing. */
import type { ConstantExpression, ImportName, WasmModule } from "../../../compiler/wasm/module.ts";

/** Values of its globals, by `module.name`; floats have no value that anything integer can see. */
export const spectestGlobals: Record<string, ConstantExpression> = {
  "spectest.global_i32": { kind: "i32", value: 666 },
  "spectest.global_i64": { kind: "i64", value: 666n },
  "spectest.global_f32": { kind: "i32", value: 0 },
  "spectest.global_f64": { kind: "i64", value: 0n },
};
const functions = ["print", "print_i32", "print_i64", "print_f32", "print_f64", "print_i32_f32", "print_f64_f64"];

/** Exporters whose functions can be copied into the importing module, by the name they are registered as. */
export type Library = ReadonlyMap<string, WasmModule>;

/** Whether a module has nothing but functions, so that a copy cannot be told from the original. */
export function isStateless({ functions, memories, globals, tables, start }: WasmModule): boolean {
  return (
    memories.length + globals.length + tables.length === 0 && start === undefined && !functions.some((f) => f.import)
  );
}

/** The module with copies of the functions that it imports from `library`: calls of the import become calls of the copy. */
export function linkFunctions(module: WasmModule, library: Library): WasmModule {
  const bases = new Map<WasmModule, number>();
  const functions = [...module.functions];
  const types = [...module.types];
  const replaced = new Map<number, number>();
  for (const { import: from, index } of module.functions) {
    const exporter = from && library.get(from.module);
    const target = exporter?.exports.find(({ name, kind }) => name === from?.name && kind === "function");
    if (!exporter || !target) continue;
    let base = bases.get(exporter);
    if (base === undefined) {
      base = functions.length;
      bases.set(exporter, base);
      for (const func of exporter.functions) {
        const body = func.body.map((item) =>
          item.op === "call" || item.op === "return_call" ? { ...item, index: item.index! + base! } : item,
        );
        functions.push({ ...func, index: base + func.index, typeIndex: types.push(func.type) - 1, body });
      }
    }
    replaced.set(index, base + target.index);
  }
  if (replaced.size === 0) return module;
  // Where the import was, a function that calls the copy keeps all indices as they are.
  const linked = functions.map((func) => {
    const copy = replaced.get(func.index);
    if (copy === undefined || !func.import) return func;
    const { import: _, ...rest } = func;
    const offset = -1;
    const body = [
      ...func.type.params.map((__, i) => ({ op: "local.get", offset, index: i })),
      { op: "call", offset, index: copy },
      { op: "end", offset },
    ];
    return { ...rest, body };
  });
  return { ...module, functions: linked, types };
}

/** The module with what it takes from spectest, or the first import that spectest does not have. */
export function provideSpectest(module: WasmModule): { module: WasmModule } | { missing: ImportName } {
  const missing = [
    ...module.functions.map(({ import: from }) => from && !functions.includes(from.name) && from),
    ...module.globals.map(({ import: from }) => from && !(`${from.module}.${from.name}` in spectestGlobals) && from),
    ...module.memories.map(({ import: from }) => from && from.name !== "memory" && from),
    ...module.tables.map(({ import: from }) => from && from.name !== "table" && from),
    ...[...module.functions, ...module.globals, ...module.memories, ...module.tables].map(
      ({ import: from }) => from && from.module !== "spectest" && from,
    ),
  ].find(Boolean);
  if (missing) return { missing };
  return {
    module: {
      ...module,
      // They do nothing and give nothing.
      functions: module.functions.map(({ import: from, ...rest }) =>
        from ? { ...rest, body: [{ op: "end", offset: -1 }] } : rest,
      ),
      globals: module.globals.map(({ import: from, ...rest }) => rest),
      memories: module.memories.map(({ import: from, limits, ...rest }) => ({
        ...rest,
        limits: from ? { min: 1, max: 2 } : limits,
      })),
      tables: module.tables.map(({ import: from, limits, ...rest }) => ({
        ...rest,
        limits: from ? { min: 10, max: 20 } : limits,
      })),
    },
  };
}
