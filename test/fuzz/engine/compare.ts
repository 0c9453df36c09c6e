/** Runs one program on two engines side by side, in pieces that end at random cycle limits, and compares everything after each. */
import type { Engine, Machine, TapeDevice } from "../../../emulator/engine/engine.ts";
import type { MachineConfig } from "../../../emulator/machine/config.ts";
import { stateOf } from "../../lib/engines.ts";
import { Random } from "../../lib/random.ts";

/** A program with a tape for each engine that runs it. */
export interface ComparedProgram {
  readonly image: Uint8Array;
  readonly tape: () => TapeDevice;
}

export interface ComparisonOptions {
  readonly seed: number;
  /** Cycle limits on the way, at most; the last piece goes to `maxCycles`. */
  readonly pieces: number;
  readonly maxCycles: number;
  /** A piece has less than 2^bits cycles; default 18. */
  readonly pieceBits?: number;
}

/** A tape without an end: word n is made from n and a seed. */
export class EndlessTape implements TapeDevice {
  readonly #seed: number;
  #position = 0;
  constructor(seed: number) {
    this.#seed = seed;
  }
  read(): number {
    return new Random(this.#seed ^ Math.imul(this.#position++, 0x9e3779b1)).word();
  }
  write(): void {}
  seek(wordsRead: number): void {
    this.#position = wordsRead;
  }
}

/** A tape that notes what the guest writes. */
class NotingTape implements TapeDevice {
  readonly #inner: TapeDevice;
  written = 0;
  constructor(inner: TapeDevice) {
    this.#inner = inner;
  }
  read(): number {
    return this.#inner.read();
  }
  write(word: number): void {
    this.written = (Math.imul(this.written, 31) + word) | 0;
  }
  seek(wordsRead: number): void {
    this.#inner.seek?.(wordsRead);
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
  /** Limits at which registers, pc, tape, and counts were compared; and of them, memory too. */
  readonly checkpoints: number;
  readonly digests: number;
}

export function compareEngines(
  engines: readonly [Engine, Engine],
  { image, tape }: ComparedProgram,
  config: MachineConfig,
  { seed, pieces, maxCycles, pieceBits = 18 }: ComparisonOptions,
): Comparison {
  const random = new Random(seed ^ 0x5eed);
  const tapes = engines.map(() => new NotingTape(tape()));
  const machines = engines.map((engine, i) => engine.load(image, config, tapes[i]!));
  let digests = 0;
  for (let piece = 1; ; piece++) {
    const cycles = machines[0]!.cycles;
    const limit =
      piece >= pieces ? maxCycles : Math.min(maxCycles, cycles + 1 + random.below(1 << random.below(pieceBits)));
    const results = machines.map((machine, i) => {
      const stop = machine.run({ maxCycles: limit });
      return { stop, ...stateOf(machine), written: tapes[i]!.written };
    });
    const [a, b] = results.map((result) => JSON.stringify(result));
    const { kind, cause } = results[0]!.stop;
    const outcome = { stop: cause ?? kind, checkpoints: piece };
    if (a !== b) return { difference: `at limit ${limit}:\n${a}\n${b}`, cycles, digests, ...outcome };
    const isLast = kind !== "cycle-limit" || machines[0]!.cycles >= maxCycles;
    if (!isLast && !random.chance(12)) continue;
    const [first, second] = machines.map(digestOf);
    digests++;
    if (first !== second)
      return { difference: `memory differs at cycle ${machines[0]!.cycles}`, cycles, digests, ...outcome };
    if (isLast) return { difference: undefined, cycles: machines[0]!.cycles, digests, ...outcome };
  }
}
