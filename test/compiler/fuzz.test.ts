import { describe, expect, it } from "vitest";
import { fuzzCalls, fuzzCompiler } from "../fuzz/compiler/run.ts";

const failuresOf = (seed: number, count: number): string[] =>
  fuzzCompiler(seed, count).failures.map((f) => `seed ${f.seed}: ${f.message}`);

it("a few random modules do in the emulator what they do in V8", () => {
  expect(failuresOf(1, 25)).toEqual([]);
});

it("a few random call graphs too", () => {
  expect(fuzzCalls(1, 40).failures.map((f) => `seed ${f.seed}: ${f.message}`)).toEqual([]);
});

/** Modules that once went wrong, and why. */
const FOUND: Readonly<Record<number, string>> = {
  20: "blocks made while splitting were split again",
  149: "the return address was in a register that the epilogue restored",
  198: "a zero that was spilled was unknown to the checker",
  249: "a parameter of the convention was spilled",
  1149: "values hoisted into a new block were taken for the outer loop's invariants",
  6113: "jump tables of the entry did not count the pool before it",
  20105: "a temporary was fetched again from a slot that had been overwritten",
  1001611: "a constant made again for two uses was spilled anew in every round",
  1008068: "the same",
};

describe("modules that once went wrong", () => {
  for (const [seed, why] of Object.entries(FOUND))
    it(`${seed}: ${why}`, () => {
      expect(failuresOf(Number(seed), 1)).toEqual([]);
    });
});
