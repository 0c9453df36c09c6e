/** `windproof trace`: what a prover takes, written to a folder; or made and checked without writing anything. */
import { existsSync, statSync } from "node:fs";
import type { Command } from "commander";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { CONFIGS, configByName, effectiveCycles } from "../../emulator/machine/config.ts";
import { tapeWords } from "../../emulator/tape/tape.ts";
import type { UnprovableRun } from "../../emulator/trace/recorder.ts";
import { InputError } from "../../errors.ts";
import { readBundle } from "../blocks/bundle.ts";
import { defaultFlavour, type Flavour } from "../flavour.ts";
import { guestImage, provingImage } from "../stf/image.ts";
import { recordTape } from "../stf/proving-block.ts";
import { circuitsOf, proverNotes } from "../trace/manifest.ts";
import { defaultThreads } from "../trace/workers.ts";
import { type TraceJob, writeChunk, writeTrace } from "../trace/write.ts";
import { EXIT } from "./exit.ts";
import { flavourOption, programFromFile, tapeFromFile, wholeNumber } from "./input.ts";
import { count, endProgress, hex, printJson, progress } from "./output.ts";

interface Flags {
  output?: string;
  tape?: string;
  config?: string;
  flavour?: Flavour;
  guest?: string;
  threads?: number;
  chunk?: number;
  checkpoints?: boolean;
  arrow?: boolean;
  check?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  windproof trace build/sum.bin --tape numbers.hex -o witness       everything that a prover needs
  windproof trace BLOCK -o witness --threads 2                      of a block, by our state transition function
  windproof trace BLOCK --guest evm_replay.bin --check              made and checked, nothing written
  windproof trace app.bin -o witness --chunk 3                      the rows of one chunk alone

A chunk has 235 MB. What is interrupted goes on when the same command is run again. docs/prover-inputs.md explains every file.`;

export function configure(command: Command): void {
  command
    .argument("<program|block>", "flat binary or ELF file; or the folder of a block bundle")
    .option("-o, --output <folder>", "where to write")
    .option("--tape <file>", "what the program reads: raw (hex) or text form")
    .option("--config <name>", `the machine, one of: ${Object.keys(CONFIGS).join(", ")} (default: full)`)
    .addOption(flavourOption())
    .option("--guest <file>", "of a block: this image instead of our own build")
    .option(
      "--threads <n>",
      "threads that make chunks (default: 1; with --check alone they check them too, default: as many as there are processors, at most 4)",
      wholeNumber,
    )
    .option("--chunk <n>", "only the rows of this chunk", wholeNumber)
    .option("--checkpoints", "also write a checkpoint for each chunk, from which --chunk starts")
    .option("--arrow", "also write the witness as columns (Apache Arrow)")
    .option("--check", "check the witness while it is made; without -o nothing is written")
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(trace);
}

async function jobOf(path: string, flags: Flags): Promise<TraceJob> {
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    const { image } = programFromFile(path);
    const tape = flags.tape ? tapeWords(tapeFromFile(flags.tape)) : new Uint32Array();
    return { image, config: configByName(flags.config ?? "full"), tape };
  }
  const bundle = readBundle(path);
  const flavour = flags.flavour ?? defaultFlavour(bundle);
  const proving = flags.guest ? guestImage(flags.guest) : await provingImage({ flavour }, progress);
  const config = flags.config ? configByName(flags.config) : proving.config;
  if (flags.tape) return { image: proving.image, config, tape: tapeWords(tapeFromFile(flags.tape)) };
  progress("recording the tape");
  return { image: proving.image, config, tape: recordTape(interpreter, { ...proving, config }, bundle).tape };
}

async function trace(path: string, flags: Flags): Promise<void> {
  if (!flags.output && !flags.check)
    throw new InputError("nothing is to be done", "-o, --check", "say where to write (-o FOLDER), or --check");
  const job = await jobOf(path, flags);
  const onProgress = (chunks: number, cycles: number) => progress(`${chunks} chunks, ${count(cycles)} cycles`);
  const started = performance.now();
  try {
    if (flags.output && flags.chunk !== undefined) {
      const digest = writeChunk(flags.output, job, flags.chunk);
      if (flags.json) printJson(digest);
      else console.log(`${digest.sha256}  ${digest.name}`);
      return;
    }
    const { checkpoints = false, arrow = false } = flags;
    const threads = Math.max(1, flags.threads ?? (flags.output ? 1 : defaultThreads()));
    const options = { threads, checkpoints, arrow, onProgress };
    const manifest = flags.output ? await writeTrace(flags.output, job, options) : undefined;
    const claim = manifest?.run ?? (await (await import("../trace/stream.ts")).traceAndCheck(job, options));
    if (manifest && flags.check) await checkWritten(flags.output!, options.threads);
    endProgress();
    const milliseconds = performance.now() - started;
    const { cycles, delegations, output } = claim;
    const effective = effectiveCycles(cycles, { blake2s: delegations.blake2s, u256: delegations.u256 });
    if (flags.json) {
      const {
        files: _,
        derived: __,
        ...rest
      } = manifest ?? { files: [], derived: [], run: claim, circuits: circuitsOf(claim) };
      printJson({ ...rest, checked: flags.check ?? false, times: { trace: milliseconds } });
      return;
    }
    const { main, delegations: circuits } = circuitsOf(claim);
    console.log(`output     ${output.map(hex).join(" ")}`);
    console.log(`cycles     ${count(cycles)} (${count(effective)} effective)`);
    console.log(
      `circuits   ${main} main${Object.entries(circuits)
        .map(([csr, n]) => `, ${n} of delegation ${csr}`)
        .join("")}`,
    );
    if (manifest)
      console.log(`root       ${manifest.root}\nprove      cd ${flags.output} && ${manifest.commands.prove}`);
    if (flags.check) console.log("checked    accepted");
    for (const note of proverNotes(job.config.name, claim)) console.error(`note: ${note}`);
    console.error(
      `${(milliseconds / 1000).toFixed(1)} s, ${(cycles / milliseconds / 1000).toFixed(1)} million cycles a second`,
    );
  } catch (error) {
    if ((error as Error).name !== "UnprovableRun") throw error;
    endProgress();
    const { stop } = error as UnprovableRun;
    console.error(
      `windproof: no witness exists: unprovable at cycle ${stop.cycles}, pc ${hex(stop.pc)}: ${stop.message}`,
    );
    process.exitCode = EXIT.unprovable;
  }
}

async function checkWritten(folder: string, threads: number): Promise<void> {
  const { refusal } = await (await import("../trace/check.ts")).checkFolder(folder, { threads });
  if (refusal) throw new Error(`the checker refuses what was just recorded: ${refusal.message}`);
}
