/** The thin U256 operations (guest/sdk/u256.ts) against bigints, in both modes. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Guest, loadGuest, PROGRAM } from "../../lib/guest.ts";
import { interesting, MASK } from "../../lib/numbers.ts";

const A = PROGRAM;
const B = PROGRAM + 64;

/** operation → a after, returned value; undefined: nothing is promised about it */
const OPERATIONS: Record<string, (a: bigint, b: bigint, c: bigint) => [bigint, boolean | undefined]> = {
  add: (a, b) => [a + b, a + b > MASK],
  addCarry: (a, b, c) => [a + b + c, a + b + c > MASK],
  sub: (a, b) => [a - b, a < b],
  subBorrow: (a, b, c) => [a - b - c, a < b + c],
  subNegate: (a, b) => [b - a, b < a],
  subNegateBorrow: (a, b, c) => [b - a - c, b < a + c],
  mulLow: (a, b) => [a * b, undefined],
  mulLowChecked: (a, b) => [a * b, a * b > MASK],
  mulHigh: (a, b) => [(a * b) >> 256n, undefined],
  equal: (a, b) => [a, a === b],
  copy: (_, b) => [b, undefined],
  copyIncrement: (_, b) => [b + 1n, b === MASK],
  zero: () => [0n, undefined],
  setWord: (_a, _b, c) => [c, undefined],
  copyWords: (_, b) => [b, undefined],
  isZero: (a) => [a, a === 0n],
};

describe.each([{ proving: false }, { proving: true }])("u256 operations, proving: $proving", ({ proving }) => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await loadGuest("test/guest/crypto/u256-ops.as.ts", { proving });
  });

  test.each(Object.keys(OPERATIONS))("%s", (name) => {
    for (const a of interesting)
      for (const b of interesting)
        for (const c of [0n, 1n]) {
          guest.writeNumber(A, a);
          guest.writeNumber(B, b);
          const flag = guest.call(name, A, B, Number(c));
          const [result, expected] = OPERATIONS[name]!(a, b, c);
          expect(guest.readNumber(A)).toBe(result & MASK);
          expect(guest.readNumber(B)).toBe(b);
          if (expected !== undefined) expect(flag).toBe(expected ? 1 : 0);
        }
  });
});
