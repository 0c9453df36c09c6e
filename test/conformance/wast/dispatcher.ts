/**
 * Gives a module an entry that serves invocations: it reads a target's number and arguments from the tape, calls, and writes the results towards the
 * oracle, for ever. Between invocations the machine waits at the read of the next number, with memory, globals and tables as the calls left them.
 */
import type { FunctionType, Instruction, ValueType, WasmFunction, WasmModule } from "../../../compiler/wasm/module.ts";

/** A function to be called, or a global to be read. */
export interface Served {
  readonly kind: "function" | "global";
  readonly index: number;
}

export const ENTRY = "conformance.serve";

const i32Result: FunctionType = { params: [], results: ["i32"] };
const i32Param: FunctionType = { params: ["i32"], results: [] };
const nothing: FunctionType = { params: [], results: [] };

export function typeOf(module: WasmModule, { kind, index }: Served): FunctionType {
  return kind === "function" ? module.functions[index].type : { params: [], results: [module.globals[index].type] };
}

/** A target's number is its place in the list. */
export function serve(module: WasmModule, targets: readonly Served[]): WasmModule {
  const count = module.functions.length;
  const types = [...module.types, i32Result, i32Param, nothing];
  const tapeRead = count;
  const tapeWrite = count + 1;
  const body: Instruction[] = [];
  const locals: ValueType[] = ["i32"];
  const emit = (op: string, rest: Partial<Instruction> = {}): void => {
    body.push({ op, offset: -1, ...rest });
  };
  const readWord = (): void => emit("call", { index: tapeRead });
  const writeWord = (): void => emit("call", { index: tapeWrite });

  emit("loop", { block: nothing });
  readWord();
  emit("local.set", { index: 0 });
  for (const [number, target] of targets.entries()) {
    const type = typeOf(module, target);
    emit("local.get", { index: 0 });
    emit("i32.const", { value: number });
    emit("i32.eq");
    emit("if", { block: nothing });
    for (const param of type.params) {
      readWord();
      if (param !== "i64") continue;
      emit("i64.extend_i32_u");
      readWord();
      emit("i64.extend_i32_u");
      emit("i64.const", { value64: 32n });
      emit("i64.shl");
      emit("i64.or");
    }
    emit(target.kind === "function" ? "call" : "global.get", { index: target.index });
    const first = locals.length;
    locals.push(...type.results);
    for (let i = type.results.length - 1; i >= 0; i--) emit("local.set", { index: first + i });
    type.results.forEach((result, i) => {
      emit("local.get", { index: first + i });
      if (result === "i64") {
        emit("i32.wrap_i64");
        writeWord();
        emit("local.get", { index: first + i });
        emit("i64.const", { value64: 32n });
        emit("i64.shr_u");
        emit("i32.wrap_i64");
      }
      writeWord();
    });
    emit("br", { index: 1 });
    emit("end");
  }
  emit("br", { index: 0 });
  emit("end");
  emit("end");

  const external = (index: number, type: FunctionType, name: string): WasmFunction => ({
    index,
    type,
    typeIndex: types.indexOf(type),
    import: { module: "windproof", name },
    name: `windproof.${name}`,
    locals: [],
    body: [],
  });
  const entry: WasmFunction = {
    index: count + 2,
    type: nothing,
    typeIndex: types.length - 1,
    name: ENTRY,
    locals,
    body,
  };
  const functions = [
    ...module.functions,
    external(tapeRead, i32Result, "tape_read"),
    external(tapeWrite, i32Param, "tape_write"),
    entry,
  ];
  return { ...module, types, functions, exports: [{ name: ENTRY, kind: "function", index: entry.index }] };
}
