/** Emulates a block in forward and proving mode and says whether they agree: the main job of the package, behind `windproof emulate`. */
import type { Engine } from "../../emulator/engine/engine.ts";
import type { DelegationCounts } from "../../emulator/machine/config.ts";
import type { Stop } from "../../emulator/machine/stop.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import type { BlockBundle } from "../blocks/block.ts";
import { checkEthereum, type EthereumCheck } from "../blocks/check-ethereum.ts";
import type { Hex } from "../bytes.ts";
import type { ForwardResult } from "../forward/results.ts";
import type { StateCommitment } from "../state/tree.ts";
import type { StfOptions } from "./build.ts";
import { forwardBlock } from "./forward-block.ts";
import { TRANSACTION } from "./markers.ts";
import { markedCycles, type ProvingImage, publicInputOfRun, recordTape, runTape } from "./proving-block.ts";

export type Mode = "forward" | "proving" | "both";

export interface EmulateOptions extends StfOptions {
  mode: Mode;
  engine: Engine;
  /** the image to prove with; not needed in forward mode */
  image?: ProvingImage;
  /** what is being done, for progress on a terminal */
  onProgress?: (message: string) => void;
}

export interface EmulatedTransaction {
  hash: Hex | null;
  /** first byte of the encoding: 0, 1, 2, 0x71, 0xfe, 0xff */
  type: number;
  /** null where only proving mode ran: it tells nothing but the public input; gas and native likewise */
  status: "success" | "revert" | "invalid" | null;
  /** why an invalid one is not valid */
  reason?: string;
  gasUsed: bigint | null;
  nativeUsed: bigint | null;
  /** cycles of the proving run between this transaction's begin and the next one's; null where the image has no markers */
  cycles: number | null;
}

export interface Emulation {
  block: string;
  publicInput: Hex;
  /** public inputs of both modes, null where a mode did not run */
  publicInputs: { forward: Hex | null; proving: Hex | null };
  /** null where only one mode ran */
  modesAgree: boolean | null;
  blockHash: Hex | null;
  stateBefore: StateCommitment | null;
  stateAfter: StateCommitment | null;
  cycles: number | null;
  delegations: DelegationCounts | null;
  effectiveCycles: number | null;
  stop: Stop | null;
  transactions: EmulatedTransaction[];
  /** milliseconds */
  times: { forward: number | null; tape: number | null; proving: number | null };
  /** check against the receipts and the state diff of the block's own chain, where the bundle has them */
  ethereum: EthereumCheck | null;
  result: ForwardResult | null;
  tape: Uint32Array | null;
}

/** Type byte of an ABI-encoded transaction. */
const typeOf = (encoded: Uint8Array): number => encoded[31] ?? 0;

/**
 * @throws UnprovableBlock when the guest refuses the block in forward mode, InputError when the bundle lacks an answer
 */
export async function emulate(bundle: BlockBundle, options: EmulateOptions): Promise<Emulation> {
  const progress = options.onProgress ?? (() => {});
  const emulation: Emulation = {
    block: bundle.name,
    publicInput: "0x",
    publicInputs: { forward: null, proving: null },
    modesAgree: null,
    blockHash: null,
    stateBefore: null,
    stateAfter: null,
    cycles: null,
    delegations: null,
    effectiveCycles: null,
    stop: null,
    transactions: bundle.transactions.map((encoded) => ({
      hash: null,
      type: typeOf(encoded),
      status: null,
      gasUsed: null,
      nativeUsed: null,
      cycles: null,
    })),
    times: { forward: null, tape: null, proving: null },
    ethereum: null,
    result: null,
    tape: null,
  };
  if (options.mode !== "proving") {
    progress("forward mode");
    await runForwardMode(bundle, options, emulation);
  }
  if (options.mode !== "forward") runProvingMode(bundle, options, emulation, progress);
  const { forward, proving } = emulation.publicInputs;
  emulation.publicInput = proving ?? forward ?? "0x";
  if (options.mode === "both") emulation.modesAgree = forward === proving;
  return emulation;
}

async function runForwardMode(bundle: BlockBundle, options: EmulateOptions, emulation: Emulation): Promise<void> {
  const { result, before, after, publicInput, milliseconds } = await forwardBlock(bundle, options);
  emulation.publicInputs.forward = publicInput;
  emulation.blockHash = result.blockHash;
  emulation.stateBefore = before;
  emulation.stateAfter = after;
  emulation.times.forward = milliseconds;
  emulation.result = result;
  if (bundle.ethereum) emulation.ethereum = checkEthereum(bundle.ethereum, result);
  result.transactions.forEach((transaction, i) => {
    const row = emulation.transactions[i];
    row.hash = result.transactionHashes[i] ?? null;
    row.status = transaction.status;
    if (transaction.status === "invalid") {
      row.reason = transaction.validationError;
      return;
    }
    row.gasUsed = transaction.gasUsed;
    row.nativeUsed = transaction.nativeUsed;
  });
}

function runProvingMode(
  bundle: BlockBundle,
  options: EmulateOptions,
  emulation: Emulation,
  progress: (message: string) => void,
): void {
  const { image, engine } = options;
  if (!image) throw new Error("proving mode needs an image");
  progress("recording the oracle tape");
  const recorded = recordTape(engine, image, bundle);
  emulation.times.tape = recorded.milliseconds;
  emulation.tape = recorded.tape;
  emulation.stop = recorded.stop;
  if (recorded.stop.kind !== "finished") return;

  progress("proving mode on the tape");
  const run = runTape(engine, image, new ReplayTape(recorded.tape));
  emulation.times.proving = run.milliseconds;
  emulation.stop = run.stop;
  emulation.cycles = run.cycles;
  emulation.delegations = run.delegations;
  emulation.effectiveCycles = run.effectiveCycles;
  emulation.publicInputs.proving = publicInputOfRun(run);

  const marks = markedCycles(engine, image, new ReplayTape(recorded.tape));
  let index = 0;
  marks.forEach(({ marker, cycles }, i) => {
    if (marker !== TRANSACTION || !marks[i + 1]) return;
    emulation.transactions[index++].cycles = marks[i + 1].cycles - cycles;
  });
}

/** The emulation as the JSON document of `emulate --json`: integers that may pass 2^53 as decimal strings. */
export function emulationAsJson(emulation: Emulation): Record<string, unknown> {
  const { result: _result, tape, transactions, stateBefore, stateAfter, ...rest } = emulation;
  const state = (commitment: StateCommitment | null) =>
    commitment && { root: commitment.root, nextFreeSlot: numeric(commitment.nextFreeSlot) };
  return {
    ...rest,
    stateBefore: state(stateBefore),
    stateAfter: state(stateAfter),
    transactions: transactions.map(({ gasUsed, nativeUsed, ...row }) => ({
      ...row,
      gasUsed: numeric(gasUsed),
      nativeUsed: numeric(nativeUsed),
    })),
    tapeWords: tape?.length ?? null,
  };
}

/** A number where it is exact, else its decimal digits. */
function numeric(value: bigint | null): number | string | null {
  if (value === null) return null;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}
