/** Differential fuzzing of the compiler: random modules in V8 and in the emulator, plain and with bounds checks, on both machines. */
import { differs } from "./compare.ts";
import { generateModule } from "./generate.ts";

export interface FuzzReport {
  readonly ran: number;
  readonly trapped: number;
  readonly failures: { seed: number; message: string; text: string }[];
}

/** Runs `count` modules from `seed` on. Every third is wild: with bounds checks, misaligned and out of bounds; every fourth is modern. */
export function fuzzCompiler(seed: number, count: number, progress?: (done: number) => void): FuzzReport {
  const failures: FuzzReport["failures"] = [];
  let trapped = 0;
  for (let k = 0; k < count; k++) {
    const wild = (seed + k) % 3 === 0;
    const modern = (seed + k) % 4 === 3;
    const text = generateModule(seed + k, { modern, ...(wild ? { wild, base: 0 } : { base: 0x20_0000 }) });
    const outcome = differs(text, { wild, signedMulDiv: (seed + k) % 2 === 0 });
    if (outcome.message !== undefined) failures.push({ seed: seed + k, message: outcome.message, text });
    if (outcome.trapped) trapped++;
    progress?.(k + 1);
  }
  return { ran: count, trapped, failures };
}
