/** Forward mode for programs: what the host offers, and how a run can end. In proving mode the same program asks the same of its tape. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Compiled, compile } from "../../compiler/index.ts";
import { configByName, interpreter } from "../../emulator/index.ts";
import { runProgram } from "../../host/forward/program.ts";
import { wat } from "../lib/wat.ts";

let folder: string;
let program: Compiled;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "windproof-program-"));
  writeFileSync(join(folder, "package.json"), "{}");
  const source = `
    import { alloc, askExactly, commitWords, log, logNumber, readU32 } from "windproof/guest";
    export function main(): void {
      const n = readU32();
      log("début");
      logNumber("n = ", n);
      const words = alloc(16, 8);
      store<u32>(words, n);
      askExactly(0x77, words, 1, words, 2);
      assert(load<u32>(words) == n * n, "a wrong square");
      commitWords(load<u32>(words), load<u32>(words, 4));
    }`;
  writeFileSync(join(folder, "main.ts"), source);
  program = await compile(join(folder, "main.ts"), { constants: { LOG: 1 } });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const square = (id: number, parameters: Uint32Array): Uint32Array => Uint32Array.of(parameters[0] * parameters[0], id);

test("questions and log lines reach the host in both modes", async () => {
  const lines: string[] = [];
  const forward = await runProgram(program.wasm, { tape: [9], answer: square, log: (line) => lines.push(line) });
  expect(forward).toMatchObject({ kind: "finished", tapeWordsRead: 1 });
  expect(lines).toEqual(["début", "n = 9"]);

  const tape = [9, 2, 81, 0x77][Symbol.iterator]();
  const written: number[] = [];
  const machine = interpreter.load(program.image, configByName("unsigned"), {
    read: () => tape.next().value ?? -1,
    write: (word) => written.push(word),
  });
  expect(machine.run().kind).toBe("finished");
  expect([...machine.registers.slice(10, 12)]).toEqual(
    forward.kind === "finished" ? [...forward.output.slice(0, 2)] : [],
  );
  // UART: the id, the number of words that follow, bytes, text; then the question.
  const text = new Uint8Array(Uint32Array.from(written.slice(3, 5)).buffer).slice(0, 6);
  expect([written[0], written[1], written[2], new TextDecoder().decode(text)]).toEqual([0xffff_ffff, 3, 6, "début"]);
  expect(written.slice(-3)).toEqual([0x77, 1, 9]);
});

test("a failed assertion comes with its text and place", async () => {
  const end = await runProgram(program.wasm, { tape: [9], answer: () => Uint32Array.of(80, 0) });
  expect(end).toMatchObject({ kind: "unprovable", message: expect.stringMatching(/^a wrong square \(main.ts:10:7\)/) });
});

test.each([
  ["an answer that nobody gives", { tape: [9] }, /asks query 119, and nobody answers/],
  ["a tape that is empty", { tape: [] }, /word 0 of the tape/],
])("%s ends the run", async (_, input, message) => {
  expect(await runProgram(program.wasm, input)).toMatchObject({
    kind: "unprovable",
    message: expect.stringMatching(message),
  });
});

test("a trap ends the run; a module that is none of ours is refused", async () => {
  const trap = wat('(module (func (export "main") unreachable))');
  expect(await runProgram(trap, { tape: [] })).toMatchObject({ kind: "unprovable", message: "trap: unreachable" });
  await expect(runProgram(wat('(module (import "env" "now" (func)))'), { tape: [] })).rejects.toThrow(
    /not a forward module/,
  );
  await expect(runProgram(wat("(module)"), { tape: [] })).rejects.toThrow(/exports no function `main`/);
});
