/** The package as users get it: packed, unpacked into a fresh folder, where `windproof new` makes a project that builds, runs and tests. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
let folder: string;
let packageFolder: string;

const run = (command: string, args: string[], cwd: string): string => {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed\n${stdout}\n${stderr}`);
  }
};

/** The package's dependencies as npm would install them, from the repository's own installation: no registry is asked. */
function installInto(project: string): void {
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  symlinkSync(packageFolder, join(modules, "windproof"));
  for (const name of ["assemblyscript"]) symlinkSync(join(root, "node_modules", name), join(modules, name));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "windproof-package-"));
  run("npm", ["pack", "--silent", "--pack-destination", folder], root);
  const tarball = readdirSync(folder).find((file) => file.endsWith(".tgz"))!;
  run("tar", ["xzf", tarball], folder);
  packageFolder = join(folder, "package");
  symlinkSync(join(root, "node_modules"), join(packageFolder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the tarball has built code, guest sources and templates, and no tests", () => {
  const has = (path: string): boolean => existsSync(join(packageFolder, path));
  expect(
    ["dist/host/cli/main.js", "dist/compiler/index.d.ts", "guest/sdk/machine.ts", "templates/program"].map(has),
  ).toEqual([true, true, true, true]);
  expect(["test", "bench", "compiler"].map(has)).toEqual([false, false, false]);
});

test("a new project builds, runs and tests", () => {
  const windproof = (...args: string[]): string =>
    run(process.execPath, [join(packageFolder, "dist", "host", "cli", "main.js"), ...args], project);
  let project = folder;
  const { files } = JSON.parse(windproof("new", "adder", "--json"));
  expect(files).toContain("src/main.ts");
  project = join(folder, "adder");
  installInto(project);
  expect(JSON.parse(readFileSync(join(project, "package.json"), "utf8")).name).toBe("adder");
  const built = JSON.parse(windproof("compile", "src/main.ts", "-o", "build", "--json"));
  expect(built.files.map((file: string) => existsSync(join(project, file)))).not.toContain(false);
  const result = JSON.parse(windproof("run", "build/adder.elf", "--tape", "tapes/example.tape", "--json"));
  expect([result.stop.kind, result.registers[10], result.tapeWordsRead]).toEqual(["finished", 1_000_059, 5]);
  expect(run(process.execPath, ["--test", "test/main.test.mjs"], project)).toMatch(/pass 2/);
}, 120_000);

test("a project is not made over another one", () => {
  const main = join(packageFolder, "dist", "host", "cli", "main.js");
  expect(() => run(process.execPath, [main, "new", "adder"], folder)).toThrow(/the folder is not empty/);
  expect(() => run(process.execPath, [main, "new", "Bad Name"], folder)).toThrow(/cannot be a package's name/);
});
