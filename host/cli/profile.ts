/** `windproof profile`: where the cycles of a program or a block go, exactly. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { ENGINE_NAMES, engineByName } from "../../emulator/engine/engines.ts";
import { readProgram } from "../../emulator/image/program.ts";
import { CONFIGS, configByName, FULL } from "../../emulator/machine/config.ts";
import { profileProgram } from "../../emulator/profile/profile.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { tapeWords } from "../../emulator/tape/tape.ts";
import { InputError } from "../../errors.ts";
import { readBundle } from "../blocks/bundle.ts";
import { defaultFlavour, type Flavour } from "../flavour.ts";
import { flameGraph } from "../report/flame-graph.ts";
import { pprof } from "../report/pprof.ts";
import { type ProfileReport, profileReport } from "../report/profile-report.ts";
import { describeProfile } from "../report/profile-text.ts";
import { speedscope } from "../report/speedscope.ts";
import { forwardBlock } from "../stf/forward-block.ts";
import { guestImage, provingImage } from "../stf/image.ts";
import { profileBlock } from "../stf/profile-block.ts";
import { recordTape } from "../stf/proving-block.ts";
import { EXIT_OF_STOP } from "./exit.ts";
import { flavourOption, programFromFile, tapeFromFile, wholeNumber } from "./input.ts";
import { endProgress, printJson, progress } from "./output.ts";

interface Flags {
  tape?: string;
  config?: string;
  maxCycles?: number;
  flavour?: Flavour;
  p256?: boolean;
  guest?: string;
  output?: string;
  json?: boolean;
  top: number;
}

const EXAMPLES = `
Examples:
  windproof profile examples/block                        by transaction, phase, opcode, function, path and line
  windproof profile BLOCK --flavour app -o profile        and files: flame graph, speedscope, pprof, JSON
  windproof profile build/sum.elf --tape numbers.tape     a program (an ELF file has names and lines, a flat binary has not)
  go tool pprof -http :8080 profile/profile.pb.gz         flame-graph.html needs a browser only; speedscope: www.speedscope.app

Exit codes: 0 good, 2 bad input, 3 the program is unprovable, 4 a limit was reached (the profile is of what was run).`;

export function configure(command: Command): void {
  command
    .argument("<program|block>", "flat binary or ELF file; or folder of a block bundle")
    .option("--tape <file>", "what the program reads; for a block it is recorded from the oracle")
    .option("--config <name>", `the program's machine, one of: ${Object.keys(CONFIGS).join(", ")} (default: full)`)
    .option("--max-cycles <n>", "stop the program after so many cycles", wholeNumber)
    .addOption(flavourOption())
    .option("--p256", "build with the P-256 precompile, for a block")
    .option("--guest <file>", "profile this image on the block instead of our own build")
    .option(
      "-o, --output <folder>",
      "write flame-graph.html, profile.speedscope.json, profile.pb.gz (pprof) and profile.json there",
    )
    .option("--top <n>", "rows of each table", wholeNumber, 25)
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(path: string, flags: Flags): Promise<void> {
  const report = statSync(path).isDirectory() ? await ofBlock(path, flags) : ofProgram(path, flags);
  endProgress();
  const json = asJson(report);
  if (flags.output !== undefined) writeFiles(flags.output, report, json);
  if (flags.json) printJson(json);
  else process.stdout.write(`${describeProfile(report, flags.top)}\n`);
  const { kind, message, pc } = report.stop;
  if (kind !== "finished")
    console.error(`the run ended: ${kind} at pc 0x${pc.toString(16)}${message ? `: ${message}` : ""}`);
  process.exitCode = EXIT_OF_STOP[kind];
}

function ofProgram(path: string, { tape, config, maxCycles }: Flags): ProfileReport {
  const program = programFromFile(path);
  const words = tape === undefined ? new Uint32Array() : tapeWords(tapeFromFile(tape));
  const machine = config === undefined ? FULL : configByName(config);
  const limit = maxCycles === undefined ? {} : { maxCycles };
  return profileReport(basename(path), program, profileProgram(program, machine, new ReplayTape(words), limit));
}

async function ofBlock(path: string, flags: Flags): Promise<ProfileReport> {
  if (flags.tape !== undefined || flags.config !== undefined || flags.maxCycles !== undefined)
    throw new InputError(
      "a block is profiled whole, on its own tape and machine",
      path,
      "leave out --tape, --config and --max-cycles",
    );
  const bundle = readBundle(path);
  const stf = { flavour: flags.flavour ?? defaultFlavour(bundle), p256: flags.p256 ?? false };
  const own = flags.guest === undefined ? await provingImage(stf, progress) : undefined;
  const image = own ?? guestImage(flags.guest!);
  const program = own?.program ?? readProgram(new Uint8Array(readFileSync(flags.guest!)));
  progress("recording the oracle tape");
  const { tape, stop } = recordTape(await engineByName(ENGINE_NAMES[0]), image, bundle);
  // only a finished run has results to take hashes from
  const hashes = stop.kind === "finished" ? (await forwardBlock(bundle, stf)).result.transactionHashes : [];
  progress("profiling");
  const profile = profileBlock(program, image.config, tape, hashes);
  return profileReport(bundle.name, program, profile, profile);
}

/** The document of --json: the tree of calls by name, the rest as it is. */
function asJson({ frames, nodes, milliseconds, cycles, blake2s, u256, effective, ...rest }: ProfileReport) {
  return {
    ...rest,
    cycles,
    delegations: { blake2s, u256 },
    effectiveCycles: effective,
    tree: nodes.map(({ frame, ...node }) => ({ name: frames[frame].name, kind: frames[frame].kind, ...node })),
    times: { profile: milliseconds },
  };
}

function writeFiles(folder: string, report: ProfileReport, json: unknown): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
  write("profile.json", `${JSON.stringify(json, undefined, 1)}\n`);
  write("profile.speedscope.json", speedscope(report));
  write("profile.pb.gz", pprof(report));
  write("flame-graph.html", flameGraph(report));
}
