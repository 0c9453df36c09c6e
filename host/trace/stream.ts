/**
 * Records a run straight into the checker: nothing touches the disk. Every thread, this one among them, has a recorder and a checker of its own, takes the next chunk
 * that no other has taken (`turns.ts`), and goes there without making rows: so only what a chunk found and left (`ChunkReport`) goes from one thread to another.
 *
 * A second thread that only checks was slower, behind a ring in shared memory: 35 million cycles a second (block 22244135 in the original's binary), fewer
 * than on one thread, for 64 bytes a cycle went from one core's cache to the other's.
 */
import { ChunkJoin, type RunClaim } from "../../emulator/trace/check-join.ts";
import { randomChallenge } from "../../emulator/trace/field.ts";
import { RecordingChecker } from "./recording-checker.ts";
import {
  endOf,
  type RunEnd,
  type StreamedChunk,
  type StreamJob,
  type StreamPart,
  type StreamWorkerData,
  streamedChunk,
} from "./streamed-chunk.ts";
import { Turns } from "./turns.ts";
import { errorOf, throwFirst, WorkerPool } from "./workers.ts";
import type { TraceJob } from "./write.ts";

type OnProgress = (chunks: number, cycles: number) => void;

export interface StreamOptions {
  threads: number;
  onProgress?: OnProgress;
}

/** @throws UnprovableRun when there is no witness; CheckRefusal when the checker does not accept what was recorded (a bug of ours) */
export function traceAndCheck(job: TraceJob, { threads, onProgress }: StreamOptions): Promise<RunClaim> {
  return threads === 1 ? alone(job, onProgress) : inParallel(job, threads, onProgress);
}

async function alone(job: TraceJob, onProgress?: OnProgress): Promise<RunClaim> {
  const run = new RecordingChecker(job);
  const challenge = randomChallenge();
  const join = new ChunkJoin(challenge, job.tape);
  while (!run.recorder.finished) {
    join.add(run.chunk(challenge, false));
    onProgress?.(run.recorder.chunk, run.recorder.cycles);
  }
  const { claim, touched } = endOf(run);
  join.finish(claim, touched);
  return claim;
}

async function inParallel(job: TraceJob, threads: number, onProgress?: OnProgress): Promise<RunClaim> {
  const { image, config, tape } = job;
  const challenge = randomChallenge();
  const turns = new Turns(new SharedArrayBuffer(Turns.bytes), threads);
  const join = new ChunkJoin(challenge, tape);
  const done = new Map<number, StreamedChunk>();
  const failures: { chunk: number; error: unknown }[] = [];
  let end: RunEnd | undefined;
  let joined = 0;
  let wake = () => {};
  const change = () => new Promise<void>((resolve) => (wake = resolve));
  const note = (chunk: number, made: StreamedChunk) => {
    if (made.report) done.set(chunk, made);
    end ??= made.end;
    if (end) turns.stop();
    wake();
  };
  const fail = (chunk: number, error: unknown) => {
    failures.push({ chunk, error });
    turns.stop();
    wake();
  };
  const joinReady = () => {
    for (let next = done.get(joined); next; next = done.get(joined)) {
      done.delete(joined);
      join.add(next.report!);
      turns.joined = ++joined;
      onProgress?.(joined, next.cycles);
    }
  };
  let pool: WorkerPool<StreamJob, void, StreamPart> | undefined;
  const others: Promise<void>[] = [];
  const startOthers = () => {
    const workerData: StreamWorkerData = { image, machine: config.name, tape, challenge, turns: turns.memory, threads };
    pool = new WorkerPool("stream-worker", threads - 1, workerData);
    for (let worker = 0; worker < threads - 1; worker++) {
      const part = ({ chunk, reply }: StreamPart) =>
        reply.failure ? fail(chunk, errorOf(reply.failure)) : note(chunk, reply.result!);
      // one that cannot take part is told of if no chunk says more
      others.push(pool.run(worker, "take part", part).catch((error) => fail(Infinity, error)));
    }
  };
  try {
    const own = new RecordingChecker(job);
    for (let chunk = turns.take(); chunk !== undefined && !own.recorder.finished; chunk = turns.take()) {
      for (; turns.isTooFar(chunk); joinReady()) await change();
      try {
        note(chunk, streamedChunk(own, chunk, challenge));
      } catch (error) {
        fail(chunk, error);
      }
      // most programs have no second chunk
      if (chunk === 0 && !turns.stopped) startOthers();
      await new Promise((resolve) => setImmediate(resolve));
      joinReady();
    }
    // others may be loading still, for nothing; but after a failure there may be one in an earlier chunk
    for (; failures.length === 0 && joined !== end?.claim.chunks; joinReady()) await change();
    if (failures.length > 0) await Promise.all(others);
    throwFirst(failures);
    join.finish(end!.claim, end!.touched);
    return end!.claim;
  } finally {
    await pool?.close();
  }
}
