/**
 * One run in a process of its own, as cold as a user's: `node one.ts ENGINE IMAGE [TAPE] [MAX_CYCLES]`, or `node one.ts wasm MODULE`. Prints one
 * JSON line: milliseconds from the bytes of the image to the end of the run, translation included.
 */
import { readFileSync } from "node:fs";
import { engineByName } from "../../emulator/engine/engines.ts";
import { TranslatorMachine } from "../../emulator/engine/translator.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { parseRaw } from "../../emulator/tape/tape.ts";

const [name = "", file = "", tapeFile = "", maxCycles] = process.argv.slice(2);
const bytes = readFileSync(file);
if (name === "wasm") {
  const started = performance.now();
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as { run: () => number };
  const result = run() >>> 0;
  console.log(JSON.stringify({ milliseconds: performance.now() - started, result }));
} else {
  const engine = await engineByName(name);
  const tape = new ReplayTape(tapeFile ? parseRaw(readFileSync(tapeFile, "latin1")) : new Uint32Array());
  const started = performance.now();
  const machine = engine.load(bytes, FULL, tape);
  const stop = machine.run({ maxCycles: maxCycles ? Number(maxCycles) : Number.MAX_SAFE_INTEGER });
  const milliseconds = performance.now() - started;
  const translation = machine instanceof TranslatorMachine ? machine.statistics : undefined;
  const memory = process.memoryUsage().rss;
  console.log(
    JSON.stringify({ milliseconds, result: machine.registers[10], cycles: machine.cycles, stop, translation, memory }),
  );
}
