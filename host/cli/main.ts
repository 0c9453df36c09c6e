#!/usr/bin/env node
/** The command line: one file a command, loaded only when it is the one that is asked for. */
import module from "node:module";
import { Command, CommanderError } from "commander";
import { EXIT, reportError } from "./exit.ts";

export interface CommandModule {
  /** Adds arguments, options, help and the action. An action that ends other than well sets `process.exitCode`. */
  configure(command: Command): void;
}

/** Every command: name, one line of help, and where it is. */
const COMMANDS: readonly (readonly [name: string, summary: string, load: () => Promise<CommandModule>])[] = [
  ["compile", "compile AssemblyScript or a WebAssembly module to an image", () => import("./compile.ts")],
  ["new", "make a project that compiles, runs and tests", () => import("./new.ts")],
  ["run", "run a program on a tape and show its output and its cost", () => import("./run.ts")],
  ["emulate", "run a block in forward and proving mode, down to the public input", () => import("./emulate.ts")],
  [
    "verify-determinism",
    "check that a block or program has one result however it is run, and attack its tape",
    () => import("./verify-determinism.ts"),
  ],
  ["profile", "show where the cycles of a program or block go, exactly", () => import("./profile.ts")],
  ["compare", "run a block with two guests and set their cycles side by side", () => import("./compare.ts")],
  ["trace", "write the inputs of a prover: bundle, witness, manifest", () => import("./trace.ts")],
  ["check", "say whether a prover would accept a witness, and if not, where and why", () => import("./check.ts")],
  ["tape", "show, convert and compare tapes, and record that of a block", () => import("./tape.ts")],
  ["disasm", "show a program's instructions", () => import("./disasm.ts")],
  ["inspect", "show a program's image, symbols, sizes, and the machine that it needs", () => import("./inspect.ts")],
];

const EXIT_CODES = `
Exit codes: 0 good; 1 the answer is no; 2 bad usage or input; 3 the program is unprovable; 4 a limit was reached;
70 a bug of ours (a capsule file to report it is written).`;

async function main(argv: string[]): Promise<void> {
  const program = new Command("windproof")
    .description("Write a provable program, run it, trace it, count it, attack it.")
    .showHelpAfterError("(windproof COMMAND --help shows examples)")
    .addHelpText("after", EXIT_CODES)
    .exitOverride();
  const asked = argv[2] === "help" ? argv[3] : argv[2];
  for (const [name, summary, load] of COMMANDS) {
    const command = program.command(name).description(summary);
    if (name === asked) (await load()).configure(command);
  }
  await program.parseAsync(argv);
}

// From the second run on, modules come stripped of types and compiled: start-up of `run` 0.46 s to 0.24 s. NODE_DISABLE_COMPILE_CACHE=1 turns it off.
// Not with V8's --no-lazy, so that functions come from that cache too: `run` of 290 ms took 3 to 7 less, `trace` of 330 took 15 more.
module.enableCompileCache?.();

// `| head` closes the pipe: nothing is wrong then
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await main(process.argv);
} catch (error) {
  // commander has already said what is wrong
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.good : EXIT.badInput;
  else process.exitCode = reportError(error);
}
