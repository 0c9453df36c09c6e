import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderMoves } from "../../../compiler/riscv/parallel-move.ts";

describe("parallel moves", () => {
  const moves = fc
    .uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 9 })
    .chain((to) => fc.tuple(...to.map((d) => fc.tuple(fc.constant(d), fc.integer({ min: 0, max: 9 })))));
  for (const free of [-1, 31])
    it(`do what copying all at once does, ${free < 0 ? "without" : "with"} a spare register`, () => {
      fc.assert(
        fc.property(moves, (pairs) => {
          const registers = Array.from({ length: 32 }, (_, i) => i * 100);
          const expected = registers.slice();
          for (const [d, s] of pairs) expected[d] = registers[s]!;
          for (const { op, to, from } of orderMoves(pairs, free)) {
            const old = registers[to]!;
            registers[to] = registers[from]!;
            if (op === "swap") registers[from] = old;
          }
          if (free >= 0) registers[free] = expected[free]!;
          expect(registers).toEqual(expected);
        }),
        { numRuns: 2000 },
      );
    });
});
