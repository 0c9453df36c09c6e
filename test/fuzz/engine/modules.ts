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
import { compareMany, type EngineFuzz, printFuzz } from "./many.ts";

const MAX_CYCLES = 5_000_000;

/** Every third module is wild (bounds checks, misaligned and out of bounds), as for the compiler; every other for the machine without signed mul and div. */
export const fuzzModules = (options: FuzzOptions): EngineFuzz =>
  compareMany(options, (seed) => {
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
    return [result];
  });

/** Prints what differs. @returns how many modules did */
export async function reportModules(options: FuzzOptions): Promise<number> {
  return printFuzz("engine-modules", `${options.count} modules`, fuzzModules(options));
}
