/** The command line as a process, as scripts use it. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const MAIN = join(root, "host", "cli", "main.ts");

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `windproof ARGS` in a folder. */
export function windproofIn(cwd: string, ...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", MAIN, ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
    maxBuffer: 2 ** 28,
  });
  return { status, stdout, stderr };
}

/** Runs `windproof ARGS` in the repository. */
export const windproof = (...args: string[]): Ended => windproofIn(root, ...args);

/** Begins `windproof ARGS` in the repository, for tests that interrupt it. */
export const beginWindproof = (...args: string[]): ChildProcess =>
  spawn(process.execPath, ["--no-warnings", MAIN, ...args], { cwd: root, stdio: "ignore" });
