/** Tail calls: constant stack whatever the callee takes, the same results as V8, and what may not be inlined or laid over each other. */
import { expect, test } from "vitest";
import { link } from "../../compiler/link/link.ts";
import { compileModule } from "../../compiler/pipeline.ts";
import { readModule } from "../../compiler/wasm/reader.ts";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { UNSIGNED } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { runInEmulator, runInV8 } from "../lib/differential.ts";
import { wat } from "../lib/wat.ts";

const repeat = (n: number, of: (i: number) => string): string => Array.from({ length: n }, (_, i) => of(i)).join(" ");

function same(text: string, maxCycles?: number): void {
  const wasm = wat(text);
  const expected = runInV8(wasm);
  for (const options of [{ memoryBias: 0x20_0000 }, { memoryBias: 0x20_0000, boundsChecks: true }])
    expect(runInEmulator(wasm, options, [], maxCycles).result).toEqual(expected);
}

/** The stack as the program itself sees it: how far below the top of RAM the lowest word is that is not zero. */
const touched = `(func $touched (result i32) (local $at i32)
  (local.set $at (i32.const 0x3fe00000))
  (loop
    (if (i32.ne (i32.load (local.get $at)) (i32.const 0)) (then (return (i32.sub (i32.const 0x40000000) (local.get $at)))))
    (br_if 0 (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 0x3ffffff0))))
  (i32.const 0))`;

/** Bytes of stack that a program used which leaves `touched()` as its result. */
function depth(functions: string, run: string): number {
  const text = `(module (memory 1) ${functions} ${touched} (func (export "main") (result i32) ${run} (call $touched)))`;
  const { result } = runInEmulator(wat(text), {}, [], 200_000_000);
  return (result as number[])[0]!;
}

const mutual = `
  (func $even (param i32 i64) (result i64)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $odd (i64.add (local.get 1) (i64.const 3)) (i32.sub (local.get 0) (i32.const 1))))
  (func $odd (param i64 i32) (result i64)
    (if (i32.eqz (local.get 1)) (then (return (i64.sub (i64.const 0) (local.get 0)))))
    (return_call $even (i32.sub (local.get 1) (i32.const 1)) (i64.mul (local.get 0) (i64.const 7))))`;

test("a million tail calls between two functions take no stack", () => {
  const steps = (n: number): number =>
    depth(mutual, `(drop (call $even (i32.const ${n}) (i64.const 0x0123456789abcdef)))`);
  expect(steps(1_000_000)).toBe(steps(10));
  expect(steps(10)).toBeLessThan(256);
  // the measure sees a stack that grows
  expect(
    depth(mutual.replaceAll("return_call", "call"), "(drop (call $even (i32.const 1000) (i64.const 5)))"),
  ).toBeGreaterThan(1500);
  same(`(module ${mutual} (func (export "main") (result i64 i64)
    (call $even (i32.const 1001) (i64.const 5)) (call $even (i32.const 1000) (i64.const 6))))`);
});

test("a function that calls itself in tail position is a loop", () => {
  same(
    `(module (func $sum (param i32 i64) (result i64) (local i64)
      (local.set 2 (i64.add (local.get 2) (i64.extend_i32_u (local.get 0))))
      (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
      (return_call $sum (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (local.get 2))))
    (func (export "main") (result i64) (call $sum (i32.const 100000) (i64.const 0))))`,
  );
});

test.each([0, 1, 14, 15, 31])("a callee with %i words more than the caller, with words in memory", (n) => {
  const wide = `(param i32 i64 ${repeat(n, () => "i32")})`;
  const functions = `
    (func $narrow (param i32 i64) (result i64)
      (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
      (return_call $wide (local.get 0) (local.get 1) ${repeat(n, (i) => `(i32.add (local.get 0) (i32.const ${i}))`)}))
    (func $wide ${wide} (result i64)
      ${repeat(n, (i) => `(local.set 1 (i64.add (i64.rotl (local.get 1) (i64.const 5)) (i64.extend_i32_u (local.get ${i + 2}))))`)}
      (return_call $swapped (local.get 1) ${repeat(n, (i) => `(local.get ${n + 1 - i})`)} (local.get 0)))
    (func $swapped (param i64 ${repeat(n, () => "i32")} i32) (result i64)
      ${repeat(n, (i) => `(local.set 0 (i64.add (i64.rotl (local.get 0) (i64.const 3)) (i64.extend_i32_u (local.get ${i + 1}))))`)}
      (return_call $narrow (i32.sub (local.get ${n + 1}) (i32.const 1)) (local.get 0)))`;
  const run = (k: number): string => `(call $narrow (i32.const ${k}) (i64.const 99))`;
  same(`(module ${functions} (func (export "main") (result i64) ${run(1000)}))`);
  expect(depth(functions, `(drop ${run(20_000)})`)).toBe(depth(functions, `(drop ${run(10)})`));
});

test("more results than registers", () => {
  const results = repeat(20, () => "i32");
  same(`(module
    (func $a (param i32) (result ${results}) (return_call $b (local.get 0) (i32.const 5)))
    (func $b (param i32 i32) (result ${results}) (local i32)
      (if (i32.gt_u (local.get 0) (i32.const 3)) (then (return_call $a (i32.sub (local.get 0) (i32.const 1)))))
      ${repeat(20, (i) => `(i32.mul (local.get 0) (i32.const ${i * i + 1}))`)})
    (func (export "main") (result i32) (call $a (i32.const 9)) ${repeat(19, () => "(i32.rotl (i32.const 3)) (i32.xor)")}))`);
});

test("through a table, from functions of tables, with stack in use above and below", () => {
  const locals = repeat(30, () => "i32");
  const functions = `
    (type $t (func (param i32 i32) (result i32)))
    (table funcref (elem $a $b $c))
    (func $busy (param i32) (result i32) (local ${locals})
      ${repeat(30, (i) => `(local.set ${i + 1} (call $leaf (i32.add (local.get 0) (i32.const ${i}))))`)}
      (call $leaf (i32.const 1)) ${repeat(30, (i) => `(i32.rotl (i32.const 3)) (i32.xor (local.get ${i + 1}))`)})
    (func $leaf (param i32) (result i32) (i32.mul (local.get 0) (i32.const 0x9e3779b1)))
    (func $a (param i32 i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
      (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.add (call $busy (local.get 1)) (i32.const 1))
        (i32.rem_u (local.get 0) (i32.const 3))))
    (func $b (param i32 i32) (result i32)
      (return_call $plain (i32.xor (call $busy (local.get 1)) (i32.const 77)) (local.get 0)))
    (func $c (param i32 i32) (result i32)
      (return_call $a (local.get 0) (i32.add (local.get 1) (call_indirect (type $t) (i32.const 0) (i32.const 7) (i32.const 0)))))
    (func $plain (param i32 i32) (result i32)
      (if (i32.eqz (local.get 1)) (then (return (local.get 0))))
      (return_call $a (i32.sub (local.get 1) (i32.const 1))
        (i32.add (call_indirect (type $t) (i32.const 0) (local.get 0) (i32.const 0)) (call $busy (local.get 0)))))
    (func $deep (param i32 i32) (result i32) (local ${locals})
      ${repeat(30, (i) => `(local.set ${i + 2} (call $leaf (i32.add (local.get 1) (i32.const ${i}))))`)}
      (call $a (local.get 0) (local.get 1)) ${repeat(30, (i) => `(i32.rotl (i32.const 3)) (i32.xor (local.get ${i + 2}))`)})`;
  const run = (n: number): string => `(call $deep (i32.const ${n}) (i32.const 3))`;
  same(`(module ${functions} (func (export "main") (result i32) ${run(300)}))`);
  expect(depth(functions, `(drop ${run(3_000)})`)).toBe(depth(functions, `(drop ${run(30)})`));
});

test("a type that does not match traps, and so does a null", () => {
  same(`(module (type $t (func (param i32))) (type $u (func)) (table 2 funcref) (elem (i32.const 0) $f) (func $f)
    (func $g (return_call_indirect (type $t) (i32.const 1) (i32.const 0))) (func (export "main") (call $g)))`);
  same(`(module (type $u (func)) (table 2 funcref)
    (func $g (return_call_indirect (type $u) (i32.const 1))) (func (export "main") (call $g)))`);
});

test("a tail call over more than 1 MiB", () => {
  const lines = repeat(
    200,
    (k) => `(local.set 0 (i64.add (i64.mul (local.get 0) (local.get 0)) (i64.const ${k * 37})))`,
  );
  const wasm = wat(`(module
    ${repeat(
      4,
      (k) => `(func $f${k} (param i64 i32) (result i64) ${lines}
        (if (i32.eqz (local.get 1)) (then (return (local.get 0))))
        (return_call $f${(k + 1) % 4} (local.get 0) (i32.sub (local.get 1) (i32.const 1))))`,
    )}
    (func (export "main") (result i64) (call $f0 (i64.const 3) (i32.const 9))))`);
  const object = compileModule(readModule(wasm), { verify: true });
  const { image } = link(object, { reserved: [{ start: 0x6000, end: 0x10_8000 }] });
  expect(image.length).toBeGreaterThan(0x10_8000);
  const machine = interpreter.load(image, UNSIGNED, new ReplayTape(new Uint32Array(0)));
  expect(machine.run({ maxCycles: 1_000_000 }).kind).toBe("finished");
  expect([...machine.registers.subarray(10, 18)]).toEqual(runInV8(wasm));
});
