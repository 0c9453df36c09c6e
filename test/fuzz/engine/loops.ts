/**
 * Random nests of loops for the engines: pointers that walk up and down, resets, strides, indices that are masked, scaled or loaded, counters and ends of arrays; begun in the
 * middle of memory, close to its ends, and not aligned. What the translator's guards say of such loops must hold at every access. Deterministic in the seed.
 */
import { assemble, END, loadImmediate } from "../../lib/assemble.ts";
import { Random } from "../../lib/random.ts";
import type { FuzzOptions } from "../main.ts";
import { compareImages, type EngineFuzz, printFuzz } from "./many.ts";

const [ROM_END, TOP] = [0x20_0000, 0x4000_0000];
const POINTERS = [10, 11, 12, 13, 14];
const NUMBERS = [5, 6, 7, 28];
const COUNTERS = [8, 9, 18];
const TEMPORARIES = [15, 16, 17];
/** Never written in loops. */
const CONSTANTS = [20, 21, 22];

export function loopProgram(seed: number): Uint8Array {
  const random = new Random(seed);
  const below = (n: number) => random.below(n);
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const words: number[] = [];
  const put = (...more: number[]) => words.push(...more);
  const name = (list: string) => oneOf(list.split(" "));

  /** Close to where memory, ROM, or a page ends. */
  const place = () => {
    const unit = oneOf([1, 2, ...new Array(30).fill(4)]);
    const near = unit * below(oneOf([4, 64, 64, 4096, 20_000]));
    return oneOf([ROM_END + near, ROM_END - near, TOP - near, TOP - near, 0x2f_0000 + near, 0x2f_0000 - near]);
  };
  const usual = () => 0x30_0000 + 0x1_0000 * below(8) + 4 * below(256);
  const isWild = below(2) === 0;
  for (const register of POINTERS) put(...loadImmediate(register, isWild && below(4) > 0 ? place() : usual()));
  for (const register of NUMBERS) put(...loadImmediate(register, below(4) === 0 ? random.word() : below(64)));
  for (const register of TEMPORARIES) put(...loadImmediate(register, below(3) === 0 ? random.word() : usual()));
  for (const register of CONSTANTS) put(...loadImmediate(register, oneOf([4, 4, 8, 12, 64, 0x3fc, usual(), place()])));

  /** Words at aligned places, for most programs: others end soon. */
  const isAligned = below(5) > 0;
  const step = () => oneOf(isAligned ? [4, 4, 4, 4, 8, 16, -4, -4, -8, 64, 2044, -2048] : [4, 1, 2, 3, -1, 8]);
  const offset = () => (below(12) === 0 ? 4 * below(1024) - 2048 : 4 * (below(16) - 4));
  const access = (rs1: number) => {
    const row = name("lw lw lw lbu lb lhu sw sw sw sb sh");
    const within = row.endsWith("w") || isAligned ? 0 : oneOf([0, 1, 2, 3]);
    const rd = oneOf([...NUMBERS, ...NUMBERS, ...TEMPORARIES]);
    put(assemble(row, { rd, rs1, rs2: oneOf(NUMBERS), imm: offset() + within }));
  };
  const body: (() => void)[] = [
    () => access(oneOf(POINTERS)),
    () => access(oneOf(POINTERS)),
    () => access(oneOf(TEMPORARIES)),
    () => {
      const pointer = oneOf(POINTERS);
      put(assemble("addi", { rd: pointer, rs1: pointer, imm: step() }));
    },
    () => put(assemble("addi", { rd: oneOf(POINTERS), rs1: oneOf(POINTERS), imm: oneOf([0, 0, 4, -4, 100]) })),
    () => {
      // a place in a table
      const [index, at] = [oneOf(TEMPORARIES), oneOf(TEMPORARIES)];
      const masked = name("andi andi srli and xor or lbu");
      if (masked === "lbu") put(assemble("lbu", { rd: index, rs1: oneOf(POINTERS), imm: below(8) }));
      else
        put(
          assemble(masked, {
            rd: index,
            rs1: oneOf(NUMBERS),
            rs2: oneOf(CONSTANTS),
            imm: masked === "srli" ? 20 + below(12) : oneOf([0xfc, 0x3fc, 0x7c, -4, isAligned ? 4 : 0xff]),
          }),
        );
      const by = isAligned ? 2 : below(4);
      if (by > 0) put(assemble("slli", { rd: at, rs1: index, imm: by }));
      put(assemble("add", { rd: at, rs1: oneOf([...POINTERS, ...CONSTANTS]), rs2: by > 0 ? at : index }));
      access(at);
    },
    () => {
      // a place by a counter
      const at = oneOf(TEMPORARIES);
      put(
        assemble("slli", { rd: at, rs1: oneOf(COUNTERS), imm: below(3) }),
        assemble(name("add add add sub"), { rd: at, rs1: oneOf(POINTERS), rs2: at }),
      );
      access(at);
    },
    () => {
      const pointer = oneOf(POINTERS);
      put(assemble(name("add add sub"), { rd: pointer, rs1: pointer, rs2: oneOf(CONSTANTS) }));
    },
    () =>
      put(
        assemble(name("add sub xor mul sltu mulhu sll"), {
          rd: oneOf(NUMBERS),
          rs1: oneOf(NUMBERS),
          rs2: oneOf([...NUMBERS, ...COUNTERS]),
        }),
      ),
    () =>
      put(
        assemble("addi", { rd: oneOf(TEMPORARIES), rs1: oneOf([...POINTERS, ...COUNTERS]), imm: 4 * (below(9) - 4) }),
      ),
  ];

  const nest = (depth: number) => {
    const counter = COUNTERS[depth]!;
    const counts = below(3);
    const turns = depth === 0 ? 1 + below(oneOf([4, 40, 400, 20_000])) : 1 + below(oneOf([2, 10, 100]));
    const end = 23 + depth;
    const pointer = oneOf(POINTERS);
    if (counts === 2) put(assemble("addi", { rd: end, rs1: pointer, imm: 4 * (1 + below(200)) + (isAligned ? 0 : 1) }));
    put(...loadImmediate(counter, counts === 1 ? -turns : turns));
    const start = words.length;
    const forward: number[] = [];
    for (let i = 1 + below(5); i > 0; i--) {
      if (depth < 2 && below(5) === 0) nest(depth + 1);
      else if (below(4) === 0) {
        // around what follows
        forward.push(words.length);
        put(0);
      } else oneOf(body)();
    }
    const [branch, fields] = [name("beq bne bltu bge"), { rs1: oneOf(NUMBERS), rs2: oneOf(NUMBERS) }];
    for (const at of forward) words[at] = assemble(branch, { ...fields, imm: 4 * (words.length - at) });
    const back = () => 4 * (start - words.length);
    if (counts === 2) {
      put(assemble("addi", { rd: pointer, rs1: pointer, imm: step() }));
      // beside an end that is never met, a counter
      put(assemble("addi", { rd: counter, rs1: counter, imm: -1 }), assemble("beq", { rs1: counter, imm: 8 }));
      put(assemble(name("bne bne bltu"), { rs1: pointer, rs2: end, imm: back() }));
    } else {
      put(assemble("addi", { rd: counter, rs1: counter, imm: counts === 1 ? 1 : -1 }));
      put(assemble("bne", { rs1: counter, imm: back() }));
    }
  };
  for (let i = 1 + below(3); i > 0; i--) {
    // what is jumped to is translated
    put(assemble("jal", { imm: 4 }));
    nest(0);
  }
  put(END);
  return new Uint8Array(Uint32Array.from(words).buffer);
}

export const fuzzLoops = (options: FuzzOptions): EngineFuzz => compareImages(options, loopProgram, 1_000_000);

/** `npm run fuzz -- engine-loops`. @returns how many programs differ */
export async function reportLoopFuzz(options: FuzzOptions): Promise<number> {
  return printFuzz("engine-loops", `${options.count} programs`, fuzzLoops(options));
}
