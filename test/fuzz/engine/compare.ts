/** Runs one program on two engines side by side, in pieces that end at random cycle limits, and compares everything after each. */
import type { Engine, Machine, TapeDevice } from "../../../emulator/engine/engine.ts";
import type { MachineConfig } from "../../../emulator/machine/config.ts";
import { ReplayTape } from "../../../emulator/tape/device.ts";
import { stateOf } from "../../lib/engines.ts";
import { Random } from "../../lib/random.ts";
import type { RandomProgram } from "./program.ts";

/** A tape that notes what the guest writes. */
class NotingTape implements TapeDevice {
  readonly #inner: ReplayTape;
  written = 0;
  constructor(words: Uint32Array) {
    this.#inner = new ReplayTape(words);
  }
  read(): number {
    return this.#inner.read();
  }
  write(word: number): void {
    this.written = (Math.imul(this.written, 31) + word) | 0;
  }
  seek(wordsRead: number): void {
    this.#inner.seek(wordsRead);
  }
}

/** RAM as a number (FNV over the pages that are not zero). */
export function digestOf(machine: Machine): number {
  let digest = 0x811c9dc5;
  for (const [page, bytes] of machine.snapshot().pages) {
    digest = Math.imul(digest ^ page, 0x01000193);
    for (const word of new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4))
      digest = Math.imul(digest ^ word, 0x01000193);
  }
  return digest >>> 0;
}

export interface Comparison {
  /** What differs, or undefined. */
  readonly difference: string | undefined;
  readonly cycles: number;
  readonly stop: string;
}

export function compareEngines(
  engines: readonly [Engine, Engine],
  { image, tape }: RandomProgram,
  config: MachineConfig,
  { seed, pieces, maxCycles }: { seed: number; pieces: number; maxCycles: number },
): Comparison {
  const random = new Random(seed ^ 0x5eed);
  const tapes = engines.map(() => new NotingTape(tape));
  const machines = engines.map((engine, i) => engine.load(image, config, tapes[i]!));
  for (let piece = 1; ; piece++) {
    const cycles = machines[0]!.cycles;
    const limit = piece >= pieces ? maxCycles : Math.min(maxCycles, cycles + 1 + random.below(1 << random.below(18)));
    const results = machines.map((machine, i) => {
      const stop = machine.run({ maxCycles: limit });
      return { stop, ...stateOf(machine), written: tapes[i]!.written };
    });
    const [a, b] = results.map((result) => JSON.stringify(result));
    const { kind, cause } = results[0]!.stop;
    const outcome = cause ?? kind;
    if (a !== b) return { difference: `at limit ${limit}:\n${a}\n${b}`, cycles, stop: outcome };
    const isLast = kind !== "cycle-limit" || machines[0]!.cycles >= maxCycles;
    if (!isLast && !random.chance(12)) continue;
    const digests = machines.map(digestOf);
    if (digests[0] !== digests[1])
      return { difference: `memory differs at cycle ${machines[0]!.cycles}`, cycles, stop: outcome };
    if (isLast) return { difference: undefined, cycles: machines[0]!.cycles, stop: outcome };
  }
}
