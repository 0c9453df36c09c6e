/** `npm run fuzz -- engine-modules`: images that our compiler makes of random WebAssembly modules, on both engines, compared at random cycle limits. */
import { link } from "../../../compiler/link/link.ts";
import { compileModule } from "../../../compiler/pipeline.ts";
import { readModule } from "../../../compiler/wasm/reader.ts";
import { interpreter } from "../../../emulator/engine/interpreter.ts";
import { eagerTranslator, translator } from "../../../emulator/engine/translator.ts";
import { FULL, UNSIGNED } from "../../../emulator/machine/config.ts";
import { wat } from "../../lib/wat.ts";
import { generateModule } from "../compiler/generate.ts";
import type { FuzzOptions } from "../main.ts";
import { compareEngines, EndlessTape } from "./compare.ts";
import type { EngineFuzz } from "./report.ts";

const MAX_CYCLES = 5_000_000;

/** Every third module is wild (bounds checks, misaligned and out of bounds), as for the compiler; every other for the machine without signed mul and div. */
export function fuzzModules({ count, seed: first }: FuzzOptions): EngineFuzz {
  const ends = new Map<string, number>();
  const differences: string[] = [];
  let cycles = 0;
  for (let seed = first; seed < first + count; seed++) {
    const wild = seed % 3 === 0;
    const signedMulDiv = seed % 2 === 0;
    const text = generateModule(seed, wild ? { wild, base: 0 } : { base: 0x20_0000 });
    const strict = wild ? { boundsChecks: true, memoryBias: 0x20_0000 } : {};
    const { image } = link(compileModule(readModule(wat(text)), { ...strict, signedMulDiv }));
    const result = compareEngines(
      [interpreter, seed % 4 === 0 ? translator : eagerTranslator],
      { image, tape: () => new EndlessTape(seed) },
      signedMulDiv ? FULL : UNSIGNED,
      { seed, pieces: 1 + (seed % 9), maxCycles: MAX_CYCLES },
    );
    cycles += result.cycles;
    ends.set(result.stop, (ends.get(result.stop) ?? 0) + 1);
    if (result.difference !== undefined) differences.push(`seed ${seed}: ${result.difference}`);
  }
  return { differences, cycles, ends };
}

/** Prints what differs. @returns how many modules did */
export async function reportModules(options: FuzzOptions): Promise<number> {
  const { differences, cycles, ends } = fuzzModules(options);
  for (const difference of differences) console.log(difference);
  const list = [...ends].sort((a, b) => b[1] - a[1]).map(([name, n]) => `${name} ${n}`);
  console.log(
    `engine-modules: ${options.count} modules, ${cycles} cycles on each engine, ${differences.length} differ; ends: ${list.join(", ")}`,
  );
  return differences.length;
}
