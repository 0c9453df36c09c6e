/**
 * Attacks a program's proof: runs its image on forged tapes. Which words state an input and which are hints, only the author knows: ranges of hint words are given.
 * Where a forged tape changes hints only, the run must come to the honest output or stop. Where it changes an input, it makes another statement; whatever output
 * then comes must be forward mode's on the same tape, for forward mode traps at what an image would go past (an access out of bounds, an assertion).
 */
import type { Engine } from "../../emulator/engine/engine.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { wordsToText } from "../bytes.ts";
import { type ProgramEnd, replayInput, runProgram } from "../forward/program.ts";
import type { RecordedQuery } from "../oracle/device.ts";
import { type ProvingImage, runTape, type TapeRun } from "../stf/proving-block.ts";
import type { ForgeReport } from "./forge.ts";
import { mutateTape } from "./mutate.ts";
import { Random } from "./random.ts";

/** Words of a tape: from `start` up to and without `end`, which may be Infinity. */
export interface WordRange {
  readonly start: number;
  readonly end: number;
}

export interface ProgramForgeOptions {
  engine: Engine;
  image: ProvingImage;
  /** the forward module of the same program */
  forward: WebAssembly.Module;
  tape: Uint32Array;
  /** words that are not inputs; none: every forged tape counts as another statement */
  hints: readonly WordRange[];
  runs: number;
  seed: number;
  /** a forged run may wander: it is cut, and counted as stopped, at this many cycles */
  maxCycles: number;
  onProgress?: (done: number) => void;
}

/** Where inputs and hints begin: half of all mutations first choose one of these stretches, so that a few hints behind many inputs are not missed. */
function stretches(tape: Uint32Array, hints: readonly WordRange[]): RecordedQuery[] {
  const starts = new Set([0, ...hints.flatMap(({ start, end }) => [start, end])]);
  return [...starts]
    .filter((start) => start < tape.length)
    .sort((a, b) => a - b)
    .map((start) => ({ id: 0, parameters: new Uint32Array(), start }));
}

const isHint = (hints: readonly WordRange[], position: number) =>
  hints.some(({ start, end }) => position >= start && position < end);

const outputOfForward = (end: ProgramEnd): string =>
  end.kind === "finished" ? wordsToText(end.output) : `to stop (${end.message})`;

const outputOfRun = ({ registers }: TapeRun): string => wordsToText(registers.subarray(10, 18));

/** @returns as for a block; `publicInput` is the program's output, a0 to a7 */
export async function forgeProgram(options: ProgramForgeOptions): Promise<ForgeReport> {
  const { engine, image, forward, tape, hints, runs, seed, maxCycles } = options;
  const own = outputOfRun(runTape(engine, image, new ReplayTape(tape)));
  const recorded = { tape, queries: stretches(tape, hints) };
  const report: ForgeReport = { runs, stopped: {}, honest: 0, otherStatement: 0, forgeries: [] };
  for (let run = 0; run < runs; run++) {
    const mutation = mutateTape(recorded, new Random(seed + run));
    const outcome = runTape(engine, image, new ReplayTape(mutation.tape), maxCycles);
    options.onProgress?.(run + 1);
    if (outcome.stop.kind !== "finished") {
      const cause = outcome.stop.cause ?? outcome.stop.kind;
      report.stopped[cause] = (report.stopped[cause] ?? 0) + 1;
      continue;
    }
    const publicInput = outputOfRun(outcome);
    if (publicInput === own) {
      report.honest++;
      continue;
    }
    const sameInputs = tape.every((word, i) => word === mutation.tape[i] || isHint(hints, i));
    const honest = sameInputs ? own : outputOfForward(await runProgram(forward, replayInput(mutation.tape)));
    if (honest === publicInput) report.otherStatement++;
    else report.forgeries.push({ run, ...mutation, publicInput, honest });
  }
  return report;
}
