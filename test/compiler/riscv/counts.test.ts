/** Code generation expectations: how many instructions a function is compiled to. Instructions are the product; a higher number is a step back. */
import { describe, expect, it } from "vitest";
import { compileModule } from "../../../compiler/pipeline.ts";
import { readModule } from "../../../compiler/wasm/reader.ts";
import { wat } from "../../lib/wat.ts";

/** Instructions of `f`, its return included; called twice with unknown arguments so that nothing folds or is inlined. */
function instructions(signature: string, body: string, calls: string): number {
  const module = wat(`(module (import "windproof" "tape_read" (func $in (result i32))) (memory 33)
    (func $f ${signature} ${body})
    (func (export "main") ${calls} ${calls}))`);
  const program = compileModule(readModule(module), { verify: true, without: ["inline"] });
  return program.functions.find((f) => f.symbol === "f")!.code.length;
}
const words = (n: number): string => "(call $in) ".repeat(n);
const wide = "(i64.or (i64.shl (i64.extend_i32_u (call $in)) (i64.const 32)) (i64.extend_i32_u (call $in))) ";
const unary = "(param i32) (result i32)";
const binary = "(param i32 i32) (result i32)";

describe("instruction counts, the return included", () => {
  const cases: readonly (readonly [what: string, signature: string, body: string, calls: string, most: number])[] = [
    ["a sum", binary, "(i32.add (local.get 0) (local.get 1))", `(drop (call $f ${words(2)}))`, 2],
    ["a load with its offset", unary, "(i32.load offset=8 (local.get 0))", `(drop (call $f ${words(1)}))`, 2],
    [
      "a sum with a constant folded into the load",
      unary,
      "(i32.load (i32.add (local.get 0) (i32.const 100)))",
      `(drop (call $f ${words(1)}))`,
      2,
    ],
    [
      "two loads that share the upper part of their address",
      unary,
      "(i32.add (i32.load offset=2097152 (local.get 0)) (i32.load offset=2097156 (local.get 0)))",
      `(drop (call $f ${words(1)}))`,
      6,
    ],
    ["a rotation by a constant", unary, "(i32.rotl (local.get 0) (i32.const 7))", `(drop (call $f ${words(1)}))`, 4],
    [
      "a widening product",
      "(param i32 i32) (result i64)",
      "(i64.mul (i64.extend_i32_u (local.get 0)) (i64.extend_i32_u (local.get 1)))",
      `(drop (call $f ${words(2)}))`,
      4,
    ],
    [
      "the high half of a product",
      binary,
      "(i32.wrap_i64 (i64.shr_u (i64.mul (i64.extend_i32_u (local.get 0)) (i64.extend_i32_u (local.get 1))) (i64.const 32)))",
      `(drop (call $f ${words(2)}))`,
      2,
    ],
    [
      "a 64-bit sum",
      "(param i64 i64) (result i64)",
      "(i64.add (local.get 0) (local.get 1))",
      `(drop (call $f ${wide} ${wide}))`,
      7,
    ],
    [
      "multiplication by 10: no sequence of shifts",
      unary,
      "(i32.mul (local.get 0) (i32.const 10))",
      `(drop (call $f ${words(1)}))`,
      3,
    ],
    [
      "a constant is loaded from the low pool",
      unary,
      "(i32.xor (local.get 0) (i32.const 0x12345678))",
      `(drop (call $f ${words(1)}))`,
      3,
    ],
    [
      "minimum by select",
      binary,
      "(select (local.get 0) (local.get 1) (i32.lt_u (local.get 0) (local.get 1)))",
      `(drop (call $f ${words(2)}))`,
      5,
    ],
    [
      "a counted loop: four instructions a round",
      unary,
      "(local i32) (loop (local.set 1 (i32.add (local.get 1) (i32.load (local.get 0)))) (br_if 0 (i32.and (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const 255)))) (local.get 1)",
      `(drop (call $f ${words(1)}))`,
      8,
    ],
  ];
  for (const [what, signature, body, calls, most] of cases)
    it(`${what}: at most ${most}`, () => {
      expect(instructions(signature, body, calls)).toBeLessThanOrEqual(most);
    });
});
