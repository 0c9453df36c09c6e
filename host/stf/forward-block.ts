/** The forward half of an emulation: run, apply the writes, and compute the public input that proving must reach. */
import type { BlockBundle } from "../blocks/block.ts";
import type { Hex } from "../bytes.ts";
import type { Flavour } from "../flavour.ts";
import type { ForwardResult } from "../forward/results.ts";
import { runForward } from "../forward/run.ts";
import { Oracle } from "../oracle/oracle.ts";
import { batchPublicInput, blocksPublicInput, runBlock } from "../state/public-input.ts";
import type { StateCommitment } from "../state/tree.ts";
import { forwardModule, type StfOptions } from "./build.ts";

export interface ForwardBlock {
  result: ForwardResult;
  before: StateCommitment;
  after: StateCommitment;
  publicInput: Hex;
  /** wall time of the guest, in milliseconds */
  milliseconds: number;
}

/** The form of the public input that a flavour commits to. */
export function publicInputOf(flavour: Flavour, run: Parameters<typeof blocksPublicInput>[0]): Hex {
  return (flavour === "server" ? batchPublicInput(run) : blocksPublicInput(run)).publicInput;
}

/** @throws UnprovableBlock when the guest refuses the block, InputError when the bundle lacks an answer */
export async function forwardBlock(bundle: BlockBundle, options: StfOptions): Promise<ForwardBlock> {
  const { result, milliseconds } = await runForward(await forwardModule(options), new Oracle(bundle));
  const run = runBlock(bundle, result);
  return {
    result,
    before: run.before,
    after: run.after,
    publicInput: publicInputOf(options.flavour, run),
    milliseconds,
  };
}
