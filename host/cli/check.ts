/** `windproof check DIR`: whether a prover would accept a witness, and if not, at which cycle and why. */
import type { Command } from "commander";
import { checkFolder } from "../trace/check.ts";
import { proverNotes } from "../trace/manifest.ts";
import { defaultThreads } from "../trace/workers.ts";
import { EXIT } from "./exit.ts";
import { wholeNumber } from "./input.ts";
import { count, endProgress, err, out, printJson, progress } from "./output.ts";

interface Flags {
  threads?: number;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  windproof trace app.bin -o witness && windproof check witness
  windproof check witness --threads 2 --json

Exit codes: 0 accepted, 1 refused, 2 the folder is not a finished trace.`;

export function configure(command: Command): void {
  command
    .argument("<folder>", "what `windproof trace` wrote")
    .option(
      "--threads <n>",
      "threads that check chunks (default: as many as there are processors, at most 4)",
      wholeNumber,
    )
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(check);
}

async function check(folder: string, flags: Flags): Promise<void> {
  const started = performance.now();
  const { accepted, manifest, refusal } = await checkFolder(folder, {
    threads: Math.max(1, flags.threads ?? defaultThreads()),
    onProgress: (chunks, of) => progress(`${chunks} of ${of} chunks`),
  });
  endProgress();
  const milliseconds = performance.now() - started;
  if (!accepted) process.exitCode = EXIT.no;
  if (flags.json) {
    const why = refusal ? { rule: refusal.rule, message: refusal.message, ...refusal.place } : null;
    printJson({
      accepted,
      refusal: why,
      root: manifest.root,
      cycles: manifest.run.cycles,
      times: { check: milliseconds },
    });
    return;
  }
  if (refusal) console.log(`${out.red("refused")}  ${refusal.message}`);
  else console.log(`${out.green("accepted")}  ${count(manifest.run.cycles)} cycles, root ${manifest.root}`);
  for (const note of proverNotes(manifest.machine, manifest.run)) console.error(`note: ${note}`);
  const speed = manifest.run.cycles / milliseconds / 1000;
  console.error(
    err.dim(`${(milliseconds / 1000).toFixed(1)} s${accepted ? `, ${speed.toFixed(1)} million cycles a second` : ""}`),
  );
}
