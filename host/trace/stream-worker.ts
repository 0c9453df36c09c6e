/** Worker thread of `stream.ts`: records and checks single chunks of a run, each after those it has done before. */
import { parentPort, workerData } from "node:worker_threads";
import { configByName } from "../../emulator/machine/config.ts";
import type { Challenge } from "../../emulator/trace/field.ts";
import { RecordingChecker } from "./recording-checker.ts";
import { type StreamedChunk, streamedChunk } from "./stream.ts";
import { replyOf } from "./workers.ts";

export interface StreamWorkerData {
  image: Uint8Array;
  machine: string;
  tape: Uint32Array;
  challenge: Challenge;
}

export interface StreamJob {
  /** greater than those before */
  chunk: number;
}

const { image, machine, tape, challenge } = workerData as StreamWorkerData;
const run = new RecordingChecker({ image, config: configByName(machine), tape });
const { recorder } = run;

function stream({ chunk }: StreamJob): StreamedChunk {
  while (recorder.chunk < chunk && !recorder.finished) recorder.skipChunk();
  if (recorder.finished) return { cycles: recorder.cycles };
  return streamedChunk(run, challenge);
}

parentPort!.on("message", (job: StreamJob) => parentPort!.postMessage(replyOf(() => stream(job))));
