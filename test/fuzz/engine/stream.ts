/** `npm run fuzz -- engine-stream --count N`: one random program for N million cycles (default 1000: a billion), compared at random limits on the way. */
import { interpreter } from "../../../emulator/engine/interpreter.ts";
import { translator } from "../../../emulator/engine/translator.ts";
import { ALL } from "../../../emulator/machine/config.ts";
import type { FuzzOptions } from "../main.ts";
import { type Comparison, compareEngines, EndlessTape } from "./compare.ts";
import { endlessProgram } from "./endless.ts";

/** @param pieceBits a piece between two checkpoints has less than 2^bits cycles */
export function compareStream(seed: number, maxCycles: number, pieceBits: number): Comparison {
  const program = { image: endlessProgram(seed), tape: () => new EndlessTape(seed) };
  return compareEngines([interpreter, translator], program, ALL, { seed, pieces: Infinity, maxCycles, pieceBits });
}

/** @returns 1 if the engines differ */
export async function reportStream({ count, seed }: FuzzOptions): Promise<number> {
  const { difference, cycles, stop, checkpoints, digests } = compareStream(seed, count * 1e6, 25);
  if (difference !== undefined) console.log(`seed ${seed}: ${difference}`);
  console.log(
    `engine-stream: ${cycles} cycles on each engine in one run, compared at ${checkpoints} limits, memory at ${digests}: ` +
      `${difference === undefined ? "no difference" : "they differ"}; end: ${stop}`,
  );
  return difference === undefined && stop === "cycle-limit" ? 0 : 1;
}
