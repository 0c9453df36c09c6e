/** Forward against proving mode for a program that reads its own tape: one output, on every engine. */
import { compile } from "../../compiler/index.ts";
import type { Engine } from "../../emulator/engine/engine.ts";
import { UNSIGNED } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { runProgram } from "../forward/program.ts";
import type { Step } from "./verify.ts";

const words = (output: ArrayLike<number>): string =>
  Array.from(output, (word) => (word >>> 0).toString(16).padStart(8, "0")).join(" ");

/**
 * @param constants for the sources, as `windproof compile --use` takes them
 * @throws InputError when the program does not compile
 */
export async function verifyProgram(
  entry: string,
  tape: Uint32Array,
  engines: readonly Engine[],
  constants: Readonly<Record<string, string>> = {},
): Promise<Step[]> {
  const { wasm, image } = await compile(entry, { constants });
  const forward = await runProgram(wasm, { tape });
  const expected = forward.kind === "finished" ? words(forward.output) : forward.kind;
  return engines.map((engine) => {
    const machine = engine.load(image, UNSIGNED, new ReplayTape(tape));
    const stop = machine.run();
    const output = stop.kind === "finished" ? words(machine.registers.subarray(10, 18)) : stop.kind;
    const ok = output === expected;
    const detail = ok ? `output ${output}, ${machine.cycles} cycles` : `forward ${expected}, proving ${output}`;
    return { name: `forward and ${engine.name}`, ok, detail };
  });
}
