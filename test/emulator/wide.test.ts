/** Numbers of 64 bits that programs compute in halves: the translator knows them as one thing each, and says the same as the other engines. */
import { expect, test } from "vitest";
import { ALL } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { fuzzNumbers } from "../fuzz/engine/numbers.ts";
import { assemble, END, type Fields, image, loadImmediate } from "../lib/assemble.ts";
import { ENGINES, stateOf } from "../lib/engines.ts";

type Line = readonly [name: string, fields: Fields];
const [A, B] = [0x30_0000, 0x30_0020];

/** (low:high) × (x6:x7) → x20:x21 */
const product = (low: number, high: number): Line[] => [
  ["mulhu", { rd: 16, rs1: low, rs2: 6 }],
  ["mul", { rd: 17, rs1: low, rs2: 7 }],
  ["mul", { rd: 18, rs1: high, rs2: 6 }],
  ["add", { rd: 16, rs1: 16, rs2: 17 }],
  ["add", { rd: 21, rs1: 16, rs2: 18 }],
  ["mul", { rd: 20, rs1: low, rs2: 6 }],
];
const lower: Line = ["lw", { rd: 14, rs1: 10 }];
const upper: Line = ["lw", { rd: 15, rs1: 10, imm: 4 }];
const call: Line = ["u256", { rd: 5 }];

const CASES: Readonly<Record<string, readonly Line[]>> = {
  "both words": [lower, upper, ...product(14, 15)],
  "the upper word first": [upper, lower, ...product(14, 15)],
  "words with a delegation between them, which writes there": [lower, call, upper, ...product(14, 15)],
  "words with a store between them": [lower, ["sw", { rs1: 10, rs2: 7, imm: 4 }], upper, ...product(14, 15)],
  "two results of one instruction": [call, ...product(12, 5)],
  "a load to x0": [lower, upper, ["lw", { rd: 0, rs1: 10 }], ["lw", { rd: 0, rs1: 10, imm: 4 }], ...product(14, 15)],
  "a product of what it is itself a half of": [
    ["mul", { rd: 14, rs1: 6, rs2: 7 }],
    ...product(14, 14),
    ...product(20, 14),
  ],
};

test.each(Object.entries(CASES))("%s", (_name, body) => {
  // numbers are looked for in loops; an addition: the sum takes A's place, the carry that of the operation
  const loop = [...loadImmediate(12, 1), ...body.map(([name, fields]) => assemble(name, fields))];
  loop.push(assemble("addi", { rd: 9, rs1: 9, imm: -1 }));
  loop.push(assemble("bne", { rs1: 9, imm: -4 * loop.length }));
  const words = [
    ...[10, 11].flatMap((register) => loadImmediate(register, register === 10 ? A : B)),
    ...loadImmediate(9, 3),
    ...loadImmediate(6, 0x9e37_79b9),
    ...loadImmediate(7, 0xdead_beef),
    ...Array.from({ length: 16 }, (_, i) => assemble("sw", { rs1: 10, rs2: i % 2 === 0 ? 6 : 7, imm: 4 * i })),
    assemble("jal", { imm: 4 }),
    ...loop,
    END,
  ];
  const states = ENGINES.map(([, engine]) => {
    const machine = engine.load(image(words), ALL, new ReplayTape(new Uint32Array()));
    expect(machine.run({ maxCycles: 1000 }).kind).toBe("finished");
    return stateOf(machine);
  });
  expect(states[0]!.registers[21]).not.toBe(0);
  for (const state of states) expect(state).toEqual(states[0]);
});

test("random ones, and what only looks like them", () => {
  const { differences, ends } = fuzzNumbers({ count: 300, seed: 1 });
  expect(differences).toEqual([]);
  expect(ends.get("finished")).toBeGreaterThan(250);
});
