/**
 * Attacks a block's proof: runs with forged words on the tape (`mutate.ts`) and runs on an oracle that lies (`liar.ts`), in turns. Whatever a run reaches must be the honest public input of the statement that its inputs make, or a stop;
 * anything else is an accepted forgery, a hole in the guest.
 */
import type { Engine, TapeDevice } from "../../emulator/engine/engine.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { InputError } from "../../errors.ts";
import type { BlockBundle } from "../blocks/block.ts";
import { OracleDevice } from "../oracle/device.ts";
import { Oracle } from "../oracle/oracle.ts";
import type { StfOptions } from "../stf/build.ts";
import { type ProvingImage, publicInputOfRun, runTape, type TapeRun } from "../stf/proving-block.ts";
import { canLieAbout, LyingOracle } from "./liar.ts";
import { answersOf, mutateTape, type RecordedTape } from "./mutate.ts";
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
  publicInput: string;
  /** what should have come; null where only a stop is honest */
  honest: string | null;
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

/** One dishonest run: what was forged, how it ended, what it read. */
interface Attempt {
  kind: string;
  description: string;
  /** undefined where nobody could answer what the guest then asked */
  outcome: TapeRun | undefined;
  tape: Uint32Array;
  answers: () => ReadQuery[];
}

function runForgedTape({ engine, image, recorded, other, maxCycles }: ForgeOptions, random: Random): Attempt {
  const mutation = mutateTape(recorded, random, other);
  const device = new ObservedTape(mutation.tape);
  return { ...mutation, outcome: runTape(engine, image, device, maxCycles), answers: () => device.answers() };
}

function runOnLies(bundle: BlockBundle, { engine, image, recorded, maxCycles }: ForgeOptions, random: Random): Attempt {
  // half the time at any question, half the time at a question of any kind
  const ids = recorded.queries.map(({ id }) => id).filter(canLieAbout);
  const kind = random.pick([...new Set(ids)]);
  const places = [...ids.keys()].filter((i) => ids[i] === kind);
  const target = random.below(2) === 0 ? random.below(ids.length) : random.pick(places);
  const liar = new LyingOracle(new Oracle(bundle), bundle.state, random, target);
  const device = new OracleDevice(liar);
  let outcome: TapeRun | undefined;
  try {
    outcome = runTape(engine, image, device, maxCycles);
  } catch (error) {
    if (!(error instanceof InputError || error instanceof RangeError)) throw error;
  }
  const answers = () => {
    const tape = device.tape();
    const read = answersOf({ tape, queries: device.queries });
    return read.map(({ id, start, length }) => ({ id, words: tape.slice(start + 1, start + length) }));
  };
  return { kind: "lie", description: liar.lie ?? "no lie", outcome, tape: device.tape(), answers };
}

export async function forge(bundle: BlockBundle, options: ForgeOptions): Promise<ForgeReport> {
  const { engine, image, recorded, runs, seed } = options;
  const own = publicInputOfRun(runTape(engine, image, new ReplayTape(recorded.tape)));
  const report: ForgeReport = { runs, stopped: {}, honest: 0, otherStatement: 0, forgeries: [] };
  for (let run = 0; run < runs; run++) {
    const random = new Random(seed + run);
    const lies = run % 2 === 1 && recorded.queries.some(({ id }) => canLieAbout(id));
    const attempt = lies ? runOnLies(bundle, options, random) : runForgedTape(options, random);
    options.onProgress?.(run + 1);
    const { outcome } = attempt;
    if (outcome?.stop.kind !== "finished") {
      const cause = outcome === undefined ? "no-answer" : (outcome.stop.cause ?? outcome.stop.kind);
      report.stopped[cause] = (report.stopped[cause] ?? 0) + 1;
      continue;
    }
    const publicInput = publicInputOfRun(outcome);
    if (publicInput === own) {
      report.honest++;
      continue;
    }
    const statement = statementOf(attempt.answers());
    const honest = statement && (await honestPublicInput(bundle, statement, options));
    const { kind, description, tape } = attempt;
    if (honest === publicInput) report.otherStatement++;
    else report.forgeries.push({ run, kind, description, tape, publicInput, honest: honest ?? null });
  }
  return report;
}
