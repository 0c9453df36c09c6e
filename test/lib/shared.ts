/** Finds the reference data that lives beside the repository (`../shared`). Tests that need it skip, and say so, where it is absent. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = process.env.WINDPROOF_SHARED ?? join(dirname(repository), "shared");

/** Absolute path below the shared folder, or undefined (with one line on stderr) when it is not there. */
export function shared(path: string): string | undefined {
  const full = join(folder, path);
  if (existsSync(full)) return full;
  console.error(`skipped: ${path} is not beside this repository (set WINDPROOF_SHARED to the folder that holds it)`);
  return undefined;
}
