/** The short form of `npm run conformance -- wasm`: our own scripts through the whole way, and proof that the runner can say no. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { runScript, type Tally } from "./wast/runner.ts";
import { readScript } from "./wast/script.ts";

const fixtures = join(dirname(fileURLToPath(import.meta.url)), "fixtures");

function runText(text: string): Tally {
  const tally: Tally = { passed: 0, failures: [], excluded: new Map() };
  runScript(readScript(text), interpreter, tally);
  return tally;
}

test.each(readdirSync(fixtures))("%s", (file) => {
  const text = readFileSync(join(fixtures, file), "utf8");
  const tally = runText(text);
  expect(tally.failures).toEqual([]);
  expect(tally.excluded.size).toBe(0);
  expect(tally.passed).toBe(text.match(/\(assert_/g)?.length);
});

test.each([
  [
    "another result",
    '(module (func (export "f") (result i32) (i32.const 1)))(assert_return (invoke "f") (i32.const 2))',
    /f\(\): i32:2 wanted, got 0x1/,
  ],
  ["no trap", '(module (func (export "f")))(assert_trap (invoke "f") "unreachable")', /trap wanted, got return/],
  ["a trap", '(module (func (export "f") unreachable))(assert_return (invoke "f"))', /got trap/],
  ["a valid module", '(assert_invalid (module) "type mismatch")', /the module is accepted/],
  ["an invalid module", "(module (func (result i32)))", /a valid module is refused/],
])("the runner fails on %s", (_, text, message) => {
  expect(runText(text).failures.join()).toMatch(message);
});

test("what cannot be judged is excluded with its reason", () => {
  const floats =
    '(module (func (export "f") (result f32) (f32.const 1)) (func (export "g") (result i32) (i32.const 3)))';
  const tally = runText(
    `${floats}(assert_return (invoke "f") (f32.const 1))(assert_return (invoke "g") (i32.const 3))`,
  );
  expect([tally.passed, tally.failures.length]).toEqual([1, 0]);
  expect([...tally.excluded]).toEqual([["floats: the function computes with them, or may call one that does", 1]]);
});

test("a frame beyond the reach of 12-bit offsets", () => {
  const count = 1200;
  const numbers = Array.from({ length: count }, (_, i) => i);
  // Every value lives across all later calls, so most have a slot of their own; recursion makes the frame move sp.
  const text = `(module
    (func $next (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
    (func $deep (export "deep") (param i32) (result i32) (local ${numbers.map(() => "i32").join(" ")})
      (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
      ${numbers.map((i) => `(local.set ${i + 1} (call $next (i32.add (local.get 0) (i32.const ${i}))))`).join("\n")}
      (call $deep (i32.sub (local.get 0) (i32.const 1)))
      ${numbers.map((i) => `(i32.xor (local.get ${i + 1})) (i32.const 5) (i32.rotl)`).join("\n")}))`;
  const deep = (n: number): number =>
    n === 0
      ? 7
      : numbers.reduce(
          (sum, i) => {
            const mixed = sum ^ ((n + i) * 3);
            return (mixed << 5) | (mixed >>> 27);
          },
          deep(n - 1),
        );
  const tally = runText(`${text}(assert_return (invoke "deep" (i32.const 3)) (i32.const ${deep(3)}))`);
  expect([tally.failures, tally.passed]).toEqual([[], 1]);
});
