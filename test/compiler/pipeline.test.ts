import { describe, expect, it } from "vitest";
import { link } from "../../compiler/link/link.ts";
import { compileModule } from "../../compiler/pipeline.ts";
import { readModule } from "../../compiler/wasm/reader.ts";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { UNSIGNED } from "../../emulator/machine/config.ts";
import { runInEmulator, runInV8 } from "../lib/differential.ts";
import { wat } from "../lib/wat.ts";

const i32 = (body: string): Uint8Array => wat(`(module (func (export "main") (result i32) ${body}))`);
const same = (module: Uint8Array, options = {}): void => {
  const expected = runInV8(module);
  expect(runInEmulator(module, options).result).toEqual(expected);
};

describe("compiled programs do what V8 does", () => {
  it("loops, recursion and 64-bit arithmetic", () => {
    same(
      wat(`(module
        (func $rec (param i32) (result i32)
          (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
            (else (i32.add (call $rec (i32.sub (local.get 0) (i32.const 1))) (call $rec (i32.sub (local.get 0) (i32.const 2)))))))
        (func $m64 (param i64 i64) (result i64) (i64.div_u (i64.mul (local.get 0) (local.get 1)) (i64.const 1000007)))
        (func (export "main") (result i64)
          (i64.add (i64.extend_i32_u (call $rec (i32.const 12))) (call $m64 (i64.const 1234567890123) (i64.const 98765)))))`),
    );
  });

  for (const op of ["div_s", "div_u", "rem_s", "rem_u"])
    for (const [a, b] of [
      [7, 2],
      [-7, 2],
      [7, -2],
      [-2147483648, -1],
      [5, 0],
      [-2147483648, 3],
    ])
      it(`i32.${op} ${a} ${b} with and without signed division`, () => {
        // through memory, so that nothing folds
        const module = wat(`(module (memory 33) (func (export "main") (result i32)
          (i32.store (i32.const 0x200000) (i32.const ${a})) (i32.store (i32.const 0x200004) (i32.const ${b}))
          (memory.copy (i32.const 0x200010) (i32.const 0x200000) (i32.const 8))
          (i32.${op} (i32.load (i32.const 0x200010)) (i32.load (i32.const 0x200014)))))`);
        same(module);
        same(module, { signedMulDiv: true });
      });

  it("table calls: right type, wrong type, out of bounds", () => {
    const module = (index: number): Uint8Array =>
      wat(`(module (type $a (func (result i32))) (type $b (func (param i32) (result i32)))
        (table funcref (elem $f $g)) (func $f (type $a) (i32.const 11)) (func $g (type $b) (i32.add (local.get 0) (i32.const 1)))
        (func (export "main") (result i32) (call_indirect (type $a) (i32.const ${index}))))`);
    for (const index of [0, 1, 2, -1]) same(module(index));
  });

  it("arguments and results beyond the registers", () => {
    const params = Array.from({ length: 20 }, (_, i) => `(local.get ${i})`);
    const sum = params.reduce((a, b) => `(i64.add (i64.mul ${a} (i64.const 3)) ${b})`);
    same(
      wat(`(module (func $f (param ${"i64 ".repeat(20)}) (result i64 i64 i64 i64 i64 i64 i64 i64 i64) ${sum} ${params.slice(0, 8).join(" ")})
        (func (export "main") (result i64) (local i64)
          (call $f ${params.map((_, i) => `(i64.const ${i * 1234567891 + 5})`).join(" ")})
          ${"(local.set 0) (local.get 0) i64.xor ".repeat(0)} ${"i64.xor ".repeat(8)}))`),
    );
  });

  it("a zero is written to the oracle as any other word", () => {
    const module = wat(`(module (import "windproof" "tape_write" (func $w (param i32)))
      (func (export "main") (call $w (i32.const 0)) (call $w (i32.const 7)) (call $w (i32.const 0))))`);
    const { image } = link(compileModule(readModule(module)));
    const written: number[] = [];
    const stop = interpreter.load(image, UNSIGNED, { read: () => -1, write: (word) => void written.push(word) }).run();
    expect(stop.kind).toBe("finished");
    expect(written).toEqual([0, 7, 0]);
  });

  it("an unreachable instruction is unprovable", () => {
    expect(runInEmulator(i32("unreachable")).result).toBe("trap");
  });

  it("branches that do not reach are turned around a jump", () => {
    const filler =
      "(i32.store (i32.const 0x200100) (i32.add (i32.load (i32.const 0x200100)) (i32.load (i32.const 0x200104))))".repeat(
        1500,
      );
    same(
      wat(`(module (memory 33) (func (export "main") (result i32) (local i32 i32)
        (local.set 0 (i32.const 3))
        (block (loop (br_if 1 (i32.eq (local.get 1) (i32.const 77))) ${filler}
          (local.set 1 (i32.add (local.get 1) (i32.load (i32.const 0x200104)))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
        (i32.add (local.get 0) (i32.load (i32.const 0x200100)))))`),
    );
  });
});

describe("errors", () => {
  it("names the import that the machine does not have", () => {
    const module = wat(
      `(module (import "env" "now" (func $now (result i32))) (func $f (export "main") (result i32) (call $now)))`,
    );
    expect(() => compileModule(readModule(module))).toThrow(/env\.now.*\n.*where: function f, byte 0x/);
  });
  it("names floats", () => {
    const module = wat(`(module (func $f (export "main") (result i32) (i32.trunc_f32_s (f32.const 1))))`);
    expect(() => compileModule(readModule(module))).toThrow(/f32.*\n.*where: function f, byte 0x/);
  });
});

it("is deterministic", () => {
  const module = wat(`(module (memory 33) (func $f (param i32) (result i32) (i32.mul (local.get 0) (i32.const 12345)))
    (func (export "main") (result i32) (call $f (i32.load (i32.const 0x200000)))))`);
  const [a, b] = [0, 1].map(() => JSON.stringify(compileModule(readModule(module)).functions.map((f) => [...f.code])));
  expect(a).toBe(b);
});
