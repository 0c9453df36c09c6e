/** `npm run fuzz -- NAME [--count N] [--seed S]`: random cases against a reference. Exit code 1 if something differs, with what reproduces it. */
import { readArguments, refuseArguments } from "../lib/arguments.ts";

export interface FuzzOptions {
  count: number;
  seed: number;
}

/** Each resolves to the number of cases that failed. */
const FUZZERS: Record<string, () => Promise<(options: FuzzOptions) => Promise<number>>> = {
  compiler: async () => (await import("./compiler/report.ts")).reportCompilerFuzz,
  calls: async () => (await import("./compiler/report.ts")).reportCallFuzz,
  engine: async () => (await import("./engine/report.ts")).reportEngineFuzz,
  "engine-loops": async () => (await import("./engine/loops.ts")).reportLoopFuzz,
  "engine-numbers": async () => (await import("./engine/numbers.ts")).reportNumberFuzz,
  "engine-stream": async () => (await import("./engine/stream.ts")).reportStream,
  "engine-modules": async () => (await import("./engine/modules.ts")).reportModules,
  block: async () => (await import("./block.ts")).fuzzBlocks,
  precompiles: async () => (await import("./precompiles.ts")).fuzzPrecompiles,
  trace: async () => (await import("./trace.ts")).fuzzTrace,
  evm: async () => (await import("./evm.ts")).fuzzEvm,
};

const usage = `usage: npm run fuzz -- NAME [--count N] [--seed S]; names: ${Object.keys(FUZZERS).join(", ")}`;
const { values, positionals } = readArguments(
  { count: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
  usage,
);
const [name = "", ...rest] = positionals;
const load = Object.hasOwn(FUZZERS, name) ? FUZZERS[name] : undefined;
const [count, seed] = [Number(values.count), Number(values.seed)];
if (!load) refuseArguments(name ? `there is no fuzzer ${name}` : "which fuzzer?", usage);
if (rest.length > 0) refuseArguments(`what is ${rest.join(" ")}?`, usage);
if (!Number.isInteger(count) || count < 1) refuseArguments(`--count ${values.count} is no positive integer`, usage);
if (!Number.isInteger(seed)) refuseArguments(`--seed ${values.seed} is no integer`, usage);
const fuzz = await load();
process.exit((await fuzz({ count, seed })) ? 1 : 0);
