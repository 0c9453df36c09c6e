/** A chunk that goes from the recorder straight into the checker, on whatever thread, and what the threads of `stream.ts` say to each other. */
import type { ChunkReport } from "../../emulator/trace/check-chunk.ts";
import type { RunClaim } from "../../emulator/trace/check-join.ts";
import type { Challenge } from "../../emulator/trace/field.ts";
import { PART } from "../../emulator/trace/layout.ts";
import type { RecordingChecker } from "./recording-checker.ts";
import type { Reply } from "./workers.ts";
import { claimOf } from "./write.ts";

/** What is known of a run when its last chunk is complete. */
export interface RunEnd {
  claim: RunClaim;
  /** lazy initialisation and teardown, in pieces */
  touched: Uint8Array[];
}

/** What comes of a chunk; only the cycles when the run has fewer. */
export interface StreamedChunk {
  report?: ChunkReport;
  cycles: number;
  end?: RunEnd;
}

/** A chunk, which must not be before those that were made. */
export function streamedChunk(run: RecordingChecker, chunk: number, challenge: Challenge): StreamedChunk {
  const { recorder } = run;
  while (recorder.chunk < chunk && !recorder.finished) recorder.skipChunk();
  if (recorder.finished) return { cycles: recorder.cycles };
  const report = run.chunk(challenge);
  const { cycles } = recorder;
  return recorder.finished ? { report, cycles, end: endOf(run) } : { report, cycles };
}

export function endOf({ recorder }: RecordingChecker): RunEnd {
  const touched = [...recorder.touchedWords()];
  const bytes = touched.reduce((sum, piece) => sum + piece.length, 0);
  return { claim: claimOf(recorder, bytes / PART.touched), touched };
}

export interface StreamWorkerData {
  image: Uint8Array;
  machine: string;
  tape: Uint32Array;
  challenge: Challenge;
  turns: SharedArrayBuffer;
  threads: number;
}

export type StreamJob = "take part";

export interface StreamPart {
  chunk: number;
  reply: Reply<StreamedChunk>;
}
