/** Forged tapes against programs: one that checks its hint, one that does not, one whose modes part. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { translator } from "../../emulator/engine/translator.ts";
import type { ForgeReport } from "../../host/attack/forge.ts";
import type { WordRange } from "../../host/attack/program.ts";
import { verifyProgram } from "../../host/stf/verify-program.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "windproof-attack-"));
  writeFileSync(join(folder, "package.json"), "{}");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @param body of `main`, which reads n and a hint of its root */
async function attack(name: string, body: string, hints: WordRange[], words = [144, 12]): Promise<ForgeReport> {
  const entry = join(folder, `${name}.ts`);
  writeFileSync(
    entry,
    `import { commitWords, readU32 } from "windproof/guest";\nexport function main(): void {\n${body}\n}\n`,
  );
  const forge = { runs: 120, seed: 1, hints };
  const { steps, forged } = await verifyProgram(entry, {
    tape: Uint32Array.from(words),
    engines: [translator],
    forge,
  });
  expect(steps.map(({ ok }) => ok)).toEqual([true]);
  return forged!;
}

const HINT = [{ start: 1, end: Number.POSITIVE_INFINITY }];

test("a hint that is checked: no forgery, and other numbers are other statements", async () => {
  const report = await attack(
    "sound",
    "  const n = readU32(), root = readU32();\n  assert(root < 0x10000 && root * root <= n && n - root * root <= 2 * root);\n  commitWords(root);",
    HINT,
  );
  expect(report.forgeries).toEqual([]);
  expect(report.stopped["gave-up"]).toBeGreaterThan(30);
});

test("a hint that is checked by an equation with two solutions: accepted, and said", async () => {
  const body = "  const n = readU32(), root = readU32();\n  assert(root * root == n);\n  commitWords(root);";
  // 2^29 + 12 has the same square modulo 2^32
  const report = await attack("unsound", body, HINT);
  const roots = report.forgeries.map(({ tape }) => tape[1]);
  expect(roots.length).toBeGreaterThan(0);
  for (const root of roots) expect([Math.imul(root, root), root % 2 ** 29]).toEqual([144, 12]);
  expect(report.forgeries[0].honest).toMatch(/^0000000c /);
  // when nobody says which word is a hint, it could be an input: both modes agree on it
  expect((await attack("unsound", body, [])).forgeries).toEqual([]);
});

test("an index that is not checked: the image goes on where forward mode traps", async () => {
  const body =
    "  const table = memory.data(8, 4);\n  const index = readU32();\n  commitWords(load<u32>(table + ((<usize>index) << 2)), index);";
  const report = await attack("unbounded", body, [], [1]);
  expect(report.forgeries.length).toBeGreaterThan(0);
  expect(report.forgeries[0].honest).toMatch(/^to stop \(trap: memory access out of bounds\)/);
});
