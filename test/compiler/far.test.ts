/** Code that lies further apart than one instruction reaches: 4 KiB for a branch, 1 MiB for a jump or a call. ROM has 2 MiB. */
import { describe, expect, it } from "vitest";
import { link } from "../../compiler/link/link.ts";
import { ROM_SIZE } from "../../compiler/link/memory-map.ts";
import type { ProgramObject } from "../../compiler/link/object.ts";
import { compileModule } from "../../compiler/pipeline.ts";
import { assemble, type Item } from "../../compiler/riscv/assemble.ts";
import { encode } from "../../compiler/riscv/encode.ts";
import type { MBlock } from "../../compiler/riscv/machine.ts";
import { readModule } from "../../compiler/wasm/reader.ts";
import { UNSIGNED } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { runInV8 } from "../lib/differential.ts";
import { ENGINES } from "../lib/engines.ts";
import { wat } from "../lib/wat.ts";

const MIB = 0x10_0000;
const FAST = ENGINES.filter(([name]) => name !== "stepping");

function run(engine: (typeof ENGINES)[number][1], image: Uint8Array): { results: number[]; cycles: number } {
  const machine = engine.load(image, UNSIGNED, new ReplayTape(new Uint32Array(0)));
  const stop = machine.run({ maxCycles: 50_000_000 });
  expect(stop).toMatchObject({ kind: "finished" });
  return { results: [...machine.registers.subarray(10, 18)], cycles: machine.cycles };
}

/** Functions that call each other in all directions, each a few KiB. */
const mutual = (functions: number, lines: number): Uint8Array => {
  const body = (k: number): string =>
    Array.from(
      { length: lines },
      (_, n) => `(local.set 0 (i64.add (i64.mul (local.get 0) (local.get 0)) (i64.const ${(k * 37 + n) % 2000})))`,
    ).join("\n");
  const call = (k: number): string => `(call $f${k % functions} (local.get 0) (i32.sub (local.get 1) (i32.const 1)))`;
  return wat(`(module
    (table funcref (elem ${Array.from({ length: functions }, (_, k) => `$f${k}`).join(" ")}))
    (type $f (func (param i64 i32) (result i64)))
    ${Array.from(
      { length: functions },
      (_, k) => `(func $f${k} (type $f) ${body(k)}
        (if (i32.eq (local.get 1) (i32.const 1)) (then (return_call $f${(k * 3 + 5) % functions} (local.get 0) (i32.const 0))))
        (if (result i64) (i32.eqz (local.get 1)) (then (local.get 0))
          (else (i64.xor ${call(k * 5 + 1)}
            (i64.add ${call(k + functions / 2)}
              (call_indirect (type $f) (local.get 0) (i32.sub (local.get 1) (i32.const 1)) (i32.rem_u (i32.wrap_i64 (local.get 0)) (i32.const ${functions})))))))) `,
    ).join("\n")}
    (func (export "main") (result i64) (i64.xor (call $f0 (i64.const 3) (i32.const 5)) (call $f${functions - 1} (i64.const 5) (i32.const 5)))))`);
};

/** Distances of the calls that go by two instructions. */
function longCalls(image: Uint8Array): number[] {
  const words = new Int32Array(image.slice().buffer);
  const distances: number[] = [];
  words.forEach((word, k) => {
    const next = words[k + 1] ?? 0;
    const link = (word >>> 7) & 31;
    if (
      (word & 0x7f) === 0x17 &&
      (next & 0x7f) === 0x67 &&
      ((next >>> 15) & 31) === link &&
      [0, link].includes((next >>> 7) & 31)
    )
      distances.push((word & 0xffff_f000) + (next >> 20));
  });
  return distances;
}

describe("calls over more than 1 MiB", () => {
  const module = mutual(16, 120);
  const object = compileModule(readModule(module), { verify: true });
  // zeros of static data between the functions
  const reserved = [{ start: 0x6000, end: 0x6000 + MIB + 0x2000 }];
  const far = link(object, { reserved });

  it.each(FAST)("both ways, as V8: %s", (_, engine) => {
    const near = run(engine, link(object).image);
    const { results, cycles } = run(engine, far.image);
    expect(results).toEqual(runInV8(module));
    expect(near.results).toEqual(results);
    expect(cycles).toBeGreaterThan(near.cycles);
  });

  it("are the only ones that take two instructions", () => {
    expect(longCalls(link(object).image)).toEqual([]);
    const distances = longCalls(far.image);
    expect(distances.some((d) => d >= MIB)).toBe(true);
    expect(distances.some((d) => d < -MIB)).toBe(true);
    expect(distances.every((d) => d >= MIB - 4096 || d <= -MIB + 4096)).toBe(true);
  });

  it("do not change code that reaches", () => {
    const again = object.lengthen!(new Map());
    expect(again.functions.map(({ code }) => code)).toEqual(object.functions.map(({ code }) => code));
    expect(link(again).image).toEqual(link(object).image);
  });
});

describe("a function of more than 1 MiB", () => {
  const filler = (count: number): Item[] =>
    Array.from({ length: count }, () => ({ kind: "word", word: encode("addi", 10, 10, 0, 1), origin: -1 }));
  const word = (value: number): Item => ({ kind: "word", word: value, origin: -1 });
  const block = (b: MBlock): Item => ({ kind: "block", block: b });
  const blocks = (count: number): MBlock[] => Array.from({ length: count }, () => ({}) as MBlock);
  const stop = word(encode("jal", 0, 0, 0, 0));

  const programOf = (items: Item[]): ProgramObject => ({
    functions: [
      {
        symbol: "_start",
        displayName: "_start",
        code: Uint32Array.from(assemble(items, false, new Set()).words),
        relocations: [],
        origins: [],
        labels: [],
        frameSize: 0,
        returnAddressSlot: -1,
      },
    ],
    data: [],
    fixed: [],
  });

  /** words: fillers of the three thirds; x11 counts rounds, x10 the fillers that were executed */
  const cases: [string, number][] = [
    ["one and a bit", 0.36 * MIB],
    ["nearly all of ROM", 0.665 * MIB],
  ];
  for (const [name, third] of cases)
    for (const [, engine] of FAST)
      it(`loops and leaves loops over ${name}: ${engine.name}`, () => {
        const n = Math.floor(third / 4);
        const [head, exit, middle, last] = blocks(4);
        const branch = (op: string, a: number, b: number, to: MBlock): Item => ({
          kind: "branch",
          op,
          a,
          b,
          to,
          origin: -1,
        });
        const items = [
          block(head),
          word(encode("addi", 11, 11, 0, 1)),
          word(encode("sltiu", 12, 11, 0, 4)),
          branch("beq", 12, 0, exit),
          ...filler(n),
          block(middle),
          word(encode("sltiu", 12, 11, 0, 2)),
          branch("beq", 12, 0, last),
          ...filler(n),
          { kind: "jump", to: head, origin: -1 } as Item,
          ...filler(n),
          block(last),
          branch("bne", 12, 0, middle),
          word(encode("addi", 10, 10, 0, 1)),
          { kind: "jump", to: head, origin: -1 } as Item,
          block(exit),
          stop,
        ];
        const { image } = link(programOf(items));
        const machine = engine.load(image, UNSIGNED, new ReplayTape(new Uint32Array(0)));
        expect(machine.run({ maxCycles: 10_000_000 })).toMatchObject({ kind: "finished" });
        // round 1 runs two thirds; rounds 2 and 3 the first, then one more word at the end
        expect([machine.registers[10], machine.registers[11]]).toEqual([4 * n + 2, 4]);
      });

  it("has islands where nothing falls through, if there is such a place", () => {
    const [head, after, end] = blocks(3);
    const items = [
      block(head),
      { kind: "jump", to: end, origin: -1 } as Item,
      ...filler(0.7 * (MIB / 4)),
      { kind: "jump", to: head, origin: -1 } as Item,
      block(after),
      ...filler(0.7 * (MIB / 4)),
      block(end),
      stop,
    ];
    const { words } = assemble(items, false, new Set());
    const fixed = assemble(
      items.filter((item) => item.kind === "word"),
      false,
      new Set(),
    ).words.length;
    // two jumps and one island
    expect(words.length - fixed).toBe(3);
  });

  it("of a module, against V8", { timeout: 120_000 }, () => {
    const lines = (count: number, seed: number): string =>
      Array.from(
        { length: count },
        (_, n) => `(local.set $h (i64.add (i64.mul (local.get $h) (local.get $h)) (i64.const ${(n * seed) % 2000})))`,
      ).join("\n");
    const module = wat(`(module (func (export "main") (result i64) (local $h i64) (local $n i32)
      (local.set $h (i64.const 12345))
      (block $out
        (loop $again
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          ${lines(11_000, 7)}
          (br_if $out (i32.eq (local.get $n) (i32.const 7)))
          (block $c (block $b (block $a
            (br_table $a $b $c $again $out $b (i32.and (local.get $n) (i32.const 7))))
            ${lines(11_000, 11)}
            (br_if $again (i64.eqz (i64.and (local.get $h) (i64.const 16)))))
            (local.set $h (i64.add (local.get $h) (i64.const 3)))
            ${lines(11_000, 13)})
          (br_if $again (i32.lt_u (local.get $n) (i32.const 9)))))
      (local.get $h)))`);
    const { image, report } = link(compileModule(readModule(module)));
    expect(report.functions[0]!.bytes).toBeGreaterThan(MIB);
    for (const [, engine] of FAST.slice(0, 2)) expect(run(engine, image).results).toEqual(runInV8(module));
  });
});

it("what ROM cannot hold is refused, however long its calls", () => {
  const object = compileModule(readModule(mutual(16, 120)));
  expect(() => link(object, { reserved: [{ start: 0x6000, end: ROM_SIZE - 0x1000 }] })).toThrow(
    /the image does not fit into ROM \(2097152 bytes\)/,
  );
});
