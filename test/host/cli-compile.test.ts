/** `windproof compile` as a process: files, exit codes, one JSON document, nothing half-written. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { windproofIn } from "../lib/cli.ts";

let folder: string;

const windproof = (...args: string[]) => windproofIn(folder, ...args);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "windproof-cli-compile-"));
  mkdirSync(join(folder, "adder", "src"), { recursive: true });
  writeFileSync(join(folder, "adder", "package.json"), "{}");
  writeFileSync(
    join(folder, "adder", "src", "main.ts"),
    `import { commitWords, readU32 } from "windproof/guest";
     function add(n: u32): u32 { let sum: u32 = STEP; for (let i: u32 = 0; i < n; i++) sum += readU32(); return sum; }
     export function main(): void { commitWords(add(readU32()) + add(readU32())); }`,
  );
  writeFileSync(join(folder, "bad.ts"), "export function main(): void { missing(); }");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("writes the files, named after the project, and says so in JSON", () => {
  const { status, stdout, stderr } = windproof(
    "compile",
    "adder/src/main.ts",
    "-o",
    "out",
    "--use",
    "STEP=3",
    "--json",
  );
  expect([status, stderr]).toEqual([0, ""]);
  const { files, image, functions } = JSON.parse(stdout);
  const names = ["adder.bin", "adder.elf", "adder.wasm", "adder.map.json", "adder.report.json"];
  expect(files).toEqual(names.map((name) => join("out", name)));
  expect(readdirSync(join(folder, "out")).sort()).toEqual([...names].sort());
  expect(readFileSync(join(folder, "out", "adder.bin")).length).toBe(image);
  expect(functions.map(({ name }: { name: string }) => name)).toContain("_start");
  expect(JSON.parse(readFileSync(join(folder, "out", "adder.map.json"), "utf8")).files).toContain("src/main.ts");
});

test("dumps every pass of one function", () => {
  const { status } = windproof(
    "compile",
    "adder/src/main.ts",
    "-o",
    "dump",
    "--use",
    "STEP=3",
    "--dump-func",
    "src/main/add",
  );
  expect(status).toBe(0);
  const file = readdirSync(join(folder, "dump")).find((name) => name.endsWith(".passes.txt"))!;
  const text = readFileSync(join(folder, "dump", file), "utf8");
  expect(text.match(/^=== /gm)!.length).toBeGreaterThan(5);
});

test.each([
  ["sources that do not compile", ["bad.ts"], /Cannot find name 'missing'/],
  ["a file that is not there", ["none.ts"], /there is no such file\n.*where: .*none.ts\n/],
  ["a constant without a value", ["bad.ts", "--use", "STEP"], /not a constant: STEP/],
  ["an unknown machine", ["bad.ts", "--config", "rv64"], /unknown machine configuration "rv64"/],
  [
    "an unknown function",
    ["adder/src/main.ts", "--use", "STEP=1", "--dump-func", "none"],
    /no function none in the program/,
  ],
])("%s: exit code 2, one message, no files", (_, args, message) => {
  const { status, stdout, stderr } = windproof("compile", ...args, "-o", "nothing");
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(message);
  expect(existsSync(join(folder, "nothing")) ? readdirSync(join(folder, "nothing")) : []).toEqual([]);
});
