/** The book's claims that can be checked cheaply: links lead somewhere; commands, options, npm scripts and suites that it names exist. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { windproof } from "./lib/cli.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SKIPPED = /^(node_modules|build|dist|coverage|\.git)$/;

function markdownBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : markdownBelow(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

const pages = markdownBelow(root).map((path) => ({
  name: relative(root, path),
  path,
  text: readFileSync(path, "utf8"),
}));
const book = pages.filter(({ name }) => name === "README.md" || name.startsWith("docs"));

/** A heading as the fragment that leads to it. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");

test("there is a book", () => expect(book.length).toBeGreaterThan(18));

test.each(pages)("links of $name", ({ path, text }) => {
  const broken: string[] = [];
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [file, fragment] = target.split("#");
    const to = file ? join(dirname(path), file) : path;
    if (!existsSync(to)) broken.push(target);
    else if (fragment) {
      const headings = [...readFileSync(to, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading));
      if (!headings.includes(fragment)) broken.push(target);
    }
  }
  expect(broken).toEqual([]);
});

/** Every way of writing a command: at a prompt in a project, in this repository, or in running text. */
const COMMAND = /(?:npx windproof|npm run --silent windproof --|`windproof) ([a-z-]+)([^`\n|]*)/g;

describe("commands and options", () => {
  const named = new Map<string, Set<string>>();
  for (const { text } of book) {
    for (const [, command, rest] of text.replaceAll("\\\n", " ").matchAll(COMMAND)) {
      const of = named.get(command) ?? new Set();
      named.set(command, of);
      for (const [option] of rest.split(/ -- | #|;|&&/)[0].matchAll(/(?<=\s)--[a-z][a-z0-9-]*/g)) of.add(option);
    }
  }
  test("there are some", () => expect(named.size).toBeGreaterThan(7));

  test.each([...named])("%s", (command, options) => {
    const help = (...args: string[]): string => {
      const { status, stdout } = windproof(...args, "--help");
      expect([args, status]).toEqual([args, 0]);
      return stdout;
    };
    const subcommands = command === "tape" ? ["show", "convert", "diff", "record"] : [];
    const text = [help(command), ...subcommands.map((name) => help(command, name))].join("\n");
    expect(text).toContain(`Usage: windproof ${command} `);
    expect([...options].filter((option) => !text.includes(`${option} `))).toEqual([]);
  });
});

test("npm scripts", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
  const named = pages.flatMap(({ text }) =>
    [...text.matchAll(/npm run (?:--silent )?([a-z]+)/g)].map(([, name]) => name),
  );
  // the template's own, and those of a package inside the repository
  const others = ["build", "make"];
  expect([...new Set(named)].filter((name) => !(name in scripts) && !others.includes(name))).toEqual([]);
});

test.each([
  ["conformance", "test/conformance/main.ts"],
  ["bench", "bench/main.ts"],
  ["fuzz", "test/fuzz/main.ts"],
])("names after npm run %s", (script, file) => {
  const known = readFileSync(join(root, file), "utf8");
  const pattern = new RegExp(`npm run (?:--silent )?${script} -- ([a-z-]+)`, "g");
  const names = new Set(book.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, name]) => name)));
  expect([...names].filter((name) => !new RegExp(`^  "?${name}"?:`, "m").test(known))).toEqual([]);
});
