/**
 * Installs the dependencies of the lockfile where they are missing or out of date. Plain JavaScript, so that any Node >= 20 runs it.
 * `npm start` and `npm test` call it first: they need nothing but git, Node and npm.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "node_modules", ".windproof-setup");
const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  console.error("windproof: installing dependencies (npm ci)");
  const npm = process.env.npm_execpath;
  if (npm)
    execFileSync(process.execPath, [npm, "ci", "--no-audit", "--no-fund"], { cwd: root, stdio: ["ignore", 2, 2] });
  else execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root, stdio: ["ignore", 2, 2], shell: true });
  writeFileSync(stamp, lock);
}

// The tools run TypeScript as it is, by the Node that the lockfile pins; its package fetches the binary in an install script.
const probe = spawnSync("node", ["-p", "process.features.typescript"], {
  encoding: "utf8",
  shell: process.platform === "win32",
});
if (!/strip|transform/.test(probe.stdout ?? "")) {
  console.error(
    "windproof: the pinned Node (npm package `node`) is not in place; run `npm ci` with install scripts allowed (npm config set ignore-scripts false)",
  );
  process.exit(2);
}
