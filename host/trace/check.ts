/** Checks a folder that `windproof trace` wrote: the files are those of the manifest, and the witness is one that a prover accepts. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseRaw } from "../../emulator/tape/tape.ts";
import { checkCapacities } from "../../emulator/trace/check.ts";
import type { ChunkReport } from "../../emulator/trace/check-chunk.ts";
import { ChunkJoin } from "../../emulator/trace/check-join.ts";
import { randomChallenge } from "../../emulator/trace/field.ts";
import { CHUNK_ROWS, PART } from "../../emulator/trace/layout.ts";
import { CheckRefusal } from "../../emulator/trace/refusal.ts";
import type { CheckJob, CheckWorkerData } from "./check-worker.ts";
import { delegationReaders } from "./delegation-files.ts";
import { type FileDigest, PROGRAM, piecesOf, rowsFile, TAPE, TOUCHED } from "./files.ts";
import { circuitsOf, commandsOf, type Manifest, readManifest, zeroRows } from "./manifest.ts";
import { AHEAD } from "./turns.ts";
import { throwFirst, WorkerPool } from "./workers.ts";

export interface CheckOptions {
  threads: number;
  onProgress?: (chunks: number, of: number) => void;
}

export interface CheckResult {
  accepted: boolean;
  manifest: Manifest;
  /** why not */
  refusal?: CheckRefusal;
}

function listed(manifest: Manifest, name: string): FileDigest {
  const file = manifest.files.find((candidate) => candidate.name === name);
  if (!file) throw new CheckRefusal("file", `the manifest does not list ${name}`);
  return file;
}

function checkManifest(folder: string, manifest: Manifest): void {
  const { run, files, derived } = manifest;
  if (manifest.rowsPerChunk !== CHUNK_ROWS)
    throw new CheckRefusal("configuration", `chunks have ${CHUNK_ROWS} rows, not ${manifest.rowsPerChunk}`);
  for (const { name, bytes } of [...files, ...derived]) {
    if (!/^(arrow\/)?[\w.]+$/.test(name))
      throw new CheckRefusal("file", `${name}: a file outside the folder is listed`);
    const path = join(folder, name);
    const found = existsSync(path) ? statSync(path).size : undefined;
    if (found !== bytes)
      throw new CheckRefusal(
        "file",
        found === undefined ? `${name} is missing` : `${name} has ${found} bytes, the manifest says ${bytes}`,
      );
  }
  const { chunks, touchedWords } = run;
  const same = (name: string, claimed: unknown, right: unknown) => {
    if (JSON.stringify(claimed) !== JSON.stringify(right))
      throw new CheckRefusal(
        "counts",
        `${name}: ${JSON.stringify(claimed)} is claimed, right is ${JSON.stringify(right)}`,
      );
  };
  same("effective cycles", run.effectiveCycles, run.cycles + 16 * run.delegations.blake2s + 4 * run.delegations.u256);
  same("circuits", manifest.circuits, circuitsOf(run));
  same("commands", manifest.commands, commandsOf(manifest.machine, run));
  if (
    JSON.stringify(manifest.initAndTeardown) !==
    JSON.stringify({ entries: touchedWords, zeroRows: zeroRows(touchedWords, chunks) })
  )
    throw new CheckRefusal(
      "init-padding",
      "rows of zeros in front of the list of touched words are not as many as needed",
    );
}

/**
 * @throws InputError when there is nothing that can be checked
 */
export async function checkFolder(folder: string, options: CheckOptions): Promise<CheckResult> {
  const manifest = readManifest(folder);
  try {
    await check(folder, manifest, options);
    return { accepted: true, manifest };
  } catch (error) {
    if ((error as Error).name !== "CheckRefusal") throw error;
    return { accepted: false, manifest, refusal: error as CheckRefusal };
  }
}

async function check(folder: string, manifest: Manifest, { threads: most, onProgress }: CheckOptions): Promise<void> {
  checkManifest(folder, manifest);
  const { run: claim, machine } = manifest;
  const threads = Math.max(1, Math.min(most, claim.chunks));
  const image = new Uint8Array(readFileSync(join(folder, listed(manifest, PROGRAM).name)));
  const tape = parseRaw(readFileSync(join(folder, listed(manifest, TAPE).name), "utf8"));
  const challenge = randomChallenge();
  checkCapacities(claim, delegationReaders(folder));
  const workerData: CheckWorkerData = { folder, image, machine, challenge };
  const pool = new WorkerPool<CheckJob, ChunkReport | undefined>("check-worker", threads, workerData);
  const join_ = new ChunkJoin(challenge, tape);
  const reports = new Map<number, ChunkReport>();
  const failures: { chunk: number; error: unknown }[] = [];
  let joined = 0;
  const underWay = new Set<Promise<void>>();
  const start = async (job: CheckJob, chunk: number) => {
    const worker = await pool.take();
    const done = pool.run(worker, job).then(
      (report) => {
        if (report) reports.set(chunk, report);
      },
      (error) => void failures.push({ chunk, error }),
    );
    const tracked: Promise<void> = done.finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };
  const joinReady = () => {
    for (let report = reports.get(joined); report; report = reports.get(joined)) {
      reports.delete(joined);
      join_.add(report);
      joined++;
      onProgress?.(joined, claim.chunks);
    }
  };
  try {
    for (let chunk = 0; chunk < claim.chunks && failures.length === 0; chunk++) {
      await start({ chunk, digest: listed(manifest, rowsFile(chunk)) }, chunk);
      joinReady();
      while (chunk - joined >= AHEAD * threads && underWay.size > 0 && failures.length === 0) {
        await Promise.race(underWay);
        joinReady();
      }
    }
    await Promise.all(underWay);
    joinReady();
    throwFirst(failures);
    join_.finish(claim, piecesOf(join(folder, TOUCHED), PART.touched * 2 ** 16));
    for (const file of [...manifest.files, ...manifest.derived])
      if (!file.name.startsWith("rows_")) await start({ file }, claim.chunks);
    await Promise.all(underWay);
    throwFirst(failures);
  } finally {
    await Promise.allSettled(underWay);
    await pool.close();
  }
}
