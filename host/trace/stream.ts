/**
 * Records a run straight into the checker: nothing touches the disk. On one thread they take turns; on two the checker is a worker, with a ring of
 * a few megabytes between them.
 */
import type { Delegation } from "../../emulator/isa/table.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { type CallSource, ChunkChecker } from "../../emulator/trace/check-chunk.ts";
import { ChunkJoin, type RunClaim } from "../../emulator/trace/check-join.ts";
import { type Challenge, randomChallenge } from "../../emulator/trace/field.ts";
import {
  BUFFER_CALLS,
  bytesPerCall,
  DELEGATION_PARTS,
  type DelegationPart,
  PART,
} from "../../emulator/trace/layout.ts";
import { Recorder } from "../../emulator/trace/recorder.ts";
import { RingSender } from "./ring.ts";
import { type CallParts, newWitnessRing, ReceiverGone, RingTarget, type WitnessTarget } from "./stream-ring.ts";
import type { StreamJob, StreamWorkerData } from "./stream-worker.ts";
import { WorkerPool } from "./workers.ts";
import { claimOf, type TraceJob } from "./write.ts";

type Calls = NonNullable<ReturnType<CallSource>>;

/** Calls of a delegation, which are handed over before the rows that make them. Their memory is used again: a block has gigabytes of them. */
class CallQueue {
  readonly #name: Delegation;
  readonly #waiting: (Calls & { memory: CallParts })[] = [];
  readonly #free: CallParts[] = [];
  #taken: CallParts | undefined;

  constructor(name: Delegation) {
    this.#name = name;
  }

  /** @param parts are copied; at most `BUFFER_CALLS` */
  push(calls: number, parts: CallParts): void {
    const size = bytesPerCall(this.#name);
    const memory = this.#free.pop() ?? partsOf((part) => new Uint8Array(size[part] * BUFFER_CALLS));
    for (const part of DELEGATION_PARTS) memory[part].set(parts[part]);
    this.#waiting.push({ calls, parts: partsOf((part) => memory[part].subarray(0, size[part] * calls)), memory });
  }
  get first(): Calls | undefined {
    return this.#waiting[0];
  }
  /** The next calls: valid until more are taken. */
  take(): Calls | undefined {
    if (this.#taken) this.#free.push(this.#taken);
    const next = this.#waiting.shift();
    this.#taken = next?.memory;
    return next;
  }
}

const partsOf = (make: (part: DelegationPart) => Uint8Array): CallParts =>
  Object.fromEntries(DELEGATION_PARTS.map((part) => [part, make(part)])) as CallParts;

/** Checks what it is given, in order. Methods throw CheckRefusal */
export class StreamChecker implements WitnessTarget {
  readonly #challenge: Challenge = randomChallenge();
  readonly #checker: ChunkChecker;
  readonly #join: ChunkJoin;
  readonly #calls: Record<Delegation, CallQueue> = { blake2s: new CallQueue("blake2s"), u256: new CallQueue("u256") };

  constructor({ image, config, tape }: TraceJob) {
    this.#checker = new ChunkChecker(image, config);
    this.#join = new ChunkJoin(this.#challenge, tape);
  }

  begin(chunk: number): void {
    const calls = this.#calls;
    this.#checker.begin(chunk, (name, limit) => (limit === 0 ? calls[name].first : calls[name].take()));
  }
  calls(name: Delegation, calls: number, parts: CallParts): void {
    this.#calls[name].push(calls, parts);
  }
  rows(bytes: Uint8Array): void {
    this.#checker.rows(bytes);
  }
  end(): void {
    this.#join.add(this.#checker.end(this.#challenge));
  }
  finish(claim: RunClaim, touched: Iterable<Uint8Array>): void {
    this.#join.finish(claim, touched, this.#checker);
  }
}

type OnProgress = (chunks: number, cycles: number) => void;

export interface StreamOptions {
  threads: number;
  onProgress?: OnProgress;
}

/** @throws UnprovableRun when there is no witness; CheckRefusal when the checker does not accept what was recorded (a bug of ours) */
export async function traceAndCheck(job: TraceJob, { threads, onProgress }: StreamOptions): Promise<RunClaim> {
  if (threads === 1) return record(job, new StreamChecker(job), onProgress);
  const { image, config, tape } = job;
  const ring = newWitnessRing();
  const workerData: StreamWorkerData = { ring, image, machine: config.name, tape };
  const pool = new WorkerPool<StreamJob, void>("stream-worker", 1, workerData);
  try {
    // while the recorder runs this thread hears nothing: the worker must be there before
    await pool.run(0, "load");
    const checked = pool.run(0, "check");
    // should the recorder fail as well, its error is the one to be told
    checked.catch(() => {});
    let claim: RunClaim | undefined;
    try {
      claim = record(job, new RingTarget(new RingSender(ring)), onProgress);
    } catch (error) {
      if (!(error instanceof ReceiverGone)) throw error;
    }
    await checked;
    return claim!;
  } finally {
    await pool.close();
  }
}

/** Makes the witness of a run, all of it, and hands it over. @throws UnprovableRun, and what the target throws */
export function record({ image, config, tape }: TraceJob, target: WitnessTarget, onProgress?: OnProgress): RunClaim {
  const recorder = new Recorder(image, config, new ReplayTape(tape), {
    rows: (bytes) => target.rows(bytes),
    delegation: (name, calls, parts) => target.calls(name, calls, parts),
  });
  while (!recorder.finished) {
    const { chunk } = recorder;
    target.begin(chunk);
    recorder.recordChunk();
    target.end();
    onProgress?.(chunk + 1, recorder.cycles);
  }
  const touched = [...recorder.touchedWords()];
  const bytes = touched.reduce((sum, piece) => sum + piece.length, 0);
  const claim = claimOf(recorder, bytes / PART.touched);
  target.finish(claim, touched);
  return claim;
}
