/** `windproof run`: a program on a tape; its output, its cost, and how it ended. */
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import type { Machine } from "../../emulator/engine/engine.ts";
import { ENGINE_NAMES, engineByName } from "../../emulator/engine/engines.ts";
import type { Program } from "../../emulator/image/program.ts";
import { backtrace, placeOf, stopReport } from "../../emulator/image/report.ts";
import { CONFIGS, configByName, effectiveCycles } from "../../emulator/machine/config.ts";
import type { Stop } from "../../emulator/machine/stop.ts";
import { RecordingTape, ReplayTape } from "../../emulator/tape/device.ts";
import { firstMismatch } from "../../emulator/tape/diff.ts";
import { describePosition, printRaw, type QueryNames, type Tape, tapeWords } from "../../emulator/tape/tape.ts";
import { printText } from "../../emulator/tape/text.ts";
import { EXIT_OF_STOP } from "./exit.ts";
import { programFromFile, tapeFromFile, wholeNumber } from "./input.ts";
import { count, endProgress, err, hex, out, printJson, progress } from "./output.ts";
import { PROTOCOL_OPTION, protocolByName } from "./protocol.ts";

interface Options {
  tape?: string;
  record?: string;
  json?: boolean;
  maxCycles?: number;
  engine: string;
  config: string;
  gdb?: number;
  protocol?: string;
}

const EXAMPLES = `
Examples:
  windproof run build/sum.bin --tape numbers.tape       a program with a tape written by hand
  windproof run app.bin --tape tape.hex --json          everything about the run as JSON
  windproof run app.elf --max-cycles 1_000_000          stop there (exit code 4)
  windproof run app.elf --tape t.hex --record t.tape    note what was asked for, and write the tape by query
  windproof run app.elf --gdb 1234                      wait for gdb-multiarch, "target remote :1234"`;

export function configure(command: Command): void {
  command
    .argument("<program>", "flat binary or ELF file")
    .option("--tape <file>", "what the program reads: raw (hex) or text form; - for stdin")
    .option("--record <file>", "write the tape that was read, by query (text form; raw if the name ends in .hex)")
    .option("--max-cycles <n>", "stop after so many cycles", wholeNumber)
    .option("--engine <name>", `one of: ${ENGINE_NAMES.join(", ")}`, ENGINE_NAMES[0])
    .option("--config <name>", `the machine, one of: ${Object.keys(CONFIGS).join(", ")}`, "full")
    .option(...PROTOCOL_OPTION)
    .option("--gdb <port>", "wait on this TCP port for a debugger", wholeNumber)
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(path: string, options: Options): Promise<void> {
  const program = programFromFile(path);
  const config = configByName(options.config);
  const engine = await engineByName(options.engine);
  const { names } = await protocolByName(options.protocol);
  const tape: Tape = options.tape ? tapeFromFile(options.tape, names) : { queries: [] };
  const replay = new ReplayTape(tapeWords(tape));
  const recorder = new RecordingTape(replay);
  const machine = engine.load(program.image, config, recorder);
  const started = performance.now();
  const stop =
    options.gdb === undefined
      ? runToEnd(machine, options.maxCycles)
      : await (await import("../gdb/server.ts")).debug(machine, program, options.gdb, options.maxCycles);
  const milliseconds = performance.now() - started;
  if (options.record) {
    const recorded = recorder.tape();
    const raw = options.record.endsWith(".hex");
    writeFileSync(options.record, raw ? printRaw(tapeWords(recorded)) : printText(recorded, names));
  }
  process.exitCode = EXIT_OF_STOP[stop.kind];
  const result = { program, machine, stop, replay, tape, recorder, names, milliseconds };
  if (options.json) printJson(describe(result));
  else report(result);
}

/** In pieces of some tenths of a second, so that a terminal shows how far it is. */
function runToEnd(machine: Machine, maxCycles = Number.MAX_SAFE_INTEGER): Stop {
  const piece = 2 ** 26;
  for (;;) {
    const stop = machine.run({ maxCycles: Math.min(maxCycles, machine.cycles + piece) });
    if (stop.kind !== "cycle-limit" || stop.cycles >= maxCycles) {
      endProgress();
      return stop;
    }
    progress(`${count(stop.cycles)} cycles`);
  }
}

interface Result {
  program: Program;
  machine: Machine;
  stop: Stop;
  replay: ReplayTape;
  tape: Tape;
  recorder: RecordingTape;
  names: QueryNames;
  milliseconds: number;
}

function describe({ program, machine, stop, replay, tape, recorder, names, milliseconds }: Result) {
  const { symbol = null, source = null } = placeOf(program, stop.pc);
  const delegations = machine.delegations;
  return {
    stop: { ...stop, symbol, source },
    registers: [...machine.registers],
    publicOutput: output(machine),
    cycles: machine.cycles,
    delegations,
    effectiveCycles: effectiveCycles(machine.cycles, delegations),
    tapeWordsRead: machine.tapeWordsRead,
    tapeWordsLeft: replay.left,
    tapePosition: describePosition(tape, machine.tapeWordsRead, names),
    tapeMismatch: firstMismatch(tape, recorder.tape(), names) ?? null,
    config: machine.config.name,
    ...(stop.kind === "unprovable"
      ? { backtrace: backtrace(program, machine), lastQuery: recorder.lastQuery() ?? null }
      : {}),
    times: { run: milliseconds },
  };
}

/** x10…x17, each little-endian: what the prover makes public. */
function output(machine: Machine): string {
  const bytes = new Uint8Array(machine.registers.slice(10, 18).buffer);
  return "0x" + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function report({ program, machine, stop, replay, tape, recorder, names, milliseconds }: Result): void {
  const { blake2s, u256 } = machine.delegations;
  if (stop.kind !== "finished") {
    console.error(err.red(stopReport(program, machine, stop, recorder.lastQuery(), names)));
    if (stop.cause === "tape-exhausted") console.error(`tape: ${describePosition(tape, machine.tapeWordsRead, names)}`);
  }
  const mismatch = firstMismatch(tape, recorder.tape(), names);
  if (mismatch) console.error(err.yellow(mismatch));
  const words = [...machine.registers.subarray(10, 18)];
  console.log(`${out.bold("output")}     ${words.map(hex).join(" ")}`);
  console.log(`${out.bold("cycles")}     ${count(machine.cycles)}`);
  console.log(`${out.bold("calls")}      ${count(blake2s)} blake2s, ${count(u256)} u256`);
  console.log(`${out.bold("effective")}  ${count(effectiveCycles(machine.cycles, machine.delegations))} cycles`);
  console.log(`${out.bold("tape")}       ${count(machine.tapeWordsRead)} words read`);
  const speed = machine.cycles / milliseconds / 1000;
  console.log(out.dim(`${(milliseconds / 1000).toFixed(3)} s, ${speed.toFixed(0)} million cycles a second`));
  if (replay.left > 0)
    console.error(
      err.yellow(
        `${count(replay.left)} words of the tape were not read; the next is ${describePosition(tape, machine.tapeWordsRead, names)}`,
      ),
    );
}
