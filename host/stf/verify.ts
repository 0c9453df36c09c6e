/**
 * Does a block come to the same result however it is run? Forward mode twice; forward against proving, item by item and by the public input; the proving run
 * again, checkpoint by checkpoint, on every engine.
 */
import { createHash } from "node:crypto";
import type { Engine } from "../../emulator/engine/engine.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import type { BlockBundle } from "../blocks/block.ts";
import { ResultCollector } from "../forward/results.ts";
import { OracleDevice } from "../oracle/device.ts";
import { Oracle } from "../oracle/oracle.ts";
import { queryById } from "../oracle/queries.ts";
import type { StfOptions } from "./build.ts";
import { compareResults } from "./compare-results.ts";
import { forwardBlock } from "./forward-block.ts";
import { provingImage } from "./image.ts";
import { type ProvingImage, publicInputOfRun, recordTape } from "./proving-block.ts";

export interface Step {
  name: string;
  ok: boolean;
  /** what was compared and found, for people */
  detail: string;
}

export interface VerifyOptions extends StfOptions {
  image: ProvingImage;
  /** the first one records the tape */
  engines: readonly Engine[];
  onProgress?: (message: string) => void;
}

export async function verifyBlock(bundle: BlockBundle, options: VerifyOptions): Promise<Step[]> {
  const progress = options.onProgress ?? (() => {});
  const steps: Step[] = [];
  progress("forward mode, twice");
  const forward = await forwardBlock(bundle, options);
  const again = await forwardBlock(bundle, options);
  const own = compareResults(forward.result, again.result);
  steps.push({
    name: "forward twice",
    ok: own === undefined,
    detail: own
      ? `${own.path}: ${own.first}, then ${own.second}`
      : `${forward.result.transactions.length} transactions`,
  });

  progress("proving mode against forward mode");
  const recorded = recordTape(options.engines[0], options.image, bundle);
  const publicInput = recorded.stop.kind === "finished" ? publicInputOfRun(recorded) : "none";
  steps.push({
    name: "public input",
    ok: publicInput === forward.publicInput,
    detail:
      publicInput === forward.publicInput
        ? publicInput
        : `forward ${forward.publicInput}, proving ${recorded.stop.message ?? publicInput}`,
  });
  steps.push(await compareItems(bundle, options, forward.result, options.engines[0]));

  const interval = Math.max(1, Math.ceil(recorded.cycles / 8));
  const digests = (engine: Engine) => checkpoints(engine, options.image, recorded.tape, interval);
  progress("proving runs, checkpoint by checkpoint");
  const reference = digests(options.engines[0]);
  for (const [i, engine] of options.engines.entries()) {
    const other = digests(engine);
    const at = reference.findIndex((digest, k) => digest !== other[k]);
    const name = i === 0 ? `${engine.name} twice` : `${options.engines[0].name} and ${engine.name}`;
    steps.push({
      name,
      ok: at < 0 && other.length === reference.length,
      detail:
        at < 0
          ? `${reference.length} checkpoints, ${reference.at(-1)}`
          : `state differs at cycle ${(at + 1) * interval} or before`,
    });
  }
  return steps;
}

/** Runs the reporting image and compares what it hands over with forward mode's results. */
async function compareItems(
  bundle: BlockBundle,
  options: VerifyOptions,
  expected: Parameters<typeof compareResults>[0],
  engine: Engine,
): Promise<Step> {
  const name = "results item by item";
  const image = await provingImage({ ...options, report: true }, options.onProgress);
  const collector = new ResultCollector();
  const device = new OracleDevice(new Oracle(bundle, { onResult: (kind, item) => collector.add(kind, item) }));
  const machine = engine.load(image.image, image.config, device);
  const stop = machine.run();
  const last = device.queries.at(-1);
  const query = last ? `last query ${last.id} (${queryById(last.id)?.name ?? "a hint"})` : "no query yet";
  if (stop.kind !== "finished") return { name, ok: false, detail: `${stop.message ?? stop.kind}; ${query}` };
  const found = compareResults(expected, collector.finish());
  if (!found) return { name, ok: true, detail: "receipts, logs, diffs, preimages, pubdata, header" };
  const transaction = found.transaction === undefined ? "" : `transaction ${found.transaction}: `;
  return { name, ok: false, detail: `${transaction}${found.path}: forward ${found.first}, proving ${found.second}` };
}

/** Digests of registers, counters and touched RAM every `interval` cycles, and at the end. */
function checkpoints(engine: Engine, { image, config }: ProvingImage, tape: Uint32Array, interval: number): string[] {
  const machine = engine.load(image, config, new ReplayTape(tape));
  const digests: string[] = [];
  for (let limit = interval; ; limit += interval) {
    const stop = machine.run({ maxCycles: limit });
    const state = machine.snapshot();
    const hash = createHash("sha256");
    hash.update(
      JSON.stringify([state.pc, [...state.registers], state.cycles, state.delegations, state.tapeWordsRead, stop.kind]),
    );
    for (const page of [...state.pages.keys()].sort((a, b) => a - b))
      hash.update(`${page}`).update(state.pages.get(page)!);
    digests.push(hash.digest("hex"));
    if (stop.kind !== "cycle-limit") return digests;
  }
}
