/**
 * Writes the witness of a run into a folder, as a stream. On one thread the recorder's rows go straight to the disk. With more, one recorder
 * runs ahead and keeps only what changes (`CheckpointDelta`), and workers make the rows of chunks from there. Finished chunks survive an interruption.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { MachineConfig } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { printRaw } from "../../emulator/tape/tape.ts";
import type { RunClaim } from "../../emulator/trace/check-join.ts";
import { PART } from "../../emulator/trace/layout.ts";
import { type CheckpointDelta, NO_SINK, Recorder } from "../../emulator/trace/recorder.ts";
import { InputError } from "../../errors.ts";
import { writeArrow } from "./arrow.ts";
import { DelegationWriter } from "./delegation-files.ts";
import {
  checkpointFile,
  DigestedFile,
  type FileDigest,
  hasDigest,
  MANIFEST,
  PROGRAM,
  PROGRESS,
  replaceFile,
  rowsFile,
  TAPE,
  TOUCHED,
  writeDigested,
} from "./files.ts";
import { type Manifest, makeManifest } from "./manifest.ts";
import type { RecordJob, RecordWorkerData } from "./record-worker.ts";
import { WorkerPool } from "./workers.ts";

export interface TraceJob {
  image: Uint8Array;
  config: MachineConfig;
  tape: Uint32Array;
}

export interface TraceOptions {
  threads: number;
  /** also write a checkpoint at each chunk's beginning, from which `writeChunk` starts */
  checkpoints?: boolean;
  /** also write the witness as columns */
  arrow?: boolean;
  onProgress?: (chunks: number, cycles: number) => void;
}

/** Which chunks of which run are finished. */
interface Progress {
  identity: string;
  chunks: Record<string, FileDigest>;
}

function identityOf({ image, config, tape }: TraceJob): string {
  const tapeBytes = new Uint8Array(tape.buffer, tape.byteOffset, tape.byteLength);
  return createHash("sha256").update(config.name).update(image).update("tape").update(tapeBytes).digest("hex");
}

function readProgress(folder: string, identity: string): Progress {
  const path = join(folder, PROGRESS);
  const fresh: Progress = { identity, chunks: {} };
  if (!existsSync(path)) return fresh;
  let found: Progress;
  try {
    found = JSON.parse(readFileSync(path, "utf8")) as Progress;
  } catch {
    return fresh;
  }
  if (found.identity !== identity)
    throw new InputError(
      "the folder holds the unfinished trace of another program, tape or machine",
      folder,
      "give another folder, or remove this one",
    );
  for (const [chunk, digest] of Object.entries(found.chunks))
    if (!hasDigest(folder, digest)) delete found.chunks[chunk];
  return found;
}

export function claimOf(recorder: Recorder, touchedWords: number): RunClaim {
  const finalRegisters = recorder.finalRegisters();
  const values = finalRegisters.map(({ value }) => value);
  return {
    cycles: recorder.cycles,
    chunks: recorder.chunk,
    finalPc: recorder.pc,
    finalRegisters,
    output: values.slice(10, 18),
    chain: values.slice(18, 26),
    delegations: { ...recorder.delegations },
    tapeWordsRead: recorder.tapeWordsRead,
    touchedWords,
  };
}

/**
 * @throws UnprovableRun when there is no witness; InputError when the folder cannot take it. Chunks that are finished stay, and the same call
 * goes on from there.
 */
export async function writeTrace(folder: string, job: TraceJob, options: TraceOptions): Promise<Manifest> {
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, MANIFEST), { force: true });
  const progress = readProgress(folder, identityOf(job));
  const note = (chunk: number, digest: FileDigest) => {
    progress.chunks[chunk] = digest;
    replaceFile(folder, PROGRESS, JSON.stringify(progress));
  };
  const delegations = new DelegationWriter(folder);
  const derived: FileDigest[] = [];
  const checkpoint = (delta: CheckpointDelta) =>
    void derived.push(writeDigested(folder, checkpointFile(delta.chunk), serialize(delta)));
  const way = options.threads > 1 ? inParallel : alone;
  let recorder: Recorder;
  try {
    recorder = await way(folder, job, options, { progress, note, checkpoint, delegations });
  } catch (error) {
    delegations.abandon();
    throw error;
  }
  const files = [...Object.values(progress.chunks), ...delegations.finish()];
  const touched = new DigestedFile(folder, TOUCHED);
  for (const piece of recorder.touchedWords()) touched.write(piece);
  const list = touched.finish();
  files.push(list, writeDigested(folder, PROGRAM, job.image), writeDigested(folder, TAPE, printRaw(job.tape)));
  if (options.arrow) derived.push(...writeArrow(folder, recorder.chunk));
  const manifest = makeManifest(job.config, claimOf(recorder, list.bytes / PART.touched), files, derived);
  replaceFile(folder, MANIFEST, `${JSON.stringify(manifest, undefined, 1)}\n`);
  rmSync(join(folder, PROGRESS), { force: true });
  return manifest;
}

/** What was done before, and where to put what is done now. */
interface Ledger {
  progress: Progress;
  note: (chunk: number, digest: FileDigest) => void;
  checkpoint: (delta: CheckpointDelta) => void;
  delegations: DelegationWriter;
}

type Way = (folder: string, job: TraceJob, options: TraceOptions, ledger: Ledger) => Promise<Recorder>;

const alone: Way = async (folder, { image, config, tape }, options, ledger) => {
  const { progress, note, checkpoint, delegations } = ledger;
  let file: DigestedFile | undefined;
  const recorder = new Recorder(image, config, new ReplayTape(tape), {
    rows: (bytes) => file?.write(bytes),
    delegation: (name, calls, parts) => delegations.write(name, calls, parts),
  });
  while (!recorder.finished) {
    const { chunk } = recorder;
    file = progress.chunks[chunk] ? undefined : new DigestedFile(folder, rowsFile(chunk));
    try {
      recorder.recordChunk();
    } catch (error) {
      file?.abandon();
      throw error;
    }
    if (file) note(chunk, file.finish());
    if (options.checkpoints && !recorder.finished) checkpoint(recorder.takeDelta());
    options.onProgress?.(chunk + 1, recorder.cycles);
  }
  return recorder;
};

/** Chunks that may be under way or waiting for each worker: bounds the memory that deltas take. */
const AHEAD = 2;

const inParallel: Way = async (folder, { image, config, tape }, options, ledger) => {
  const { progress, note, checkpoint, delegations } = ledger;
  const workerData: RecordWorkerData = { folder, image, machine: config.name, tape };
  const pool = new WorkerPool<RecordJob, FileDigest>("record-worker", options.threads, workerData);
  const recorder = new Recorder(image, config, new ReplayTape(tape), {
    rows() {},
    delegation: (name, calls, parts) => delegations.write(name, calls, parts),
  });
  // deltas[i] leads to the beginning of chunk `forgotten + i + 1`; known[w]: the chunk at whose beginning worker w can start
  const deltas: CheckpointDelta[] = [];
  let forgotten = 0;
  const known = new Array<number>(options.threads).fill(0);
  const underWay = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  try {
    while (!recorder.finished) {
      const { chunk } = recorder;
      if (!progress.chunks[chunk]) {
        const worker = await pool.take();
        if (failure) throw failure.error;
        const needed = deltas.slice(known[worker] - forgotten, chunk - forgotten);
        // what it has recorded itself it knows
        known[worker] = chunk;
        const done = pool.run(worker, { chunk, deltas: needed }).then(
          (digest) => note(chunk, digest),
          (error) => {
            failure ??= { error };
          },
        );
        const tracked: Promise<void> = done.finally(() => underWay.delete(tracked));
        underWay.add(tracked);
      }
      recorder.recordChunk();
      const delta = recorder.takeDelta();
      if (options.checkpoints && !recorder.finished) checkpoint(delta);
      deltas.push(delta);
      const least = Math.min(...known);
      deltas.splice(0, least - forgotten);
      forgotten = Math.max(forgotten, least);
      options.onProgress?.(chunk + 1, recorder.cycles);
      while (underWay.size >= AHEAD * options.threads) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    if (failure) throw failure.error;
    return recorder;
  } finally {
    await Promise.allSettled(underWay);
    await pool.close();
  }
};

/**
 * The rows of one chunk alone, from the nearest checkpoints in the folder or from the beginning of the run.
 * @throws InputError when the run has no such chunk
 */
export function writeChunk(folder: string, job: TraceJob, chunk: number): FileDigest {
  mkdirSync(folder, { recursive: true });
  let file: DigestedFile | undefined;
  const recorder = new Recorder(job.image, job.config, new ReplayTape(job.tape), {
    ...NO_SINK,
    rows: (bytes) => file?.write(bytes),
  });
  for (let next = 1; next <= chunk && existsSync(join(folder, checkpointFile(next))); next++)
    recorder.applyDelta(deserialize(readFileSync(join(folder, checkpointFile(next)))) as CheckpointDelta);
  while (recorder.chunk < chunk && !recorder.finished) recorder.recordChunk();
  if (recorder.finished)
    throw new InputError(
      `the run has ${recorder.chunk} chunks, there is no chunk ${chunk}`,
      "--chunk",
      "chunks are counted from 0",
    );
  file = new DigestedFile(folder, rowsFile(chunk));
  try {
    recorder.recordChunk();
  } catch (error) {
    file.abandon();
    throw error;
  }
  const digest = file.finish();
  writeFileSync(join(folder, `${digest.name}.sha256`), `${digest.sha256}  ${digest.name}\n`);
  return digest;
}
