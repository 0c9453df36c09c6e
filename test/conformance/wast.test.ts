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
  expect([...tally.excluded]).toEqual([["floats, SIMD or references of WebAssembly 3", 1]]);
});
