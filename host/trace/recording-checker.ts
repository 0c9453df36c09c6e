/** A recorder with a checker behind it, which reads rows and calls where the recorder has written them: chunk by chunk, in any ascending order. */
import type { Delegation } from "../../emulator/isa/table.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { type CallSource, ChunkChecker, type ChunkReport } from "../../emulator/trace/check-chunk.ts";
import type { Challenge } from "../../emulator/trace/field.ts";
import { DELEGATION_NAMES, type DelegationPart } from "../../emulator/trace/layout.ts";
import { Recorder } from "../../emulator/trace/recorder.ts";
import { CheckRefusal } from "../../emulator/trace/refusal.ts";
import type { TraceJob } from "./write.ts";

export class RecordingChecker {
  readonly recorder: Recorder;
  readonly checker: ChunkChecker;
  readonly #calls: Partial<Record<Delegation, NonNullable<ReturnType<CallSource>>>> = {};

  constructor({ image, config, tape }: TraceJob) {
    this.recorder = new Recorder(image, config, new ReplayTape(tape), {
      rows: (bytes) => this.rows(bytes),
      delegation: (name, calls, parts) => this.calls(name, calls, parts),
    });
    this.checker = new ChunkChecker(image, config, { source: this.recorder.memory });
  }

  /**
   * The next chunk: recorded and checked.
   * @param copies see `ChunkChecker.end`
   * @throws UnprovableRun when it has no witness, CheckRefusal when that is not a right one (a bug of ours)
   */
  chunk(challenge: Challenge, copies = true): ChunkReport {
    const { recorder, checker } = this;
    const calls = this.#calls;
    checker.begin(recorder.chunk, (name, limit) => {
      const next = calls[name];
      if (limit > 0) delete calls[name];
      return next;
    });
    recorder.recordChunk();
    return this.end(challenge, copies);
  }

  calls(name: Delegation, calls: number, parts: Readonly<Record<DelegationPart, Uint8Array>>): void {
    this.#calls[name] = { calls, parts };
  }
  rows(bytes: Uint8Array): void {
    this.checker.rows(bytes);
    // what is left would be written over
    for (const name of DELEGATION_NAMES)
      if (this.#calls[name] || this.checker.callsLeft(name) > 0)
        throw new CheckRefusal("delegation-count", `the witness of ${name} has a call that no row requests`, {
          chunk: this.recorder.chunk,
        });
  }
  end(challenge: Challenge, copies: boolean): ChunkReport {
    return this.checker.end(challenge, copies);
  }
}
