/** `windproof compile`: AssemblyScript or a WebAssembly module into an image and everything that goes with it. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import type { Command } from "commander";
import { type Compiled, type CompileOptions, compile, formatReport, type MachineTarget } from "../../compiler/index.ts";
import { InputError } from "../../errors.ts";
import { USE_OPTION } from "./input.ts";
import { err, printJson } from "./output.ts";

interface Options {
  out: string;
  config: string;
  boundsChecks?: boolean;
  romData?: boolean;
  use: Record<string, string>;
  entry?: string;
  dumpFunc?: string[];
  json?: boolean;
}

const EXAMPLES = `
Examples:
  windproof compile src/main.ts -o build                the image, an ELF file, a module for forward mode, maps and sizes
  windproof compile sieve.wasm -o build                 any WebAssembly module of integers that exports main
  windproof compile main.wasm maths.wasm -o build       modules that import from each other, as one image
  windproof compile src/main.ts -o build --use LOG=1    with logging compiled in
  windproof compile src/main.ts -o build --rom-data     static data stays in ROM: nothing is copied at start
  windproof compile src/main.ts -o build --dump-func src/main/main    what every pass makes of one function

Writes NAME.bin (flat image), NAME.elf (symbols, lines, frames), NAME.wasm (forward mode), NAME.map.json (pc to source),
NAME.report.json (sizes); NAME is the entry's name, or its folder's for a main.ts.`;

const TARGETS: readonly string[] = ["no-signed", "full"] satisfies MachineTarget[];

export function configure(command: Command): void {
  command
    .argument("<entry>", "AssemblyScript file (.ts) or WebAssembly module (.wasm)")
    .argument("[modules...]", "modules that the entry imports from, by their files' names or as NAME=FILE.wasm")
    .requiredOption("-o, --out <dir>", "folder for the files")
    .option("--config <name>", "machine: no-signed (runs on both) or full (MULH, MULHSU, DIV, REM too)", "no-signed")
    .option("--bounds-checks", "WebAssembly's exact traps on memory accesses (slower)")
    .option("--rom-data", "keep static data in ROM; a store to it makes the run unprovable")
    .option(...USE_OPTION)
    .option("--entry <name>", "exported function to run (default: main, else _start)")
    .option("--dump-func <name...>", "write the text of these functions after every pass")
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(entry: string, modules: string[], options: Options): Promise<void> {
  if (!TARGETS.includes(options.config)) {
    const next = `choose one of: ${TARGETS.join(", ")}`;
    throw new InputError(`unknown machine configuration "${options.config}"`, "--config", next);
  }
  const dumps = new Map<string, string[]>();
  const settings: CompileOptions = {
    config: options.config as MachineTarget,
    boundsChecks: options.boundsChecks ?? false,
    romData: options.romData ?? false,
    constants: options.use,
    ...(options.entry === undefined ? {} : { entry: options.entry }),
    ...(options.dumpFunc ? { dump: options.dumpFunc } : {}),
    onDump: (symbol, pass, text) => {
      const parts = dumps.get(symbol) ?? [];
      dumps.set(symbol, [...parts, `=== ${pass}\n${text}`]);
    },
  };
  const compiled = await compile(entry, settings, modules);
  const missing = (options.dumpFunc ?? []).filter((name) => !compiled.report.functions.some((f) => f.name === name));
  if (missing.length > 0 && dumps.size === 0) {
    const known = compiled.report.functions.map(({ name }) => name).slice(0, 20);
    throw new InputError(
      `no function ${missing.join(", ")} in the program`,
      "--dump-func",
      `there are: ${known.join(", ")}`,
    );
  }
  const files = filesOf(nameOf(entry), compiled, dumps);
  writeAll(options.out, files);
  if (compiled.warnings) console.error(`${err.yellow("warnings")}\n${compiled.warnings}`);
  const paths = [...files.keys()].map((file) => join(options.out, file));
  if (options.json) printJson({ files: paths, ...compiled.report, warnings: compiled.warnings });
  else console.log(`${formatReport(compiled.report)}\n${paths.join("\n")}`);
}

/** `src/main.ts` is best known by its project's folder, everything else by its own name. */
function nameOf(entry: string): string {
  const name = basename(entry, extname(entry));
  if (name !== "main" && name !== "index") return name;
  const folder = dirname(resolve(entry));
  const parent = basename(folder) === "src" ? basename(dirname(folder)) : basename(folder);
  return parent || name;
}

function filesOf(
  name: string,
  compiled: Compiled,
  dumps: ReadonlyMap<string, readonly string[]>,
): Map<string, Uint8Array | string> {
  const json = (value: unknown): string => `${JSON.stringify(value)}\n`;
  const files = new Map<string, Uint8Array | string>([
    [`${name}.bin`, compiled.image],
    [`${name}.elf`, compiled.elf],
    [`${name}.wasm`, compiled.wasm],
    [`${name}.map.json`, json(compiled.sourceMap)],
    [`${name}.report.json`, json(compiled.report)],
  ]);
  for (const [symbol, parts] of dumps)
    files.set(`${name}.${symbol.replaceAll(/[^\w.-]+/g, "-")}.passes.txt`, parts.join("\n"));
  return files;
}

/** All files or none: they are written beside each other first and renamed when the last one is whole. */
function writeAll(folder: string, files: ReadonlyMap<string, Uint8Array | string>): void {
  mkdirSync(folder, { recursive: true });
  const temporary = mkdtempSync(join(folder, ".writing-"));
  try {
    for (const [file, content] of files) writeFileSync(join(temporary, file), content);
    for (const file of files.keys()) renameSync(join(temporary, file), join(folder, file));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
