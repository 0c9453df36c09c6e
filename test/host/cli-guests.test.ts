/** `tape record` and `compare` as processes, with guests of a few instructions: they ask the oracle of the example block one question. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { assemble, END, image } from "../lib/assemble.ts";
import { windproof } from "../lib/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "windproof-cli-guests-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const guest = (name: string, ...words: number[]) => {
  const path = join(folder, name);
  writeFileSync(path, image(words));
  return path;
};

/**
 * Asks for the next transaction's size (query 0, no parameters); a0 = the answer's length, a1 and a2 = its words. The zeros come from x5: a
 * write from x0 is none.
 */
const ASK = [
  assemble("tape", { rs1: 5 }),
  assemble("tape", { rs1: 5 }),
  assemble("tape", { rd: 10 }),
  assemble("tape", { rd: 11 }),
  assemble("tape", { rd: 12 }),
];
const SHORT = guest("short.bin", ...ASK, END);
const LONG = guest("long.bin", ...ASK, assemble("addi", {}), assemble("addi", {}), assemble("addi", {}), END);
const OTHER = guest("other.bin", ...ASK, assemble("addi", { rd: 10, rs1: 10, imm: 1 }), END);
/** A word of zeros is no instruction. */
const BROKEN = guest("broken.bin", ...ASK, 0);
const BLOCK = "examples/block";

test("tape record: raw and text hold the same words, and the run on the tape alone is the same", () => {
  const [raw, text] = [join(folder, "t.hex"), join(folder, "t.tape")];
  const recorded = windproof("tape", "record", BLOCK, "-o", raw, "--guest", SHORT, "--json");
  expect([recorded.status, recorded.stderr]).toEqual([0, ""]);
  const { words, queries, publicInput, cycles } = JSON.parse(recorded.stdout);
  expect([words, queries, cycles]).toEqual([3, 1, 6]);
  expect(windproof("tape", "record", BLOCK, "-o", text, "--guest", SHORT).stdout).toContain(publicInput);
  expect(readFileSync(text, "utf8")).toMatch(/# size = \d+\nquery 0 NextTxSize\n/);
  const again = join(folder, "again.hex");
  expect(windproof("tape", "convert", text, again, "--protocol", "zksync-os").status).toBe(0);
  expect(readFileSync(again, "utf8")).toBe(readFileSync(raw, "utf8"));
  const run = JSON.parse(windproof("run", SHORT, "--tape", raw, "--json").stdout);
  expect([run.cycles, run.tapeWordsLeft, run.registers[10]]).toEqual([6, 0, 2]);
});

test("tape record: a guest that stops leaves no file", () => {
  const file = join(folder, "none.hex");
  const { status, stderr } = windproof("tape", "record", BLOCK, "-o", file, "--guest", BROKEN);
  expect(status).toBe(3);
  expect(stderr).toContain("no tape was written");
  expect(existsSync(file)).toBe(false);
});

test("compare: equal public inputs, costs side by side", () => {
  const { status, stdout } = windproof("compare", BLOCK, "--guest", SHORT, "--guest", LONG, "--json");
  expect(status).toBe(0);
  const { agree, guests } = JSON.parse(stdout);
  expect(agree).toBe(true);
  expect(guests.map(({ cycles }: { cycles: number }) => cycles)).toEqual([6, 9]);
  expect(guests[0].phases).toBeNull();
  expect(windproof("compare", BLOCK, "--guest", SHORT, "--guest", LONG).stdout).toMatch(/^cycles\s+6\s+9\s+1\.500$/m);
});

test.each([
  ["public inputs that differ", [SHORT, OTHER], 1, /DIFFER/],
  ["a guest that stops", [SHORT, BROKEN], 3, /broken\.bin stopped/],
  ["one guest only", [SHORT], 2, /give --guest twice/],
])("compare: %s", (_what, guests, exit, message) => {
  const { status, stdout, stderr } = windproof("compare", BLOCK, ...guests.flatMap((file) => ["--guest", file]));
  expect(status).toBe(exit);
  expect(stdout + stderr).toMatch(message);
});
