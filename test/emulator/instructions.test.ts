/** Every instruction over edge operands, against meanings written here a second time, on bigints and without the table. */
import { expect, test } from "vitest";
import type { Machine } from "../../emulator/engine/engine.ts";
import { INSTRUCTIONS } from "../../emulator/isa/table.ts";
import { ALL, type MachineConfig } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { assemble, END, image, loadImmediate } from "../lib/assemble.ts";
import { ENGINES } from "../lib/engines.ts";

const EDGES = [
  0, 1, 2, 3, 31, 32, 33, 0x7fff, 0x8000, 0xffff, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe,
  0xffffffff, 0x12345678, 0xdeadbeef,
];
const IMMEDIATES = [0, 1, -1, 2, 5, 31, 2047, -2048, 0x555, -0x556];
const CONFIG: MachineConfig = { ...ALL, rotate: true };
const RAM = 0x200000;
const [A, B, D] = [5, 6, 7];

const s = (x: bigint) => BigInt.asIntN(32, x);
const u = (x: bigint) => BigInt.asUintN(32, x);
const P = 2n ** 31n - 1n;
const bit = (value: boolean) => (value ? 1n : 0n);

/** The operation on unsigned operands; the result is taken modulo 2^32. */
const OPERATIONS: Record<string, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  sll: (a, b) => a << (b % 32n),
  slt: (a, b) => bit(s(a) < s(b)),
  sltu: (a, b) => bit(a < b),
  xor: (a, b) => a ^ b,
  srl: (a, b) => a >> (b % 32n),
  sra: (a, b) => s(a) >> (b % 32n),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  rol: (a, b) => (a << (b % 32n)) | (a >> (32n - (b % 32n))),
  ror: (a, b) => (a >> (b % 32n)) | (a << (32n - (b % 32n))),
  mul: (a, b) => a * b,
  mulh: (a, b) => (s(a) * s(b)) >> 32n,
  mulhsu: (a, b) => (s(a) * b) >> 32n,
  mulhu: (a, b) => (a * b) >> 32n,
  div: (a, b) => (b === 0n ? -1n : s(a) / s(b)),
  divu: (a, b) => (b === 0n ? -1n : a / b),
  rem: (a, b) => (b === 0n ? a : s(a) % s(b)),
  remu: (a, b) => (b === 0n ? a : a % b),
  addmod: (a, b) => (a + b) % P,
  submod: (a, b) => ((a % P) - (b % P) + P) % P,
  mulmod: (a, b) => (a * b) % P,
};
const IMMEDIATE_FORMS: Record<string, string> = {
  addi: "add",
  slti: "slt",
  sltiu: "sltu",
  xori: "xor",
  ori: "or",
  andi: "and",
  slli: "sll",
  srli: "srl",
  srai: "sra",
  rori: "ror",
};
const BRANCHES: Record<string, (a: bigint, b: bigint) => boolean> = {
  beq: (a, b) => a === b,
  bne: (a, b) => a !== b,
  blt: (a, b) => s(a) < s(b),
  bge: (a, b) => s(a) >= s(b),
  bltu: (a, b) => a < b,
  bgeu: (a, b) => a >= b,
};
const LOADS: Record<string, [number, boolean]> = {
  lb: [1, true],
  lh: [2, true],
  lw: [4, false],
  lbu: [1, false],
  lhu: [2, false],
};
const STORES: Record<string, number> = { sb: 1, sh: 2, sw: 4 };
const ELSEWHERE = ["lui", "auipc", "jal", "jalr", "tape", "blake2s", "u256"];

test("every row of the table is tested here", () => {
  const tested = [OPERATIONS, IMMEDIATE_FORMS, BRANCHES, LOADS, STORES].flatMap(Object.keys).concat(ELSEWHERE);
  expect(tested.sort()).toEqual(INSTRUCTIONS.map((row) => row.name).sort());
});

for (const [engineName, engine] of ENGINES) {
  const start = (words: Uint8Array): Machine => engine.load(words, CONFIG, new ReplayTape(new Uint32Array()));
  /** Runs the image again and again with other registers. */
  const again = (machine: Machine, registers: Record<number, number>) => {
    machine.pc = 0;
    for (const [index, value] of Object.entries(registers)) machine.registers[Number(index)] = value;
    expect(machine.run().kind).toBe("finished");
  };

  for (const [name, operation] of Object.entries(OPERATIONS))
    test(`${engineName}: ${name}`, () => {
      const machine = start(image(assemble(name, { rd: D, rs1: A, rs2: B }), END));
      const same = start(image(assemble(name, { rd: A, rs1: A, rs2: A }), END));
      for (const a of EDGES) {
        for (const b of EDGES) {
          again(machine, { [A]: a, [B]: b });
          expect([a, b, machine.registers[D]]).toEqual([a, b, Number(u(operation(BigInt(a), BigInt(b))))]);
        }
        again(same, { [A]: a });
        expect(same.registers[A]).toBe(Number(u(operation(BigInt(a), BigInt(a)))));
      }
    });

  for (const [name, base] of Object.entries(IMMEDIATE_FORMS))
    test(`${engineName}: ${name}`, () => {
      const isShift = ["sll", "srl", "sra", "ror"].includes(base);
      for (const imm of isShift ? [0, 1, 15, 30, 31] : IMMEDIATES) {
        const machine = start(image(assemble(name, { rd: D, rs1: A, imm }), END));
        for (const a of EDGES) {
          again(machine, { [A]: a });
          expect([a, imm, machine.registers[D]]).toEqual([
            a,
            imm,
            Number(u(OPERATIONS[base](BigInt(a), u(BigInt(imm))))),
          ]);
        }
      }
    });

  for (const [name, taken] of Object.entries(BRANCHES))
    test(`${engineName}: ${name}`, () => {
      // forwards over one instruction, and backwards to one
      const forward = image(assemble(name, { rs1: A, rs2: B, imm: 8 }), assemble("addi", { rd: D, imm: 1 }), END);
      const backward = image(
        assemble("jal", { imm: 12 }),
        assemble("addi", { rd: D, rs1: 0, imm: 2 }),
        END,
        assemble(name, { rs1: A, rs2: B, imm: -8 }),
        END,
      );
      const [f, b] = [start(forward), start(backward)];
      for (const x of EDGES)
        for (const y of EDGES) {
          const jumps = taken(BigInt(x), BigInt(y));
          again(f, { [A]: x, [B]: y, [D]: 0 });
          expect([x, y, f.registers[D]]).toEqual([x, y, jumps ? 0 : 1]);
          again(b, { [A]: x, [B]: y, [D]: 0 });
          expect([x, y, b.registers[D]]).toEqual([x, y, jumps ? 2 : 0]);
        }
    });

  for (const [name, [bytes, signed]] of Object.entries(LOADS))
    test(`${engineName}: ${name}`, () => {
      for (const imm of [0, 4, -4, 2044, -2048]) {
        const machine = start(image(assemble(name, { rd: D, rs1: A, imm }), END));
        for (const at of [RAM + 0x1000, 2 ** 30 - 4, 0])
          for (const value of [0x80ff7f01, 0x01807fff, 0xfffefdfc])
            for (let offset = 0; offset < 4; offset += bytes) {
              if (at > 0) machine.writeWord(at, value);
              const word = BigInt(at > 0 ? value : machine.readWord(0));
              again(machine, { [A]: at + offset - imm });
              const part = BigInt.asUintN(8 * bytes, word >> BigInt(8 * offset));
              expect(machine.registers[D]).toBe(Number(u(signed ? BigInt.asIntN(8 * bytes, part) : part)));
            }
      }
    });

  for (const [name, bytes] of Object.entries(STORES))
    test(`${engineName}: ${name}`, () => {
      for (const imm of [0, -8, 2047 - 7, -2048]) {
        const machine = start(image(assemble(name, { rs1: A, rs2: B, imm }), END));
        for (const at of [RAM, RAM + 0x20000, 2 ** 30 - 4])
          for (let offset = 0; offset < 4; offset += bytes) {
            machine.writeWord(at, 0x44332211);
            again(machine, { [A]: at + offset - imm, [B]: 0xa1b2c3d4 });
            const mask = ((2n ** BigInt(8 * bytes) - 1n) << BigInt(8 * offset)) & 0xffffffffn;
            const expected = (0x44332211n & ~mask) | ((0xa1b2c3d4n << BigInt(8 * offset)) & mask);
            expect(machine.readWord(at)).toBe(Number(expected));
          }
      }
    });

  test(`${engineName}: lui, auipc, jal, jalr`, () => {
    const machine = start(
      image(
        assemble("lui", { rd: 1, imm: 0xfffff000 | 0 }),
        assemble("auipc", { rd: 2, imm: 0x80000000 | 0 }),
        assemble("jal", { rd: 3, imm: 12 }),
        END,
        END,
        // jalr through its own link register, with an odd target
        assemble("auipc", { rd: 4 }),
        assemble("jalr", { rd: 4, rs1: 4, imm: 17 }),
        END,
        END,
        assemble("jal", { rd: 0, imm: 4 }),
        END,
      ),
    );
    expect(machine.run()).toEqual({ kind: "finished", pc: 40, cycles: 7 });
    expect([...machine.registers.subarray(0, 5)]).toEqual([0, 0xfffff000, 0x80000004, 12, 28]);
  });

  test(`${engineName}: x0 stays 0`, () => {
    const writers = ["lui", "auipc", "addi", "add", "lw", "mul", "divu", "addmod"].map((name) =>
      assemble(name, { rs1: 8, rs2: 8, imm: name === "lw" ? 0 : 4096 }),
    );
    const machine = start(image(loadImmediate(8, RAM), writers, assemble("add", { rd: 9 }), END));
    machine.writeWord(RAM, 77);
    expect(machine.run().kind).toBe("finished");
    expect(machine.registers[0]).toBe(0);
    expect(machine.registers[9]).toBe(0);
  });

  test(`${engineName}: tape`, () => {
    const written: number[] = [];
    const words = [0xffffffff, 0, 7];
    const tape = { read: () => words.shift() ?? -1, write: (word: number) => void written.push(word) };
    const program = image(
      assemble("tape", { rd: 5 }),
      assemble("tape", { rd: 0, rs1: 5 }),
      assemble("tape", { rd: 6, rs1: 5 }),
      assemble("tape", { rd: 0, rs1: 0 }),
      assemble("tape", { rd: 7, rs1: 7 }),
      assemble("tape", { rd: 8, rs1: 5 }),
      END,
    );
    const machine = engine.load(program, CONFIG, tape);
    expect(machine.run()).toMatchObject({ kind: "unprovable", cause: "tape-exhausted", pc: 20, cycles: 5 });
    expect(written).toEqual([0xffffffff, 0xffffffff, 0]);
    expect([...machine.registers.subarray(5, 9)]).toEqual([0xffffffff, 0, 7, 0]);
    expect(machine.tapeWordsRead).toBe(3);
  });
}
