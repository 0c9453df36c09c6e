/** Compiles an AssemblyScript entry to a proving image and runs it in the emulator, with hints answered by the host's own functions. */
import { compileAssemblyScript } from "../../compiler/asc.ts";
import { link } from "../../compiler/link/link.ts";
import { ROM_DATA_BASE } from "../../compiler/link/memory-map.ts";
import { compileModule } from "../../compiler/pipeline.ts";
import { readModule } from "../../compiler/wasm/reader.ts";
import type { Machine, TapeDevice } from "../../emulator/engine/engine.ts";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { UNSIGNED } from "../../emulator/machine/config.ts";
import type { Stop } from "../../emulator/machine/stop.ts";
import { answerHint } from "../../host/oracle/hints.ts";

/** Answers each question as soon as it is complete. */
class HintDevice implements TapeDevice {
  #question: number[] = [];
  #answer: number[] = [];

  read(): number {
    return this.#answer.shift() ?? -1;
  }

  write(word: number): void {
    this.#question.push(word);
    if (this.#question.length < 2 || this.#question.length < 2 + this.#question[1]!) return;
    const words = answerHint(this.#question[0]!, Uint32Array.from(this.#question.slice(2)));
    this.#answer = [words.length, ...words];
    this.#question = [];
  }
}

/** Machine code of an entry (a path) that exports `main`, static data in ROM. */
export async function buildImage(entry: string): Promise<Uint8Array> {
  const constants = { PROVING: 1, FLAVOUR: 0, P256: 1 };
  const { wasm, dataEnd } = await compileAssemblyScript(entry, {
    constants,
    memoryBase: ROM_DATA_BASE,
    initialMemory: 64,
  });
  return link(compileModule(readModule(wasm)), { reserved: [{ start: ROM_DATA_BASE, end: dataEnd }] }).image;
}

/** Runs an image. @param prepare writes the program's input into memory */
export function runImage(
  image: Uint8Array,
  prepare: (machine: Machine) => void = () => {},
): { machine: Machine; stop: Stop } {
  const machine = interpreter.load(image, UNSIGNED, new HintDevice());
  prepare(machine);
  return { machine, stop: machine.run({ maxCycles: 50_000_000 }) };
}

/** Writes bytes (a multiple of 4) at a 4-byte aligned address. */
export function writeBytes(machine: Machine, address: number, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += 4) machine.writeWord(address + at, view.getUint32(at, true));
}
