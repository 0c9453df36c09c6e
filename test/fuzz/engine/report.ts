/** `npm run fuzz -- engine`: random programs on the interpreter and the translator, compared at random cycle limits. */
import { ReplayTape } from "../../../emulator/tape/device.ts";
import type { FuzzOptions } from "../main.ts";
import { compareMany, compareTranslators, type EngineFuzz, printFuzz } from "./many.ts";
import { randomProgram } from "./program.ts";

export const fuzzEngines = (options: FuzzOptions): EngineFuzz =>
  compareMany(options, (seed) => {
    const { image, tape } = randomProgram(seed, 60 + (seed % 7) * 120);
    const program = { image, tape: () => new ReplayTape(tape) };
    return compareTranslators(seed, program, seed % 50 === 0 ? 20_000_000 : 300_000);
  });

/** Prints what differs. @returns how many programs did */
export async function reportEngineFuzz(options: FuzzOptions): Promise<number> {
  return printFuzz("engine", `${options.count} programs`, fuzzEngines(options));
}
