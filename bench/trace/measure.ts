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
import { NO_SINK, Recorder } from "../../emulator/trace/recorder.ts";
import { checkFolder } from "../../host/trace/check.ts";
import { record, StreamChecker, traceAndCheck } from "../../host/trace/stream.ts";
import type { CallParts, WitnessTarget } from "../../host/trace/stream-ring.ts";
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

const cpuNow = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** What an action takes, added to what earlier ones took. */
class Clock {
  milliseconds = 0;
  cpu = 0;
  run<T>(action: () => T): T {
    const [wall, cpu] = [performance.now(), cpuNow()];
    const result = action();
    this.milliseconds += performance.now() - wall;
    this.cpu += cpuNow() - cpu;
    return result;
  }
  async wait<T>(action: () => Promise<T>): Promise<T> {
    const [wall, cpu] = [performance.now(), cpuNow()];
    const result = await action();
    this.milliseconds += performance.now() - wall;
    this.cpu += cpuNow() - cpu;
    return result;
  }
}

/** Keeps what it is given up to a chunk's end, and only then hands it to the checker: the clock sees the checker alone. */
function kept(checker: WitnessTarget, clock: Clock): WitnessTarget {
  let waiting: (() => void)[] = [];
  return {
    begin: (chunk) => void waiting.push(() => checker.begin(chunk)),
    calls(name, calls, parts) {
      const copies = Object.fromEntries(Object.entries(parts).map(([part, bytes]) => [part, bytes.slice()]));
      waiting.push(() => checker.calls(name, calls, copies as CallParts));
    },
    rows(bytes) {
      const copy = bytes.slice();
      waiting.push(() => checker.rows(copy));
    },
    end() {
      waiting.push(() => checker.end());
      const now = waiting;
      waiting = [];
      clock.run(() => {
        for (const action of now) action();
      });
    },
    finish: (claim, touched) => clock.run(() => checker.finish(claim, touched)),
  };
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
    return { cycles, bytes, ...writing, read: { cycles, ...reading } };
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
    return { cycles: machine.cycles, ...clock };
  },
  /** Padding is work that a plain run does not do: it is part of the trace, and so of the time. */
  async traced({ image, config, tape }) {
    const clock = new Clock();
    const recorder = clock.run(() => {
      const fresh = new Recorder(image, config, new ReplayTape(tape), NO_SINK);
      while (!fresh.finished) fresh.recordChunk();
      return fresh;
    });
    return { cycles: recorder.cycles, ...clock };
  },
  async checked(job) {
    const clock = new Clock();
    const checker = clock.run(() => new StreamChecker(job));
    const { cycles } = record(job, kept(checker, clock));
    return { cycles, ...clock };
  },
  async both(job, threads) {
    const clock = new Clock();
    const { cycles } = await clock.wait(() => traceAndCheck(job, { threads }));
    return { cycles, ...clock };
  },
  disk: onDisk,
};

const [what = "", threads = "1", folder = "", machine = ""] = process.argv.slice(2);
const tape = parseRaw(readFileSync(join(folder, "tape.hex"), "latin1"));
const job = { image: new Uint8Array(readFileSync(join(folder, "program.bin"))), config: configByName(machine), tape };
const time = await MEASUREMENTS[what](job, Number(threads), folder);
console.log(JSON.stringify({ ...time, megabytes: process.resourceUsage().maxRSS / 1024 }));
