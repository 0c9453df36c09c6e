/**
 * Attacks a block's tape: many runs with forged words. Whatever a run reaches must be the honest public input of the statement that its inputs make, or a stop;
 * anything else is an accepted forgery, a hole in the guest.
 */
import type { Engine, TapeDevice } from "../../emulator/engine/engine.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import type { BlockBundle } from "../blocks/bundle.ts";
import type { Hex } from "../bytes.ts";
import type { StfOptions } from "../stf/build.ts";
import { type ProvingImage, publicInputOfRun, runTape } from "../stf/proving-block.ts";
import { mutateTape, type RecordedTape } from "./mutate.ts";
import { Random } from "./random.ts";
import { honestPublicInput, type ReadQuery, statementOf } from "./statement.ts";

export interface ForgeOptions extends StfOptions {
  engine: Engine;
  image: ProvingImage;
  recorded: RecordedTape;
  /** the tape of another block, for its answers */
  other?: RecordedTape;
  runs: number;
  seed: number;
  /** a forged run may wander: it is cut, and counted as stopped, at this many cycles */
  maxCycles: number;
  onProgress?: (done: number) => void;
}

/** A forgery that was accepted: enough to run it again. */
export interface Forgery {
  run: number;
  kind: string;
  description: string;
  publicInput: Hex;
  honest: Hex | null;
  tape: Uint32Array;
}

export interface ForgeReport {
  runs: number;
  /** runs that stopped, by cause */
  stopped: Record<string, number>;
  /** runs that came to the block's own public input: the forged word does not matter */
  honest: number;
  /** runs that made another statement and gave its honest public input */
  otherStatement: number;
  forgeries: Forgery[];
}

/** Replays a tape and notes which query read which words: what the guest writes is the protocol of DESIGN section 4. */
class ObservedTape implements TapeDevice {
  readonly #inner: ReplayTape;
  readonly queries: { id: number; read: number[] }[] = [];
  #written: number[] = [];

  constructor(words: Uint32Array) {
    this.#inner = new ReplayTape(words);
  }

  read(): number {
    if (this.#written.length) {
      this.queries.push({ id: this.#written[0], read: [] });
      this.#written = [];
    }
    const word = this.#inner.read();
    this.queries.at(-1)?.read.push(word);
    return word;
  }

  write(word: number): void {
    this.#written.push(word);
  }

  /** The queries with their answers, length words left out. */
  answers(): ReadQuery[] {
    return this.queries.map(({ id, read }) => ({ id, words: Uint32Array.from(read.slice(1)) }));
  }
}

export async function forge(bundle: BlockBundle, options: ForgeOptions): Promise<ForgeReport> {
  const { engine, image, recorded, other, runs, seed, maxCycles } = options;
  const own = publicInputOfRun(runTape(engine, image, new ReplayTape(recorded.tape)));
  const report: ForgeReport = { runs, stopped: {}, honest: 0, otherStatement: 0, forgeries: [] };
  for (let run = 0; run < runs; run++) {
    const mutation = mutateTape(recorded, new Random(seed + run), other);
    const device = new ObservedTape(mutation.tape);
    const outcome = runTape(engine, image, device, maxCycles);
    options.onProgress?.(run + 1);
    if (outcome.stop.kind !== "finished") {
      const cause = outcome.stop.cause ?? outcome.stop.kind;
      report.stopped[cause] = (report.stopped[cause] ?? 0) + 1;
      continue;
    }
    const publicInput = publicInputOfRun(outcome);
    if (publicInput === own) {
      report.honest++;
      continue;
    }
    const statement = statementOf(device.answers());
    const honest = statement && (await honestPublicInput(bundle, statement, options));
    if (honest === publicInput) report.otherStatement++;
    else report.forgeries.push({ run, ...mutation, publicInput, honest: honest ?? null });
  }
  return report;
}
