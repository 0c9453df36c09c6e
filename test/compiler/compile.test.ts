/** The whole way of the compiler: source to image, and what it says when it cannot. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Compiled, type CompileOptions, compile, compileWasm, InputError } from "../../compiler/index.ts";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { readProgram } from "../../emulator/image/program.ts";
import { backtrace, placeOf } from "../../emulator/image/report.ts";
import { FULL, UNSIGNED } from "../../emulator/machine/config.ts";
import { wat } from "../lib/wat.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "windproof-compile-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let programs = 0;
function build(source: string, options: CompileOptions = {}): Promise<Compiled> {
  const root = join(folder, String(programs++), "src");
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, "..", "package.json"), "{}");
  writeFileSync(join(root, "main.ts"), source);
  return compile(join(root, "main.ts"), options);
}

function run(image: Uint8Array, tape: number[] = [], config = UNSIGNED) {
  const words = tape[Symbol.iterator]();
  const machine = interpreter.load(image, config, { read: () => words.next().value ?? -1, write: () => {} });
  const stop = machine.run({ maxCycles: 10_000_000 });
  return { machine, stop, output: [...machine.registers.slice(10, 18)] };
}

const IMPORTS = `
import { commitWords, panic, readU32 } from "windproof/guest";
import { marker } from "windproof/guest/sdk/machine";
`;

test("the same source gives the same files in every folder", async () => {
  const source = `${IMPORTS} export function main(): void { commitWords(readU32() + 1); }`;
  const [a, b] = [await build(source), await build(source)];
  expect(Buffer.from(a.image).equals(Buffer.from(b.image))).toBe(true);
  expect(Buffer.from(a.elf).equals(Buffer.from(b.elf))).toBe(true);
  expect(Buffer.from(a.wasm).equals(Buffer.from(b.wasm))).toBe(true);
  expect(JSON.stringify(a.sourceMap)).toBe(JSON.stringify(b.sourceMap));
  expect(run(a.image, [41]).output[0]).toBe(42);
});

describe("static data", () => {
  const mutable = `${IMPORTS}
    const table: StaticArray<u32> = [5, 6, 7];
    export function main(): void { const n = readU32(); table[n] += 10; commitWords(table[0] + table[1], table[2]); }`;

  test("in RAM may be written", async () => {
    expect(run((await build(mutable)).image, [1]).output.slice(0, 2)).toEqual([21, 7]);
  });

  test("in ROM may not: the run is unprovable and the stop says why", async () => {
    const { stop } = run((await build(mutable, { romData: true })).image, [1]);
    expect([stop.kind, stop.cause]).toEqual(["unprovable", "store-to-rom"]);
  });

  test("in ROM costs nothing at start and zeros at its end read as zeros", async () => {
    const source = `${IMPORTS}
      const table: StaticArray<u32> = [5, 6, 7];
      const zeros = memory.data(4096);
      export function main(): void { const n = readU32(); commitWords(table[n], load<u32>(zeros + 4000 + 4 * n)); }`;
    const [ram, rom] = [await build(source), await build(source, { romData: true })];
    const [slow, fast] = [run(ram.image, [2]), run(rom.image, [2])];
    expect(fast.output).toEqual(slow.output);
    expect(fast.output.slice(0, 2)).toEqual([7, 0]);
    expect(fast.stop.cycles).toBeLessThan(slow.stop.cycles);
    // The ELF file's segments cover the same bytes as the flat image.
    expect(Buffer.from(readProgram(rom.elf).image).equals(Buffer.from(rom.image))).toBe(true);
  });

  test("that does not fit below the SDK's slots is placed elsewhere", async () => {
    const source = `${IMPORTS}
      const big = memory.data<u32>([${new Array(20_000).fill(0).map((_, i) => i + 1)}]);
      export function main(): void { const n = readU32(); store<u32>(big, n); commitWords(load<u32>(big), load<u32>(big + 4 * 19_999)); }`;
    expect(run((await build(source)).image, [3]).output.slice(0, 2)).toEqual([3, 20_000]);
  });
});

describe("a stop speaks of the source", () => {
  const source = `${IMPORTS}
export function main(): void {
  const n = readU32();
  assert(n < 40, "too large");
  if (n == 39) throw new Error("almost");
  if (n == 38) panic("unlucky");
  commitWords(n);
}`;

  test.each([
    ["assert", 40, "src/main.ts:7"],
    ["throw", 39, "src/main.ts:8"],
    ["panic", 38, "src/main.ts:9"],
  ])("%s", async (_, word, place) => {
    const { elf, image } = await build(source);
    const { stop } = run(image, [word]);
    const found = placeOf(readProgram(elf), stop.pc);
    expect(stop.cause).toBe("gave-up");
    expect(found.source).toMatch(new RegExp(`^${place}:`));
  });

  test("and the backtrace of its callers", async () => {
    const nested = `${IMPORTS}
      function inner(n: u32): u32 { return n < 2 ? check(n) : inner(n - 1) * 3 + inner(n - 2); }
      function check(n: u32): u32 { assert(n != 1 || readU32() != 9, "nine"); return n; }
      export function main(): void { commitWords(inner(readU32())); }`;
    const { elf, image } = await build(nested);
    const { machine } = run(image, [4, 9]);
    const frames = backtrace(readProgram(elf), machine);
    expect(frames.length).toBeGreaterThan(3);
    expect(frames.filter(({ symbol }) => symbol?.startsWith("src/main/inner")).length).toBeGreaterThan(1);
    expect(frames.at(-1)!.symbol).toMatch(/^_start/);
  });

  test("markers are labels without code", async () => {
    const marked = await build(
      `${IMPORTS} export function main(): void { const n = readU32(); marker(3); commitWords(n); }`,
    );
    const plain = await build(`${IMPORTS} export function main(): void { const n = readU32(); commitWords(n); }`);
    expect(marked.symbols.filter(({ kind }) => kind === "label").map(({ name }) => name)).toEqual(["marker.3"]);
    expect(marked.image.length).toBe(plain.image.length);
  });
});

describe("what is refused", () => {
  test("a float, with function and line", async () => {
    const source = `${IMPORTS}
function half(n: u32): u32 {
  return <u32>(<f64>n * 0.5);
}
export function main(): void { commitWords(half(readU32())); }`;
    await expect(build(source)).rejects.toThrow(InputError);
    await expect(build(source)).rejects.toThrow(/float.*\n.*where: function src\/main\/main at src\/main.ts:6:/);
  });

  test("an unknown import", async () => {
    const source = `@external("env", "now") declare function now(): u32;
${IMPORTS}
export function main(): void { commitWords(readU32() + now()); }`;
    await expect(build(source)).rejects.toThrow(
      /import env.now is not an instruction of the machine.*\n.*where: function src\/main\/main at src\/main.ts:\d+:56,/,
    );
  });

  test("a file that is no module", () => {
    expect(() => compileWasm(Uint8Array.of(1, 2, 3, 4))).toThrow(/not a WebAssembly module: magic header not detected/);
  });
});

test("a machine with signed multiplication needs fewer instructions, and says so in what it refuses", async () => {
  const source = `${IMPORTS} export function main(): void { const n = <i32>readU32(); commitWords(n / 3 + n % 7 + (<i32>((<i64>n * <i64>n) >> 32))); }`;
  const [full, plain] = [await build(source, { config: "full" }), await build(source)];
  const tape = [0xffff_fb2e];
  const [a, b] = [run(full.image, tape, FULL), run(plain.image, tape)];
  expect(a.output).toEqual(b.output);
  expect(a.stop.cycles).toBeLessThan(b.stop.cycles);
  expect(run(full.image, tape).stop.cause).toBe("unsupported-instruction");
});

test("a module with its source map beside it speaks of its source", async () => {
  const entry = join(folder, "given.wasm");
  const bytes = wat('(module (func (export "main") unreachable))');
  writeFileSync(entry, bytes);
  // One mapping: from the byte of `unreachable` on, line 3 of given.c.
  const offset = bytes.lastIndexOf(0x00, bytes.indexOf(0x0b, 30));
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const vlq = (value: number): string =>
    value < 16 ? digits[value * 2] : digits[32 + ((value * 2) % 32)] + digits[Math.floor((value * 2) / 32)];
  const mappings = `${vlq(offset)}AEA`;
  writeFileSync(`${entry}.map`, JSON.stringify({ version: 3, sources: ["given.c"], names: [], mappings }));
  const { elf, image } = await compile(entry);
  const { stop } = run(image);
  expect(placeOf(readProgram(elf), stop.pc).source).toMatch(/^given.c:3:/);
});

test("a module with memory from 0 is moved out of ROM", () => {
  const module = wat(`(module
    (import "windproof" "tape_read" (func $read (result i32)))
    (import "windproof" "finish" (func $finish (param i32 i32 i32 i32 i32 i32 i32 i32)))
    (memory 1) (data (i32.const 8) "\\2a\\00\\00\\00")
    (func (export "main") (i32.store (i32.const 0) (call $read))
      (call $finish (i32.load (i32.const 0)) (i32.load (i32.const 8)) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))`);
  expect(run(compileWasm(module).image, [7]).output.slice(0, 2)).toEqual([7, 42]);
});
