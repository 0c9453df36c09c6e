/**
 * What a valid module may not have on this machine: floats, SIMD and imports that no instruction stands for.
 * The message names function and place, so that the author finds the line.
 */
import { ModuleError } from "../errors.ts";
import type { FunctionType, ValueType, WasmFunction, WasmModule } from "./module.ts";

/** Turns an offset in the module file into `file.ts:line:column`, when a source map knows it. */
export type Locate = (offset: number) => string | undefined;

/** An import that the machine offers, with its type. */
export type KnownImports = ReadonlyMap<string, FunctionType>;

const isFloat = (type: ValueType): boolean => type === "f32" || type === "f64" || type === "v128";

/**
 * @param imports `module.name` of functions that code generation knows
 * @param linked names of the modules that this one is linked with: they provide what is imported from them
 * @throws ModuleError `unsupported`, for the first finding
 */
export function rejectUnsupported(
  module: WasmModule,
  imports: KnownImports,
  locate: Locate = () => undefined,
  linked: ReadonlySet<string> = new Set(),
): void {
  checkImports(module, imports, locate, linked);
  for (const [index, { type, name, init }] of module.globals.entries()) {
    const label = name ?? `global[${index}]`;
    if (isFloat(type)) throw unsupported(`the type ${type}: the machine has integers only`, `global ${label}`);
    if (init?.kind === "unsupported") throw unsupported(`${init.op} as initial value`, `global ${label}`);
  }
  for (const { offset } of [...module.data, ...module.elements]) {
    if (offset?.kind === "unsupported") throw unsupported(`${offset.op} as offset`, "a segment", offset.offset);
  }
  for (const func of module.functions) if (!func.import) checkFunction(module, func, locate);
}

function unsupported(what: string, place: string, offset?: number): ModuleError {
  return new ModuleError("unsupported", what, place, offset);
}

function checkImports(module: WasmModule, imports: KnownImports, locate: Locate, linked: ReadonlySet<string>): void {
  const foreign = [
    ...module.tables.map((table) => ({ what: "table", from: table.import })),
    ...module.memories.map((memory) => ({ what: "memory", from: memory.import })),
    ...module.globals.map((global) => ({ what: "global", from: global.import })),
    ...module.tags.map((tag) => ({ what: "tag", from: tag.import })),
  ].find(({ from }) => from && !linked.has(from.module));
  if (foreign?.from) {
    throw unsupported(
      `imported ${foreign.what}: the program is all there is`,
      `import ${foreign.from.module}.${foreign.from.name}`,
    );
  }
  for (const { import: from, type } of module.functions) {
    if (!from || linked.has(from.module)) continue;
    const known = imports.get(`${from.module}.${from.name}`);
    if (!known) {
      const call = firstCall(module, from.module, from.name);
      const abort = from.module === "env" && from.name === "abort";
      throw new ModuleError(
        "unsupported",
        `import ${from.module}.${from.name} is not an instruction of the machine; known are ${[...imports.keys()].join(", ")}`,
        call ? placeOf(call.func, call.offset, locate) : "import section",
        call?.offset,
        abort ? "compile with `--use abort=`, or by `windproof compile`, which does" : undefined,
      );
    }
    if (signature(known) !== signature(type)) {
      throw unsupported(`the type ${signature(type)}, not ${signature(known)}`, `import ${from.module}.${from.name}`);
    }
  }
}

function firstCall(
  module: WasmModule,
  importModule: string,
  importName: string,
): { func: WasmFunction; offset: number } | undefined {
  const target = module.functions.findIndex(
    (func) => func.import?.module === importModule && func.import.name === importName,
  );
  for (const func of module.functions) {
    const call = func.body.find(({ op, index }) => (op === "call" || op === "return_call") && index === target);
    if (call) return { func, offset: call.offset };
  }
  return undefined;
}

function placeOf({ name }: WasmFunction, offset: number, locate: Locate): string {
  const source = locate(offset);
  return `function ${name}${source ? ` at ${source}` : ""}`;
}

function signature({ params, results }: FunctionType): string {
  return `(${params.join(", ")}) -> (${results.join(", ")})`;
}

function checkFunction(module: WasmModule, func: WasmFunction, locate: Locate): void {
  const place = (offset: number) => placeOf(func, offset, locate);
  for (const { op, offset, types, block, index } of func.body) {
    const floating =
      /\b[f](32|64)/.test(op) ||
      types?.some(isFloat) ||
      block?.params.some(isFloat) ||
      block?.results.some(isFloat) ||
      ((op === "call" || op === "return_call") &&
        [...module.functions[index!].type.params, ...module.functions[index!].type.results].some(isFloat));
    if (floating) {
      const what =
        op === "f32.const" || op === "f64.const" ? "a floating-point constant" : `the floating-point instruction ${op}`;
      throw unsupported(what, place(offset), offset);
    }
  }
  const typed = [...func.type.params, ...func.type.results, ...func.locals].find(isFloat);
  if (typed) {
    const offset = func.body[0]?.offset ?? 0;
    throw unsupported(`a value of type ${typed}`, place(offset), offset);
  }
}
