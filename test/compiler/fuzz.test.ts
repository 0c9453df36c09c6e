import { expect, it } from "vitest";
import { fuzzCompiler } from "../fuzz/compiler/run.ts";

it("a few random modules do in the emulator what they do in V8", () => {
  const { failures, ran } = fuzzCompiler(1, 40);
  expect(failures.map((f) => `seed ${f.seed}: ${f.message}`)).toEqual([]);
  expect(ran).toBe(40);
});
