/** Records a run straight into the checker: nothing touches the disk. */
import { ReplayTape } from "../../emulator/tape/device.ts";
import { ChunkChecker } from "../../emulator/trace/check-chunk.ts";
import { ChunkJoin, type RunClaim } from "../../emulator/trace/check-join.ts";
import { randomChallenge } from "../../emulator/trace/field.ts";
import { bytesPerCall, DELEGATION_NAMES, DELEGATION_PARTS, type DelegationPart } from "../../emulator/trace/layout.ts";
import { Recorder } from "../../emulator/trace/recorder.ts";
import { claimOf, type TraceJob } from "./write.ts";

type Calls = { calls: number; parts: Record<DelegationPart, Uint8Array> };

/** @throws UnprovableRun when there is no witness; CheckRefusal when the checker does not accept what was recorded (a bug of ours) */
export function traceAndCheck(
  { image, config, tape }: TraceJob,
  onProgress: (chunks: number, cycles: number) => void = () => {},
): RunClaim {
  const challenge = randomChallenge();
  const checker = new ChunkChecker(image, config);
  const join = new ChunkJoin(challenge, tape);
  // calls are handed over before the rows that make them
  const waiting: Record<string, Calls[]> = Object.fromEntries(DELEGATION_NAMES.map((name) => [name, []]));
  const recorder = new Recorder(image, config, new ReplayTape(tape), {
    rows: (bytes) => checker.rows(bytes),
    delegation(name, calls, parts) {
      const size = bytesPerCall(name);
      const copies = DELEGATION_PARTS.map((part) => [part, parts[part].slice(0, calls * size[part])]);
      waiting[name].push({ calls, parts: Object.fromEntries(copies) });
    },
  });
  while (!recorder.finished) {
    const { chunk } = recorder;
    checker.begin(chunk, (name, limit) => (limit === 0 ? waiting[name][0] : waiting[name].shift()));
    recorder.recordChunk();
    join.add(checker.end(challenge));
    onProgress(chunk + 1, recorder.cycles);
  }
  const touched = [...recorder.touchedWords()];
  const claim = claimOf(recorder, touched.reduce((sum, piece) => sum + piece.length, 0) / 16);
  join.finish(claim, touched, checker);
  return claim;
}
