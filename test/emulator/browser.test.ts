/** The emulator runs in a browser: it imports neither Node's modules nor another room's (but the rooms' common `errors.ts`), nor names Node's globals. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const room = resolve("emulator");
const files = readdirSync(room, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

test.each(files)("%s", (name) => {
  const source = readFileSync(join(room, name), "utf8");
  for (const [, specifier] of source.matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
    expect(specifier).toMatch(/^\.\.?\//);
    const file = resolve(join(room, name), "..", specifier);
    if (file !== resolve("errors.ts")) expect(file).toContain(`${room}/`);
  }
  expect(source).not.toMatch(/\b(?:process|Buffer|require|__dirname)\b[.(]/);
});
