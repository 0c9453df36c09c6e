/**
 * Whole blocks: our guest in forward and in proving mode, and ZKsync OS's own binary on the same oracle where `WINDPROOF_ZKSYNC_OS` names a checkout
 * of matter-labs/zksync-os at the commit of DESIGN section 5. All come to one public input, or all stop.
 */
import { existsSync } from "node:fs";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { InputError } from "../../errors.ts";
import type { BlockBundle } from "../../host/blocks/bundle.ts";
import { FLAVOURS, type Flavour } from "../../host/flavour.ts";
import { UnprovableBlock } from "../../host/forward/run.ts";
import { forwardBlock } from "../../host/stf/forward-block.ts";
import { guestImage, provingImage } from "../../host/stf/image.ts";
import { type ProvingImage, publicInputOfRun, recordTape } from "../../host/stf/proving-block.ts";
import { binaryFile } from "../lib/original.ts";
import { randomBlock } from "./block/generate.ts";
import type { FuzzOptions } from "./main.ts";

/** A run that is cut here says nothing. */
const MAX_CYCLES = 400_000_000;

/** The original's binary, or undefined where there is no checkout. */
export function originalImage(flavour: Flavour): ProvingImage | undefined {
  const checkout = process.env.WINDPROOF_ZKSYNC_OS;
  const path = checkout && binaryFile(checkout, flavour);
  return path && existsSync(path) ? guestImage(path) : undefined;
}

export interface Outcome {
  /** the public input, `stop`, or `limit` where it took too long */
  result: string;
  /** why it stopped, or what each transaction came to */
  detail: string;
}

function caught(error: unknown): Outcome {
  if (error instanceof UnprovableBlock || error instanceof InputError) return { result: "stop", detail: error.message };
  // a trap of the module, or an error of the host's: never the honest answer, so it counts as a difference
  return { result: "error", detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

export async function forwardOutcome(bundle: BlockBundle, flavour: Flavour): Promise<Outcome> {
  try {
    const { publicInput, result } = await forwardBlock(bundle, { flavour });
    const detail = result.transactions.map((tx) =>
      tx.status === "invalid" ? tx.validationError : `${tx.status} ${tx.gasUsed}`,
    );
    return { result: publicInput, detail: detail.join(", ") };
  } catch (error) {
    return caught(error);
  }
}

export function provingOutcome(bundle: BlockBundle, image: ProvingImage): Outcome {
  try {
    const run = recordTape(interpreter, image, bundle, MAX_CYCLES);
    if (run.stop.kind === "cycle-limit") return { result: "limit", detail: `${run.cycles} cycles` };
    if (run.stop.kind !== "finished")
      return { result: "stop", detail: `${run.stop.message} at 0x${run.stop.pc.toString(16)}` };
    return { result: publicInputOfRun(run), detail: `${run.cycles} cycles` };
  } catch (error) {
    return caught(error);
  }
}

export interface BlockCase {
  seed: number;
  flavour: Flavour;
  forward: Outcome;
  proving: Outcome;
  original?: Outcome;
  agree: boolean;
}

export function flavourOf(seed: number): Flavour {
  return FLAVOURS[seed % 4 === 3 ? 0 : seed % 3]!;
}

/** @param withOriginal needs the checkout */
export async function runCase(seed: number, withOriginal: boolean): Promise<BlockCase> {
  const flavour = flavourOf(seed);
  const bundle = randomBlock(seed);
  const forward = await forwardOutcome(bundle, flavour);
  const proving = provingOutcome(bundle, await provingImage({ flavour }));
  const image = withOriginal ? originalImage(flavour) : undefined;
  const original = image && provingOutcome(bundle, image);
  const outcomes = [forward, proving, ...(original ? [original] : [])].filter(({ result }) => result !== "limit");
  const agree = outcomes.every(({ result }) => result === outcomes[0]!.result);
  return { seed, flavour, forward, proving, ...(original ? { original } : {}), agree };
}

/** Prints what differs. @returns how many of the blocks (of seeds `seed`, `seed + 1`, …) did */
export async function fuzzBlocks({ count, seed }: FuzzOptions): Promise<number> {
  const withOriginal = originalImage("app") !== undefined;
  if (!withOriginal)
    console.error("without the original: WINDPROOF_ZKSYNC_OS names no checkout of matter-labs/zksync-os");
  let failed = 0;
  const tally: Record<string, number> = {};
  const note = (what: string) => {
    tally[what] = (tally[what] ?? 0) + 1;
  };
  for (let i = 0; i < count; i++) {
    const block = await runCase(seed + i, withOriginal);
    const { forward, proving, original } = block;
    if (forward.result === "stop") note(`stop: ${forward.detail}`);
    else for (const word of forward.detail.split(", ")) note(word.split(" ")[0]!);
    if ([forward, proving, original].some((outcome) => outcome?.result === "limit")) note("cut");
    if (i % 100 === 99) console.error(`${i + 1} of ${count} blocks, ${failed} differ`);
    if (block.agree) continue;
    failed++;
    console.log(`seed ${block.seed} (${block.flavour})`);
    for (const [name, outcome] of Object.entries({ forward, proving, original }))
      if (outcome) console.log(`  ${name.padEnd(8)} ${outcome.result}  ${outcome.detail}`);
  }
  const counts = Object.entries(tally).sort((a, b) => b[1] - a[1]);
  console.log(counts.map(([what, n]) => `  ${n} ${what}`).join("\n"));
  console.log(`block: ${count} blocks, ${failed} differ${withOriginal ? "" : " (forward and proving mode only)"}`);
  return failed;
}
