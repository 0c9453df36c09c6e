import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileAssemblyScript } from "../../compiler/asc.ts";
import { InputError } from "../../compiler/errors.ts";
import { readModule } from "../../compiler/wasm/reader.ts";

let folder: string;

const program = `
import { finish, tapeRead } from "windproof/guest/sdk/machine";
import { double } from "./lib/double";
const table: StaticArray<u32> = [3, 1, 4, 1, 5];
const buffer = memory.data(256);
class Pair {
  constructor(public left: u32, public right: u32) {}
}
export function main(): void {
  const n = tapeRead();
  assert(n < 5, "n is too large");
  const pair = new Pair(double(n), table[n]);
  store<u32>(buffer, n);
  finish(pair.left, pair.right, LIMIT, 0, 0, 0, 0, 0);
}
`;
const constants = { PROVING: 1, LIMIT: 77, abort: "" };

function project(name: string, sources: Record<string, string>): string {
  const root = join(folder, name);
  mkdirSync(join(root, "src", "lib"), { recursive: true });
  writeFileSync(join(root, "package.json"), "{}");
  for (const [path, text] of Object.entries(sources)) writeFileSync(join(root, "src", path), text);
  return root;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "windproof-asc-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const double = "export function double(n: u32): u32 { return n << 1; }";

test("a program outside of the repository finds windproof/guest, and its bytes do not depend on where it is", async () => {
  const first = project("one", { "main.ts": program, "lib/double.ts": double });
  const second = join(folder, "deeply", "nested", "two");
  cpSync(first, second, { recursive: true });
  const a = await compileAssemblyScript(join(first, "src", "main.ts"), { constants });
  const b = await compileAssemblyScript(join(second, "src", "main.ts"), { constants });
  expect(Buffer.from(a.wasm).equals(Buffer.from(b.wasm))).toBe(true);
  expect(a.sourceMap).toBe(b.sourceMap);
  const map = JSON.parse(a.sourceMap);
  expect(map.sources).toContain("src/main.ts");
  expect(a.sourceMap + Buffer.from(a.wasm).toString("latin1")).not.toContain(folder);
  const names = readModule(a.wasm).functions.map(({ name }) => name);
  expect(names).toContain("src/main/main");
  expect(names).toContain("windproof.tape_read");
});

test("static data begins at the memory base and its end is known, zeros at the end included", async () => {
  const root = project("data", { "main.ts": program, "lib/double.ts": double });
  const { wasm, dataEnd } = await compileAssemblyScript(join(root, "src", "main.ts"), {
    constants,
    memoryBase: 0x201000,
  });
  const { data } = readModule(wasm);
  const offsets = data.map(({ offset }) => (offset?.kind === "i32" ? offset.value : -1));
  expect(Math.min(...offsets)).toBeGreaterThanOrEqual(0x201000);
  // The table (header and 20 bytes) and the 256 bytes of `memory.data`, of which no byte is in the module.
  expect(dataEnd - 0x201000).toBeGreaterThanOrEqual(256 + 20);
  expect(dataEnd).toBeGreaterThan(Math.max(...data.map(({ bytes }, i) => offsets[i] + bytes.length)) + 200);
});

test("names cost nothing: the code is that of a build without them", async () => {
  const root = project("names", { "main.ts": program, "lib/double.ts": double });
  const entry = join(root, "src", "main.ts");
  const named = await compileAssemblyScript(entry, { constants });
  const plain = await compileAssemblyScript(entry, { constants, names: false });
  const code = (wasm: Uint8Array) =>
    readModule(wasm).functions.map(({ body, type, locals }) => ({ body, type, locals }));
  expect(code(plain.wasm)).toEqual(code(named.wasm));
  expect(readModule(plain.wasm).functions.some(({ name }) => name === "src/main/main")).toBe(false);
});

test("errors are asc's own, with file and line", async () => {
  const root = project("bad", { "main.ts": "export function main(): u32 { return missing; }" });
  const failure = compileAssemblyScript(join(root, "src", "main.ts"), { constants });
  await expect(failure).rejects.toThrow(InputError);
  await expect(failure).rejects.toThrow(/ERROR TS2304: Cannot find name 'missing'[\s\S]*src\/main.ts\(1,38\)/);
  await expect(compileAssemblyScript(join(root, "src", "none.ts"))).rejects.toThrow(/no such file/);
});
