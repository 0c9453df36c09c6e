/**
 * The translator beside QEMU's user mode, our interpreter, V8 on the same program's WebAssembly, and native code. Each run is a process of its own; time is from the image
 * to the end of the run, translation included (QEMU: the whole process). Pairs of ours and QEMU's alternate; medians.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shared } from "../../test/lib/shared.ts";
import { build, findTools, MissingTool, type Programs, type Tools } from "./build.ts";

const KERNELS = [
  "aes",
  "bigint",
  "blake2s",
  "chacha20",
  "crc32",
  "dijkstra",
  "hashmap",
  "json",
  "keccak",
  "matrix",
  "ntt",
  "queens",
  "quicksort",
  "sha256",
  "vm",
];
/** Instructions that a program should execute: about a second on QEMU. The interpreter executes a part, and its time is scaled. */
const TARGET = 2e9;
const INTERPRETED = 1e8;
const PAIRS = 3;

interface One {
  milliseconds: number;
  result: number;
  cycles: number;
  translation?: { instructions: number; milliseconds: number };
  memory: number;
}

const ONE = join(import.meta.dirname, "one.ts");

function one(...args: string[]): One {
  return JSON.parse(execFileSync(process.execPath, ["--no-warnings", ONE, ...args], { encoding: "utf8" })) as One;
}

function timed(command: string, args: readonly string[]): { milliseconds: number; output: string } {
  const started = performance.now();
  const output = execFileSync(command, args, { encoding: "utf8" });
  return { milliseconds: performance.now() - started, output };
}

const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;

function check(name: string, what: string, result: number, expected: number): void {
  if (result !== expected) throw new Error(`${name}: ${what} computes ${result}, not ${expected}`);
}

interface Row {
  name: string;
  ratio: number;
  columns: (number | string)[];
}

function measure(tools: Tools, name: string, dir: string): Row {
  const single = one("translator", build(tools, name, 1, dir).bare).cycles;
  const repeat = Math.max(1, Math.round(TARGET / single));
  const programs: Programs = build(tools, name, repeat, dir);
  const ours: One[] = [];
  const qemu: number[] = [];
  for (let i = 0; i < PAIRS; i++) {
    ours.push(one("translator", programs.bare));
    const { milliseconds, output } = timed(tools.qemu, [programs.linux]);
    check(name, "QEMU", Number.parseInt(output, 16), ours[0]!.result);
    qemu.push(milliseconds);
  }
  const interpreted = one("interpreter", programs.bare, "", String(INTERPRETED));
  const { result, cycles } = ours[0]!;
  const v8 = one("wasm", programs.wasm);
  check(name, "V8", v8.result, result);
  const [nativeResult, native] = timed(programs.native, []).output.split(" ");
  check(name, "native code", Number.parseInt(nativeResult!, 16), result);
  const time = median(ours.map(({ milliseconds }) => milliseconds));
  const ratio = median(qemu) / time;
  const columns = [
    (cycles / 1e6).toFixed(0),
    time.toFixed(0),
    (cycles / time / 1e3).toFixed(0),
    median(qemu).toFixed(0),
    ((interpreted.milliseconds * cycles) / interpreted.cycles).toFixed(0),
    v8.milliseconds.toFixed(0),
    Number(native).toFixed(0),
    ratio.toFixed(2),
  ];
  return { name, ratio, columns };
}

/** Time of one program by its length: it should grow by the same factor. */
function linear(tools: Tools, dir: string): void {
  const { bare } = build(tools, "vm", 1e6, dir);
  console.log("\ntime by cycles (vm): cycles, ms, cycles a second");
  for (const cycles of [1e6, 1e7, 1e8, 1e9]) {
    const { milliseconds } = one("translator", bare, "", String(cycles));
    const bar = "#".repeat(Math.max(1, Math.round(12 * Math.log10(milliseconds))));
    console.log(
      `${cycles.toExponential(0).padStart(8)}${milliseconds.toFixed(0).padStart(8)}${(cycles / milliseconds / 1e3).toFixed(0).padStart(8)} M/s  ${bar}`,
    );
  }
}

/** The mainnet block of the vectors with the original's binary. QEMU lacks the machine's delegations, so it is not compared with it. */
function block(checkout: string): void {
  const vectors = shared("vectors/evm-replay/22244135.plain");
  const image = join(checkout, "zksync_os/evm_replay.bin");
  if (!vectors || !existsSync(image)) {
    console.log(`\nblock 22244135: left out, for ${vectors ? image : "../shared/vectors"} is not there`);
    return;
  }
  const tape = join(vectors, "tape_evm_replay.hex");
  console.log("\nblock 22244135, evm_replay.bin of ZKsync OS (its own simulator: 183 M cycles a second)");
  for (const engine of ["translator", "interpreter"]) {
    const first = one(engine, image, tape, "2000").milliseconds;
    const runs = Array.from({ length: PAIRS }, () => one(engine, image, tape));
    const time = median(runs.map(({ milliseconds }) => milliseconds));
    const { cycles, memory, translation } = runs[0]!;
    const translated = translation
      ? `; ${translation.instructions} instructions translated in ${translation.milliseconds.toFixed(0)} ms`
      : "";
    console.log(
      `${engine.padEnd(12)}${time.toFixed(0).padStart(7)} ms ${(cycles / time / 1e3).toFixed(0).padStart(5)} M/s, ` +
        `${first.toFixed(0)} ms to the first 2000 cycles, ${(memory / 2 ** 20).toFixed(0)} MiB${translated}`,
    );
  }
}

export function run(args: readonly string[]): { name: string; ratio: number }[] {
  let tools: Tools;
  try {
    tools = findTools();
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    console.error(error.message);
    process.exit(2);
  }
  const dir = mkdtempSync(join(tmpdir(), "windproof-engine-"));
  const rows: Row[] = [];
  const head = ["M cycles", "ours ms", "M/s", "qemu ms", "interp", "v8 ms", "native", "qemu/ours"];
  console.log("program".padEnd(14) + head.map((title) => title.padStart(10)).join(""));
  try {
    const checkout = args.find((arg) => arg.startsWith("--checkout="))?.slice("--checkout=".length);
    const names = args.filter((name) => KERNELS.includes(name));
    for (const name of names.length > 0 ? names : KERNELS) {
      const row = measure(tools, name, dir);
      rows.push(row);
      console.log(row.name.padEnd(14) + row.columns.map((value) => String(value).padStart(10)).join(""));
    }
    if (names.length === 0) linear(tools, dir);
    if (checkout !== undefined) block(checkout);
  } finally {
    rmSync(dir, { recursive: true });
  }
  return rows.map(({ name, ratio }) => ({ name, ratio: Number(ratio.toFixed(4)) }));
}
