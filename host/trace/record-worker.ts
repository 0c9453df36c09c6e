/** Worker thread of `write.ts`: makes the rows of single chunks, each from the state at its beginning. */
import { parentPort, workerData } from "node:worker_threads";
import { configByName } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { type CheckpointDelta, Recorder } from "../../emulator/trace/recorder.ts";
import { DigestedFile, type FileDigest, rowsFile } from "./files.ts";
import { replyOf } from "./workers.ts";

export interface RecordWorkerData {
  folder: string;
  image: Uint8Array;
  machine: string;
  tape: Uint32Array;
}

export interface RecordJob {
  chunk: number;
  /** what this worker does not know yet, in order; the last leads to the chunk's beginning */
  deltas: CheckpointDelta[];
}

const { folder, image, machine, tape } = workerData as RecordWorkerData;
let file: DigestedFile | undefined;
const recorder = new Recorder(image, configByName(machine), new ReplayTape(tape), {
  rows: (bytes) => file!.write(bytes),
  delegation() {},
});

function recordChunk({ chunk, deltas }: RecordJob): FileDigest {
  for (const delta of deltas) recorder.applyDelta(delta);
  file = new DigestedFile(folder, rowsFile(chunk));
  try {
    recorder.recordChunk();
    return file.finish();
  } catch (error) {
    file.abandon();
    throw error;
  }
}

parentPort!.on("message", (job: RecordJob) => parentPort!.postMessage(replyOf(() => recordChunk(job))));
