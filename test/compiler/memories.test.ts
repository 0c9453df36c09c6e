/** Several memories and 64-bit addresses: the same results as V8, the right bounds, and what must be refused. */
import { expect, test } from "vitest";
import { compileWasm } from "../../compiler/index.ts";
import { readModule } from "../../compiler/wasm/reader.ts";
import { validateModule } from "../../compiler/wasm/validate.ts";
import { runInEmulator, runInV8 } from "../lib/differential.ts";
import { wat } from "../lib/wat.ts";

const strict = { memoryBias: 0x21_0000, boundsChecks: true };

function same(text: string, plain = true): unknown {
  const wasm = wat(text);
  validateModule(readModule(wasm));
  const expected = runInV8(wasm);
  expect(runInEmulator(wasm, strict).result).toEqual(expected);
  if (plain) expect(runInEmulator(wasm, { memoryBias: 0x21_0000 }).result).toEqual(expected);
  return expected;
}

const refused = (text: string): (() => void) => {
  const wasm = wat(text);
  return () => validateModule(readModule(wasm));
};

test("each memory has its own bytes, size and maximum", () => {
  same(`(module (memory $a 1 3) (memory $b 2) (memory $c 1 1)
    (data (memory $b) (i32.const 65536) "second") (data $passive "passive")
    (func (export "main") (result i64 i32 i32 i32 i32 i32 i32)
      (i32.store $a (i32.const 65532) (i32.const 0x11111111))
      (i32.store $c (i32.const 0) (i32.const 0x33333333))
      (memory.copy $a $b (i32.const 100) (i32.const 65536) (i32.const 6))
      (memory.init $c $passive (i32.const 8) (i32.const 1) (i32.const 4))
      (memory.fill $b (i32.const 0) (i32.const 0x55) (i32.const 9))
      (i64.load $a offset=100 (i32.const 0))
      (i32.add (i32.load $c (i32.const 8)) (i32.load $b (i32.const 4)))
      (memory.grow $a (i32.const 2)) (memory.grow $a (i32.const 1)) (memory.grow $c (i32.const 1)) (memory.grow $b (i32.const 5))
      (i32.add (i32.mul (memory.size $a) (i32.const 100)) (i32.add (i32.mul (memory.size $b) (i32.const 10)) (memory.size $c)))))`);
});

test.each([
  ["(i32.load $a (i32.const 65533))", true],
  ["(i32.load $a (i32.const 65532))", false],
  ["(i32.load $b (i32.const 65533))", false],
  ["(i32.load $b (i32.const 131070))", true],
  ["(memory.copy $a $b (i32.const 65530) (i32.const 0) (i32.const 7)) (i32.const 1)", true],
  ["(memory.copy $b $a (i32.const 65530) (i32.const 0) (i32.const 7)) (i32.const 1)", false],
  ["(memory.fill $b (i32.const 131073) (i32.const 0) (i32.const 0)) (i32.const 1)", true],
])("bounds of each memory: %s", (body, traps) => {
  const result = same(
    `(module (memory $a 1) (memory $b 2) (func (export "main") (result i32) ${body}))`,
    body.startsWith("(i32.load $a (i32.const 65532))"),
  );
  expect(result === "trap").toBe(traps);
});

test("64-bit addresses, sizes and segments", () => {
  same(`(module (memory i64 1 4) (data (i64.add (i64.const 3) (i64.const 4)) "abcdefgh")
    (func (export "main") (result i64 i64 i64 i64)
      (i64.store offset=8 (i64.const 100) (i64.const -5))
      (memory.copy (i64.const 200) (i64.const 100) (i64.const 16))
      (memory.fill (i64.const 201) (i32.const 7) (i64.const 3))
      (i64.add (i64.load align=1 (i64.const 7)) (i64.load (i64.const 208)))
      (memory.grow (i64.const 2)) (memory.grow (i64.const 0x1_0000_0000)) (memory.size)))`);
});

test.each([
  "(i32.load (i64.const 0x1_0000_0000))",
  "(i32.load offset=0x1_0000_0000 (i64.const 0))",
  "(i32.load offset=0xffff_ffff_ffff_ffff (i64.const 1))",
  "(i32.load (i64.const -1))",
  "(memory.copy (i64.const 0) (i64.const 0) (i64.const 0x1_0000_0000)) (i32.const 0)",
  "(memory.fill (i64.const 0x1_0000_0000) (i32.const 0) (i64.const 0)) (i32.const 0)",
])("an address of more than 32 bits traps: %s", (body) => {
  expect(same(`(module (memory i64 1) (func (export "main") (result i32) ${body}))`, false)).toBe("trap");
});

test("tables that are indexed by i64", () => {
  const module = (index: string): string => `(module (type $t (func (result i32)))
    (table $t i64 4 8 funcref) (elem (table $t) (i64.const 1) func $one $two)
    (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
    (func (export "main") (result i32 i64 i64)
      (table.copy (i64.const 0) (i64.const 1) (i64.const 2))
      (table.set (i64.const 3) (table.get (i64.const 0)))
      (i32.add (call_indirect (type $t) ${index}) (call_indirect (type $t) (i64.const 3)))
      (table.grow (ref.null func) (i64.const 4)) (table.grow (ref.null func) (i64.const 0x1_0000_0000))))`;
  expect(same(module("(i64.const 1)"))).not.toBe("trap");
  for (const index of ["(i64.const 7)", "(i64.const 0x1_0000_0001)"]) expect(same(module(index))).toBe("trap");
});

test("tables with an initial value, entries and globals that name globals", () => {
  const module = (more: string): string => `(module (type $t (func (result i32)))
    (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
    (global $g funcref (ref.func $two)) (global $h funcref (global.get $g))
    (global $a i32 (i32.const 3)) (global $b i32 (i32.add (global.get $a) (i32.const -1)))
    (table $t 4 funcref (ref.func $one)) (elem (table $t) (global.get $b) funcref (global.get $h))
    (func (export "main") (result i32) ${more}
      (i32.add (i32.mul (i32.const 10) (call_indirect (type $t) (i32.const 2))) (call_indirect (type $t) (i32.const 3)))))`;
  expect(same(module(""))).toEqual([21, 0, 0, 0, 0, 0, 0, 0]);
  expect(same(module("(table.set (i32.const 3) (global.get $h))"))).toEqual([22, 0, 0, 0, 0, 0, 0, 0]);
});

test.each([
  [
    "an i32 address of a 64-bit memory",
    "(memory i64 1) (func (drop (i32.load (i32.const 0))))",
    /i64 expected, found i32/,
  ],
  ["an i64 address of a memory", "(memory 1) (func (drop (i32.load (i64.const 0))))", /i32 expected, found i64/],
  [
    "a length of 64 bits between memories of which one is not",
    "(memory $a 1) (memory $b i64 1) (func (memory.copy $a $b (i32.const 0) (i64.const 0) (i64.const 0)))",
    /i32 expected, found i64/,
  ],
  ["a memory that there is not", "(memory 1) (func (drop (i32.load 1 (i32.const 0))))", /unknown memory 1/],
  ["another type of offset", "(memory i64 1) (data (i32.const 0))", /must give i64/],
  ["too many pages", "(memory i64 0x1_0000_0000_0001)", /at most/],
])("refused: %s", (_, body, message) => {
  expect(refused(`(module ${body})`)).toThrow(message);
});

test("memories that do not fit are an error with the number of pages", () => {
  expect(() => compileWasm(wat('(module (memory 9000) (memory 9000) (func (export "main")))'))).toThrow(
    /18000 pages, more than the machine's \d+/,
  );
});
