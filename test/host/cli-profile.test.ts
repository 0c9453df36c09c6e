/** `windproof profile` from outside: a program, and the example block. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { assemble, END, image } from "../lib/assemble.ts";
import { windproof } from "../lib/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "windproof-profile-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, contents: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
};
const LOOP = file("loop.bin", image(assemble("addi", { rd: 5, rs1: 5, imm: 1 }), assemble("jal", { imm: -4 })));
const SUM = file(
  "sum.bin",
  image(assemble("tape", { rd: 5 }), assemble("tape", { rd: 6 }), assemble("add", { rd: 10, rs1: 5, rs2: 6 }), END),
);

test("a program: JSON, exit codes", () => {
  const { status, stdout } = windproof("profile", SUM, "--tape", file("two.tape", "40 2\n"), "--json");
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ cycles: 4, effectiveCycles: 4, delegations: { blake2s: 0, u256: 0 } });
  const short = windproof("profile", SUM, "--json");
  expect(short.status).toBe(3);
  expect(JSON.parse(short.stdout)).toMatchObject({ cycles: 0, stop: { cause: "tape-exhausted" } });
  expect(short.stderr).toContain("the program asks for word 0 of the tape");
  const limited = windproof("profile", LOOP, "--max-cycles", "1001");
  expect(limited.status).toBe(4);
  expect(limited.stdout).toContain("loop.bin: 1,001 cycles");
  expect(windproof("profile", join(folder, "none.bin")).status).toBe(2);
});

describe("the example block", () => {
  const output = join(folder, "profile");
  const { status, stdout } = windproof("profile", "examples/block", "--json", "-o", output);
  const profile = JSON.parse(stdout);
  const emulation = JSON.parse(windproof("emulate", "examples/block", "--json").stdout);

  test("costs what emulate says, in all and by transaction", () => {
    expect(status).toBe(0);
    expect(profile.effectiveCycles).toBe(emulation.effectiveCycles);
    expect(profile.delegations).toEqual(emulation.delegations);
    const transactions = profile.sections.filter(({ name }: { name: string }) => name.startsWith("transaction"));
    expect(transactions.map(({ cycles }: { cycles: number }) => cycles)).toEqual(
      emulation.transactions.map(({ cycles }: { cycles: number }) => cycles),
    );
    expect(transactions.map(({ hash }: { hash: string }) => hash)).toEqual(
      emulation.transactions.map(({ hash }: { hash: string }) => hash),
    );
  });

  test("sections, functions, lines and the tree each add up to the whole", () => {
    const sum = (rows: { cycles: number }[]) => rows.reduce((total, { cycles }) => total + cycles, 0);
    expect(sum(profile.sections)).toBe(profile.cycles);
    expect(sum(profile.lines)).toBe(profile.cycles);
    expect(sum(profile.tree)).toBe(profile.cycles);
    expect(sum(profile.functions.map(({ self }: { self: { cycles: number } }) => self))).toBe(profile.cycles);
    const u256 = profile.lines.reduce((total: number, row: { u256: number }) => total + row.u256, 0);
    expect(u256).toBe(profile.delegations.u256);
  });

  test("opcodes: steady gas is what the yellow paper says, jumps include their destination", () => {
    const rows = Object.fromEntries(profile.opcodes.map((row: { name: string }) => [row.name, row]));
    for (const [name, gas] of [
      ["ADD", 3],
      ["DUP1", 3],
      ["POP", 2],
      ["ISZERO", 3],
      // not those that go together with the opcode behind them
      ["PUSH1", 3],
      ["PUSH2", 3],
      ["JUMP", 9],
      ["PUSH2 JUMP", 12],
    ] as const)
      expect(rows[name].gas, name).toBe(gas * rows[name].count);
    expect(rows.CALL.gas).toBe(null);
    expect(rows.KECCAK256.effective).toBeGreaterThan(rows.KECCAK256.count * 1000);
    // an opcode's own part of the interpreter, and what it calls, are never more than the whole
    const interpreter = profile.functions.find(({ name }: { name: string }) => name.endsWith("/interpreter/execute"));
    const opcodes = profile.opcodes.reduce((total: number, row: { cycles: number }) => total + row.cycles, 0);
    expect(opcodes).toBeGreaterThan(interpreter.total.cycles * 0.95);
    expect(opcodes).toBeLessThan(profile.cycles);
  });

  test("files", () => {
    for (const name of ["flame-graph.html", "profile.speedscope.json", "profile.pb.gz", "profile.json"]) {
      expect(existsSync(join(output, name)), name).toBe(true);
      expect(statSync(join(output, name)).size).toBeGreaterThan(10_000);
    }
    const speedscope = JSON.parse(readFileSync(join(output, "profile.speedscope.json"), "utf8"));
    expect(speedscope.profiles[0].endValue).toBe(profile.effectiveCycles);
  });

  test("a block takes no tape", () => {
    const { status, stderr } = windproof("profile", "examples/block", "--tape", "t.hex");
    expect(status).toBe(2);
    expect(stderr).toContain("a block is profiled whole");
  });
});
