/** Machines of one image share what was translated: each must still be a machine of its own. */
import { expect, test } from "vitest";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { TranslatorMachine, translator } from "../../emulator/engine/translator.ts";
import { FULL, UNSIGNED } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { randomProgram } from "../fuzz/engine/program.ts";
import { assemble, END, image, loadImmediate } from "../lib/assemble.ts";
import { stateOf } from "../lib/engines.ts";
import { Random } from "../lib/random.ts";

const RAM = 0x200000;
const LOOPS = 20_000;

/** Sums words of the tape, by a function that is called in a loop; `factor` makes images of the same shape. */
const summing = (factor: number) =>
  image(
    loadImmediate(8, LOOPS),
    loadImmediate(9, RAM),
    // loop:
    assemble("jal", { rd: 1, imm: 16 }),
    assemble("addi", { rd: 8, rs1: 8, imm: -1 }),
    assemble("bne", { rs1: 8, rs2: 0, imm: -8 }),
    END,
    // function:
    assemble("tape", { rd: 11 }),
    loadImmediate(12, factor),
    assemble("mul", { rd: 11, rs1: 11, rs2: 12 }),
    assemble("add", { rd: 10, rs1: 10, rs2: 11 }),
    assemble("sw", { rs1: 9, rs2: 10, imm: 0 }),
    assemble("jalr", { rs1: 1 }),
  );
const words = (first: number) => Uint32Array.from({ length: LOOPS }, (_, i) => Math.imul(first + i, 0x9e3779b1));
const sum = (factor: number, first: number) =>
  words(first).reduce((total, word) => (total + Math.imul(word, factor)) >>> 0, 0);
const load = (factor: number, first: number, config = FULL) =>
  new TranslatorMachine(summing(factor), config, new ReplayTape(words(first)));

test("the second machine of an image translates nothing, and has its own tape, registers and memory", () => {
  const [one, two] = [load(3, 1), load(3, 2)];
  expect(one.run().kind).toBe("finished");
  expect(one.statistics.modules).toBeGreaterThan(0);
  expect(two.run().kind).toBe("finished");
  expect(two.statistics.modules).toBe(0);
  expect([one.registers[10], two.registers[10]]).toEqual([sum(3, 1), sum(3, 2)]);
  expect([one.readWord(RAM), two.readWord(RAM)]).toEqual([sum(3, 1), sum(3, 2)]);
  expect([one.tapeWordsRead, two.tapeWordsRead]).toEqual([LOOPS, LOOPS]);
});

test("machines take turns while one translates for both", () => {
  const machines = [1, 2, 3].map((first) => load(5, first));
  for (let limit = 1000; machines.some(({ cycles }) => cycles === limit - 1000); limit += 1000)
    for (const machine of machines) machine.run({ maxCycles: limit });
  expect(machines.map(({ registers }) => registers[10])).toEqual([1, 2, 3].map((first) => sum(5, first)));
});

test("another image, another configuration, an image that was changed: not the same code", () => {
  for (const factor of [7, 8]) {
    const machine = load(factor, 1);
    machine.run();
    expect(machine.registers[10]).toBe(sum(factor, 1));
  }
  const unsigned = load(7, 1, UNSIGNED);
  unsigned.run();
  expect(unsigned.statistics.modules).toBeGreaterThan(0);
  // the caller's bytes are the caller's
  const bytes = summing(7);
  const first = translator.load(bytes, FULL, new ReplayTape(words(1)));
  bytes.set(summing(8));
  const second = translator.load(bytes, FULL, new ReplayTape(words(1)));
  first.run();
  second.run();
  expect([first.registers[10], second.registers[10]]).toEqual([sum(7, 1), sum(8, 1)]);
});

test("a breakpoint or a write to the ROM is one machine's own", () => {
  load(9, 1).run();
  const [stopped, written, other] = [load(9, 1), load(9, 1), load(9, 1)];
  stopped.breakpoints.add(40);
  expect(stopped.run()).toMatchObject({ kind: "breakpoint", pc: 40 });
  const [, , load12] = [0, 0, loadImmediate(12, 10)];
  written.writeWord(36, load12[0]!);
  written.writeWord(40, load12[1]!);
  expect(written.run().kind).toBe("finished");
  expect(written.registers[10]).toBe(sum(10, 1));
  expect(other.run().kind).toBe("finished");
  expect(other.registers[10]).toBe(sum(9, 1));
  stopped.breakpoints.clear();
  expect(stopped.run().kind).toBe("finished");
  expect(stopped.registers[10]).toBe(sum(9, 1));
});

test("random programs, each by several machines that stop at random cycles", () => {
  const random = new Random(5);
  for (let seed = 1; seed <= 12; seed++) {
    const { image: bytes, tape } = randomProgram(seed);
    for (let run = 0; run < 4; run++) {
      // forged tapes go other ways
      const forged = tape.slice();
      if (run > 0 && forged.length > 0) forged[random.below(forged.length)] = random.word();
      const [reference, machine] = [interpreter, translator].map((engine) =>
        engine.load(bytes, FULL, new ReplayTape(forged)),
      ) as [TranslatorMachine, TranslatorMachine];
      for (let limit = 1; limit < 400_000; limit += 1 + random.below(1 << random.below(18))) {
        const stop = reference.run({ maxCycles: limit });
        expect(machine.run({ maxCycles: limit })).toEqual(stop);
        expect(stateOf(machine)).toEqual(stateOf(reference));
        if (stop.kind !== "cycle-limit") break;
      }
    }
  }
});
