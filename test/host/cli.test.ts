/** The command line from outside: exit codes, JSON shapes, streams. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { assemble, END, image } from "../lib/assemble.ts";
import { windproof } from "../lib/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "windproof-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, contents: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
};

/** Adds two words of the tape into a0. */
const SUM = file(
  "sum.bin",
  image(assemble("tape", { rd: 5 }), assemble("tape", { rd: 6 }), assemble("add", { rd: 10, rs1: 5, rs2: 6 }), END),
);
const LOOP = file("loop.bin", image(assemble("addi", { rd: 5, rs1: 5, imm: 1 }), assemble("jal", { imm: -4 })));
const TAPE = file("two.tape", "40 2 # the answer\n");

test("run: JSON", () => {
  const { status, stdout } = windproof("run", SUM, "--tape", TAPE, "--json");
  expect(status).toBe(0);
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({
    cycles: 4,
    delegations: { blake2s: 0, u256: 0 },
    effectiveCycles: 4,
    tapeWordsRead: 2,
    tapeWordsLeft: 0,
    stop: { kind: "finished", pc: 12, symbol: null, source: null },
    publicOutput: `0x2a${"00".repeat(31)}`,
  });
  expect(result.registers).toHaveLength(32);
  expect(result.registers[10]).toBe(42);
});

test("run: for people, without colours in a pipe", () => {
  const { stdout } = windproof("run", SUM, "--tape", TAPE);
  expect(stdout).toContain("output     0x0000002a");
  expect(stdout).not.toContain("\x1b");
});

test("run: words left over, and not enough words", () => {
  const more = windproof("run", SUM, "--tape", file("three.tape", "1 2 3"));
  expect(more.status).toBe(0);
  expect(more.stderr).toContain("1 words of the tape were not read; the next is word 2 of the tape");
  const less = windproof("run", SUM, "--tape", file("one.tape", "query 5 secret 7\n 1"));
  expect(less.status).toBe(3);
  expect(less.stderr).toContain("unprovable (tape-exhausted)");
  expect(less.stderr).toContain("the end of the tape (1 words), behind the answer to query 5");
});

test("run: a limit", () => {
  const { status, stdout } = windproof("run", LOOP, "--max-cycles", "1_000", "--json");
  expect(status).toBe(4);
  expect(JSON.parse(stdout).stop).toMatchObject({ kind: "cycle-limit", pc: 0, cycles: 1000 });
});

test.each([
  [["run", join(folder, "absent.bin")], /absent\.bin: there is no such file/],
  [["run", SUM, "--tape", TAPE, "--engine", "steam"], /unknown engine "steam"/],
  [["run", SUM, "--config", "huge"], /unknown machine configuration "huge"/],
  [["run", SUM, "--max-cycles", "many"], /whole number/],
  [["run", file("empty.bin", "")], /image has 0 bytes/],
  [
    ["run", SUM, "--tape", file("bad.tape", "1\nx")],
    /"x" is no number.*\n.*where: .*bad\.tape: tape, line 2\n.*next: /,
  ],
  [["walk"], /unknown command 'walk'/],
  [["run"], /missing required argument/],
  [["disasm", SUM, "--function", "main"], /there is no function "main"/],
] as [string[], RegExp][])("bad input: %j", (args, message) => {
  const { status, stdout, stderr } = windproof(...args);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("    at ");
});

test("tape: record, convert, diff", () => {
  const recorded = join(folder, "recorded.hex");
  windproof("run", SUM, "--tape", TAPE, "--record", recorded);
  expect(readFileSync(recorded, "utf8")).toBe("0000002800000002");
  const back = join(folder, "back.tape");
  expect(windproof("tape", "convert", recorded, back).status).toBe(0);
  expect(windproof("tape", "diff", back, TAPE)).toMatchObject({ status: 0, stdout: "the tapes are equal\n" });
  const differs = windproof("tape", "diff", back, file("other.tape", "40 3"), "--json");
  expect(differs.status).toBe(1);
  expect(JSON.parse(differs.stdout)).toMatchObject({ equal: false, differences: [{ kind: "word" }] });
  expect(windproof("tape", "show", recorded).stdout).toBe("  0x00000028 0x00000002\n");
});

test("tape show names a protocol's queries", () => {
  const { stdout, status } = windproof(
    "tape",
    "show",
    file("os.tape", "query 0\n len 100 0"),
    "--protocol",
    "zksync-os",
  );
  expect(status).toBe(0);
  expect(stdout).toContain("query 0 NextTxSize");
  expect(stdout).toMatch(/# .*transaction/);
});

test("disasm and inspect", () => {
  expect(windproof("disasm", SUM, "--start", "8").stdout).toContain("00628533  add a0, t0, t1");
  const { stdout } = windproof("inspect", SUM, "--json");
  expect(JSON.parse(stdout)).toMatchObject({ format: "flat", size: { image: 16 } });
});

test("help says what there is", () => {
  expect(windproof("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("Exit codes: 0 good") });
  expect(windproof("run", "--help").stdout).toContain("Examples:");
});
