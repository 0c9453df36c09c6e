/** Short sequences that the translator knows as one thing: what random instructions would hardly ever make. */
import { assemble } from "../../lib/assemble.ts";
import type { Random } from "../../lib/random.ts";
import { numbers } from "./numbers.ts";

const BRANCHES = ["beq", "bne", "blt", "bge", "bltu", "bgeu"];
const copies = (random: Random, register: () => number, most: number): number[] =>
  Array.from({ length: 1 + random.below(most) }, () =>
    assemble("addi", { rd: register(), rs1: register(), imm: random.chance(20) ? random.below(64) : 0 }),
  );

/** A branch over copies of registers, or to such copies, which go on behind it. */
function choice(random: Random, register: () => number): number[] {
  const branch = (imm: number) => assemble(random.pick(BRANCHES), { rs1: register(), rs2: register(), imm });
  const jump = (imm: number) => assemble("jal", { imm });
  const list = copies(random, register, 3);
  const over = 4 * (list.length + 1);
  switch (random.below(3)) {
    case 0:
      return [branch(over), ...list];
    case 1:
      return [branch(over + 4), ...list, jump(4)];
    default:
      // over the copies to the branch, which goes back to them; they go on behind it
      return [jump(over + 4), ...list, jump(8), branch(-over)];
  }
}

/** Both halves of a product, shifted into one word. */
function shiftedProduct(random: Random, register: () => number): number[] {
  const [rs1, rs2, low, high] = [register(), register(), register(), register()];
  const k = random.below(32);
  const halves = [
    assemble("mul", { rd: low, rs1, rs2 }),
    assemble(random.pick(["mulh", "mulhu", "mulhsu"]), { rd: high, rs1, rs2 }),
  ];
  const [a, b] = random.chance(70) ? [low, high] : [register(), register()];
  const shifts = [
    assemble("srli", { rd: a, rs1: low, imm: k }),
    assemble("slli", { rd: b, rs1: high, imm: random.chance(80) ? (32 - k) & 31 : random.below(32) }),
  ];
  if (random.chance(50)) halves.reverse();
  if (random.chance(50)) shifts.reverse();
  const sum = assemble(
    random.pick(["or", "or", "add", "xor"]),
    random.chance(50) ? { rd: register(), rs1: a, rs2: b } : { rd: a, rs1: b, rs2: a },
  );
  return [...halves, ...shifts, sum];
}

/** Sums with carries, some of which compare with something else than a summand. */
function sums(random: Random, register: () => number): number[] {
  const words: number[] = [];
  for (let n = 1 + random.below(4); n > 0; n--) {
    const [sum, rs1, rs2] = [register(), register(), register()];
    words.push(assemble("add", { rd: sum, rs1, rs2 }));
    if (random.chance(30)) words.push(assemble("addi", { rd: register(), rs1: register(), imm: random.below(64) }));
    const other = random.chance(80) ? random.pick([rs1, rs2]) : register();
    const compared = random.chance(90) ? { rs1: sum, rs2: other } : { rs1: other, rs2: sum };
    words.push(assemble("sltu", { rd: register(), ...compared }));
  }
  return words;
}

/**
 * @param register makes up registers: few different ones, so that sequences meet their own results
 * @param base a register that points to memory
 */
export function idiom(random: Random, register: () => number, base: () => number): number[] {
  if (random.chance(25)) return numbers(random, [...new Set(Array.from({ length: 60 }, register))], base(), 5);
  const few = Array.from({ length: 3 + random.below(4) }, register);
  return random.pick([choice, shiftedProduct, sums])(random, () => random.pick(few));
}
