/**
 * Builds of the state transition function: AssemblyScript to WebAssembly (forward mode) and on to an rv32im image (proving mode), kept in a cache
 * under a name that changes with every source that goes in.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { compileAssemblyScript, packageRoot } from "../../compiler/asc.ts";
import { FLAVOURS, type Flavour } from "../flavour.ts";
import { FORWARD_PAGES } from "../forward/run.ts";

export interface StfOptions {
  flavour: Flavour;
  /** with the P-256 precompile */
  p256?: boolean;
  /** a proving image that reports its results, to compare the modes item by item; it needs more cycles */
  report?: boolean;
}

/** Constants for `asc --use`, as `guest/stf/README.md` describes them. */
export function stfConstants(
  { flavour, p256 = false, report = false }: StfOptions,
  proving: boolean,
): Record<string, number> {
  return {
    PROVING: proving ? 1 : 0,
    FLAVOUR: FLAVOURS.indexOf(flavour),
    P256: p256 ? 1 : 0,
    REPORT: report ? 1 : 0,
    LOG: 0,
  };
}

/** Where builds are kept: `build/` of the package, or the folder that WINDPROOF_CACHE names. */
export function cacheFolder(): string {
  return process.env.WINDPROOF_CACHE ?? join(packageRoot(), "build");
}

/** Digest of every source file below the folders, by path and content. */
function digestOf(folders: readonly string[]): string {
  const hash = createHash("sha256");
  const root = packageRoot();
  for (const folder of folders) {
    if (!existsSync(join(root, folder))) continue;
    const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.(ts|js)$/.test(name),
    );
    for (const name of files.sort()) hash.update(`${folder}/${name}\0`).update(readFileSync(join(root, folder, name)));
  }
  return hash.digest("hex").slice(0, 16);
}

const digests = new Map<string, string>();

/** Name of a cached build: what it is, and the digest of its sources. */
export function cacheName(what: string, constants: Record<string, number>, folders: readonly string[]): string {
  const key = folders.join();
  let digest = digests.get(key);
  if (!digest) digests.set(key, (digest = digestOf(folders)));
  return `${what}-${Object.values(constants).join("")}-${digest}`;
}

/** After so many milliseconds a lock without a number is what an interrupted process left between making and writing it. */
const WITHOUT_OWNER = 1000;

/** Whether the process that wrote the lock file still runs. */
function isHeld(lock: string): boolean {
  try {
    const owner = Number(readFileSync(lock, "utf8"));
    if (owner === 0) return Date.now() - statSync(lock).mtimeMs < WITHOUT_OWNER;
    return process.kill(owner, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Waits while another process makes the file, then takes the lock if the file is still not there. */
async function lockUnlessMade(path: string, lock: string): Promise<boolean> {
  while (!existsSync(path)) {
    let file: number | undefined;
    try {
      file = openSync(lock, "wx");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (file !== undefined) {
      try {
        writeSync(file, String(process.pid));
        return true;
      } catch (error) {
        rmSync(lock, { force: true });
        throw error;
      } finally {
        closeSync(file);
      }
    }
    if (isHeld(lock)) await new Promise((resolve) => setTimeout(resolve, 50));
    else rmSync(lock, { force: true });
  }
  return false;
}

/** The file's bytes, made and kept if it is not there, by one process at a time. A build that is interrupted leaves nothing under the final name. */
export async function cached(name: string, make: () => Promise<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const folder = cacheFolder();
  const path = join(folder, name);
  const [lock, unfinished] = [`${path}.lock`, `${path}.${process.pid}`];
  mkdirSync(folder, { recursive: true });
  if (await lockUnlessMade(path, lock)) {
    try {
      writeFileSync(unfinished, await make());
      renameSync(unfinished, path);
    } finally {
      rmSync(unfinished, { force: true });
      rmSync(lock, { force: true });
    }
  }
  return new Uint8Array(readFileSync(path));
}

export function stfEntry(): string {
  return join(packageRoot(), "guest", "stf", "main.ts");
}

const modules = new Map<string, Promise<WebAssembly.Module>>();

/** The forward-mode module, compiled once a process. */
export function forwardModule(options: StfOptions): Promise<WebAssembly.Module> {
  const constants = stfConstants(options, false);
  const name = `${cacheName("stf-forward-shared", constants, ["guest"])}.wasm`;
  let module = modules.get(name);
  if (!module) {
    const wasm = cached(name, async () => {
      const memory = { initialMemory: FORWARD_PAGES, sharedMemory: FORWARD_PAGES };
      const built = await compileAssemblyScript(stfEntry(), { constants, ...memory });
      return built.wasm;
    });
    modules.set(name, (module = wasm.then((bytes) => WebAssembly.compile(bytes))));
  }
  return module;
}
