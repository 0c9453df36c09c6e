/** The dispatcher of the conformance suites: usage, last line, exit codes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

function conformance(...args: string[]) {
  const run = spawnSync(process.execPath, ["--no-warnings", "test/conformance/main.ts", ...args], { encoding: "utf8" });
  return { status: run.status, last: run.stdout.trim().split("\n").at(-1), stderr: run.stderr };
}

test("usage errors", () => {
  expect(conformance()).toMatchObject({ status: 2, stderr: expect.stringContaining("usage:") });
  expect(conformance("astrology", ".")).toMatchObject({ status: 2, stderr: expect.stringContaining("zksync-os") });
  expect(conformance("riscv", join(tmpdir(), "absent"))).toMatchObject({ status: 2 });
});

test("a folder without tests is no pass", () => {
  const folder = mkdtempSync(join(tmpdir(), "windproof-conformance-"));
  try {
    const { status, last } = conformance("riscv", folder);
    expect(status).toBe(1);
    expect(JSON.parse(last!)).toEqual({ conformance: "riscv", passed: 0, failed: 0, excluded: 0 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
