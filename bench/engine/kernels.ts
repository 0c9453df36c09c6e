/** The kernels of the codegen bench: ours beside QEMU's user mode, the interpreter, V8 on the same program's WebAssembly, and native code. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build, type Tools } from "./build.ts";
import { inTurns, one, timed } from "./child.ts";

/** Instructions that a program should execute. The interpreter executes a part, and its time is scaled. */
const TARGET = 2e9;
export const INTERPRETED = 1e8;
const PAIRS = 3;

export const KERNELS: readonly string[] = readdirSync(join(import.meta.dirname, "../codegen/kernels"))
  .filter((file) => file.endsWith(".c"))
  .map((file) => file.slice(0, -2))
  .sort();

export const HEAD = ["M cycles", "ours ms", "M/s", "qemu ms", "interp", "v8 ms", "native", "qemu/ours"];

export interface Row {
  name: string;
  ratio: number;
  columns: readonly string[];
}

function check(name: string, what: string, result: number, expected: number): void {
  if (result !== expected) throw new Error(`${name}: ${what} computes ${result}, not ${expected}`);
}

/** Pairs of ours and QEMU's alternate; medians. */
export function measure(tools: Tools, name: string, dir: string): Row {
  const single = one(dir, "translator", build(tools, name, 1, dir).bare).cycles;
  const programs = build(tools, name, Math.max(1, Math.round(TARGET / single)), dir);
  const run = () => one(dir, "translator", programs.bare);
  const { ours, time, qemuTime } = inTurns(PAIRS, run, [tools.qemu, programs.linux], ({ result }, output) =>
    check(name, "QEMU", Number.parseInt(output, 16), result),
  );
  const interpreted = one(dir, "interpreter", programs.bare, "", String(INTERPRETED));
  const { result, cycles } = ours;
  const v8 = one(dir, "wasm", programs.wasm);
  check(name, "V8", v8.result, result);
  const [nativeResult, native] = timed(programs.native, []).output.split(" ");
  check(name, "native code", Number.parseInt(nativeResult!, 16), result);
  const ratio = qemuTime / time;
  const scaled = (interpreted.milliseconds * cycles) / interpreted.cycles;
  const figures = [cycles / 1e6, time, cycles / time / 1e3, qemuTime, scaled, v8.milliseconds, Number(native)];
  return { name, ratio, columns: [...figures.map((value) => value.toFixed(0)), ratio.toFixed(2)] };
}

/** Time of one program by its length: it should grow by the same factor. */
export function linear(tools: Tools, dir: string): void {
  const { bare } = build(tools, "vm", 1e6, dir);
  console.log("\ntime by cycles (vm): cycles, ms, cycles a second");
  for (const cycles of [1e6, 1e7, 1e8, 1e9]) {
    const { milliseconds } = one(dir, "translator", bare, "", String(cycles));
    const bar = "#".repeat(Math.max(1, Math.round(12 * Math.log10(milliseconds))));
    const figures = [cycles.toExponential(0), milliseconds.toFixed(0), (cycles / milliseconds / 1e3).toFixed(0)];
    console.log(`${figures.map((figure) => figure.padStart(8)).join("")} M/s  ${bar}`);
  }
}
