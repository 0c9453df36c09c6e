/** Random programs for comparing engines: mostly sensible instructions, some that are refused, loops, calls, jumps anywhere. */
import { supports } from "../../emulator/isa/decode.ts";
import { INSTRUCTIONS, type Instruction } from "../../emulator/isa/table.ts";
import type { MachineConfig } from "../../emulator/machine/config.ts";
import { assemble, END, loadImmediate } from "./assemble.ts";

/** Numbers that depend on the seed only (mulberry32). */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed | 0;
  }
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
  below(n: number): number {
    return this.word() % n;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

/** Registers that hold pointers for most of the program: RAM for x8 and x10…x11, code for x9. */
const [RAM, CODE, A0, A1, A2, A3] = [8, 9, 10, 11, 12, 13];
const POINTERS = [0x200000, 0x2f0000, 0x3fffff00 & ~127, 0x20ff80];

function registerFor(random: Random): number {
  // seldom a pointer, so that they last
  const register = random.below(32);
  return register >= RAM && register <= A3 && !random.chance(4) ? 14 + random.below(18) : register;
}

function instruction(random: Random, row: Instruction, at: number, size: number): number {
  const fields = { rd: registerFor(random), rs1: random.below(32), rs2: random.below(32), imm: 0 };
  const target = () => (random.chance(3) ? random.below(64) * 2 - 64 : 4 * (random.below(size + 2) - at));
  const near = () => (random.chance(75) ? 4 * (1 + random.below(8)) : target());
  switch (row.effect.kind) {
    case "load":
    case "store":
      if (!random.chance(3)) fields.rs1 = RAM;
      fields.imm = random.chance(3)
        ? random.below(4096) - 2048
        : 4 * random.below(128) + (random.chance(50) ? 0 : row.effect.bytes * random.below(4 / row.effect.bytes));
      break;
    case "branch":
      fields.imm = near();
      break;
    case "jump":
      if (row.reads.rs1) {
        fields.rs1 = CODE;
        fields.imm = random.chance(5) ? random.below(64) : 4 * random.below(Math.min(size, 500));
      } else fields.imm = near();
      break;
    case "delegate":
      fields.rd = random.chance(80) ? 0 : random.below(32);
      fields.rs1 = 0;
      break;
    default:
      fields.imm =
        row.format === "U"
          ? random.word() & ~0xfff
          : row.format === "shift"
            ? random.below(32)
            : random.below(4096) - 2048;
  }
  return assemble(row.name, fields);
}

/** @returns an image of some `size` words, nearly all of them instructions that the machine has */
export function randomProgram(random: Random, size: number, config: MachineConfig): Uint8Array {
  const words = [
    ...loadImmediate(RAM, random.pick(POINTERS)),
    ...loadImmediate(A0, random.pick(POINTERS)),
    ...loadImmediate(A1, random.pick(POINTERS) + 0x100),
    ...loadImmediate(A2, 1 << random.below(8)),
    ...loadImmediate(A3, random.below(8)),
    assemble("addi", { rd: CODE, imm: 0 }),
  ];
  for (let register = 14; register < 32; register++) words.push(...loadImmediate(register, random.word()));
  const common = INSTRUCTIONS.filter((row) => row.effect.kind !== "delegate" && supports(config, row));
  while (words.length < size) {
    if (random.below(300) === 0) words.push(random.chance(50) ? random.word() : END);
    else if (random.chance(2)) {
      // a delegation with what it needs
      words.push(...loadImmediate(A2, 1 << random.below(8)));
      words.push(assemble(random.pick(["blake2s", "u256"])));
    } else
      words.push(instruction(random, random.pick(random.below(500) === 0 ? INSTRUCTIONS : common), words.length, size));
  }
  words.push(END);
  return new Uint8Array(Uint32Array.from(words).buffer);
}
