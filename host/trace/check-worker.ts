/** Worker thread of `check.ts`: checks single chunks of a folder, or a file's digest. */
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { configByName } from "../../emulator/machine/config.ts";
import { callsOfChunk } from "../../emulator/trace/check.ts";
import { ChunkChecker, type ChunkReport } from "../../emulator/trace/check-chunk.ts";
import { ROW } from "../../emulator/trace/layout.ts";
import { CheckRefusal } from "../../emulator/trace/refusal.ts";
import { delegationReaders } from "./delegation-files.ts";
import { type FileDigest, piecesOf, rowsFile } from "./files.ts";
import { replyOf } from "./workers.ts";

export interface CheckWorkerData {
  folder: string;
  image: Uint8Array;
  machine: string;
  challenge: BigUint64Array;
}

export type CheckJob = { chunk: number; digest: FileDigest } | { file: FileDigest };

const { folder, image, machine, challenge } = workerData as CheckWorkerData;
const checker = new ChunkChecker(image, configByName(machine));
const calls = delegationReaders(folder);

function compareDigest({ name, sha256 }: FileDigest, found: string): void {
  if (found !== sha256)
    throw new CheckRefusal(
      "file",
      `${name} has SHA-256 ${found}, the manifest says ${sha256}: it is torn or was changed`,
    );
}

/** The rows are checked before the digest, for a wrong row says more than a wrong digest. */
/** Rows that are read at a time: they are hashed and checked while they are in a near cache. */
const READ_ROWS = 2 ** 14;

function checkChunk(chunk: number, digest: FileDigest): ChunkReport {
  checker.begin(chunk, callsOfChunk(calls, chunk));
  let found = "";
  const pieces = piecesOf(join(folder, rowsFile(chunk)), READ_ROWS * ROW.size, (sha256) => {
    found = sha256;
  });
  for (const piece of pieces) checker.rows(piece);
  const report = checker.end(challenge);
  compareDigest(digest, found);
  return report;
}

function checkFile(file: FileDigest): void {
  const pieces = piecesOf(join(folder, file.name), 2 ** 20, (sha256) => compareDigest(file, sha256));
  for (const _ of pieces);
}

parentPort!.on("message", (job: CheckJob) =>
  parentPort!.postMessage(replyOf(() => ("file" in job ? checkFile(job.file) : checkChunk(job.chunk, job.digest)))),
);
