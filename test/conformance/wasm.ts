/** The WebAssembly test suite (github.com/WebAssembly/testsuite), as far as it is about integers: `npm run conformance -- wasm CHECKOUT`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import type { Outcome, Suite } from "./main.ts";
import { runScript, type Tally } from "./wast/runner.ts";
import { readScript } from "./wast/script.ts";

/** Files about one foreign feature from end to end; in every other file what is foreign is left out module by module. */
const foreignFiles: readonly [RegExp, string][] = [
  [/^simd_|relaxed/, "SIMD"],
  [/^(f32|f64|float_)/, "floats"],
  [/^(try_table|throw|throw_ref)/, "exception handling"],
  [/^(array|struct|i31|ref_cast|ref_test|ref_eq|br_on|type-|extern|binary-gc)/, "garbage collection"],
  [/^(return_call_ref)/, "typed function references"],
  [/^(annotations|comments|token|obsolete-keywords|id)\.wast$/, "text format only"],
];

export const suite: Suite = { run };

function run(folder: string, say: (line: string) => void): Outcome {
  const files = readdirSync(folder).filter((file) => file.endsWith(".wast"));
  // A third argument picks files by the beginning of their names.
  const only = process.argv[4];
  const outcome: Outcome = { passed: 0, failed: 0, excluded: 0 };
  const reasons = new Map<string, number>();
  for (const file of files.sort()) {
    if (only !== undefined && !file.startsWith(only)) continue;
    const text = readFileSync(join(folder, file), "utf8");
    const foreign = foreignFiles.find(([pattern]) => pattern.test(file) && !/^(i32|i64)\.wast$/.test(file));
    if (foreign) {
      const count = text.match(/\(assert_/g)?.length ?? 0;
      outcome.excluded += count;
      say(`${file}: excluded (${foreign[1]}), ${count} assertions`);
      continue;
    }
    const tally: Tally = { passed: 0, failures: [], excluded: new Map() };
    runScript(readScript(text), interpreter, tally);
    const left = [...tally.excluded.values()].reduce((sum, count) => sum + count, 0);
    outcome.passed += tally.passed;
    outcome.failed += tally.failures.length;
    outcome.excluded += left;
    for (const [reason, count] of tally.excluded) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    say(`${file}: ${tally.passed} passed, ${tally.failures.length} failed, ${left} excluded`);
    for (const failure of tally.failures.slice(0, 10)) say(`  ${failure}`);
    if (tally.failures.length > 10) say(`  and ${tally.failures.length - 10} more`);
  }
  say("excluded within files, by reason:");
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1])) say(`  ${count}  ${reason}`);
  return outcome;
}
