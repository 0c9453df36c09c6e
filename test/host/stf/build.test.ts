/** The cache of builds: one process at a time makes a file, and whatever an interrupted one left is not waited for. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cached } from "../../../host/stf/build.ts";

const content = new Uint8Array([1, 2, 3]);
const make = async () => content;
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "windproof-cache-"));
  vi.stubEnv("WINDPROOF_CACHE", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("a file is made once, whoever asks meanwhile", async () => {
  let made = 0;
  const slowly = async () => {
    made++;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return content;
  };
  const all = await Promise.all([1, 2, 3].map(() => cached("file", slowly)));
  expect(all).toEqual([content, content, content]);
  expect(made).toBe(1);
  expect(readdirSync(folder)).toEqual(["file"]);
});

test("a build that fails leaves nothing, and the next one is made", async () => {
  await expect(cached("file", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(readdirSync(folder)).toEqual([]);
  expect(await cached("file", make)).toEqual(content);
});

test("the lock of a process that is gone is taken", async () => {
  writeFileSync(join(folder, "file.lock"), String(2 ** 22 + 1)); // Linux has no process of this number
  expect(await cached("file", make)).toEqual(content);
  expect(readdirSync(folder)).toEqual(["file"]);
});

test("a lock without an owner is waited for a second, no longer", async () => {
  const lock = join(folder, "file.lock");
  writeFileSync(lock, "");
  const then = Date.now() / 1000 - 0.8;
  utimesSync(lock, then, then);
  let done = false;
  const waiting = cached("file", make).then((bytes) => {
    done = true;
    return bytes;
  });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(done).toBe(false);
  expect(await waiting).toEqual(content);
});
