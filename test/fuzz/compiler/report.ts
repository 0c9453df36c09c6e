/** The compiler's fuzzers as `npm run fuzz -- compiler` and `calls` run them: progress, every failing module in a file, one line of counts. */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FuzzOptions } from "../main.ts";
import { type FuzzReport, fuzzCalls, fuzzCompiler } from "./run.ts";

/** @returns the number of modules that behave differently in V8 and in the emulator */
export const reportCompilerFuzz = async (options: FuzzOptions): Promise<number> =>
  report("compiler", fuzzCompiler, options);
/** The same for call graphs. */
export const reportCallFuzz = async (options: FuzzOptions): Promise<number> => report("calls", fuzzCalls, options);

type Fuzzer = (seed: number, count: number, progress: (done: number) => void) => FuzzReport;

function report(name: string, run: Fuzzer, { count, seed }: FuzzOptions): number {
  const { ran, trapped, failures } = run(seed, count, (done) => {
    if (done % 100 === 0) process.stderr.write(`\r${done}/${count}`);
  });
  process.stderr.write("\n");
  const folder = join(tmpdir(), "windproof-fuzz");
  for (const { seed: failing, message, text } of failures) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}-${failing}.wat`);
    writeFileSync(file, text);
    console.log(`seed ${failing}: ${message.split("\n").slice(0, 3).join(" | ")}\n  ${file}`);
  }
  console.log(JSON.stringify({ fuzz: name, ran, trapped, failed: failures.length }));
  return failures.length;
}
