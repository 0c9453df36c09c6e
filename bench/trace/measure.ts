/**
 * One measurement in a process of its own, as cold as a user's: `node measure.ts WHAT THREADS FOLDER MACHINE`, where FOLDER has `program.bin` and `tape.hex`.
 * Prints one JSON line: cycles, milliseconds of wall time and of processor time (all threads), bytes written, and the most memory that was in use.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { configByName } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { parseRaw } from "../../emulator/tape/tape.ts";
import { ChunkChecker, type ChunkReport } from "../../emulator/trace/check-chunk.ts";
import { ChunkJoin } from "../../emulator/trace/check-join.ts";
import { type Challenge, randomChallenge } from "../../emulator/trace/field.ts";
import { NO_SINK, Recorder } from "../../emulator/trace/recorder.ts";
import { checkFolder } from "../../host/trace/check.ts";
import { RecordingChecker } from "../../host/trace/recording-checker.ts";
import { traceAndCheck } from "../../host/trace/stream.ts";
import { endOf } from "../../host/trace/streamed-chunk.ts";
import { type TraceJob, writeTrace } from "../../host/trace/write.ts";

export interface Measured {
  cycles: number;
  milliseconds: number;
  cpu: number;
  bytes?: number;
  /** of `disk`: the check of what was written */
  read?: Time;
  megabytes: number;
}

export type Time = Pick<Measured, "cycles" | "milliseconds" | "cpu" | "bytes">;

/** Milliseconds. */
const SETTLE = 300;

const cpuNow = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** What an action takes, added to what earlier ones took. To look at the clock takes time as well, 3 µs: that is taken away. */
class Clock {
  #milliseconds = 0;
  #cpu = 0;
  #looks = 0;
  run<T>(action: () => T): T {
    const [wall, cpu] = [performance.now(), cpuNow()];
    const result = action();
    this.#add(wall, cpu);
    return result;
  }
  async wait<T>(action: () => Promise<T>): Promise<T> {
    const [wall, cpu] = [performance.now(), cpuNow()];
    const result = await action();
    this.#add(wall, cpu);
    return result;
  }
  #add(wall: number, cpu: number): void {
    this.#milliseconds += performance.now() - wall;
    this.#cpu += cpuNow() - cpu;
    this.#looks++;
  }
  get time(): { milliseconds: number; cpu: number } {
    const empty = new Clock();
    while (empty.#looks < 2000) empty.run(() => {});
    const share = this.#looks / empty.#looks;
    return {
      milliseconds: this.#milliseconds - share * empty.#milliseconds,
      cpu: this.#cpu - share * empty.#cpu,
    };
  }
}

/** The clock sees the checker alone, at the rows as the recorder has just left them. */
class TimedChecker extends RecordingChecker {
  readonly #clock: Clock;
  constructor(job: TraceJob, clock: Clock) {
    super(job);
    this.#clock = clock;
  }
  override rows(bytes: Uint8Array): void {
    this.#clock.run(() => super.rows(bytes));
  }
  override end(challenge: Challenge, copies: boolean): ChunkReport {
    return this.#clock.run(() => super.end(challenge, copies));
  }
}

/** Written, and then checked: `read` is the second. */
async function onDisk(job: TraceJob, threads: number, folder: string): Promise<Time & { read: Time }> {
  const target = mkdtempSync(join(folder, "witness-"));
  const [writing, reading] = [new Clock(), new Clock()];
  try {
    const { run, files } = await writing.wait(() => writeTrace(target, job, { threads }));
    const { accepted, refusal } = await reading.wait(() => checkFolder(target, { threads }));
    if (!accepted) throw new Error(`refused: ${refusal?.message}`);
    const { cycles } = run;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return { cycles, bytes, ...writing.time, read: { cycles, ...reading.time } };
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

const MEASUREMENTS: Readonly<Record<string, (job: TraceJob, threads: number, folder: string) => Promise<Time>>> = {
  async plain({ image, config, tape }) {
    const clock = new Clock();
    const machine = clock.run(() => {
      const loaded = interpreter.load(image, config, new ReplayTape(tape));
      loaded.run();
      return loaded;
    });
    return { cycles: machine.cycles, ...clock.time };
  },
  /** Padding, and the list of touched words at the end, are work that a plain run does not do: they are part of the witness, and so of the time. */
  async traced({ image, config, tape }) {
    const clock = new Clock();
    const recorder = clock.run(() => {
      const fresh = new Recorder(image, config, new ReplayTape(tape), NO_SINK);
      while (!fresh.finished) fresh.recordChunk();
      for (const piece of fresh.touchedWords()) if (piece.length === 0) throw new Error("bug: an empty piece");
      return fresh;
    });
    return { cycles: recorder.cycles, ...clock.time };
  },
  async checked(job) {
    const clock = new Clock();
    // start-up is counted as well
    clock.run(() => new ChunkChecker(job.image, job.config));
    const run = new TimedChecker(job, clock);
    const challenge = randomChallenge();
    const join = clock.run(() => new ChunkJoin(challenge, job.tape));
    while (!run.recorder.finished) {
      const report = run.chunk(challenge, false);
      clock.run(() => join.add(report));
    }
    const { claim, touched } = endOf(run);
    clock.run(() => join.finish(claim, touched));
    return { cycles: claim.cycles, ...clock.time };
  },
  async skimmed({ image, config, tape }) {
    const clock = new Clock();
    const recorder = clock.run(() => {
      const fresh = new Recorder(image, config, new ReplayTape(tape), NO_SINK);
      while (!fresh.finished) fresh.skipChunk();
      return fresh;
    });
    return { cycles: recorder.cycles, ...clock.time };
  },
  async both(job, threads) {
    const clock = new Clock();
    const { cycles } = await clock.wait(() => traceAndCheck(job, { threads }));
    return { cycles, ...clock.time };
  },
  disk: onDisk,
};

const [what = "", threads = "1", folder = "", machine = ""] = process.argv.slice(2);
const tape = parseRaw(readFileSync(join(folder, "tape.hex"), "latin1"));
const job = { image: new Uint8Array(readFileSync(join(folder, "program.bin"))), config: configByName(machine), tape };
// Node strips the types of these files by WebAssembly, which V8 goes on to optimize for a while on other threads: that is not ours
await new Promise((resolve) => setTimeout(resolve, SETTLE));
const time = await MEASUREMENTS[what](job, Number(threads), folder);
console.log(JSON.stringify({ ...time, megabytes: process.resourceUsage().maxRSS / 1024 }));
