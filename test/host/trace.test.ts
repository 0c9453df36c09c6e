/** Traced runs on disk: the same bytes on one thread and two, resumed, one chunk alone, columns; and the checker's answer to damaged files. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import type { RunClaim } from "../../emulator/trace/check-join.ts";
import { checkFolder } from "../../host/trace/check.ts";
import { type FileDigest, MANIFEST, PROGRESS, rowsFile } from "../../host/trace/files.ts";
import { proverNotes, zeroRows } from "../../host/trace/manifest.ts";
import { traceAndCheck } from "../../host/trace/stream.ts";
import { writeChunk, writeTrace } from "../../host/trace/write.ts";
import { beginWindproof, windproof } from "../lib/cli.ts";
import { shared } from "../lib/shared.ts";
import { tracedVector } from "../lib/trace.ts";

const folder = shared("vectors/traces");
const scratch = mkdtempSync(join(tmpdir(), "windproof-trace-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.skipIf(!folder)("two chunks", () => {
  const job = folder ? tracedVector(join(folder, "two-chunks")) : undefined!;
  const [one, two] = [join(scratch, "one"), join(scratch, "two")];

  test("written on one thread, equal to the recorded files, and accepted", async () => {
    const manifest = await writeTrace(one, job, { threads: 1, checkpoints: true, arrow: true });
    for (const name of readdirSync(join(folder!, "two-chunks")).filter((file) => /^(delegation|touched)/.test(file)))
      expect(readFileSync(join(one, name)).equals(readFileSync(join(folder!, "two-chunks", name))), name).toBe(true);
    expect(manifest.circuits).toEqual({ main: 2, delegations: { 1991: 1, 1994: 1 } });
    const expected = JSON.parse(readFileSync(join(folder!, "two-chunks", "expected.json"), "utf8"));
    const digests = manifest.files.filter(({ name }) => name.startsWith("rows_")).map(({ sha256 }) => sha256);
    expect(digests).toEqual(expected.chunks.map((chunk: { sha256_all_rows: string }) => chunk.sha256_all_rows));
    expect(await checkFolder(one, { threads: 2 })).toMatchObject({ accepted: true });
  });

  test("resumed after an interruption: the finished chunk stays, the root is the same", async () => {
    cpSync(one, two, { recursive: true });
    const manifest = JSON.parse(readFileSync(join(two, MANIFEST), "utf8"));
    const first = manifest.files.find(({ name }: FileDigest) => name === rowsFile(0));
    const hash = createHash("sha256").update(job.config.name).update(job.image).update("tape");
    const identity = hash.update(new Uint8Array(job.tape.buffer)).digest("hex");
    rmSync(join(two, MANIFEST));
    writeFileSync(join(two, rowsFile(1)), "torn");
    const progress = JSON.stringify({ identity, chunks: { 0: first } });
    writeFileSync(join(two, PROGRESS), progress);
    const { mtimeMs } = statSync(join(two, rowsFile(0)));
    expect((await writeTrace(two, job, { threads: 2 })).root).toBe(manifest.root);
    expect(statSync(join(two, rowsFile(0))).mtimeMs).toBe(mtimeMs);
    // as long as the right one, but not with its digest: made again
    writeFileSync(join(two, rowsFile(0)), new Uint8Array(first.bytes));
    expect(await checkFolder(two, { threads: 1 })).toMatchObject({ accepted: false, refusal: { place: { chunk: 0 } } });
    writeFileSync(join(two, PROGRESS), progress);
    expect((await writeTrace(two, job, { threads: 1 })).root).toBe(manifest.root);
    expect(await checkFolder(two, { threads: 1 })).toMatchObject({ accepted: true });
  });

  test("interrupted by SIGINT: nothing half under a final name, and the same command goes on", async () => {
    const target = join(scratch, "interrupted");
    const vector = join(folder!, "two-chunks");
    const args = ["trace", join(vector, "image.bin"), "--tape", join(vector, "tape.hex"), "-o", target];
    const child = beginWindproof(...args);
    const ended = once(child, "exit");
    // as soon as the first chunk is done
    while (!existsSync(join(target, PROGRESS)) && child.exitCode === null) await setTimeout(2);
    child.kill("SIGINT");
    expect(await ended).toEqual([null, "SIGINT"]);
    const left = readdirSync(target);
    expect(left).toContain(rowsFile(0));
    expect(left).not.toContain(rowsFile(1));
    expect(left).not.toContain(MANIFEST);
    const { mtimeMs } = statSync(join(target, rowsFile(0)));
    expect(windproof(...args).status).toBe(0);
    expect(statSync(join(target, rowsFile(0))).mtimeMs).toBe(mtimeMs);
    const [again, whole] = [target, one].map((path) => JSON.parse(readFileSync(join(path, MANIFEST), "utf8")));
    expect(again.root).toBe(whole.root);
    expect(readdirSync(target).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("one chunk alone, from checkpoints and without", () => {
    const bytes = readFileSync(join(one, rowsFile(1)));
    renameSync(join(one, rowsFile(1)), join(one, "kept"));
    const digest = writeChunk(one, job, 1);
    expect(readFileSync(join(one, rowsFile(1))).equals(bytes)).toBe(true);
    expect(writeChunk(join(scratch, "alone"), job, 1)).toEqual(digest);
    expect(() => writeChunk(one, job, 2)).toThrow(/has 2 chunks/);
  });

  test("checkpoints and columns have digests, and are no part of the root", async () => {
    const manifest = JSON.parse(readFileSync(join(two, MANIFEST), "utf8"));
    const { root, derived } = JSON.parse(readFileSync(join(one, MANIFEST), "utf8"));
    expect(manifest).toMatchObject({ root, derived: [] });
    const rest = ["delegation_1991", "delegation_1994", "rows_00000", "rows_00001", "touched_words"];
    const names = [...rest.map((name) => `arrow/${name}.arrow`), "checkpoint_00001.bin"];
    expect(derived.map(({ name }: FileDigest) => name)).toEqual(names);
    const path = join(one, names[0]);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(path, bytes);
    expect(await checkFolder(one, { threads: 1 })).toMatchObject({ accepted: false, refusal: { rule: "file" } });
  });

  test("another program's unfinished folder, a missing file, a changed manifest", async () => {
    const other = join(scratch, "other");
    cpSync(two, other, { recursive: true });
    writeFileSync(join(other, PROGRESS), JSON.stringify({ identity: "another", chunks: {} }));
    await expect(writeTrace(other, job, { threads: 1 })).rejects.toThrow(/another program/);
    rmSync(join(two, "touched_words.bin"));
    expect(await checkFolder(two, { threads: 1 })).toMatchObject({ accepted: false, refusal: { rule: "file" } });
    const manifest = readFileSync(join(two, MANIFEST), "utf8");
    writeFileSync(join(two, MANIFEST), manifest.replace('"cycles": 48', '"cycles": 58'));
    await expect(checkFolder(two, { threads: 1 })).rejects.toThrow(/root hash/);
    await expect(checkFolder(scratch, { threads: 1 })).rejects.toThrow(/no manifest/);
  });

  test("straight into the checker", async () => {
    expect(await traceAndCheck(job, { threads: 1 })).toMatchObject({ cycles: 4806480, chunks: 2 });
  });
});

// /dev/full: every write fails for want of space
test.skipIf(!folder || !existsSync("/dev/full"))(
  "a full disk is an error that says so and leaves nothing half",
  async () => {
    const program = tracedVector(join(folder!, "two-chunks"));
    for (const threads of [1, 2]) {
      const target = join(scratch, `full-${threads}`);
      mkdirSync(target);
      symlinkSync("/dev/full", join(target, `${rowsFile(1)}.part`));
      await expect(writeTrace(target, program, { threads })).rejects.toThrow(/disk is full/);
      const left = readdirSync(target);
      expect(left).toContain(rowsFile(0));
      expect(left.filter((name) => name.endsWith(".part") || name === rowsFile(1) || name === MANIFEST)).toEqual([]);
      // with space again it goes on
      const { mtimeMs } = statSync(join(target, rowsFile(0)));
      await writeTrace(target, program, { threads });
      expect(statSync(join(target, rowsFile(0))).mtimeMs).toBe(mtimeMs);
      rmSync(target, { recursive: true });
    }
  },
);

test("what the command line of the prover stumbles on is said", () => {
  const run = { touchedWords: 1, chain: [0, 0, 0, 0, 0, 0, 0, 0] } as unknown as RunClaim;
  expect(proverNotes("IMStandardIsaConfig", run)).toEqual([]);
  expect(proverNotes("IMStandardIsaConfig", { ...run, touchedWords: 0 })).toEqual([expect.stringMatching(/no word/)]);
  const chained = { ...run, chain: [0, 0, 0, 0, 0, 0, 0, 1] };
  expect(proverNotes("IMWithoutSignedMulDivIsaConfig", chained)).toEqual([expect.stringMatching(/x18…x25/)]);
  expect(proverNotes("IWithoutByteAccessIsaConfigWithDelegation", chained)).toEqual([]);
});

test("rows of zeros in front of the list of touched words", () => {
  expect(zeroRows(0, 2, 7)).toEqual([7, 7]);
  expect(zeroRows(3, 2, 7)).toEqual([7, 4]);
  expect(zeroRows(9, 3, 7)).toEqual([7, 5, 0]);
});
