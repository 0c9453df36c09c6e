/**
 * Makes a module with floats runnable as far as it is about integers: types become integers of the same size, and a function whose body computes
 * with floats becomes `unreachable`. Assertions on functions that can reach such a body are excluded; all others keep their meaning.
 */
import type {
  BlockType,
  FunctionType,
  Instruction,
  ValueType,
  WasmFunction,
  WasmModule,
} from "../../../compiler/wasm/module.ts";

export interface IntegerModule {
  readonly module: WasmModule;
  /** indices of functions that compute with floats or may call one that does */
  readonly excluded: ReadonlySet<number>;
}

const integer = (type: ValueType): ValueType => (type === "f32" ? "i32" : type === "f64" ? "i64" : type);
const isFloat = (type: ValueType): boolean => type === "f32" || type === "f64";
const hasFloat = (type: FunctionType | undefined): boolean =>
  type !== undefined && [...type.params, ...type.results].some(isFloat);

export function withoutFloats(module: WasmModule): IntegerModule {
  const floating = new Set<number>();
  for (const func of module.functions) if (usesFloats(module, func)) floating.add(func.index);
  if (floating.size === 0 && !module.globals.some(({ type }) => isFloat(type))) return { module, excluded: floating };
  // Signatures that differ only in floats stay different types: a call_indirect must still trap. So types with floats get a parameter more.
  const types = module.types.map(convert);
  const functions = module.functions.map((func): WasmFunction => {
    const type = convert(func.type);
    const locals = func.locals.map(integer);
    if (func.import || !floating.has(func.index)) return { ...func, type, locals };
    const offset = func.body[0].offset;
    return {
      ...func,
      type,
      locals: [],
      body: [
        { op: "unreachable", offset },
        { op: "end", offset },
      ],
    };
  });
  const globals = module.globals.map((global) =>
    isFloat(global.type) ? { ...global, type: integer(global.type), init: zero(global.type) } : global,
  );
  return { module: { ...module, types, functions, globals }, excluded: reaching(module, floating) };
}

function zero(type: ValueType): { kind: "i32"; value: number } | { kind: "i64"; value: bigint } {
  return type === "f32" ? { kind: "i32", value: 0 } : { kind: "i64", value: 0n };
}

function convert(type: FunctionType): FunctionType {
  if (!hasFloat(type)) return type;
  const marks: ValueType[] = [...type.params, ...type.results].map((value) => (isFloat(value) ? "i64" : "i32"));
  return { params: [...type.params.map(integer), ...marks, "i64", "i64"], results: type.results.map(integer) };
}

function usesFloats(module: WasmModule, func: WasmFunction): boolean {
  if (hasFloat(func.type) || func.locals.some(isFloat)) return true;
  return func.body.some((instruction) => touchesFloat(module, instruction));
}

function touchesFloat(module: WasmModule, { op, block, types, index }: Instruction): boolean {
  if (/\bf(32|64)/.test(op) || hasFloat(block as BlockType | undefined) || types?.some(isFloat)) return true;
  if (op === "call" || op === "return_call") return hasFloat(module.functions[index!].type);
  if (op === "call_indirect" || op === "return_call_indirect") return hasFloat(module.types[index!]);
  return (op === "global.get" || op === "global.set") && isFloat(module.globals[index!].type);
}

/** Functions from which one of `targets` can be reached by direct calls; an indirect call may reach whatever the module has in tables. */
function reaching(module: WasmModule, targets: ReadonlySet<number>): Set<number> {
  const result = new Set(targets);
  const inTables = new Set(
    module.elements.flatMap(({ items }) => items.flatMap((item) => (item.kind === "function" ? [item.index] : []))),
  );
  for (let changed = true; changed; ) {
    changed = false;
    for (const { index, body } of module.functions) {
      if (result.has(index)) continue;
      const reaches = body.some(({ op, index: callee }) => {
        if (op === "call" || op === "return_call") return result.has(callee!);
        // The type must match at run time, and a type without floats cannot match one with floats.
        return (
          (op === "call_indirect" || op === "return_call_indirect") &&
          [...inTables].some((other) => result.has(other) && sameType(module, callee!, other))
        );
      });
      if (reaches) {
        result.add(index);
        changed = true;
      }
    }
  }
  return result;
}

function sameType(module: WasmModule, type: number, func: number): boolean {
  const a = module.types[type];
  const b = module.functions[func].type;
  return a.params.join() === b.params.join() && a.results.join() === b.results.join();
}
