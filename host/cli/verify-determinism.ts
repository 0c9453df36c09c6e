/** `windproof verify-determinism`: a block or a program must come to one result however it is run, and no forged tape to another. */
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { ENGINE_NAMES, engineByName } from "../../emulator/engine/engines.ts";
import { printRaw, tapeWords } from "../../emulator/tape/tape.ts";
import { InputError } from "../../errors.ts";
import { type ForgeReport, forge } from "../attack/forge.ts";
import type { RecordedTape } from "../attack/mutate.ts";
import type { WordRange } from "../attack/program.ts";
import { readBundle } from "../blocks/bundle.ts";
import { defaultFlavour, type Flavour } from "../flavour.ts";
import { formatCount } from "../report/table.ts";
import type { StfOptions } from "../stf/build.ts";
import { guestImage, provingImage } from "../stf/image.ts";
import { recordTape } from "../stf/proving-block.ts";
import { type Step, verifyBlock } from "../stf/verify.ts";
import { verifyProgram } from "../stf/verify-program.ts";
import { EXIT } from "./exit.ts";
import { flavourOption, tapeFromFile, USE_OPTION, wholeNumber } from "./input.ts";
import { endProgress, out, printJson, progress } from "./output.ts";

interface Flags {
  flavour?: Flavour;
  p256?: boolean;
  guest?: string;
  tape?: string;
  use: Record<string, string>;
  hints: WordRange[];
  forge?: number;
  seed: number;
  other?: string;
  output?: string;
  json?: boolean;
}

const EXAMPLES = `
What is compared, for a block: forward mode with itself; forward with proving mode, every receipt, log, diff, byte of pubdata, and the public input;
the proving run with itself, and on every engine. For a program: the output of forward and proving mode on one tape.

  windproof verify-determinism examples/block
  windproof verify-determinism examples/block --forge 1000     and attack its tape a thousand times
  windproof verify-determinism sum.ts --tape numbers.tape
  windproof verify-determinism sqrt.ts --tape four.tape --forge 1000 --hints 1..     word 0 is the input, the rest are hints

Of a block, a forged word that states an input (block metadata, transactions, state commitment) makes another statement, whose honest public input may come out; any other
may only lead to the honest one or to a stop. Of a program, a forged hint may only lead to the honest output or to a stop; any other forged word may lead to
another output, if forward mode comes to the same on that tape. What is accepted beyond that is written to --output, with its seed.

Exit codes: 0 one result and no accepted forgery, 1 otherwise, 2 bad input.`;

export function configure(command: Command): void {
  command
    .argument("<block|program>", "folder of a block bundle, or a program's entry (.ts, .wasm)")
    .addOption(flavourOption())
    .option("--p256", "build with the P-256 precompile")
    .option("--guest <file>", "forge against this image instead of our own build")
    .option("--tape <file>", "a program's tape")
    .option(...USE_OPTION)
    .option("--forge <n>", "run with n forged tapes", wholeNumber)
    .option("--hints <words>", "a program's words that are hints, as 24.. or 8..16; may be repeated", wordRange, [])
    .option("--seed <n>", "seed of the first forgery", wholeNumber, 1)
    .option("--other <block>", "another block, whose answers are tried (default: a neighbour of the folder)")
    .option("-o, --output <folder>", "where accepted forgeries are written", ".")
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(verify);
}

function wordRange(text: string, before: WordRange[]): WordRange[] {
  const [, start, end] = /^(\d+)\.\.(\d*)$/.exec(text) ?? [];
  const range = { start: Number(start), end: end ? Number(end) : Number.POSITIVE_INFINITY };
  if (!(range.start < range.end))
    throw new InputError(
      `not a range of words: ${text}`,
      "--hints",
      "write 8..16 for words 8 to 15, 24.. for all from 24 on",
    );
  return [...before, range];
}

async function verify(subject: string, flags: Flags): Promise<void> {
  if (!existsSync(subject))
    throw new InputError("there is no such file or folder", subject, "give a block bundle or a program");
  const isBlock = statSync(subject).isDirectory();
  const engines = await Promise.all(ENGINE_NAMES.map(engineByName));
  let steps: Step[];
  let forged: ForgeReport | undefined;
  if (isBlock) {
    const bundle = readBundle(subject);
    const stf: StfOptions = { flavour: flags.flavour ?? defaultFlavour(bundle), p256: flags.p256 ?? false };
    const image = flags.guest === undefined ? await provingImage(stf, progress) : guestImage(flags.guest);
    steps = await verifyBlock(bundle, { ...stf, image, engines, onProgress: progress });
    if (flags.forge) {
      const engine = engines[0];
      const recorded = recordTape(engine, image, bundle);
      const neighbour = otherTape(subject, flags.other, (folder) => recordTape(engine, image, readBundle(folder)));
      forged = await forge(bundle, {
        ...stf,
        engine,
        image,
        recorded,
        ...(neighbour ? { other: neighbour } : {}),
        runs: flags.forge,
        seed: flags.seed,
        maxCycles: 4 * recorded.cycles,
        onProgress: (done) => progress(`forged tapes: ${done} of ${flags.forge}`),
      });
    }
  } else {
    const tape = flags.tape === undefined ? new Uint32Array() : tapeWords(tapeFromFile(flags.tape));
    if (flags.forge && tape.length === 0)
      throw new InputError("there are no words to forge", "--forge", "give the program's tape (--tape)");
    const onProgress = (done: number) => progress(`forged tapes: ${done} of ${flags.forge}`);
    const attack = { runs: flags.forge ?? 0, seed: flags.seed, hints: flags.hints, onProgress };
    const options = { tape, engines, constants: flags.use };
    ({ steps, forged } = await verifyProgram(subject, flags.forge ? { ...options, forge: attack } : options));
  }
  endProgress();
  const files = forged ? writeForgeries(flags.output ?? ".", forged) : [];
  if (flags.json) {
    const forgeries = forged?.forgeries.map(({ tape: _tape, ...rest }, i) => ({ ...rest, file: files[i] }));
    printJson({ subject, steps, ...(forged ? { forge: { ...forged, forgeries } } : {}) });
  } else {
    process.stdout.write(`${describe(steps, forged, files)}\n`);
  }
  if (steps.some(({ ok }) => !ok) || forged?.forgeries.length) process.exitCode = EXIT.no;
}

/** The tape of another block: the one asked for, or of a neighbouring folder that is a bundle too. */
function otherTape(
  subject: string,
  asked: string | undefined,
  record: (folder: string) => RecordedTape,
): RecordedTape | undefined {
  if (asked !== undefined) return record(asked);
  const parent = dirname(subject);
  const neighbour = readdirSync(parent)
    .map((name) => join(parent, name))
    .find((folder) => existsSync(join(folder, "context.json")) && join(folder) !== join(subject));
  return neighbour === undefined ? undefined : record(neighbour);
}

function writeForgeries(folder: string, { forgeries }: ForgeReport): string[] {
  return forgeries.map(({ run, tape }) => {
    const file = join(folder, `forgery-${run}.hex`);
    writeFileSync(file, printRaw(tape));
    return file;
  });
}

function describe(steps: readonly Step[], forged: ForgeReport | undefined, files: readonly string[]): string {
  const width = Math.max(...steps.map(({ name }) => name.length));
  const lines = steps.map(
    ({ name, ok, detail }) => `${ok ? out.green("same  ") : out.red("DIFFER")}  ${name.padEnd(width)}  ${detail}`,
  );
  if (forged) {
    const { runs, honest, otherStatement, forgeries, stopped } = forged;
    const stops = Object.values(stopped).reduce((sum, n) => sum + n, 0);
    const causes = Object.entries(stopped)
      .sort((a, b) => b[1] - a[1])
      .map(([cause, n]) => `${n} ${cause}`);
    lines.push(
      "",
      `${formatCount(runs)} forged tapes: ${stops} stopped (${causes.join(", ")}), ${honest} came to the honest public input,`,
      `${otherStatement} to that of the statement they made, ${forgeries.length} ACCEPTED FORGERIES`,
    );
    forgeries.forEach(({ run, description, publicInput, honest: right }, i) => {
      lines.push(`  seed +${run}: ${description}: ${publicInput}, honest is ${right ?? "to stop"} (${files[i]})`);
    });
  }
  return lines.join("\n");
}
