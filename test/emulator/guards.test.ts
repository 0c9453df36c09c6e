/** Loops whose accesses the translator checks where the loop is entered: whatever they do at the ends of memory, ROM, and tables, they do it as the interpreter does. */
import { expect, test } from "vitest";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { eagerTranslator } from "../../emulator/engine/translator.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { digestOf } from "../fuzz/engine/compare.ts";
import { fuzzLoops } from "../fuzz/engine/loops.ts";
import { assemble, END, type Fields, image, loadImmediate } from "../lib/assemble.ts";
import { stateOf } from "../lib/engines.ts";

type Line = readonly [name: string, fields: Fields];
const [ROM_END, TOP] = [0x20_0000, 0x4000_0000];
const [P, Q, T, N, M] = [10, 11, 12, 8, 9];

/** Words of a loop: its body, then a counter down to 0. */
function loop(counter: number, turns: number, body: readonly (Line | number[])[]): number[] {
  const words = body.flatMap((part) =>
    typeof part[0] === "string" ? [assemble(...(part as Line))] : (part as number[]),
  );
  words.push(assemble("addi", { rd: counter, rs1: counter, imm: -1 }));
  words.push(assemble("bne", { rs1: counter, imm: -4 * words.length }));
  return [...loadImmediate(counter, turns), ...words];
}

interface Case {
  readonly name: string;
  /** What a pointer begins at; moved from program to program. */
  readonly starts: readonly number[];
  readonly words: readonly number[];
}

const around = (place: number, step = 4, count = 6) =>
  Array.from({ length: count }, (_, i) => place + step * (i - count / 2));

const CASES: readonly Case[] = [
  {
    name: "one word a turn, up to the end",
    starts: [...around(TOP - 6000), ...around(TOP - 0x8000), ...around(TOP - 16)],
    words: loop(N, 20_000, [
      ["sw", { rs1: P, rs2: N }],
      ["addi", { rd: P, rs1: P, imm: 4 }],
    ]),
  },
  {
    name: "one word a turn, down to the ROM",
    starts: [...around(ROM_END + 6000), ...around(ROM_END + 0x8000), ...around(ROM_END + 16)],
    words: loop(N, 20_000, [
      ["addi", { rd: P, rs1: P, imm: -4 }],
      ["sw", { rs1: P, rs2: N }],
    ]),
  },
  {
    name: "by an inner loop, up to the end",
    starts: around(TOP - 0x9_0000, 64),
    words: loop(M, 300, [
      loop(N, 40, [
        ["sw", { rs1: P, rs2: N }],
        ["addi", { rd: P, rs1: P, imm: 64 }],
      ]),
    ]),
  },
  {
    name: "two offsets, two widths",
    starts: [...around(TOP - 80), ...around(TOP - 80, 1), ...around(ROM_END, 4), ...around(ROM_END, 1)],
    words: loop(N, 30, [
      ["lbu", { rd: T, rs1: P, imm: 3 }],
      ["sw", { rs1: P, rs2: N, imm: 64 }],
      ["sb", { rs1: P, rs2: N, imm: -2 }],
      ["lhu", { rd: T, rs1: P, imm: 74 }],
    ]),
  },
  {
    name: "two paces",
    starts: [...around(TOP - 0x6000), ...around(TOP - 0x1_8000)],
    words: loop(N, 20_000, [
      ["lw", { rd: T, rs1: P }],
      ["addi", { rd: Q, rs1: P, imm: 0 }],
      ["addi", { rd: P, rs1: P, imm: 4 }],
      ["slli", { rd: T, rs1: N, imm: 1 }],
      ["sub", { rd: T, rs1: P, rs2: T }],
      ["sb", { rs1: Q, rs2: N }],
    ]),
  },
  ...(["lbu", "lb"] as const).map(
    (name): Case => ({
      name: `an index by ${name}`,
      // a table of 256 bytes, at either end; indices 0, 127, 128, 255 are at Q
      starts: [
        ...around(TOP - 256, 1, 8),
        ...around(TOP - 128, 1, 8),
        ...around(ROM_END, 1, 8),
        ...around(ROM_END + 128, 1, 8),
      ],
      words: loop(N, 8, [
        ["addi", { rd: T, rs1: N, imm: -1 }],
        ["andi", { rd: T, rs1: T, imm: 3 }],
        ["add", { rd: T, rs1: T, rs2: Q }],
        [name, { rd: T, rs1: T }],
        ["add", { rd: T, rs1: T, rs2: P }],
        ["sb", { rs1: T, rs2: N }],
      ]),
    }),
  ),
  {
    name: "one of two places",
    starts: [...around(TOP - 400), ...around(ROM_END)],
    words: loop(N, 64, [
      ["addi", { rd: T, rs1: P, imm: 400 - 4 }],
      ["andi", { rd: M, rs1: N, imm: 1 }],
      ["beq", { rs1: M, imm: 8 }],
      ["addi", { rd: T, rs1: P, imm: 0 }],
      ["sw", { rs1: T, rs2: N }],
    ]),
  },
  ...([4, 8, -4, -8] as const).map(
    (step): Case => ({
      name: `a loop to the end of an array, by ${step}`,
      // the array is at either end of memory; its end may be missed
      starts:
        step > 0
          ? [...around(TOP - 256), ...around(TOP - 8), ...around(TOP + 4)]
          : [...around(ROM_END + 256), ...around(ROM_END + 8), ...around(ROM_END - 4)],
      words: [
        ...loadImmediate(M, step > 0 ? TOP : ROM_END - 4),
        assemble("sw", { rs1: P, rs2: P }),
        assemble("lw", { rd: T, rs1: P, imm: -step }),
        assemble("addi", { rd: P, rs1: P, imm: step }),
        assemble("bne", { rs1: M, rs2: P, imm: -12 }),
      ],
    }),
  ),
  {
    name: "a counter that is compared before it is moved, and one that skips 0",
    starts: [...around(TOP - 40), ...around(TOP - 80), ...around(TOP - 160)],
    words: [
      ...loadImmediate(N, 10),
      assemble("addi", { rd: M, rs1: N, imm: 0 }),
      assemble("sw", { rs1: P, rs2: P }),
      assemble("addi", { rd: P, rs1: P, imm: 4 }),
      assemble("addi", { rd: N, rs1: N, imm: -1 }),
      assemble("bne", { rs1: M, imm: -16 }),
      ...loadImmediate(N, 11),
      assemble("sw", { rs1: P, rs2: P, imm: -2048 }),
      assemble("addi", { rd: P, rs1: P, imm: 4 }),
      assemble("addi", { rd: N, rs1: N, imm: -2 }),
      assemble("bne", { rs1: N, imm: -12 }),
    ],
  },
  {
    name: "a counter that only some turns move",
    starts: [...around(TOP - 64), ...around(TOP - 128)],
    words: [
      ...loadImmediate(N, 16),
      assemble("sw", { rs1: P, rs2: P }),
      assemble("andi", { rd: T, rs1: P, imm: 4 }),
      assemble("beq", { rs1: T, imm: 8 }),
      assemble("addi", { rd: N, rs1: N, imm: -1 }),
      assemble("addi", { rd: P, rs1: P, imm: 4 }),
      assemble("bne", { rs1: N, imm: -20 }),
    ],
  },
  {
    name: "an offset round 2^32",
    starts: around(-0x40, 4, 32),
    words: loop(N, 20, [
      ["lw", { rd: T, rs1: P, imm: 0x40 }],
      ["lw", { rd: T, rs1: P, imm: 0x80 }],
    ]),
  },
];

test.each(CASES)("$name", ({ starts, words }) => {
  for (const start of starts) {
    const data = [
      ...loadImmediate(Q, 0x30_0000),
      ...loadImmediate(T, 0xff80_7f00 | 0),
      assemble("sw", { rs1: Q, rs2: T }),
    ];
    // what is jumped to is translated, not only what is jumped to once more
    const program = image(data, loadImmediate(P, start), assemble("jal", { imm: 4 }), [...words], END);
    for (const limit of [5000, 1_000_000]) {
      const results = [interpreter, eagerTranslator].map((engine) => {
        const machine = engine.load(program, FULL, new ReplayTape(new Uint32Array()));
        const { kind, cause } = machine.run({ maxCycles: limit });
        return { start, limit, kind, cause, ...stateOf(machine), memory: digestOf(machine) };
      });
      expect(results[1]).toEqual(results[0]);
    }
  }
});

test("random nests of loops, random limits", () => {
  const { differences, ends } = fuzzLoops({ count: 240, seed: 1 });
  expect(differences).toEqual([]);
  expect(ends.get("finished") ?? 0).toBeGreaterThan(50);
  expect(ends.size).toBeGreaterThan(5);
});
