/**
 * Records a run straight into the checker: nothing touches the disk. Every thread has a recorder and a checker of its own, takes the next chunk that no other has
 * taken, and goes there without making rows: so only what a chunk found and left (`ChunkReport`) goes from one thread to another.
 *
 * Until now the second thread was the checker, behind a ring in shared memory: 35 million cycles a second (block 22244135 in the original's binary), fewer
 * than on one thread, for 64 bytes a cycle went from one core's cache to the other's.
 */
import type { ChunkReport } from "../../emulator/trace/check-chunk.ts";
import { ChunkJoin, type RunClaim } from "../../emulator/trace/check-join.ts";
import { type Challenge, randomChallenge } from "../../emulator/trace/field.ts";
import { PART } from "../../emulator/trace/layout.ts";
import { RecordingChecker } from "./recording-checker.ts";
import type { StreamJob, StreamWorkerData } from "./stream-worker.ts";
import { throwFirst, WorkerPool } from "./workers.ts";
import { claimOf, type TraceJob } from "./write.ts";

type OnProgress = (chunks: number, cycles: number) => void;

export interface StreamOptions {
  threads: number;
  onProgress?: OnProgress;
}

/** What is known of a run when its last chunk is complete. */
export interface RunEnd {
  claim: RunClaim;
  /** lazy initialisation and teardown, in pieces */
  touched: Uint8Array[];
}

/** What comes of a chunk; nothing when the run has fewer. */
export interface StreamedChunk {
  report?: ChunkReport;
  cycles: number;
  end?: RunEnd;
}

/** @throws UnprovableRun when there is no witness; CheckRefusal when the checker does not accept what was recorded (a bug of ours) */
export function traceAndCheck(job: TraceJob, { threads, onProgress }: StreamOptions): Promise<RunClaim> {
  return threads === 1 ? alone(job, onProgress) : inParallel(job, threads, onProgress);
}

/** The next chunk, and what is known behind the last. */
export function streamedChunk(run: RecordingChecker, challenge: Challenge): StreamedChunk {
  const report = run.chunk(challenge);
  const { cycles, finished } = run.recorder;
  return finished ? { report, cycles, end: endOf(run) } : { report, cycles };
}

export function endOf({ recorder }: RecordingChecker): RunEnd {
  const touched = [...recorder.touchedWords()];
  const bytes = touched.reduce((sum, piece) => sum + piece.length, 0);
  return { claim: claimOf(recorder, bytes / PART.touched), touched };
}

async function alone(job: TraceJob, onProgress?: OnProgress): Promise<RunClaim> {
  const run = new RecordingChecker(job);
  const challenge = randomChallenge();
  const join = new ChunkJoin(challenge, job.tape);
  while (!run.recorder.finished) {
    join.add(run.chunk(challenge));
    onProgress?.(run.recorder.chunk, run.recorder.cycles);
  }
  const { claim, touched } = endOf(run);
  join.finish(claim, touched, run.checker);
  return claim;
}

/** Chunks that may be ahead of the one that is to be joined next, for each thread: bounds the memory that reports take. */
const AHEAD = 3;

/** Chunks that this thread makes: most programs have no second one, and need no workers; and while workers load, there is time for the next two. */
const OWN_CHUNKS = 3;

async function inParallel(job: TraceJob, threads: number, onProgress?: OnProgress): Promise<RunClaim> {
  const { image, config, tape } = job;
  const challenge = randomChallenge();
  const workerData: StreamWorkerData = { image, machine: config.name, tape, challenge };
  let pool: WorkerPool<StreamJob, StreamedChunk> | undefined;
  const join = new ChunkJoin(challenge, tape);
  const done = new Map<number, StreamedChunk>();
  const failures: { chunk: number; error: unknown }[] = [];
  const underWay = new Set<Promise<void>>();
  let joined = 0;
  let end: RunEnd | undefined;
  const note = (chunk: number, made: StreamedChunk) => {
    if (made.report) done.set(chunk, made);
    end ??= made.end;
  };
  const start = (worker: number, chunk: number) => {
    const tracked: Promise<void> = pool!
      .run(worker, { chunk })
      .then(
        (made) => note(chunk, made),
        (error) => void failures.push({ chunk, error }),
      )
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };
  const joinReady = () => {
    for (let next = done.get(joined); next; next = done.get(joined)) {
      done.delete(joined);
      join.add(next.report!);
      joined++;
      onProgress?.(joined, next.cycles);
    }
  };
  const goesOn = () => !end && failures.length === 0;
  try {
    const own = new RecordingChecker(job);
    let chunk = 0;
    for (; chunk < OWN_CHUNKS && goesOn(); chunk++) {
      if (chunk > 0) pool ??= new WorkerPool("stream-worker", threads, workerData);
      note(chunk, streamedChunk(own, challenge));
      joinReady();
    }
    for (; pool && goesOn(); chunk++) {
      const worker = await pool.take();
      if (goesOn()) start(worker, chunk);
      joinReady();
      while (chunk - joined >= AHEAD * threads && underWay.size > 0 && goesOn()) {
        await Promise.race(underWay);
        joinReady();
      }
    }
    await Promise.all(underWay);
    joinReady();
    throwFirst(failures);
    join.finish(end!.claim, end!.touched, own.checker);
    return end!.claim;
  } finally {
    await pool?.close();
  }
}
