/**
 * One run in a process of its own, as cold as a user's: `node one.ts ENGINE IMAGE [TAPE [MAX_CYCLES [CONFIG [RAM ADDRESS]]]]`, RAM being a file with what is there at the start, and where ENGINE is also `profile` (IMAGE: an ELF file)
 * or `trace`; or `node one.ts wasm MODULE`. Prints one JSON line: milliseconds from the bytes of the image to the end of the run, translation included, on the
 * clock and of this thread's CPU.
 */
import { readFileSync } from "node:fs";
import { engineByName } from "../../emulator/engine/engines.ts";
import { TranslatorMachine } from "../../emulator/engine/translator.ts";
import { readProgram } from "../../emulator/image/program.ts";
import { configByName } from "../../emulator/machine/config.ts";
import { PAGE_SIZE } from "../../emulator/machine/layout.ts";
import { profileProgram } from "../../emulator/profile/profile.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { parseRaw } from "../../emulator/tape/tape.ts";
import { NO_SINK, Recorder } from "../../emulator/trace/recorder.ts";

export interface One {
  milliseconds: number;
  /** CPU of the main thread, where Node tells */
  cpu: number;
  /** x10 at the end, and x10 … x17 in hex */
  result: number;
  output: string;
  cycles: number;
  translation?: { instructions: number; milliseconds: number };
  /** resident memory at the end, in bytes */
  memory: number;
}

const [name = "", file = "", tapeFile = "", limit = "", configName = "full", ramFile = "", ramAddress = ""] =
  process.argv.slice(2);
const bytes = readFileSync(file);
const config = configByName(configName);
const tape = new ReplayTape(tapeFile ? parseRaw(readFileSync(tapeFile, "latin1")) : new Uint32Array());
const maxCycles = limit ? Number(limit) : Number.MAX_SAFE_INTEGER;
const engine = name === "translator" || name === "interpreter" ? await engineByName(name) : undefined;

const ram = ramFile ? new Uint8Array(readFileSync(ramFile)) : undefined;

/** As a snapshot has them. */
function pagesOf(content: Uint8Array, address: number): Map<number, Uint8Array> {
  const pages = new Map<number, Uint8Array>();
  for (let at = 0; at < content.length; at += PAGE_SIZE) {
    const page = new Uint8Array(PAGE_SIZE);
    page.set(content.subarray(at, at + PAGE_SIZE));
    pages.set((address + at) / PAGE_SIZE, page);
  }
  return pages;
}

const MODES: Record<string, () => Partial<One>> = {
  wasm() {
    const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as { run: () => number };
    return { result: run() >>> 0 };
  },
  engine() {
    const machine = engine!.load(bytes, config, tape);
    if (ram) machine.restore({ ...machine.snapshot(), pages: pagesOf(ram, Number(ramAddress)) });
    machine.run({ maxCycles });
    const translation = machine instanceof TranslatorMachine ? machine.statistics : undefined;
    const output = [...machine.registers.subarray(10, 18)].map((word) => word.toString(16).padStart(8, "0")).join("");
    return { result: machine.registers[10], output, cycles: machine.cycles, ...(translation && { translation }) };
  },
  profile() {
    const { total } = profileProgram(readProgram(new Uint8Array(bytes)), config, tape);
    return { cycles: total.cycles };
  },
  /** Whole chunks, so with the padding at the end, into nothing. */
  trace() {
    const recorder = new Recorder(bytes, config, tape, NO_SINK);
    while (!recorder.finished) recorder.recordChunk();
    return { result: recorder.registers[10], cycles: recorder.cycles };
  },
};

const cpu = () => {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1000;
};
const started = performance.now();
const before = cpu();
const outcome = MODES[engine ? "engine" : name]!();
const times = { milliseconds: performance.now() - started, cpu: cpu() - before };
console.log(JSON.stringify({ ...times, memory: process.memoryUsage().rss, ...outcome }));
