/** Every example in both modes: forward in V8 and proving in the emulator, with equal outputs, and as the case says. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Compiled, compile } from "../compiler/index.ts";
import { interpreter } from "../emulator/engine/interpreter.ts";
import { UNSIGNED } from "../emulator/machine/config.ts";
import type { Case } from "../examples/words.ts";
import { runProgram } from "../host/forward/program.ts";
import { traceAndCheck } from "../host/trace/stream.ts";

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), "examples");
const examples = readdirSync(folder).filter((name) => existsSync(join(folder, name, "cases.ts")));

test("there are examples", () => expect(examples.length).toBeGreaterThanOrEqual(8));

function entryOf(name: string): string {
  const source = join(folder, name, "main.ts");
  if (existsSync(source)) return source;
  return join(folder, name, readdirSync(join(folder, name)).find((file) => file.endsWith(".wasm"))!);
}

/** Runs an image: the output registers, or why there are none. */
function prove(image: Uint8Array, tape: readonly number[]) {
  const words = tape[Symbol.iterator]();
  const machine = interpreter.load(image, UNSIGNED, { read: () => words.next().value ?? -1, write: () => {} });
  const stop = machine.run({ maxCycles: 200_000_000 });
  return { stop, output: [...machine.registers.slice(10, 18)], tapeWordsRead: machine.tapeWordsRead };
}

describe.each(examples)("%s", (name) => {
  const compiled = new Map<boolean, Promise<Compiled>>();
  const build = (romData: boolean): Promise<Compiled> => {
    if (!compiled.has(romData)) compiled.set(romData, compile(entryOf(name), { romData }));
    return compiled.get(romData)!;
  };

  test("gives the expected output in both modes", async () => {
    const { cases } = (await import(join(folder, name, "cases.ts"))) as { cases: Case[] };
    expect(cases.length).toBeGreaterThan(0);
    for (const { name: title, tape, output } of cases) {
      const forward = await runProgram((await build(false)).wasm, { tape });
      expect({ title, kind: forward.kind, output: forward.kind === "finished" && [...forward.output] }).toEqual({
        title,
        kind: "finished",
        output,
      });
      for (const romData of [false, true]) {
        const proving = prove((await build(romData)).image, tape);
        expect({ title, romData, kind: proving.stop.kind, message: proving.stop.message }).toEqual({
          title,
          romData,
          kind: "finished",
          message: undefined,
        });
        expect({ title, romData, output: proving.output }).toEqual({ title, romData, output });
        expect(proving.tapeWordsRead).toBe(tape.length);
      }
    }
  });

  test("is traced, and the checker accepts the witness", async () => {
    const { cases } = (await import(join(folder, name, "cases.ts"))) as { cases: Case[] };
    const { tape, output } = cases[0];
    const { image } = await build(false);
    const claim = await traceAndCheck({ image, config: UNSIGNED, tape: Uint32Array.from(tape) }, { threads: 1 });
    expect(claim.output).toEqual(output);
  });

  test("refuses a tape that ends early, in both modes", async () => {
    const { cases } = (await import(join(folder, name, "cases.ts"))) as { cases: Case[] };
    const { tape } = cases[cases.length - 1];
    const short = tape.slice(0, -1);
    const forward = await runProgram((await build(false)).wasm, { tape: short });
    const proving = prove((await build(false)).image, short);
    expect([forward.kind, proving.stop.kind, proving.stop.cause]).toEqual([
      "unprovable",
      "unprovable",
      "tape-exhausted",
    ]);
  });
});
