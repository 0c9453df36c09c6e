/**
 * What `--help` says, word for word, in `help/`: a change of an option shows in review. The commands are those that the help names, so that a new one
 * cannot be forgotten. After a change that is meant: `npx vitest run test/host/cli-help.test.ts -u` (`-u` last).
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { windproof } from "../lib/cli.ts";

const FOLDER = join(import.meta.dirname, "help");

function help(...command: string[]): string {
  const { status, stdout, stderr } = windproof(...command, "--help");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

/** Names in the list of commands, `help` excepted. */
function commandsOf(text: string): string[] {
  const list = text.split("\nCommands:\n")[1]?.split("\n\n")[0] ?? "";
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name!).filter((name) => name !== "help");
}

function everyCommand(command: string[] = []): [name: string, text: string][] {
  const text = help(...command);
  return [
    [["windproof", ...command].join("-"), text],
    ...commandsOf(text).flatMap((name) => everyCommand([...command, name])),
  ];
}

test("the help of every command is as written down", { timeout: 60_000 }, async () => {
  const all = everyCommand();
  expect(all.length).toBeGreaterThan(12);
  for (const [name, text] of all) await expect(text).toMatchFileSnapshot(join(FOLDER, `${name}.txt`));
  expect(readdirSync(FOLDER).sort()).toEqual(all.map(([name]) => `${name}.txt`).sort());
});
