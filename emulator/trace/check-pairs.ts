/**
 * Instructions that often follow one another: the fast loop checks two such rows after one jump to their code. Most of what that loop waits for are those jumps, whose
 * targets the processor guesses. The list is from block 22244135 in the original's binary and in our own: 60 % and 70 % of the rows are in these pairs.
 */
import { INSTRUCTIONS } from "../isa/table.ts";

const NAMES = [
  ["addi", "addi", "beq"],
  ["sw", "sw", "lw"],
  ["lw", "lw", "sw", "xor", "addi"],
  ["xor", "lw", "sw", "slli"],
  ["or", "xor", "slli"],
  ["slli", "srli"],
  ["srli", "or"],
  ["and", "and"],
] as const;

const indexOf = (name: string) => INSTRUCTIONS.findIndex((row) => row.name === name);

/** Rows of the instruction table. Neither instruction of a pair writes x0 where it could write another register. */
export const PAIRS: readonly (readonly [first: number, second: number])[] = NAMES.flatMap(([first, ...seconds]) =>
  seconds.map((second) => [indexOf(first), indexOf(second)] as const),
);

/** Behind those of single instructions (`checkedOperation`). */
const FIRST_OPERATION = 1 + 2 * INSTRUCTIONS.length;

/** By two rows of the table; 0 where there is no pair. */
const operations = new Uint8Array(2 ** 16);
for (const [i, [first, second]] of PAIRS.entries()) operations[first * 256 + second] = FIRST_OPERATION + i;

/** The operation number of two instructions one behind the other, by their rows of the table; 0 if they are no pair. */
export const pairOperation = (first: number, second: number): number => operations[first * 256 + second];
