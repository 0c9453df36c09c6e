/** `npm run fuzz -- engine`: random programs on the interpreter and the translator, compared at random cycle limits. */
import { interpreter } from "../../../emulator/engine/interpreter.ts";
import { eagerTranslator, translator } from "../../../emulator/engine/translator.ts";
import { ALL } from "../../../emulator/machine/config.ts";
import { ReplayTape } from "../../../emulator/tape/device.ts";
import type { FuzzOptions } from "../main.ts";
import { compareEngines } from "./compare.ts";
import { randomProgram } from "./program.ts";

export interface EngineFuzz {
  readonly differences: readonly string[];
  readonly cycles: number;
  /** How the programs ended → how many. */
  readonly ends: ReadonlyMap<string, number>;
}

export function fuzzEngines({ count, seed: first }: FuzzOptions): EngineFuzz {
  const ends = new Map<string, number>();
  const differences: string[] = [];
  let cycles = 0;
  for (let seed = first; seed < first + count; seed++) {
    const { image, tape } = randomProgram(seed, 60 + (seed % 7) * 120);
    const maxCycles = seed % 50 === 0 ? 20_000_000 : 300_000;
    // now and then as users have it, interpreting what is rare; and then once more, with what the first machine has translated
    const others = seed % 8 === 0 ? [translator, translator] : [eagerTranslator];
    for (const [turn, other] of others.entries()) {
      const result = compareEngines([interpreter, other], { image, tape: () => new ReplayTape(tape) }, ALL, {
        seed: seed + 1e6 * turn,
        pieces: 1 + (seed % 12),
        maxCycles,
      });
      if (turn === 0) {
        cycles += result.cycles;
        ends.set(result.stop, (ends.get(result.stop) ?? 0) + 1);
      }
      if (result.difference !== undefined) differences.push(`seed ${seed}, turn ${turn}: ${result.difference}`);
    }
  }
  return { differences, cycles, ends };
}

/** Prints what differs. @returns how many programs did */
export async function reportEngineFuzz(options: FuzzOptions): Promise<number> {
  const { differences, cycles, ends } = fuzzEngines(options);
  for (const difference of differences) console.log(difference);
  const list = [...ends].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${name} ${n}`);
  console.log(
    `engine: ${options.count} programs, ${cycles} cycles on each engine, ${differences.length} differ; ends: ${list.join(", ")}`,
  );
  return differences.length;
}
