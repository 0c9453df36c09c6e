/** `emulate` and `verify-determinism` as scripts use them: the JSON document, exit codes, files written. The example block needs no shared data. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { windproof } from "../lib/cli.ts";
import { shared } from "../lib/shared.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = mkdtempSync(join(tmpdir(), "windproof-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What ZKsync OS's own binary computed for the example block (`examples/block/zksync-os.json`). */
function originalPublicInput(): string {
  const { runs } = JSON.parse(readFileSync(join(root, "examples", "block", "zksync-os.json"), "utf8")) as {
    runs: { bin: string; public_input_bytes: string }[];
  };
  return runs.find(({ bin }) => bin === "evm_replay.bin")!.public_input_bytes;
}

test("emulate: the example block in both modes, with its outputs", () => {
  const out = join(folder, "out");
  const { status, stdout } = windproof("emulate", "examples/block", "--json", "-o", out);
  expect(status).toBe(0);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ publicInput: originalPublicInput(), modesAgree: true, ethereum: { agrees: true } });
  expect(report.transactions).toHaveLength(132);
  for (const transaction of report.transactions) {
    expect(transaction).toMatchObject({ status: expect.stringMatching(/^(success|revert)$/) });
    expect(transaction.gasUsed).toBeGreaterThan(0);
    expect(transaction.cycles).toBeGreaterThan(0);
  }
  const { blake2s, u256 } = report.delegations;
  expect(report.effectiveCycles).toBe(report.cycles + 16 * blake2s + 4 * u256);
  expect(readdirSync(out).sort()).toEqual(
    [
      "diffs.json",
      "header.json",
      "image.bin",
      "preimages.json",
      "pubdata.bin",
      "receipts.json",
      "report.json",
      "tape.hex",
    ].sort(),
  );
  // the tape and the image that were written give the public input again
  const replay = windproof(
    "run",
    join(out, "image.bin"),
    "--tape",
    join(out, "tape.hex"),
    "--config",
    "unsigned",
    "--json",
  );
  const { registers } = JSON.parse(replay.stdout) as { registers: number[] };
  const bytes = Buffer.alloc(32);
  for (let i = 0; i < 8; i++) bytes.writeUInt32LE(registers[10 + i] >>> 0, 4 * i);
  expect(`0x${bytes.toString("hex")}`).toBe(report.publicInput);
});

test("emulate: a folder that is no bundle is bad input, with one message", () => {
  const { status, stdout, stderr } = windproof("emulate", folder, "--json");
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/neither block\.json .* nor context\.json/);
});

const transfer = shared("vectors/app/b_transfer_legacy");
describe.skipIf(!transfer)("blocks of the vectors", () => {
  test("a block that cannot be valid is not provable, with the reason", () => {
    const bad = join(folder, "bad");
    cpSync(transfer!, bad, { recursive: true });
    const context = join(bad, "context.json");
    writeFileSync(context, readFileSync(context, "utf8").replace(/"native_price": *[^,\n]+/, '"native_price": 0'));
    const { status, stderr } = windproof("emulate", bad);
    expect(status).toBe(3);
    expect(stderr).toMatch(/not provable: the native price is 0/);
  });

  test("verify-determinism: one result, and no forged tape is accepted", () => {
    const { status, stdout } = windproof("verify-determinism", transfer!, "--forge", "40", "--json");
    const { steps, forge } = JSON.parse(stdout);
    expect(steps.map(({ ok }: { ok: boolean }) => ok)).not.toContain(false);
    expect(forge.forgeries).toEqual([]);
    expect(Object.values(forge.stopped as Record<string, number>).reduce((a, b) => a + b, 0)).toBeGreaterThan(20);
    expect(status).toBe(0);
  });
});
