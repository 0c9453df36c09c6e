/** Forward against proving mode for a program that reads its own tape: one output, on every engine, and no other output from a forged tape. */
import { compile } from "../../compiler/index.ts";
import type { Engine } from "../../emulator/engine/engine.ts";
import { UNSIGNED } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import type { ForgeReport } from "../attack/forge.ts";
import { forgeProgram, type ProgramForgeOptions } from "../attack/program.ts";
import { wordsToText } from "../bytes.ts";
import { replayInput, runProgram } from "../forward/program.ts";
import { runTape } from "./proving-block.ts";
import type { Step } from "./verify.ts";

export interface VerifyProgramOptions {
  tape: Uint32Array;
  engines: readonly Engine[];
  /** for the sources, as `windproof compile --use` takes them */
  constants?: Readonly<Record<string, string>>;
  /** attack it too, on the first engine */
  forge?: Pick<ProgramForgeOptions, "runs" | "seed" | "hints" | "onProgress">;
}

/** @throws InputError when the program does not compile */
export async function verifyProgram(
  entry: string,
  { tape, engines, constants = {}, forge }: VerifyProgramOptions,
): Promise<{ steps: Step[]; forged?: ForgeReport }> {
  const { wasm, image } = await compile(entry, { constants });
  const proving = { image, config: UNSIGNED, markers: new Map() };
  const module = await WebAssembly.compile(new Uint8Array(wasm));
  const forward = await runProgram(module, replayInput(tape));
  const expected = forward.kind === "finished" ? wordsToText(forward.output) : forward.kind;
  let cycles = 0;
  const steps = engines.map((engine) => {
    const run = runTape(engine, proving, new ReplayTape(tape));
    cycles = run.cycles;
    const output = run.stop.kind === "finished" ? wordsToText(run.registers.subarray(10, 18)) : run.stop.kind;
    const ok = output === expected;
    const detail = ok ? `output ${output}, ${run.cycles} cycles` : `forward ${expected}, proving ${output}`;
    return { name: `forward and ${engine.name}`, ok, detail };
  });
  // without an honest output there is nothing to attack
  if (!forge || forward.kind !== "finished" || steps.some(({ ok }) => !ok)) return { steps };
  const attack = { ...forge, engine: engines[0], image: proving, forward: module, tape, maxCycles: 4 * cycles + 1000 };
  return { steps, forged: await forgeProgram(attack) };
}
