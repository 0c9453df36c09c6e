/** Runs in pieces: cycle limits, breakpoints, steps, snapshots; and what a machine refuses to load. */
import { expect, test } from "vitest";
import { FULL, REDUCED, UNSIGNED } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { InputError } from "../../errors.ts";
import { assemble, END, image, loadImmediate } from "../lib/assemble.ts";
import { ENGINES, stateOf } from "../lib/engines.ts";

/** Reads n from the tape, then writes i to RAM[i], i = n…1, calls and tape words in between. */
const PROGRAM = image(
  loadImmediate(8, 0x400000),
  assemble("tape", { rd: 5 }),
  // loop (pc 12):
  assemble("jal", { rd: 1, imm: 20 }),
  assemble("addi", { rd: 5, rs1: 5, imm: -1 }),
  assemble("bne", { rs1: 5, rs2: 0, imm: -8 }),
  END,
  assemble("addi", { rd: 0 }),
  // function (pc 32):
  assemble("tape", { rd: 6, rs1: 5 }),
  assemble("slli", { rd: 7, rs1: 5, imm: 15 }),
  assemble("add", { rd: 7, rs1: 7, rs2: 8 }),
  assemble("sw", { rs1: 7, rs2: 6, imm: 0 }),
  assemble("jalr", { rs1: 1 }),
);
const TAPE = Uint32Array.from([10, ...Array.from({ length: 10 }, (_, i) => 1000 + i)]);
const CYCLES = 3 + 10 * 8 + 1;

for (const [name, engine] of ENGINES) {
  const start = () => engine.load(PROGRAM, FULL, new ReplayTape(TAPE));

  test(`${name}: every cycle limit stops there, and running on gives the same end`, () => {
    const whole = start();
    expect(whole.run()).toEqual({ kind: "finished", pc: 24, cycles: CYCLES });
    const stepped = start();
    for (let limit = 0; limit < CYCLES; limit++) {
      const machine = start();
      expect(machine.run({ maxCycles: limit })).toEqual({ kind: "cycle-limit", pc: stepped.pc, cycles: limit });
      expect(stateOf(machine)).toEqual(stateOf(stepped));
      expect(machine.run().kind).toBe("finished");
      expect(stateOf(machine)).toEqual(stateOf(whole));
      stepped.step();
    }
  });

  test(`${name}: an error of the tape device reaches the caller, the machine at the instruction that asked`, () => {
    for (const failing of ["read", "write"] as const) {
      let calls = 0;
      const fail = () => {
        calls++;
        throw new Error("the oracle is gone");
      };
      const tape = { read: () => 7, write: () => {}, [failing]: fail };
      const code = image(
        assemble("addi", { rd: 5, imm: 1 }),
        failing === "read" ? assemble("tape", { rd: 6 }) : assemble("tape", { rs1: 5 }),
        END,
      );
      const machine = engine.load(code, FULL, tape);
      expect(() => machine.run()).toThrow("the oracle is gone");
      expect([machine.pc, machine.cycles, machine.registers[5], calls]).toEqual([4, 1, 1, 1]);
    }
  });

  test(`${name}: x0 cannot be set from outside`, () => {
    const machine = engine.load(image(assemble("add", { rd: 5 }), END), FULL, new ReplayTape(TAPE));
    machine.registers[0] = 9;
    machine.run();
    expect([machine.registers[0], machine.registers[5]]).toEqual([0, 0]);
  });

  test(`${name}: a snapshot holds everything`, () => {
    const machine = start();
    machine.run({ maxCycles: 40 });
    const snapshot = structuredClone(machine.snapshot());
    const before = stateOf(machine);
    const stop = machine.run();
    const after = stateOf(machine);
    const memory = Array.from({ length: 11 }, (_, i) => machine.readWord(0x400000 + 0x8000 * i));
    expect(memory).toEqual([0, 1009, 1008, 1007, 1006, 1005, 1004, 1003, 1002, 1001, 1000]);
    machine.restore(snapshot);
    expect(stateOf(machine)).toEqual(before);
    expect(machine.readWord(0x408000)).toBe(0);
    expect(machine.run()).toEqual(stop);
    expect(stateOf(machine)).toEqual(after);

    const other = start();
    other.restore(snapshot);
    expect(other.run()).toEqual(stop);
    expect(stateOf(other)).toEqual(after);
    expect(Array.from({ length: 11 }, (_, i) => other.readWord(0x400000 + 0x8000 * i))).toEqual(memory);
  });

  if (name !== "stepping")
    test(`${name}: breakpoints`, () => {
      const machine = start();
      machine.breakpoints.add(32);
      for (let i = 0; i < 10; i++) {
        expect(machine.run()).toEqual({ kind: "breakpoint", pc: 32, cycles: 4 + 8 * i });
        expect(machine.registers[5]).toBe(10 - i);
      }
      machine.breakpoints.clear();
      expect(machine.run()).toEqual({ kind: "finished", pc: 24, cycles: CYCLES });
    });
}

test("images that cannot be loaded", () => {
  const load = (bytes: number) => () =>
    ENGINES[0][1].load(new Uint8Array(bytes), FULL, new ReplayTape(new Uint32Array()));
  expect(load(0)).toThrow(InputError);
  expect(load(6)).toThrow(InputError);
  expect(load(2 ** 21 + 4)).toThrow(InputError);
  expect(load(2 ** 21)).not.toThrow();
});

test("a whole ROM without an end runs off it", () => {
  const full = new Uint32Array(2 ** 19).fill(assemble("addi", { rd: 5, rs1: 5, imm: 1 }));
  const machine = ENGINES[0][1].load(new Uint8Array(full.buffer), FULL, new ReplayTape(new Uint32Array()));
  expect(machine.run()).toMatchObject({ kind: "unprovable", cause: "fetch-outside-rom", pc: 2 ** 21, cycles: 2 ** 19 });
  expect(machine.registers[5]).toBe(2 ** 19);
});

test.each([
  ["mul", REDUCED],
  ["divu", REDUCED],
  ["lb", REDUCED],
  ["lhu", REDUCED],
  ["sb", REDUCED],
  ["u256", REDUCED],
  ["mulh", UNSIGNED],
  ["rem", UNSIGNED],
  ["addmod", FULL],
  ["rol", FULL],
])("%s is refused where the machine lacks it", (name, config) => {
  for (const [, engine] of ENGINES) {
    const machine = engine.load(image(assemble(name), END), config, new ReplayTape(new Uint32Array()));
    expect(machine.run()).toMatchObject({ kind: "unprovable", cause: "unsupported-instruction", pc: 0, cycles: 0 });
  }
});
