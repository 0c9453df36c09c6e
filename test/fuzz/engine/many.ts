/** Many programs, each compared on two engines: how they end, and what differs. */
import { interpreter } from "../../../emulator/engine/interpreter.ts";
import { eagerTranslator, translator } from "../../../emulator/engine/translator.ts";
import { ALL } from "../../../emulator/machine/config.ts";
import { ReplayTape } from "../../../emulator/tape/device.ts";
import type { FuzzOptions } from "../main.ts";
import { type ComparedProgram, type Comparison, compareEngines } from "./compare.ts";

export interface EngineFuzz {
  readonly differences: readonly string[];
  readonly cycles: number;
  /** How the programs ended → how many. */
  readonly ends: ReadonlyMap<string, number>;
}

/** @param compare runs the program of a seed, perhaps several times; cycles and ends are counted of the first */
export function compareMany(
  { count, seed: first }: FuzzOptions,
  compare: (seed: number) => readonly Comparison[],
): EngineFuzz {
  const ends = new Map<string, number>();
  const differences: string[] = [];
  let cycles = 0;
  for (let seed = first; seed < first + count; seed++) {
    const turns = compare(seed);
    cycles += turns[0]!.cycles;
    ends.set(turns[0]!.stop, (ends.get(turns[0]!.stop) ?? 0) + 1);
    for (const [turn, { difference }] of turns.entries())
      if (difference !== undefined) differences.push(`seed ${seed}, turn ${turn}: ${difference}`);
  }
  return { differences, cycles, ends };
}

/** The eager translator; now and then as users have it, interpreting what is rare, and then once more, with what the first machine has translated. */
export function compareTranslators(seed: number, program: ComparedProgram, maxCycles: number): Comparison[] {
  const others = seed % 8 === 0 ? [translator, translator] : [eagerTranslator];
  return others.map((other, turn) =>
    compareEngines([interpreter, other], program, ALL, {
      seed: seed + 1e6 * turn,
      pieces: 1 + (seed % 12),
      maxCycles,
    }),
  );
}

/** Programs without a tape, by seed. */
export const compareImages = (
  options: FuzzOptions,
  imageOf: (seed: number) => Uint8Array,
  maxCycles: number,
): EngineFuzz =>
  compareMany(options, (seed) => {
    const program = { image: imageOf(seed), tape: () => new ReplayTape(new Uint32Array()) };
    return compareTranslators(seed, program, maxCycles);
  });

/** Prints what differs, and how the programs ended. @returns how many differ */
export function printFuzz(name: string, what: string, { differences, cycles, ends }: EngineFuzz): number {
  for (const difference of differences) console.log(difference);
  const list = [...ends].sort((a, b) => b[1] - a[1]).map(([end, n]) => `${end} ${n}`);
  console.log(
    `${name}: ${what}, ${cycles} cycles on each engine, ${differences.length} differ; ends: ${list.join(", ")}`,
  );
  return differences.length;
}
