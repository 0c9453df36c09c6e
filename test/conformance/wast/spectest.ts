/** The host module `spectest` of the test suite (its reference interpreter's README), as a module of its own: its functions do nothing. */
import type { WasmModule } from "../../../compiler/wasm/module.ts";
import { readModule } from "../../../compiler/wasm/reader.ts";
import { wat } from "../../lib/wat.ts";

const prints = ["", "i32", "i64", "f32", "f64", "i32 f32", "f64 f64"].map((types) => {
  const name = ["print", ...types.split(" ").filter(Boolean)].join("_");
  return `(func (export "${name}") (param ${types}))`;
});

export const spectest: WasmModule = readModule(
  wat(`(module $spectest
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (table (export "table64") i64 10 20 funcref)
  (memory (export "memory") 1 2)
  ${prints.join("\n  ")})`),
);
