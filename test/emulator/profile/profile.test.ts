/** The profiler against stepping one instruction at a time; and the call tree on conventions that compilers use. */
import { describe, expect, test } from "vitest";
import { InterpreterMachine } from "../../../emulator/engine/interpreter.ts";
import { type Program, readProgram } from "../../../emulator/image/program.ts";
import { FULL } from "../../../emulator/machine/config.ts";
import { ROM_SIZE } from "../../../emulator/machine/layout.ts";
import type { CallNode } from "../../../emulator/profile/call-tree.ts";
import { functionMap } from "../../../emulator/profile/functions.ts";
import { ProfilingMachine } from "../../../emulator/profile/machine.ts";
import {
  byFunction,
  byLine,
  effectiveOf,
  FIRST_LABEL,
  type Profile,
  profileProgram,
} from "../../../emulator/profile/profile.ts";
import { ReplayTape } from "../../../emulator/tape/device.ts";
import { assemble, END, image, loadImmediate } from "../../lib/assemble.ts";
import { Random, randomProgram } from "../../lib/random-program.ts";

/** Executions by word, by stepping. */
function countBySteps(code: Uint8Array, limit: number, tape: Uint32Array): Float64Array {
  const machine = new InterpreterMachine(code, FULL, new ReplayTape(tape));
  const counts = new Float64Array(ROM_SIZE / 4);
  for (let i = 0; i < limit; i++) {
    const { pc } = machine;
    const stop = machine.step();
    if (stop?.kind === "unprovable") break;
    counts[pc >>> 2]++;
    if (stop) break;
  }
  return counts;
}

/** Words that were executed, with their counts. */
function executed(counts: Float64Array): [number, number][] {
  const list: [number, number][] = [];
  for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) list.push([i, counts[i]]);
  return list;
}

const noTape = () => new ReplayTape(new Uint32Array());

test("counts of instructions are those of stepping, on random programs at random limits", () => {
  let jumps = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const random = new Random(seed);
    const code = randomProgram(random, 200, FULL);
    const tape = Uint32Array.from({ length: 100 }, () => random.word());
    const maxCycles = 1 + random.below(3000);
    const profile = profileProgram(readProgram(code), FULL, new ReplayTape(tape), { maxCycles });
    const { counts, stop, total } = profile;
    expect(executed(counts), `seed ${seed}`).toEqual(executed(countBySteps(code, maxCycles, tape)));
    expect(total.cycles).toBe(stop.cycles);
    const rows = byFunction(profile, profile.sections);
    expect(rows.reduce((sum, { self }) => sum + self.cycles, 0)).toBe(stop.cycles);
    jumps += executed(counts).filter(([, count], i, all) => i > 0 && count !== all[i - 1][1]).length;
  }
  expect(jumps).toBeGreaterThan(40);
});

/** A program of named functions, one behind the other. */
function programOf(functions: Record<string, number[]>): Program {
  let address = 0;
  const symbols = Object.entries(functions).map(([name, words]) => {
    const symbol = { name, address, size: 4 * words.length, kind: "function" as const };
    address += symbol.size;
    return symbol;
  });
  return { ...readProgram(image(...Object.values(functions))), symbols };
}

/** A tree as text: name ×calls own-cycles, children indented. */
function show(nameOf: Profile["nameOf"], node: CallNode, depth = 0): string {
  const line = `${"  ".repeat(depth)}${nameOf(node.label)} ×${node.calls} ${node.cycles}`;
  return [line, ...[...node.children.values()].map((child) => show(nameOf, child, depth + 1))].join("\n");
}

const treeOf = (profile: Profile) => profile.sections.map((root) => show(profile.nameOf, root)).join("\n");

describe("the tree of calls", () => {
  test("any link register, a tail call, recursion", () => {
    const program = programOf({
      main: [
        assemble("addi", { rd: 10, imm: 3 }),
        assemble("lui", { rd: 2, imm: 0x400000 }),
        assemble("jal", { rd: 15, imm: 16 }), // a5: leaf at 24
        assemble("jal", { rd: 4, imm: 20 }), // tp: via at 32
        assemble("jal", { rd: 1, imm: 24 }), // ra: recursive at 40
        END,
      ],
      leaf: [assemble("addi", { rd: 5, imm: 1 }), assemble("jalr", { rs1: 15 })],
      // goes on in leaf, which returns with the link of main's call
      via: [assemble("addi", { rd: 15, rs1: 4 }), assemble("jal", { imm: -12 })],
      recursive: [
        assemble("beq", { rs1: 10, imm: 28 }),
        assemble("sw", { rs1: 2, rs2: 1 }),
        assemble("addi", { rd: 2, rs1: 2, imm: 4 }),
        assemble("addi", { rd: 10, rs1: 10, imm: -1 }),
        assemble("jal", { rd: 1, imm: -16 }),
        assemble("addi", { rd: 2, rs1: 2, imm: -4 }),
        assemble("lw", { rd: 1, rs1: 2 }),
        assemble("jalr", { rs1: 1 }),
      ],
    });
    const profile = profileProgram(program, FULL, noTape());
    expect(profile.stop.kind).toBe("finished");
    expect(treeOf(profile)).toMatchInlineSnapshot(`
      "run ×1 0
        main ×1 6
          leaf ×2 4
          via ×1 2
          recursive ×1 8
            recursive ×1 8
              recursive ×1 8
                recursive ×1 2"
    `);
    const rows = Object.fromEntries(byFunction(profile, profile.sections).map((row) => [row.name, row]));
    expect(rows.recursive.calls).toBe(4);
    expect(rows.recursive.total).toEqual(rows.recursive.self);
    expect(rows.main.total.cycles).toBe(profile.stop.cycles);
  });

  test("is the same whether the code finds calls and returns or single steps do", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed);
      const code = randomProgram(random, 200, FULL);
      const program = readProgram(code);
      // functions at random places: jumps of all kinds cross them
      const entries = [0, ...Array.from({ length: 12 }, () => 4 * random.below(code.length / 4))];
      const symbols = [...new Set(entries)]
        .sort((a, b) => a - b)
        .map((address) => ({ name: `f${address}`, address, size: 0, kind: "function" as const }));
      const named = { ...program, symbols };
      const tape = Uint32Array.from({ length: 100 }, () => random.word());
      const maxCycles = 1 + random.below(3000);
      const start = () => new ProfilingMachine(named, functionMap(named), FULL, new ReplayTape(tape));
      const [ran, stepped] = [start(), start()];
      ran.run({ maxCycles });
      while (stepped.cycles < maxCycles && !stepped.step()) {}
      // charges what is left
      stepped.run({ maxCycles: stepped.cycles });
      const treeOf = ({ tree }: ProfilingMachine) => tree.roots.map((root) => show(String, root)).join("\n");
      expect(treeOf(ran), `seed ${seed}`).toBe(treeOf(stepped));
      expect(executed(ran.counts())).toEqual(executed(stepped.counts()));
    }
  });

  test("delegations are charged to their caller and their line", () => {
    const program = programOf({
      main: [
        ...loadImmediate(10, 0x400000),
        ...loadImmediate(11, 0x400020),
        assemble("addi", { rd: 12, imm: 1 }),
        assemble("jal", { rd: 5, imm: 8 }),
        END,
      ],
      add: [assemble("u256"), assemble("addi", { rd: 12, imm: 1 }), assemble("u256"), assemble("jalr", { rs1: 5 })],
    });
    const profile = profileProgram(program, FULL, noTape());
    const [first] = byFunction(profile, profile.sections);
    expect(first).toMatchObject({ name: "add", self: { cycles: 4, u256: 2, blake2s: 0 } });
    expect(effectiveOf(first.self)).toBe(4 + 2 * 4);
    const { cycles } = profile.stop;
    expect(byLine(program, profile)).toEqual([{ file: undefined, line: 0, cycles, blake2s: 0, u256: 2 }]);
  });

  test("a watched place splits the run into sections and functions into parts", () => {
    const program = programOf({
      main: [
        assemble("addi", { rd: 5, imm: 3 }),
        assemble("addi", { rd: 5, rs1: 5, imm: -1 }), // 4: watched
        assemble("addi", { rd: 6, rs1: 6, imm: 1 }),
        assemble("bne", { rs1: 5, imm: -8 }),
        END,
      ],
    });
    const seen: number[] = [];
    const profile = profileProgram(program, FULL, noTape(), {
      watch: {
        places: new Map([
          [
            4,
            ({ registers, tree, totals }) => {
              const round = 3 - registers[5];
              seen.push(totals.cycles);
              if (round === 1) tree.section(FIRST_LABEL + 100);
              tree.relabel(FIRST_LABEL + 1 + round);
            },
          ],
        ]),
      },
      nameOf: (label) => `label ${label - FIRST_LABEL}`,
    });
    expect(seen).toEqual([1, 4, 7]);
    expect(treeOf(profile)).toMatchInlineSnapshot(`
      "label 0 ×1 0
        main ×1 1
          label 1 ×1 3
      label 100 ×1 0
        main ×0 0
          label 1 ×0 0
          label 2 ×1 3
          label 3 ×1 4"
    `);
  });

  test("a flat binary has a function at every target of a call", () => {
    const code = image([
      assemble("jal", { rd: 1, imm: 8 }),
      END,
      assemble("addi", { rd: 5 }),
      assemble("jalr", { rs1: 1 }),
    ]);
    const profile = profileProgram(readProgram(code), FULL, noTape());
    expect(treeOf(profile)).toMatchInlineSnapshot(`
      "run ×1 0
        _start ×1 2
          0x000008 ×1 2"
    `);
  });
});
