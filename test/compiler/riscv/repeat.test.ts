/** Constants that a register already holds are not loaded again, and only those. */
import { describe, expect, it } from "vitest";
import { CSR, csrrw, encode } from "../../../compiler/riscv/encode.ts";
import type { MBlock } from "../../../compiler/riscv/machine.ts";
import { type CodeItem, dropRepeatedConstants } from "../../../compiler/riscv/repeat.ts";

const word = (value: number): CodeItem => ({ kind: "word", word: value });
const lui = (rd: number, upper: number) => word(encode("lui", rd, 0, 0, upper));
const li = (rd: number, value: number) => word(encode("addi", rd, 0, 0, value));
const add = (rd: number, rs: number, value: number) => word(encode("addi", rd, rs, 0, value));
const pooled = (rd: number, at: number) => word(encode("lw", rd, 0, 0, at));
const call = word(encode("jal", 5, 0, 0, 0));
const u256 = word(csrrw(0, CSR.u256, 0));
const block = (name: string) => ({ name }) as unknown as MBlock;
const [A, B] = [block("a"), block("b")];
const start: CodeItem = { kind: "block", block: A };
const place: CodeItem = { kind: "block", block: B };

describe("repeated constants", () => {
  const kept = (items: CodeItem[], tables: MBlock[] = []) =>
    dropRepeatedConstants([start, ...items], new Set(tables))
      .slice(1)
      .map((item) => items.indexOf(item));

  it.each<[string, CodeItem[], number[], MBlock[]?]>([
    ["the same again", [li(10, 7), li(10, 7)], [0]],
    ["a copy of what it still is a copy of", [add(10, 9, 0), u256, add(10, 9, 0)], [0, 1]],
    ["a copy of what has changed", [add(10, 9, 0), add(9, 9, 4), add(10, 9, 0)], [0, 1, 2]],
    ["a sum that is there by another way", [add(10, 9, 4), add(11, 9, 0), add(10, 11, 4)], [0, 1]],
    ["a copy of the delegation's answer", [add(10, 12, 0), u256, add(10, 12, 0)], [0, 1, 2]],
    ["another value", [li(10, 7), li(10, 8), li(10, 7)], [0, 1, 2]],
    ["another register", [li(10, 7), li(11, 7)], [0, 1]],
    ["across a delegation, but for its answer", [lui(10, 9), li(12, 1), u256, lui(10, 9), li(12, 1)], [0, 1, 2, 4]],
    [
      "a number of two words",
      [lui(10, 9), add(10, 10, 5), lui(10, 9), add(10, 10, 5), lui(10, 9), add(10, 10, 6)],
      [0, 1, 4, 5],
    ],
    ["of the pool", [pooled(10, 8), pooled(10, 8), pooled(10, 12)], [0, 2]],
    ["from memory that may change", [word(encode("lw", 10, 2, 0, 8)), word(encode("lw", 10, 2, 0, 8))], [0, 1]],
    ["not across a call", [li(10, 7), call, li(10, 7)], [0, 1, 2]],
    ["not across a write", [li(10, 7), add(10, 3, 0), li(10, 7)], [0, 1, 2]],
    ["a store writes no register", [li(10, 7), word(encode("sw", 0, 2, 3, 20)), li(10, 7)], [0, 1]],
    [
      "beyond a branch",
      [li(10, 7), { kind: "branch", to: B }, li(10, 7), { kind: "jump", to: A }, place, li(10, 7)],
      [0, 1, 3, 4, 5],
    ],
    ["into a block that only what is before it leads to", [li(10, 7), place, li(10, 7)], [0, 1]],
    ["not into a block that a branch leads to", [{ kind: "branch", to: B }, li(10, 7), place, li(10, 7)], [0, 1, 2, 3]],
    ["not into a case of a table", [li(10, 7), place, li(10, 7)], [0, 1, 2], [B]],
    ["not behind a return", [li(10, 7), word(encode("jalr", 0, 5, 0, 0)), place, li(10, 7)], [0, 1, 2, 3]],
  ])("%s", (_, items, expected, tables) => {
    expect(kept(items, tables)).toEqual(expected);
  });
});
