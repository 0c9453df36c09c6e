/** Worker thread of `stream.ts`: records and checks the chunks whose turn is its own. */
import { parentPort, workerData } from "node:worker_threads";
import { configByName } from "../../emulator/machine/config.ts";
import { RecordingChecker } from "./recording-checker.ts";
import { type StreamJob, type StreamPart, type StreamWorkerData, streamedChunk } from "./streamed-chunk.ts";
import { Turns } from "./turns.ts";
import { type Part, replyOf } from "./workers.ts";

function takePart(): void {
  const { image, machine, tape, challenge, turns: memory, threads } = workerData as StreamWorkerData;
  const turns = new Turns(memory, threads);
  const run = new RecordingChecker({ image, config: configByName(machine), tape });
  for (let chunk = turns.take(); chunk !== undefined && !run.recorder.finished; chunk = turns.take()) {
    const turn = chunk;
    turns.wait(turn);
    const part: Part<StreamPart> = { part: { chunk, reply: replyOf(() => streamedChunk(run, turn, challenge)) } };
    parentPort!.postMessage(part);
    if (part.part.reply.failure) return;
  }
}

parentPort!.on("message", (_: StreamJob) => parentPort!.postMessage(replyOf(takePart)));
