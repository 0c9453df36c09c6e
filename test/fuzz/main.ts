/** `npm run fuzz -- NAME [--count N] [--seed S]`: random cases against a reference. Exit code 1 if something differs, with what reproduces it. */
import { parseArgs } from "node:util";

export interface FuzzOptions {
  count: number;
  seed: number;
}

/** Each resolves to the number of cases that failed. */
const FUZZERS: Record<string, () => Promise<(options: FuzzOptions) => Promise<number>>> = {
  compiler: async () => (await import("./compiler/report.ts")).reportCompilerFuzz,
  calls: async () => (await import("./compiler/report.ts")).reportCallFuzz,
  engine: async () => (await import("./engine/report.ts")).reportEngineFuzz,
  "engine-stream": async () => (await import("./engine/stream.ts")).reportStream,
  "engine-modules": async () => (await import("./engine/modules.ts")).reportModules,
  block: async () => (await import("./block.ts")).fuzzBlocks,
  precompiles: async () => (await import("./precompiles.ts")).fuzzPrecompiles,
  trace: async () => (await import("./trace.ts")).fuzzTrace,
  evm: async () => (await import("./evm.ts")).fuzzEvm,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const load = FUZZERS[positionals[0] ?? ""];
const count = Number(values.count);
const seed = Number(values.seed);
if (!load || !Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
  console.error(`usage: npm run fuzz -- NAME [--count N] [--seed S]; names: ${Object.keys(FUZZERS).join(", ")}`);
  process.exit(2);
}
const fuzz = await load();
process.exit((await fuzz({ count, seed })) ? 1 : 0);
