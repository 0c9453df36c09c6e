/** `windproof tape record BLOCK`: the guest runs live on the block's oracle, and what it reads becomes a file. */
import { writeFileSync } from "node:fs";
import { engineByName } from "../../emulator/engine/engines.ts";
import { printRaw } from "../../emulator/tape/tape.ts";
import { printText } from "../../emulator/tape/text.ts";
import { readBundle } from "../blocks/bundle.ts";
import { defaultFlavour, type Flavour } from "../flavour.ts";
import { tapeByQuery } from "../oracle/device.ts";
import { guestImage, provingImage } from "../stf/image.ts";
import { publicInputOfRun, recordTape } from "../stf/proving-block.ts";
import { EXIT } from "./exit.ts";
import { count, endProgress, err, printJson, progress } from "./output.ts";
import { protocolByName } from "./protocol.ts";

interface Options {
  output: string;
  flavour?: Flavour;
  guest?: string;
  engine: string;
  json?: boolean;
}

/** A run that does not come to its end leaves no file: its tape would be another block's. */
export async function recordBlock(block: string, options: Options): Promise<void> {
  const bundle = readBundle(block);
  const engine = await engineByName(options.engine);
  const image =
    options.guest === undefined
      ? await provingImage({ flavour: options.flavour ?? defaultFlavour(bundle) }, progress)
      : guestImage(options.guest);
  progress("recording the oracle tape");
  const run = recordTape(engine, image, bundle);
  endProgress();
  const finished = run.stop.kind === "finished";
  if (finished) writeFileSync(options.output, await asFile(options.output, run.tape, run.queries));
  else process.exitCode = EXIT.unprovable;
  if (options.json) {
    printJson({
      file: finished ? options.output : null,
      words: run.tape.length,
      queries: run.queries.length,
      publicInput: finished ? publicInputOfRun(run) : null,
      cycles: run.cycles,
      stop: run.stop,
    });
  } else if (finished) {
    console.log(`${count(run.tape.length)} words, ${count(run.queries.length)} queries: ${options.output}`);
    console.log(`public input ${publicInputOfRun(run)}`);
  } else {
    console.error(err.red(`the guest stopped: ${run.stop.message ?? run.stop.kind}; no tape was written`));
  }
}

async function asFile(path: string, words: Uint32Array, queries: Parameters<typeof tapeByQuery>[1]): Promise<string> {
  if (path.endsWith(".hex")) return printRaw(words);
  const { names, explain } = await protocolByName("zksync-os");
  const tape = tapeByQuery(words, queries);
  return printText({ queries: tape.queries.map((query) => ({ ...query, comments: explain(query) })) }, names);
}
