/** The compiler's fuzzer as `npm run fuzz -- compiler` runs it: progress, every failing module in a file, one line of counts. */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FuzzOptions } from "../main.ts";
import { fuzzCompiler } from "./run.ts";

/** @returns the number of modules that behave differently in V8 and in the emulator */
export async function reportCompilerFuzz({ count, seed }: FuzzOptions): Promise<number> {
  const report = fuzzCompiler(seed, count, (done) => {
    if (done % 100 === 0) process.stderr.write(`\r${done}/${count}`);
  });
  process.stderr.write("\n");
  const folder = join(tmpdir(), "windproof-fuzz");
  for (const { seed: failing, message, text } of report.failures) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `compiler-${failing}.wat`);
    writeFileSync(file, text);
    console.log(`seed ${failing}: ${message.split("\n").slice(0, 3).join(" | ")}\n  ${file}`);
  }
  console.log(
    JSON.stringify({ fuzz: "compiler", ran: report.ran, trapped: report.trapped, failed: report.failures.length }),
  );
  return report.failures.length;
}
