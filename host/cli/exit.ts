/** Exit codes, and what happens with an error that nothing else has dealt with. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Stop } from "../../emulator/machine/stop.ts";
import { InputError } from "../../errors.ts";
import { packageVersion } from "../package.ts";

export const EXIT = {
  good: 0,
  /** the question's answer is no: modes differ, a check refuses, a test failed, tapes differ */
  no: 1,
  badInput: 2,
  unprovable: 3,
  limit: 4,
  bug: 70,
} as const;

/** What a run's end means for the process. */
export const EXIT_OF_STOP: Readonly<Record<Stop["kind"], number>> = {
  finished: EXIT.good,
  unprovable: EXIT.unprovable,
  "cycle-limit": EXIT.limit,
  breakpoint: EXIT.good,
};

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "code" in error && "syscall" in error;

const SYSTEM_ERRORS: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a directory",
  ENOSPC: "the disk is full",
  EADDRINUSE: "the port is in use; choose another",
};

/**
 * Says what is wrong on stderr. An error that is not one of input is a bug of ours: then a capsule file is written that says how to
 * get it again.
 */
export function reportError(error: unknown): number {
  if (error instanceof InputError) {
    console.error(`windproof: ${error.message}`);
    return EXIT.badInput;
  }
  if (error instanceof Error && error.name === "UnprovableBlock") {
    console.error(`windproof: the block is not provable: ${error.message}`);
    return EXIT.unprovable;
  }
  if (isSystemError(error)) {
    const why = SYSTEM_ERRORS[error.code ?? ""] ?? error.message;
    console.error(`windproof: ${error.path ?? error.syscall}: ${why}`);
    return EXIT.badInput;
  }
  const capsule = writeCapsule(error);
  console.error(`windproof: a bug of ours: ${error instanceof Error ? error.message : String(error)}`);
  console.error(capsule ? `  please report it with the file ${capsule}` : "  (the capsule file could not be written)");
  return EXIT.bug;
}

/** Everything to run it again: arguments, versions, and small input files as they are. */
function writeCapsule(error: unknown): string | undefined {
  const path = resolve(`windproof-bug-${Date.now()}.json`);
  const version = packageVersion();
  const inputs: Record<string, string> = {};
  for (const argument of process.argv.slice(2)) {
    try {
      const bytes = readFileSync(argument);
      if (bytes.length <= 16 * 2 ** 20) inputs[argument] = bytes.toString("base64");
    } catch {
      // not a file
    }
  }
  const capsule = {
    windproof: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    arguments: process.argv.slice(2),
    error: error instanceof Error ? error.stack : String(error),
    inputs,
  };
  try {
    writeFileSync(path, JSON.stringify(capsule, undefined, 1));
    return path;
  } catch {
    return undefined;
  }
}
