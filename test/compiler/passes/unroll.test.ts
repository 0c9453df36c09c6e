/** Loops that count, at the edges of what counters can hold, against V8; and that turns in a row cost less. */
import { describe, expect, it } from "vitest";
import { runInEmulator, runInV8 } from "../../lib/differential.ts";
import { wat } from "../../lib/wat.ts";

const MOST = 40;
const EDGES = [0, 1, 3, 4, 5, 11, 16, 0x7ffffffb, 0x7fffffff, -0x80000000, -0x7ffffffe, -17, -16, -4, -1];

const holds: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  lt_u: (a, b) => a >>> 0 < b >>> 0,
  lt_s: (a, b) => (a | 0) < (b | 0),
  le_u: (a, b) => a >>> 0 <= b >>> 0,
  ge_s: (a, b) => (a | 0) >= (b | 0),
  gt_u: (a, b) => a >>> 0 > b >>> 0,
  ne: (a, b) => (a | 0) !== (b | 0),
};

interface Shape {
  readonly op: string;
  /** the operands of the test change places */
  readonly swapped: boolean;
  readonly atTop: boolean;
  readonly step: number;
}

/** How often the body runs, -1 for too often. */
function turns({ op, swapped, atTop, step }: Shape, from: number, to: number): number {
  let counter = from | 0;
  for (let n = 0; n <= MOST; n++) {
    if (n > 0 || atTop) {
      const [a, b] = swapped ? [to, counter] : [counter, to];
      if (!holds[op]!(a, b)) return n;
    }
    counter = (counter + step) | 0;
  }
  return -1;
}

/** main runs the loop for each pair and sums up; the bounds come from memory (`known`: are in the code). */
function moduleOf(
  shape: Shape,
  pairs: readonly (readonly [number, number])[],
  known: boolean,
  store: boolean,
): Uint8Array {
  const { op, swapped, atTop, step } = shape;
  const test = (to: string) => `(i32.${op} ${swapped ? `${to} (local.get $i)` : `(local.get $i) ${to}`})`;
  const body = `(local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (local.get $i)))
    ${store ? "(i32.store (local.get $p) (local.get $sum)) (local.set $p (i32.add (local.get $p) (i32.const 4)))" : ""}
    (local.set $i (i32.add (local.get $i) (i32.const ${step})))`;
  const loop = (to: string) =>
    atTop
      ? `(block $out (loop $again (br_if $out (i32.eqz ${test(to)})) ${body} (br $again)))`
      : `(loop $again ${body} (br_if $again ${test(to)}))`;
  const locals = "(local $i i32) (local $sum i32) (local $p i32)";
  const end = `(i32.add (i32.xor (local.get $sum) (i32.load (i32.sub (local.get $p) (i32.const 4)))) (local.get $i))`;
  const begin = "(local.set $p (i32.const 0x210004))";
  const main = pairs.map(([from, to], k) => {
    const call = known ? `(call $f${k})` : `(call $f (i32.const ${from}) (i32.const ${to}))`;
    return `(local.set $r (i32.add (i32.mul (local.get $r) (i32.const 7)) ${call}))`;
  });
  const functions = known
    ? pairs.map(
        ([from, to], k) =>
          `(func $f${k} (result i32) ${locals} ${begin} (local.set $i (i32.const ${from})) ${loop(`(i32.const ${to})`)} ${end})`,
      )
    : [
        `(func $f (param i32 i32) (result i32) ${locals} ${begin} (local.set $i (local.get 0)) ${loop("(local.get 1)")} ${end})`,
      ];
  return wat(
    `(module (memory 34) ${functions.join("\n")} (func (export "main") (result i32) (local $r i32) ${main.join("\n")} (local.get $r)))`,
  );
}

describe("counting loops do what V8 does", () => {
  for (const op of Object.keys(holds))
    for (const swapped of [false, true])
      for (const atTop of [false, true])
        it(`${swapped ? "end" : "counter"} ${op} ${swapped ? "counter" : "end"}, tested at the ${atTop ? "top" : "bottom"}`, () => {
          let tried = 0;
          for (const step of [1, 4, 7]) {
            const shape = { op, swapped, atTop, step };
            const pairs = EDGES.flatMap((from) => EDGES.map((to) => [from, to] as const)).filter(
              ([from, to]) => turns(shape, from, to) >= 0,
            );
            tried += pairs.length;
            for (const [known, store] of [
              [false, false],
              [false, true],
              [true, true],
            ] as const) {
              const module = moduleOf(shape, known ? pairs.filter((_, k) => k % 5 === 0) : pairs, known, store);
              expect(runInEmulator(module).result).toEqual(runInV8(module));
            }
          }
          expect(tried).toBeGreaterThan(20);
        });

  it("over a distance that is known from a place that is not", () => {
    const module = (from: number) =>
      wat(`(module (memory 34) (func $f (param i32) (result i32) (local $to i32) (local $sum i32)
        (local.set $to (i32.add (local.get 0) (i32.const 32)))
        (block $out (loop $again (br_if $out (i32.ge_u (local.get 0) (local.get $to)))
          (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (local.get 0)))
          (local.set 0 (i32.add (local.get 0) (i32.const 4))) (br $again)))
        (i32.add (local.get $sum) (local.get 0)))
        (func (export "main") (result i32) (i32.add (call $f (i32.const ${from})) (call $f (i32.const ${from + 4})))))`);
    for (const from of [0, 100, -4, -32, -36, -40, 0x7ffffff0])
      expect(runInEmulator(module(from)).result).toEqual(runInV8(module(from)));
  });
});

it("turns in a row cost less than one by one", () => {
  const module = (count: number) =>
    wat(`(module (import "windproof" "tape_read" (func $in (result i32))) (memory 34) (func (export "main") (local $p i32) (local $end i32)
      (local.set $p (i32.const 0x210000)) (local.set $end (i32.add (local.get $p) (i32.shl (call $in) (i32.const 2))))
      (block $out (loop $again (br_if $out (i32.ge_u (local.get $p) (local.get $end)))
        (i32.store (local.get $p) (call $in)) (local.set $p (i32.add (local.get $p) (i32.const 4))) (br $again)))
      (drop (i32.const ${count}))))`);
  const cycles = (words: number, without: string[]) =>
    runInEmulator(module(words), { without }, [words, ...Array.from({ length: words }, (_, k) => k)]).cycles;
  // reading and storing, and a quarter of step and test
  expect(cycles(400, ["unroll"]) - cycles(200, ["unroll"])).toBe(200 * 4);
  expect(cycles(400, []) - cycles(200, [])).toBe(200 * 2.5);
  // what a loop that ends at once pays for it
  expect(cycles(1, []) - cycles(1, ["unroll"])).toBeLessThanOrEqual(5);
});
