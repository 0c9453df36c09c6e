/**
 * Random programs for the engines: every instruction of the table, loops with counters, calls and returns that do not match, indirect jumps into
 * the middle of anything, jump tables, code that falls off, accesses at the edges of memory. Deterministic in the seed.
 */
import { INSTRUCTIONS } from "../../../emulator/isa/table.ts";
import { assemble, END, loadImmediate } from "../../lib/assemble.ts";
import { Random } from "../../lib/random.ts";
import { idiom } from "./idioms.ts";

export interface RandomProgram {
  image: Uint8Array;
  tape: Uint32Array;
}

const RAM = 0x20_0000;
const EDGES = [0, 1, 3, 0x1f_fffc, RAM, RAM + 0xfffe, 0x3fff_fff8, 0x3fff_ffff, 0x4000_0000, 0xffff_fff0, 0x8000_0000];
const COMPUTE = INSTRUCTIONS.filter(
  ({ effect, requires }) => effect.kind === "compute" && !requires.includes("rotate"),
);
const ACCESS = INSTRUCTIONS.filter(({ effect }) => effect.kind === "load" || effect.kind === "store");
const BRANCHES = ["beq", "bne", "blt", "bge", "bltu", "bgeu"];

/** Registers with a purpose: counters of loops, and pointers into RAM, so that most programs live for a while. */
const COUNTERS = [26, 27];
const POINTERS = [2, 8, 18];

export function randomProgram(seed: number, size = 300): RandomProgram {
  const generator = new Random(seed);
  const random = () => generator.word();
  const below = (n: number) => generator.below(n);
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const register = () => oneOf([0, 1, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 28, 31]);
  const words: number[] = [];
  const put = (...more: number[]) => words.push(...more);
  const here = () => 4 * words.length;
  /** Any place of the program, near if it must be. */
  const place = (near = false) => (near ? Math.max(0, here() - 4 * below(40) + 4 * below(60)) : 4 * below(size));

  for (const pointer of POINTERS) put(...loadImmediate(pointer, RAM + 0x1_0000 * below(3) + 4 * below(64) + 0x8000));
  for (const counter of COUNTERS) put(...loadImmediate(counter, 20 + below(200)));
  put(...loadImmediate(1, 4 * below(size)));

  const kinds: [number, () => void][] = [
    [
      40,
      () => {
        const row = oneOf(COMPUTE);
        const imm = row.format === "U" ? random() & ~0xfff : row.format === "shift" ? below(32) : below(4096) - 2048;
        put(assemble(row.name, { rd: register(), rs1: register(), rs2: register(), imm }));
      },
    ],
    [
      3,
      () => {
        // both halves of a product, perhaps with something in between
        const [rs1, rs2] = [register(), register()];
        const names = ["mul", oneOf(["mulh", "mulhsu", "mulhu"])];
        if (below(2) === 0) names.reverse();
        put(assemble(names[0]!, { rd: register(), rs1, rs2 }));
        if (below(2) === 0) put(assemble("add", { rd: register(), rs1: register(), rs2: register() }));
        put(assemble(names[1]!, { rd: register(), rs1, rs2 }));
      },
    ],
    [6, () => put(...idiom(generator, register, () => oneOf(POINTERS)))],
    [
      25,
      () => {
        const row = oneOf(ACCESS);
        const offset = below(20) === 0 ? below(4096) - 2048 : 4 * (below(64) - 32);
        const rs1 = below(60) === 0 ? register() : oneOf(POINTERS);
        put(assemble(row.name, { rd: register(), rs1, rs2: register(), imm: offset }));
      },
    ],
    [10, () => put(assemble(oneOf(BRANCHES), { rs1: register(), rs2: register(), imm: place(true) - here() || 8 }))],
    [
      5,
      () => {
        // a loop that ends: count down, go back
        const counter = oneOf(COUNTERS);
        put(assemble("addi", { rd: counter, rs1: counter, imm: -1 }));
        put(assemble("blt", { rs1: 0, rs2: counter, imm: Math.max(0, here() - 4 * below(30)) - here() || 8 }));
      },
    ],
    [4, () => put(assemble("jal", { rd: oneOf([0, 1, 1, 1, 5]), imm: place(below(2) === 0) - here() || 8 }))],
    [2, () => put(assemble("jalr", { rd: oneOf([0, 0, 1]), rs1: oneOf([1, 1, 5]), imm: below(12) === 0 ? 4 : 0 }))],
    [2, () => put(...loadImmediate(oneOf([1, 5, 6]), place()))],
    [2, () => put(...loadImmediate(oneOf([6, 7, 14]), below(4) === 0 ? oneOf(EDGES) : RAM + below(0x4_0000)))],
    [2, () => put(assemble("tape", { rd: register(), rs1: below(3) === 0 ? register() : 0 }))],
    [
      2,
      () => {
        const [a, b] = [RAM + 32 * below(64), RAM + 0x1000 + 32 * below(64)];
        put(...loadImmediate(10, a), ...loadImmediate(11, b));
        put(...loadImmediate(12, (1 << oneOf([0, 1, 2, 3, 4, 5, 7])) | (below(2) << 6)));
        put(assemble("u256", {}));
      },
    ],
    [
      1,
      () => {
        put(...loadImmediate(10, RAM + 128 * below(16)), ...loadImmediate(11, RAM + 0x2000 + 4 * below(64)));
        put(assemble("addi", { rd: 12, imm: 1 << below(10) }), assemble("addi", { rd: 13, imm: below(8) }));
        put(assemble("blake2s", {}));
      },
    ],
    [
      1,
      () => {
        // a jump table in the code: index from a register, four targets
        const [index, base] = [register() || 9, 15];
        put(assemble("andi", { rd: 14, rs1: index, imm: 3 }), assemble("slli", { rd: 14, rs1: 14, imm: 2 }));
        const table = here() + 4 * 5;
        put(...loadImmediate(base, table), assemble("add", { rd: 14, rs1: 14, rs2: base }));
        put(assemble("lw", { rd: 14, rs1: 14, imm: 0 }), assemble("jalr", { rs1: 14 }));
        words[words.length - 3] = assemble("add", { rd: 14, rs1: 14, rs2: base });
        const at = here();
        // the table is where it was said to be: patch the constant now that its address is known
        const [upper, lower] = loadImmediate(base, at);
        words[words.length - 5] = upper!;
        words[words.length - 4] = lower!;
        for (let i = 0; i < 4; i++) put(below(30) === 0 ? random() : place(below(2) === 0));
      },
    ],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  while (words.length < size) {
    let at = below(total);
    for (const [weight, make] of kinds) {
      if (at < weight) {
        make();
        break;
      }
      at -= weight;
    }
  }
  put(END);
  return {
    image: new Uint8Array(Uint32Array.from(words).buffer),
    tape: Uint32Array.from({ length: 40 + below(4000) }, random),
  };
}
