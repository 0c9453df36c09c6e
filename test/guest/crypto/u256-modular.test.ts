/** guest/crypto/u256 against bigints, in both modes; and wrong hints. */
import { beforeAll, describe, expect, test } from "vitest";
import { forge } from "../../lib/forgery.ts";
import { type Guest, loadGuest, PROGRAM } from "../../lib/guest.ts";
import { generator, interesting, randomBits } from "../../lib/numbers.ts";

const [A, B, M, Q, R] = [0, 32, 64, 96, 128].map((offset) => PROGRAM + offset) as [
  number,
  number,
  number,
  number,
  number,
];

const next = generator(3);
const random = Array.from({ length: 300 }, () => [0, 1, 2].map(() => randomBits(next, 1 + (next() % 256))));

describe.each([{ proving: false }, { proving: true }])("u256 division, proving: $proving", ({ proving }) => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await loadGuest("test/guest/crypto/u256-modular.as.ts", { proving });
  });

  function set(a: bigint, b: bigint, m: bigint): void {
    guest.writeNumber(A, a);
    guest.writeNumber(B, b);
    guest.writeNumber(M, m);
  }

  function divRem(n: bigint, d: bigint): [bigint, bigint] {
    set(n, 0n, d);
    guest.call("divRem", A, M, Q, R);
    expect([guest.readNumber(A), guest.readNumber(M)]).toEqual([n, d]);
    return [guest.readNumber(Q), guest.readNumber(R)];
  }

  function modular(name: string, a: bigint, b: bigint, m: bigint): bigint {
    set(a, b, m);
    guest.call(name, A, B, M, R);
    expect(guest.readNumber(M)).toBe(m);
    return guest.readNumber(R);
  }

  function check(a: bigint, b: bigint, m: bigint): void {
    if (m === 0n) return;
    expect(divRem(a, m)).toEqual([a / m, a % m]);
    expect(modular("addMod", a, b, m)).toBe((a + b) % m);
    expect(modular("mulMod", a, b, m)).toBe((a * b) % m);
  }

  test("edges", () => {
    const edges = interesting.filter((_, i) => i < 15 || i % 2);
    for (const a of edges) for (const b of edges) for (const m of edges) check(a, b, m);
  });

  test("random", () => {
    for (const [a, b, m] of random) check(a!, b!, m!);
    // quotient digits that algorithm D guesses too high
    check((1n << 256n) - 1n, (1n << 256n) - 2n, (1n << 255n) + 1n);
    check(((1n << 127n) << 128n) + 3n, 1n << 200n, (1n << 127n) + (1n << 64n) - 1n);
  });

  test.runIf(proving)("a wrong quotient ends the run", () => {
    const edges = [1n, 2n, 77n, (1n << 255n) + 12345n, (1n << 256n) - 1n];
    let stopped = 0;
    for (const a of edges)
      for (const m of edges) {
        stopped += forge(guest, () => divRem(a, m));
        stopped += forge(guest, () => modular("addMod", a, (1n << 256n) - 3n, m));
        stopped += forge(guest, () => modular("mulMod", a, (1n << 256n) - 3n, m));
      }
    expect(stopped).toBeGreaterThan(1000);
  });
});
