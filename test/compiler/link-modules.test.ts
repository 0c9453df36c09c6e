/** Several modules as one program: what V8 does with instances of their own, the linked module must do there and in the emulator. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compile, compileModules, InputError } from "../../compiler/index.ts";
import type { Instruction, WasmModule } from "../../compiler/wasm/module.ts";
import { readModule } from "../../compiler/wasm/reader.ts";
import { validateModule } from "../../compiler/wasm/validate.ts";
import { writeModule } from "../../compiler/wasm/writer.ts";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { UNSIGNED } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { generateModule } from "../fuzz/compiler/generate.ts";
import { runInV8 } from "../lib/differential.ts";
import { wat } from "../lib/wat.ts";

type Texts = Readonly<Record<string, string>>;

const inputs = (texts: Texts) => Object.entries(texts).map(([name, text]) => ({ name, bytes: wat(text) }));

function runImage(image: Uint8Array, tape: readonly number[] = []): number[] | "trap" {
  const machine = interpreter.load(image, UNSIGNED, new ReplayTape(Uint32Array.from(tape)));
  const stop = machine.run({ maxCycles: 1_000_000 });
  return stop.kind === "finished" ? [...machine.registers.subarray(10, 18)] : "trap";
}

/** The first module is the program and is instantiated last, as `order` has it. */
function same(texts: Texts, order = Object.keys(texts).reverse()): number[] | "trap" {
  const modules = inputs(texts);
  const imports: WebAssembly.Imports = {};
  let expected: number[] | "trap" = "trap";
  for (const name of order) {
    const bytes = modules.find((one) => one.name === name)!.bytes as Uint8Array<ArrayBuffer>;
    if (name === modules[0].name) expected = runInV8(bytes, imports);
    else imports[name] = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports as never;
  }
  const compiled = compileModules(modules, { boundsChecks: true });
  expect(runInV8(compiled.wasm)).toEqual(expected);
  expect(runImage(compiled.image)).toEqual(expected);
  return expected;
}

const maths = `(module
  (memory (export "memory") 1)
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (table (export "table") 4 funcref)
  (global (export "two") i32 (i32.const 2))
  (elem (i32.const 0) $double)
  (data (i32.const 0) "\\01\\02\\03\\04")
  (func $double (export "double") (param i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.mul (local.get 0) (i32.const 2))))`;

test("functions, memory, tables and globals of another module", () => {
  const program = `(module
    (import "maths" "double" (func $double (param i32) (result i32)))
    (import "maths" "memory" (memory 1))
    (import "maths" "calls" (global $calls (mut i32)))
    (import "maths" "two" (global $two i32))
    (import "maths" "table" (table 4 funcref))
    (type $t (func (param i32) (result i32)))
    (elem (offset (i32.add (global.get $two) (i32.const -1))) $triple)
    (data (global.get $two) "\\09")
    (func $triple (type $t) (i32.mul (local.get 0) (i32.const 3)))
    (func (export "main") (result i32 i32 i32 i32)
      (call $double (i32.const 21))
      (call_indirect (type $t) (i32.const 5) (i32.const 0))
      (i32.add (call_indirect (type $t) (i32.const 5) (i32.const 1)) (global.get $calls))
      (i32.load (i32.const 0))))`;
  expect(same({ program, maths })).toEqual([42, 10, 17, 0x04090201, 0, 0, 0, 0]);
});

test("three modules, instantiated in the order of their imports, with start functions between segments", () => {
  const log = `(module (memory (export "memory") 1)
    (func (export "log") (param i32)
      (i32.store (i32.const 0) (i32.add (i32.mul (i32.load (i32.const 0)) (i32.const 10)) (local.get 0)))))`;
  const middle = `(module (import "log" "log" (func $log (param i32))) (import "log" "memory" (memory 1))
    (data (i32.const 0) "\\01")
    (func $start (call $log (i32.const 2))) (start $start)
    (func (export "log") (param i32) (return_call $log (local.get 0))))`;
  const program = `(module (import "middle" "log" (func $log (param i32))) (import "log" "memory" (memory 1))
    (data (i32.const 4) "\\07")
    (func $start (call $log (i32.load8_u (i32.const 4)))) (start $start)
    (func (export "main") (result i32) (call $log (i32.const 4)) (i32.load (i32.const 0))))`;
  expect(same({ program, log, middle }, ["log", "middle", "program"])).toEqual([1274, 0, 0, 0, 0, 0, 0, 0]);
});

test("a memory of its own for each", () => {
  const store = `(module (memory 1) (func (export "put") (param i32) (i32.store (i32.const 16) (local.get 0)))
    (func (export "get") (result i32) (i32.load (i32.const 16))) (func (export "far") (result i32) (i32.load (i32.const 65536))))`;
  const program = (more: string): string =>
    `(module (memory 2)
    (import "store" "put" (func $put (param i32))) (import "store" "get" (func $get (result i32))) (import "store" "far" (func $far (result i32)))
    (func (export "main") (result i32)
      (call $put (i32.const 5)) (i32.store (i32.const 16) (i32.const 70)) (i32.store (i32.const 65536) (i32.const 1))
      (i32.add (i32.load (i32.const 16)) (call $get)) ${more}))`.replace(
      /\(memory 2\)((?:\s*\(import.*\))*)/,
      "$1 (memory 2)",
    );
  expect(same({ program: program(""), store })).toEqual([75, 0, 0, 0, 0, 0, 0, 0]);
  expect(same({ program: program("(i32.add (call $far))"), store })).toBe("trap");
});

test.each([
  ["an export that there is not", '(import "maths" "triple" (func))', /unknown import: maths does not export triple/],
  ["another type", '(import "maths" "double" (func))', /\(\) -> \(\) wanted, the export has \(i32\) -> \(i32\)/],
  ["another kind", '(import "maths" "memory" (func))', /function wanted, the export is a memory/],
  ["an immutable global", '(import "maths" "calls" (global i32))', /i32 wanted, the export is mutable i32/],
  ["a larger memory", '(import "maths" "memory" (memory 2))', /at least 2 wanted, the export has 1/],
  ["a memory with a maximum", '(import "maths" "memory" (memory 1 2))', /at most 2 wanted, the export has no maximum/],
  [
    "a module that is not given",
    '(import "other" "f" (func $f)) (func (export "main") (call $f))',
    /module program, .*|other\.f/,
  ],
])("refused: %s", (_, fields, message) => {
  const texts = { program: `(module ${fields})`, maths };
  expect(() => compileModules(inputs(texts))).toThrow(message);
  expect(() => compileModules(inputs(texts))).toThrow(InputError);
});

test("exceptions may be declared, and link by their types; nothing may throw one", () => {
  const lib = '(module (tag (export "failed") (param i32)) (func (export "f") (result i32) (i32.const 6)))';
  const program = (type: string): string => `(module (import "lib" "f" (func $f (result i32)))
    (tag (import "lib" "failed") ${type}) (func (export "main") (result i32) (call $f)))`;
  expect(same({ program: program("(param i32)"), lib })).toEqual([6, 0, 0, 0, 0, 0, 0, 0]);
  expect(() => compileModules(inputs({ program: program("(param i64)"), lib }))).toThrow(/\(i64\) -> \(\) wanted/);
  const throwing = wat('(module (tag $t) (func (export "main") (throw $t)))');
  expect(() => compileModules([{ name: "a", bytes: throwing }])).toThrow(/exception handling/);
});

test("imports in a circle and names given twice are refused", () => {
  const a = '(module (import "b" "f" (func)) (func (export "f")))';
  const b = '(module (import "a" "f" (func)) (func (export "f")))';
  expect(() => compileModules(inputs({ a, b }))).toThrow(/imports in a circle: a → b → a/);
  const [one] = inputs({ a: "(module)" });
  expect(() => compileModules([one, one])).toThrow(/two modules of one name: a, a/);
});

test("files link by their names, or by those they are given; their source maps are joined", async () => {
  const folder = mkdtempSync(join(tmpdir(), "windproof-link-"));
  try {
    const program = wat(`(module (import "maths" "double" (func $double (param i32) (result i32)))
      (import "windproof" "tape_read" (func $read (result i32)))
      (func (export "main") (result i32) (call $double (call $read))))`);
    const lib = wat(maths);
    // one position for the whole file: offset 0, file 0, line 7, column 1
    const map = JSON.stringify({ version: 3, sources: ["maths.c"], mappings: "AAMA" });
    writeFileSync(join(folder, "program.wasm"), program);
    for (const name of ["maths", "other"]) writeFileSync(join(folder, `${name}.wasm`), lib);
    writeFileSync(join(folder, "maths.wasm.map"), map);
    const built = await compile(join(folder, "program.wasm"), {}, [join(folder, "maths.wasm")]);
    expect(runImage(built.image, [4])).toEqual([8, 0, 0, 0, 0, 0, 0, 0]);
    expect(JSON.stringify(built.sourceMap)).toContain("maths.c");
    const renamed = await compile(join(folder, "program.wasm"), {}, [`maths=${join(folder, "other.wasm")}`]);
    expect(runImage(renamed.image, [4])).toEqual([8, 0, 0, 0, 0, 0, 0, 0]);
    expect(JSON.stringify(renamed.sourceMap)).not.toContain("maths.c");
    await expect(compile(join(folder, "program.wasm"), {}, ["lib.ts"])).rejects.toThrow(/only modules link/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A module without what writing changes: offsets and names. */
function essence(module: WasmModule): unknown {
  const plain = ({ offset: _, ...rest }: Instruction): unknown => rest;
  const functions = module.functions.map(({ name: _, body, ...rest }) => ({ ...rest, body: body.map(plain) }));
  return { ...module, functions, custom: undefined, types: module.types };
}

test("what is written is what was read", () => {
  for (const seed of [3, 6, 7, 11, 15, 22, 31]) {
    const modern = seed % 4 === 3;
    const module = readModule(wat(generateModule(seed, { base: 0x20_0000, modern })));
    const bytes = writeModule(module);
    const again = readModule(bytes);
    validateModule(again);
    expect(essence(again)).toEqual(essence(module));
    expect(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)).toBe(true);
  }
});
