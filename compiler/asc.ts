/**
 * The AssemblyScript compiler, called in memory: an entry file in, an optimised module with names and a source map out.
 *
 * Every path that reaches the output is relative to the project (the nearest folder with a package.json), or begins with `~lib/` for packages and the
 * standard library, so that the same sources give the same bytes in every folder. `windproof/guest/...` is this package's guest folder, wherever it is.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "./errors.ts";

export interface AscOptions {
  /** constants for conditional compilation (`--use NAME=VALUE`); an empty value removes a global */
  readonly constants?: Readonly<Record<string, string | number>>;
  /** address of the first byte of static data */
  readonly memoryBase?: number;
  /** pages that the module starts with */
  readonly initialMemory?: number;
  /** import a shared memory of at most so many pages; without it the module has a memory of its own */
  readonly sharedMemory?: number;
  /** 0…3, default 3; with 3 the optimiser runs until nothing changes */
  readonly optimizeLevel?: number;
  /** keep the names of functions, default true */
  readonly names?: boolean;
}

export interface AscResult {
  readonly wasm: Uint8Array;
  /** source map version 3 */
  readonly sourceMap: string;
  /** first address after the static data, zeros included */
  readonly dataEnd: number;
  /** asc's warnings as it prints them, "" when there are none */
  readonly warnings: string;
  /** folder that the paths of the source map are relative to */
  readonly root: string;
}

/** The part of asc's API that is used. Its own declarations would replace Node's globals by AssemblyScript's, so they are not imported. */
interface Asc {
  main(
    args: string[],
    options: {
      readFile(name: string, baseDir: string): string | null;
      writeFile(name: string, contents: Uint8Array | string, baseDir: string): void;
      listFiles(folder: string, baseDir: string): string[];
      stdout: { write(text: string): void };
      stderr: { write(text: string): void };
      transforms: unknown[];
    },
  ): Promise<{ error: Error | null }>;
  /** sources of the standard library by path below `~lib/` */
  readonly libraryFiles: Record<string, string>;
}
interface BinaryenModule {
  getNumDataSegments(): number;
  getDataSegmentByIndex(index: number): number;
  getDataSegmentInfo(segment: number): { offset: number; data: ArrayBuffer };
}
const ASC: string = "assemblyscript/asc";

/** Folder with `guest/`: the repository, or the installed package (one level up from `dist/`). */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "guest", "sdk", "machine.ts"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("the package's guest/ folder is missing");
    folder = parent;
  }
  return folder;
}

/** The nearest folder above `file` that has a package.json; its own folder when there is none. */
export function projectRoot(file: string): string {
  const start = dirname(resolve(file));
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) return start;
  }
}

/** A folder for package look-up that exists for asc only: `readFile` leads it to this package. */
const PACKAGES = ".windproof-packages";
const ownPackage = new RegExp(`(?:^|/)(?:${PACKAGES}|node_modules)/windproof/(.*)$`);

const FIX_SOURCES = "change the sources where the compiler of AssemblyScript points to";

/** @throws InputError with asc's diagnostics when the sources do not compile */
export async function compileAssemblyScript(entry: string, options: AscOptions = {}): Promise<AscResult> {
  const file = resolve(entry);
  if (!existsSync(file))
    throw new InputError("there is no such file", entry, "name an AssemblyScript entry (.ts) or a module (.wasm)");
  const root = projectRoot(file);
  const guest = packageRoot();
  const written = new Map<string, Uint8Array | string>();
  let messages = "";
  const level = options.optimizeLevel ?? 3;
  const args = [
    relative(root, file).split(sep).join("/"),
    "--outFile",
    "out.wasm",
    "--sourceMap",
    // Names only: code is byte for byte the same with and without it (test/compiler/asc.test.ts).
    ...(options.names === false ? [] : ["--debug"]),
    "--optimizeLevel",
    String(level),
    ...(level === 3 ? ["--converge"] : []),
    "--runtime",
    "stub",
    "--noColors",
    // "usize to u32 needs a cast in 64-bit builds": there are none.
    "--disableWarning",
    "201",
    "--config",
    "none",
    "--path",
    join(root, PACKAGES),
    "--baseDir",
    root,
  ];
  if (options.memoryBase !== undefined) args.push("--memoryBase", String(options.memoryBase));
  if (options.initialMemory !== undefined) args.push("--initialMemory", String(options.initialMemory));
  if (options.sharedMemory !== undefined)
    args.push(
      "--importMemory",
      "--sharedMemory",
      "--maximumMemory",
      String(options.sharedMemory),
      "--enable",
      "threads",
    );
  for (const [name, value] of Object.entries(options.constants ?? {})) args.push("--use", `${name}=${value}`);
  const asc: Asc = await import(ASC);
  asc.libraryFiles["rt/stub"] = readFileSync(join(guest, "guest", "sdk", "runtime.ts"), "utf8");
  const write = (text: string): void => {
    messages += text;
  };
  let dataEnd = options.memoryBase ?? 0;
  // The optimiser packs zeros away, so the extent of static data is read before it runs.
  const extent = {
    afterCompile(module: BinaryenModule): void {
      for (let i = 0; i < module.getNumDataSegments(); i++) {
        const { offset, data } = module.getDataSegmentInfo(module.getDataSegmentByIndex(i));
        dataEnd = Math.max(dataEnd, offset + data.byteLength);
      }
    },
  };
  const { error } = await asc.main(args, {
    readFile: (name, baseDir) => readSource(resolve(baseDir, name), guest),
    writeFile: (name, contents) => {
      written.set(basename(name), contents);
    },
    listFiles: () => [],
    stdout: { write },
    stderr: { write },
    transforms: [extent],
  });
  const report = messages.replaceAll("Last converge was suboptimal.", "").trim();
  if (error) throw new InputError(`it does not compile\n${report || error.message}`, entry, FIX_SOURCES);
  const wasm = written.get("out.wasm");
  const sourceMap = written.get("out.wasm.map");
  if (!(wasm instanceof Uint8Array) || typeof sourceMap !== "string") {
    throw new InputError(`it does not compile\n${report}`, entry, FIX_SOURCES);
  }
  return { wasm: new Uint8Array(wasm), sourceMap: stable(sourceMap), dataEnd, warnings: report, root };
}

function readSource(path: string, guest: string): string | null {
  const own = ownPackage.exec(path.split(sep).join("/"));
  try {
    return readFileSync(own ? join(guest, own[1]) : path, "utf8");
  } catch {
    return null;
  }
}

/** The map without the sources' text, which the caller has on disk, and without the name of the output. */
function stable(sourceMap: string): string {
  const { version, sources, names, mappings } = JSON.parse(sourceMap);
  return JSON.stringify({ version, sources, names, mappings });
}
