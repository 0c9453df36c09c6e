/**
 * `npm run --silent conformance -- NAME PATH [--engine ENGINE]`: runs others' test suites, which are not part of this repository.
 * The last line of stdout is `{"conformance":NAME,"passed":n,"failed":n,"excluded":n}`; exit code 0 only if nothing failed.
 */
import { existsSync } from "node:fs";
import { ENGINE_NAMES } from "../../emulator/engine/engines.ts";
import { InputError } from "../../errors.ts";
import { readArguments, refuseArguments } from "../lib/arguments.ts";

export interface Outcome {
  passed: number;
  failed: number;
  excluded: number;
}

export interface SuiteOptions {
  /** A name of `emulator/engine/engines.ts`, for suites that run programs of the machine. */
  engine: string;
}

export interface Suite {
  /** Reports each failure and each exclusion, with its reason, by `say`. */
  run(path: string, say: (line: string) => void, options: SuiteOptions): Outcome | Promise<Outcome>;
}

/** Every suite: what PATH is, and where the suite is. */
const SUITES: Record<string, { path: string; load: () => Promise<{ suite: Suite }> }> = {
  airbender: {
    path: "checkout of matter-labs/zksync-airbender at v0.3.1: its verifier programs",
    load: () => import("./airbender.ts"),
  },
  crypto: {
    path: "folder with Wycheproof's JSON files, NIST's response files, or both, at any depth",
    load: () => import("./crypto.ts"),
  },
  engines: {
    path: "checkout of matter-labs/zksync-os at 0a82da0: its binaries and our images, both engines at many cycle limits",
    load: () => import("./engines.ts"),
  },
  riscv: {
    path: "folder of built riscv-tests (rv32ui-p-*, rv32um-p-*)",
    load: () => import("./riscv.ts"),
  },
  oracle: {
    path: "checkout of matter-labs/zksync-os at 0a82da0: its binaries, live on our oracle",
    load: () => import("./oracle.ts"),
  },
  "state-tests": {
    path: "folder GeneralStateTests of ethereum/tests, or one below it: their programs in our EVM and in @ethereumjs/evm",
    load: () => import("./state-tests.ts"),
  },
  trace: {
    path: "checkout of matter-labs/zksync-os at 0a82da0: witnesses of its binaries' runs, and of ours",
    load: () => import("./trace.ts"),
  },
  wasm: {
    path: "checkout of WebAssembly/testsuite",
    load: () => import("./wasm.ts"),
  },
  "zksync-os": {
    path: "checkout of matter-labs/zksync-os at 0a82da0",
    load: () => import("./zksync-os.ts"),
  },
};

const usage = [
  "usage: npm run --silent conformance -- NAME PATH [--engine ENGINE]",
  ...Object.entries(SUITES).map(([known, { path }]) => `  ${known.padEnd(12)} PATH: ${path}`),
].join("\n");
const { values, positionals } = readArguments({ engine: { type: "string", default: ENGINE_NAMES[0]! } }, usage);
const [name = "", path] = positionals;
const entry = Object.hasOwn(SUITES, name) ? SUITES[name] : undefined;
if (!entry || path === undefined) {
  refuseArguments(
    entry ? `conformance ${name} needs a PATH` : name ? `there is no suite ${name}` : "which suite?",
    usage,
  );
} else if (!existsSync(path)) {
  console.error(`conformance ${name}: there is no ${path}; PATH is a ${entry.path}`);
  process.exitCode = 2;
} else {
  const { suite } = await entry.load();
  try {
    const { passed, failed, excluded } = await suite.run(path, (line) => console.log(line), values);
    console.log(JSON.stringify({ conformance: name, passed, failed, excluded }));
    // a folder with nothing in it proves nothing
    process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
