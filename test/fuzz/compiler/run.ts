/** Differential fuzzing of the compiler: random modules in V8 and in the emulator, plain and with bounds checks, on both machines. */
import { generateCallGraph } from "./call-graph.ts";
import { differs } from "./compare.ts";
import { generateModule } from "./generate.ts";

export interface FuzzReport {
  readonly ran: number;
  readonly trapped: number;
  readonly failures: { seed: number; message: string; text: string }[];
}

type Progress = (done: number) => void;

interface Case {
  readonly text: string;
  readonly wild: boolean;
}

/** Runs `count` call graphs from `seed` on. */
export function fuzzCalls(seed: number, count: number, progress?: Progress): FuzzReport {
  return fuzz(seed, count, (one) => ({ text: generateCallGraph(one), wild: false }), progress);
}

/** Runs `count` modules from `seed` on. Every third is wild: with bounds checks, misaligned and out of bounds; every fourth is modern. */
export function fuzzCompiler(seed: number, count: number, progress?: Progress): FuzzReport {
  const generate = (one: number): Case => {
    const wild = one % 3 === 0;
    const modern = one % 4 === 3;
    return { text: generateModule(one, { modern, ...(wild ? { wild, base: 0 } : { base: 0x20_0000 }) }), wild };
  };
  return fuzz(seed, count, generate, progress);
}

function fuzz(seed: number, count: number, generate: (seed: number) => Case, progress?: Progress): FuzzReport {
  const failures: FuzzReport["failures"] = [];
  let trapped = 0;
  for (let k = 0; k < count; k++) {
    const one = seed + k;
    const { text, wild } = generate(one);
    const outcome = differs(text, { wild, signedMulDiv: one % 2 === 0 });
    if (outcome.message !== undefined) failures.push({ seed: one, message: outcome.message, text });
    if (outcome.trapped) trapped++;
    progress?.(k + 1);
  }
  return { ran: count, trapped, failures };
}
