/** `npm run fuzz -- NAME --count N --seed S`: runs a differential fuzzer; exit code 1 when it found a difference. */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const FUZZERS: Readonly<
  Record<
    string,
    () => Promise<
      (
        seed: number,
        count: number,
        progress: (done: number) => void,
      ) => { ran: number; trapped: number; failures: { seed: number; message: string; text: string }[] }
    >
  >
> = {
  compiler: async () => (await import("./compiler/run.ts")).fuzzCompiler,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { count: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const load = FUZZERS[positionals[0] ?? ""];
if (load === undefined) {
  console.error(`usage: npm run fuzz -- NAME [--count N] [--seed S]; names: ${Object.keys(FUZZERS).join(", ")}`);
  process.exit(2);
}
const fuzz = await load();
const count = Number(values.count);
const report = fuzz(Number(values.seed), count, (done) => {
  if (done % 100 === 0) process.stderr.write(`\r${done}/${count}`);
});
process.stderr.write("\n");
const folder = join(tmpdir(), "windproof-fuzz");
for (const { seed, message, text } of report.failures) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${positionals[0]}-${seed}.wat`);
  writeFileSync(file, text);
  console.log(`seed ${seed}: ${message.split("\n").slice(0, 3).join(" | ")}\n  ${file}`);
}
console.log(
  JSON.stringify({ fuzz: positionals[0], ran: report.ran, trapped: report.trapped, failed: report.failures.length }),
);
process.exitCode = report.failures.length === 0 ? 0 : 1;
