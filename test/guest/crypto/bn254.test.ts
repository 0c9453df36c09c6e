/** BN254 precompiles against @noble/curves, EIP-196/197 cases and the reference vectors, in both modes; and against a host that lies. */
import { bn254 } from "@noble/curves/bn254.js";
import { beforeAll, describe, expect, test } from "vitest";
import { type Fp2, type Fp12, fp2, fp12, invert, mod, power } from "../../../host/oracle/bn254-field.ts";
import { pairingWith, type Residue, residue } from "../../../host/oracle/hints-bn254.ts";
import { toU256s } from "../../../host/oracle/words.ts";
import { type Guest, loadGuest, PROGRAM } from "../../lib/guest.ts";
import { Unprovable } from "../../lib/machine.ts";
import { generator, randomBits } from "../../lib/numbers.ts";
import { precompileCalls } from "./precompile-vectors.ts";

const P = bn254.fields.Fp.ORDER;
const R = bn254.fields.Fr.ORDER;
const G1 = bn254.G1.Point;
const G2 = bn254.G2.Point;
type PointG1 = InstanceType<typeof G1>;
type PointG2 = InstanceType<typeof G2>;

const OUTPUT = PROGRAM + 0x1000;

function bytes32(value: bigint): number[] {
  return Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * (31 - i))) & 255n));
}

function g1(point: PointG1): number[] {
  if (point.is0()) return new Array(64).fill(0);
  const { x, y } = point.toAffine();
  return [x, y].flatMap(bytes32);
}

function g2(point: PointG2): number[] {
  if (point.is0()) return new Array(128).fill(0);
  const { x, y } = point.toAffine();
  return [x.c1, x.c0, y.c1, y.c0].flatMap(bytes32);
}

const next = generator(196);
const scalar = () => (randomBits(next, 256) % (R - 1n)) + 1n;
const times = (k: bigint) => (k % R === 0n ? G1.ZERO : G1.BASE.multiply(k % R));
const twistTimes = (k: bigint) => (k % R === 0n ? G2.ZERO : G2.BASE.multiply(k % R));

/** A square root in Fp2, or undefined. p ≡ 3 mod 4. */
function root([a, b]: Fp2): Fp2 | undefined {
  const norm = power(mod(a * a + b * b), (P + 1n) / 4n);
  for (const n of [norm, mod(-norm)]) {
    const x = power(mod((a + n) * invert(2n)), (P + 1n) / 4n);
    if (x === 0n) continue;
    const result: Fp2 = [x, mod(b * invert(2n * x))];
    if (fp2.equal(fp2.mul(result, result), [a, b])) return result;
  }
  return undefined;
}

/** A point of the twist that is not in G2: a random x with a root of x³ + b. One in 2^254 is in G2 by chance. */
function outsideG2(): PointG2 {
  const b = fp2.scale(fp2.invert(fp2.xi), 3n);
  for (;;) {
    const x: Fp2 = [randomBits(next, 250), randomBits(next, 250)];
    const y = root(fp2.add(fp2.mul(fp2.mul(x, x), x), b));
    if (y) return G2.fromAffine({ x: { c0: x[0], c1: x[1] }, y: { c0: y[0], c1: y[1] } });
  }
}

/** A point of the twist whose order is the small prime 10069, a factor of the twist's cofactor 2p − r. */
function ofSmallOrder(): PointG2 {
  let result = G2.ZERO;
  while (result.is0()) {
    let double = outsideG2();
    for (let k = (R * (2n * P - R)) / 10069n; k > 0n; k >>= 1n, double = double.double()) {
      if (k & 1n) result = result.add(double);
    }
  }
  return result;
}

function run(guest: Guest, name: "add" | "mul", input: number[]): Uint8Array | undefined {
  guest.write(PROGRAM, Uint8Array.from(input));
  guest.write(OUTPUT, new Uint8Array(64).fill(0xaa));
  return guest.call(name, PROGRAM, OUTPUT) ? guest.read(OUTPUT, 64) : undefined;
}

function pairing(guest: Guest, input: number[]): number {
  guest.write(PROGRAM, Uint8Array.from(input));
  return guest.call("pairing", PROGRAM, input.length / 192);
}

/** a·G1 ⊗ b·G2 for each pair of scalars */
const pairs = (...scalars: [bigint, bigint][]) => scalars.flatMap(([a, b]) => [...g1(times(a)), ...g2(twistTimes(b))]);

describe.each([{ proving: false }, { proving: true }])("bn254, proving: $proving", ({ proving }) => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await loadGuest("test/guest/crypto/bn254.as.ts", { proving });
  });

  test("addition, with infinity, doubling and opposite points", () => {
    for (let i = 0; i < 10; i++) {
      const [a, b] = [times(scalar()), times(scalar())];
      for (const [p, q] of [
        [a, b],
        [a, a],
        [a, a.negate()],
        [a, G1.ZERO],
        [G1.ZERO, a],
        [G1.ZERO, G1.ZERO],
      ] as const) {
        expect(run(guest, "add", [...g1(p), ...g1(q)])).toEqual(Uint8Array.from(g1(p.add(q))));
      }
    }
  });

  test("multiplication, by scalars of any size", () => {
    const edges = [
      0n,
      1n,
      2n,
      3n,
      R - 1n,
      R,
      R + 1n,
      5n * R,
      (1n << 256n) - 1n,
      1n << 255n,
      1n << 128n,
      (1n << 64n) - 1n,
    ];
    const cases = [...edges, ...Array.from({ length: 6 }, () => randomBits(next, 256))];
    const point = times(scalar());
    for (const k of cases) {
      const expected = k % R === 0n ? G1.ZERO : point.multiply(k % R);
      expect(run(guest, "mul", [...g1(point), ...bytes32(k)])).toEqual(Uint8Array.from(g1(expected)));
      expect(run(guest, "mul", [...g1(G1.BASE), ...bytes32(k)])).toEqual(Uint8Array.from(g1(times(k))));
      expect(run(guest, "mul", [...g1(G1.ZERO), ...bytes32(k)])).toEqual(new Uint8Array(64));
    }
  });

  test("points that are not valid are refused", () => {
    const good = g1(times(7n));
    const { x, y } = times(7n).toAffine();
    const bad = [
      [...bytes32(x), ...bytes32((y + 1n) % P)],
      [...bytes32(x + P), ...bytes32(y)],
      [...bytes32(x), ...bytes32(y + P)],
      [...bytes32(P), ...bytes32(0n)],
      [...bytes32(0n), ...bytes32(P)],
      [...bytes32((1n << 256n) - 1n), ...bytes32(1n)],
      [...bytes32(1n), ...bytes32(0n)],
    ];
    for (const point of bad) {
      expect(run(guest, "add", [...point, ...good])).toBeUndefined();
      expect(run(guest, "add", [...good, ...point])).toBeUndefined();
      expect(run(guest, "mul", [...point, ...bytes32(1n)])).toBeUndefined();
      expect(pairing(guest, [...point, ...g2(G2.BASE)])).toBe(-1);
      expect(pairing(guest, [...point, ...g2(G2.ZERO)])).toBe(-1);
    }
  });

  test("pairing: products that are one, and that are not", () => {
    const [a, b] = [scalar(), scalar()];
    expect(pairing(guest, [])).toBe(1);
    expect(pairing(guest, pairs([a, b], [R - a, b]))).toBe(1);
    expect(pairing(guest, pairs([a, b], [R - ((a * b) % R), 1n]))).toBe(1);
    expect(pairing(guest, pairs([a, 2n], [b, 5n], [R - ((2n * a + 5n * b) % R), 1n]))).toBe(1);
    expect(pairing(guest, pairs([a, b]))).toBe(0);
    expect(pairing(guest, pairs([a, b], [a, b]))).toBe(0);
    expect(pairing(guest, pairs([a, b], [R - a, b + 1n]))).toBe(0);
  });

  test("pairing: infinity on either side is neutral, and still checked", () => {
    const [a, b] = [scalar(), scalar()];
    expect(pairing(guest, pairs([0n, 0n]))).toBe(1);
    expect(pairing(guest, pairs([0n, b]))).toBe(1);
    expect(pairing(guest, pairs([a, 0n]))).toBe(1);
    expect(pairing(guest, pairs([0n, b], [a, 0n]))).toBe(1);
    expect(pairing(guest, pairs([0n, b], [a, 3n], [R - a, 3n]))).toBe(1);
    expect(pairing(guest, pairs([0n, b], [a, 3n]))).toBe(0);
  });

  test("pairing: a point outside G2 is refused, whatever its order and its partner", () => {
    const outside = outsideG2();
    const small = ofSmallOrder();
    const sum = small.add(twistTimes(scalar()));
    for (const point of [outside, small, sum]) {
      expect(pairing(guest, [...g1(G1.BASE), ...g2(point)])).toBe(-1);
      expect(pairing(guest, [...g1(G1.ZERO), ...g2(point)])).toBe(-1);
      expect(pairing(guest, [...pairs([3n, 5n]), ...g1(G1.BASE), ...g2(point)])).toBe(-1);
    }
  });

  test("pairing: coordinates of Q that are not valid", () => {
    const { x, y } = G2.BASE.toAffine();
    const parts = [x.c1, x.c0, y.c1, y.c0];
    for (let i = 0; i < 4; i++) {
      const large = parts.map((part, j) => (i === j ? part + P : part));
      expect(pairing(guest, [...g1(G1.BASE), ...large.flatMap(bytes32)])).toBe(-1);
      const off = parts.map((part, j) => (i === j ? (part + 1n) % P : part));
      expect(pairing(guest, [...g1(G1.BASE), ...off.flatMap(bytes32)])).toBe(-1);
    }
    expect(pairing(guest, [...g1(G1.BASE), ...[0n, P, 0n, 0n].flatMap(bytes32)])).toBe(-1);
  });

  test("reference vectors", () => {
    const pad = (input: Uint8Array, length: number) => Array.from({ length }, (_, i) => input[i] ?? 0);
    for (const { input, output } of precompileCalls(6)) expect(run(guest, "add", pad(input, 128))).toEqual(output);
    for (const { input, output } of precompileCalls(7)) expect(run(guest, "mul", pad(input, 96))).toEqual(output);
    for (const { name, input, output } of precompileCalls(8)) {
      expect(pairing(guest, [...input]), name).toBe(output ? output[31] : -1);
    }
  });
});

describe("bn254 against a host that lies", () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await loadGuest("test/guest/crypto/bn254.as.ts", { proving: true });
  });

  /** The result with word `at` of the tape changed: what an honest run gives, or unprovable. */
  function lied<T>(at: number, flip: number, call: () => T): T | "unprovable" {
    const first = guest.state.wordsRead;
    guest.state.tamper = (word, index) => (index - first === at ? (word ^ flip) >>> 0 : word);
    try {
      return call();
    } catch (error) {
      if (error instanceof Unprovable) return "unprovable";
      throw error;
    } finally {
      guest.state.tamper = undefined;
    }
  }

  test("addition and multiplication: every word", () => {
    const [a, b, k] = [g1(times(scalar())), g1(times(scalar())), bytes32(scalar())];
    for (const call of [() => run(guest, "add", [...a, ...b]), () => run(guest, "mul", [...a, ...k])]) {
      const before = guest.state.wordsRead;
      const honest = call();
      const words = guest.state.wordsRead - before;
      expect(words).toBeGreaterThan(0);
      const at =
        words < 16
          ? Array.from({ length: words }, (_, i) => i)
          : [0, 1, 2, words - 1, ...Array.from({ length: 12 }, () => next() % words)];
      for (const i of at) {
        const result = lied(i, 1 << (next() & 31), call);
        if (result !== "unprovable") expect(result).toEqual(honest);
      }
    }
  });

  test("pairing: a false witness with a quotient made to fit it", () => {
    const input = pairs([5n, 7n], [R - 35n, 1n]);
    const radix = (1n << 256n) % P;
    const numbers = input.reduce<bigint[]>((all, byte, i) => {
      if (i % 32 === 0) all.push(0n);
      all.push((all.pop()! << 8n) | BigInt(byte));
      return all;
    }, []);
    // the guest asks in Montgomery form, real parts first
    const order = [0, 1, 3, 2, 5, 4, 6, 7, 9, 8, 11, 10];
    const parameters = toU256s(...order.map((i) => (numbers[i]! * radix) % P));
    const witnesses: ((f: Fp12) => Residue | undefined)[] = [
      residue,
      () => ({ c: fp12.one, w: fp12.one }),
      (f) => ({ c: fp12.one, w: f }),
      (f) => {
        const { c, w } = residue(f)!;
        return { c, w: fp12.mul(w, [[2n, 0n], ...fp12.one.slice(1)]) };
      },
      (f) => {
        const { c, w } = residue(f)!;
        return { c: fp12.mul(c, [[2n, 0n], ...fp12.one.slice(1)]), w };
      },
    ];
    const results = witnesses.map((witness) => {
      const forged = pairingWith(parameters, witness);
      const first = guest.state.wordsRead;
      guest.state.tamper = (word, index) => (index === first ? word : forged[index - first - 1]!);
      try {
        return pairing(guest, input);
      } catch (error) {
        if (error instanceof Unprovable) return "unprovable";
        throw error;
      } finally {
        guest.state.tamper = undefined;
      }
    });
    expect(results[0]).toBe(1);
    expect(results.slice(1)).toEqual(results.slice(1).map(() => "unprovable"));
  });

  test("pairing: any word", () => {
    const inputs = { one: pairs([5n, 7n], [R - 35n, 1n]), other: pairs([5n, 7n], [R - 34n, 1n]) };
    for (const [name, input] of Object.entries(inputs)) {
      const before = guest.state.wordsRead;
      const honest = pairing(guest, input);
      expect(honest).toBe(name === "one" ? 1 : 0);
      const words = guest.state.wordsRead - before;
      for (const i of [1, 3, 11, 100, words - 1, ...Array.from({ length: 8 }, () => 2 + (next() % (words - 2)))]) {
        expect(
          lied(i, 1 << (next() & 31), () => pairing(guest, input)),
          `word ${i} of ${words}`,
        ).toSatisfy((result) => result === "unprovable" || result === honest);
      }
    }
  }, 300_000);
});
