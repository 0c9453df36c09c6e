/** The translator is the interpreter, only faster: random programs at random limits, code and breakpoints that change, deep calls. */
import { expect, test } from "vitest";
import type { Machine } from "../../emulator/engine/engine.ts";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { eagerTranslator } from "../../emulator/engine/translator.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { fuzzModules } from "../fuzz/engine/modules.ts";
import { fuzzEngines } from "../fuzz/engine/report.ts";
import { compareStream } from "../fuzz/engine/stream.ts";
import { assemble, END, image, loadImmediate } from "../lib/assemble.ts";
import { stateOf } from "../lib/engines.ts";

const noTape = () => new ReplayTape(new Uint32Array());
const both = (program: Uint8Array) =>
  [interpreter, eagerTranslator].map((engine) => engine.load(program, FULL, noTape()));

test("random programs, random limits", () => {
  const { differences, ends } = fuzzEngines({ count: 120, seed: 1000 });
  expect(differences).toEqual([]);
  // programs that all stop early would prove little
  expect(ends.get("cycle-limit") ?? 0).toBeGreaterThan(20);
  expect(ends.size).toBeGreaterThan(8);
});

test("one long random program, random limits", () => {
  const { difference, cycles, stop, checkpoints, digests } = compareStream(7, 12_000_000, 22);
  expect(difference).toBeUndefined();
  expect({ cycles, stop }).toEqual({ cycles: 12_000_000, stop: "cycle-limit" });
  expect(checkpoints).toBeGreaterThan(20);
  expect(digests).toBeGreaterThan(1);
});

test("images of random modules, random limits", () => {
  const { differences, ends } = fuzzModules({ count: 24, seed: 500 });
  expect(differences).toEqual([]);
  expect(ends.get("finished") ?? 0).toBeGreaterThan(10);
});

test("both halves of a product, in every order, with operands that are overwritten", () => {
  const words: number[] = [];
  const results: number[] = [];
  const store = (...registers: number[]) => {
    for (const rs2 of registers) words.push(assemble("sw", { rs1: 8, rs2, imm: 4 * results.push(0) }));
  };
  words.push(...loadImmediate(8, 0x20_0000));
  for (const name of ["mulh", "mulhsu", "mulhu"])
    for (const [a, b] of [
      [0x8765_4321, 0xfedc_ba98],
      [0x7fff_ffff, 0x8000_0000],
    ] as const)
      for (const names of [
        ["mul", name],
        [name, "mul"],
      ])
        for (const second of [
          { rs1: 11, rs2: 12 },
          { rs1: 12, rs2: 11 },
        ])
          for (const rd of [13, 11, 0]) {
            words.push(...loadImmediate(11, a), ...loadImmediate(12, b), ...loadImmediate(14, 0));
            words.push(assemble(names[0]!, { rd, rs1: 11, rs2: 12 }), assemble(names[1]!, { rd: 14, ...second }));
            store(11, 13, 14);
          }
  const machines = both(image(words, END));
  for (const machine of machines) expect(machine.run().kind).toBe("finished");
  expect(stateOf(machines[1])).toEqual(stateOf(machines[0]));
  const read = (machine: Machine) => results.map((_, i) => machine.readWord(0x20_0000 + 4 * (i + 1)));
  expect(read(machines[1])).toEqual(read(machines[0]));
});

/** Recursion deeper than the host's stack may go: f(n) = n === 0 ? 0 : f(n - 1) + 1, frames on the guest's stack. */
const DEEP = image(
  loadImmediate(2, 0x2000_0000),
  loadImmediate(10, 100_000),
  assemble("jal", { rd: 1, imm: 8 }),
  END,
  // f (pc 24):
  assemble("beq", { rs1: 10, rs2: 0, imm: 36 }),
  assemble("addi", { rd: 2, rs1: 2, imm: -16 }),
  assemble("sw", { rs1: 2, rs2: 1, imm: 12 }),
  assemble("addi", { rd: 10, rs1: 10, imm: -1 }),
  assemble("jal", { rd: 1, imm: -16 }),
  assemble("addi", { rd: 10, rs1: 10, imm: 1 }),
  assemble("lw", { rd: 1, rs1: 2, imm: 12 }),
  assemble("addi", { rd: 2, rs1: 2, imm: 16 }),
  assemble("jalr", { rs1: 1 }),
  // return of the innermost call (pc 60):
  assemble("jalr", { rs1: 1 }),
);

test("calls nested a hundred thousand deep", () => {
  const [a, b] = both(DEEP);
  expect(b.run()).toEqual(a.run());
  expect(stateOf(b)).toEqual(stateOf(a));
  expect(b.registers[10]).toBe(100_000);
});

/** x5 counts down from 100000; x6 adds up what the instruction at pc 8 says. */
const LOOP = image(
  loadImmediate(5, 100_000),
  assemble("addi", { rd: 6, rs1: 6, imm: 1 }),
  assemble("addi", { rd: 5, rs1: 5, imm: -1 }),
  assemble("bne", { rs1: 5, rs2: 0, imm: -8 }),
  END,
);

test("code that a debugger changes is translated anew", () => {
  const machines = both(LOOP);
  for (const machine of machines) {
    machine.run({ maxCycles: 30_000 });
    machine.writeWord(8, assemble("addi", { rd: 6, rs1: 6, imm: 5 }));
    machine.run();
  }
  expect(stateOf(machines[1])).toEqual(stateOf(machines[0]));
  expect(machines[1].registers[6]).toBeGreaterThan(400_000);
});

test("breakpoints that come and go inside a hot loop", () => {
  const machines = both(LOOP);
  const stops = machines.map((machine) => {
    const seen = [machine.run({ maxCycles: 50_000 })];
    machine.breakpoints.add(12);
    seen.push(machine.run(), machine.run());
    machine.breakpoints.delete(12);
    machine.breakpoints.add(20);
    seen.push(machine.run());
    machine.breakpoints.clear();
    seen.push(machine.run());
    return seen;
  });
  expect(stops[1]).toEqual(stops[0]);
  expect(stops[1].map(({ kind }) => kind)).toEqual([
    "cycle-limit",
    "breakpoint",
    "breakpoint",
    "breakpoint",
    "finished",
  ]);
});

test("a jump by the register that U256 has just written: its flag, not what was there before", () => {
  const [A, B] = [0x20_0000, 0x20_0020];
  const words = [
    // a run begins interpreted, up to a jump
    ...[assemble("jal", { imm: 8 }), END],
    ...[loadImmediate(10, A), loadImmediate(11, B)].flat(),
    // copy: 128 before, the carry 0 behind
    assemble("addi", { rd: 12, imm: 128 }),
    assemble("u256"),
    assemble("jalr", { rs1: 12, imm: 64 }),
  ];
  while (words.length < 64) words.push(END);
  words[64 / 4] = assemble("addi", { rd: 5, imm: 1 });
  words[192 / 4] = assemble("addi", { rd: 5, imm: 2 });
  for (const machine of both(image(words))) {
    expect(machine.run()).toMatchObject({ kind: "finished", pc: 68 });
    expect(machine.registers[5]).toBe(1);
    expect(machine.registers[12]).toBe(0);
  }
});
