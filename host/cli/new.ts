/** `windproof new`: a project that compiles, runs and tests. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { InputError } from "../../errors.ts";
import { packageFolder, packageVersion } from "../package.ts";
import { printJson } from "./output.ts";

const EXAMPLES = `
Examples:
  windproof new adder                                   a folder adder/ with a program, a tape and a test
  windproof new adder --windproof file:../windproof.tgz    depend on a packed tarball`;

export function configure(command: Command): void {
  command
    .argument("<dir>", "folder to make; its name is the project's")
    .option("--windproof <spec>", "what package.json depends on (default: this version)")
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(create);
}

/** Files of the template end in `.in`, so that no tool takes them for its own. */
const SUFFIX = ".in";

function create(folder: string, options: { windproof?: string; json?: boolean }): void {
  const target = resolve(folder);
  const name = basename(target);
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
    throw new InputError(
      `${JSON.stringify(name)} cannot be a package's name`,
      folder,
      "use lower-case letters, digits, - and _",
    );
  }
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new InputError("the folder is not empty", folder, "give one that does not exist yet");
  }
  const values: Record<string, string> = { NAME: name, WINDPROOF: options.windproof ?? `^${packageVersion()}` };
  mkdirSync(dirname(target), { recursive: true });
  const temporary = mkdtempSync(join(dirname(target), `.${name}-`));
  const written: string[] = [];
  try {
    const template = join(packageFolder(), "templates", "program");
    for (const file of readdirSync(template, { recursive: true, encoding: "utf8" }).sort()) {
      if (!file.endsWith(SUFFIX)) continue;
      const to = file.slice(0, -SUFFIX.length).replace(/^gitignore$/, ".gitignore");
      const text = readFileSync(join(template, file), "utf8").replace(
        /@([A-Z]+)@/g,
        (whole, key) => values[key] ?? whole,
      );
      mkdirSync(dirname(join(temporary, to)), { recursive: true });
      writeFileSync(join(temporary, to), text);
      written.push(to);
    }
    if (existsSync(target)) rmSync(target, { recursive: true });
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  if (options.json) printJson({ folder: target, files: written });
  else {
    const place = relative(process.cwd(), target) || ".";
    console.log(written.map((file) => `  ${join(place, file)}`).join("\n"));
    console.log(`next: cd ${place} && npm install && npm run build && npm start`);
  }
}
