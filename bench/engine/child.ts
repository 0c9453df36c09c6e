/** Measured processes: each run is one of its own. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { One } from "./one.ts";

const ONE = join(import.meta.dirname, "one.ts");

/**
 * @param cache folder of Node's compile cache: modules are stripped of types and compiled by V8 before the clock starts, as for anybody who runs a program a second
 * time. Without it TypeScript's stripper is still being compiled on the other core.
 */
export function one(cache: string, ...args: readonly string[]): One {
  const env = { ...process.env, NODE_COMPILE_CACHE: cache };
  return JSON.parse(execFileSync(process.execPath, ["--no-warnings", ONE, ...args], { encoding: "utf8", env })) as One;
}

/** Wall time of a whole process. */
export function timed(command: string, args: readonly string[]): { milliseconds: number; output: string } {
  const started = performance.now();
  const output = execFileSync(command, args, { encoding: "utf8" });
  return { milliseconds: performance.now() - started, output };
}

export const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;

/**
 * Our runs and QEMU's in turns.
 * @param check throws unless our run and QEMU's output say the same
 * @returns one of ours, and both medians in ms
 */
export function inTurns(
  pairs: number,
  run: () => One,
  qemu: readonly [command: string, program: string],
  check: (ours: One, output: string) => void,
): { ours: One; time: number; qemuTime: number } {
  const [command, program] = qemu;
  const measured = Array.from({ length: pairs }, () => {
    const ours = run();
    const { milliseconds, output } = timed(command, [program]);
    check(ours, output);
    return { ours, qemu: milliseconds };
  });
  const time = median(measured.map(({ ours }) => ours.milliseconds));
  return { ours: measured[0]!.ours, time, qemuTime: median(measured.map((pair) => pair.qemu)) };
}
