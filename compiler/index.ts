/**
 * `windproof/compiler`: from AssemblyScript or a WebAssembly module to everything that tools take: flat image, ELF, forward module, maps, sizes.
 * Nothing is read but the sources, nothing is written: the caller gets bytes.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { compileAssemblyScript } from "./asc.ts";
import { InputError } from "./errors.ts";
import type { ElfSymbol } from "./link/elf.ts";
import { EntryTooLarge, type Range } from "./link/layout.ts";
import { link } from "./link/link.ts";
import {
  FOREIGN_MEMORY_BASE,
  LARGE_DATA_BASE,
  LARGE_DATA_END,
  RAM_BASE,
  RAM_DATA_BASE,
  RAM_DATA_END,
  ROM_DATA_BASE,
  ROM_DATA_BASE_LARGE,
  ROM_SIZE,
} from "./link/memory-map.ts";
import type { SizeReport } from "./link/report.ts";
import {
  formatPosition,
  type ImageMap,
  joinModuleMaps,
  type ModuleMap,
  positionOf,
  readModuleMap,
} from "./link/source-map.ts";
import { compileModule } from "./pipeline.ts";
import { linkModules } from "./wasm/link-modules.ts";
import type { WasmModule } from "./wasm/module.ts";
import { readModule } from "./wasm/reader.ts";
import { type KnownImports, rejectUnsupported } from "./wasm/unsupported.ts";
import { validateModule } from "./wasm/validate.ts";
import { writeModule } from "./wasm/writer.ts";

export { InputError } from "./errors.ts";
export type { ElfSymbol } from "./link/elf.ts";
export { formatReport, type SizeReport } from "./link/report.ts";
export { type ImageMap, lookUp, type SourcePosition } from "./link/source-map.ts";

/** Which machine the image is for. `no-signed`: IM without MULH, MULHSU, DIV, REM, which newer provers are built on. */
export type MachineTarget = "full" | "no-signed";

export interface CompileOptions {
  /** default `no-signed`, which runs on both */
  readonly config?: MachineTarget;
  /** WebAssembly's exact traps on memory accesses, for conformance; costs cycles */
  readonly boundsChecks?: boolean;
  /** static data stays in ROM: nothing is copied at start, a store to it is unprovable (compiler/link/README.md) */
  readonly romData?: boolean;
  /** constants of AssemblyScript sources (`--use NAME=VALUE`) */
  readonly constants?: Readonly<Record<string, string | number>>;
  /** exported function to run, default `main`, else `_start` */
  readonly entry?: string;
  /** compile the module for forward mode too (default); without, `wasm` is the module that the image was made of */
  readonly forward?: boolean;
  /** check the code between all passes; on by default, costs compile time only */
  readonly verify?: boolean;
  /** functions to dump, by name */
  readonly dump?: readonly string[];
  readonly onDump?: (symbol: string, pass: string, text: string) => void;
}

export interface Compiled {
  /** what ROM holds from address 0 */
  readonly image: Uint8Array;
  readonly elf: Uint8Array;
  /** the module for forward mode: AssemblyScript compiled with PROVING=0, or the given module */
  readonly wasm: Uint8Array;
  readonly sourceMap: ImageMap;
  readonly report: SizeReport;
  readonly symbols: readonly ElfSymbol[];
  /** the AssemblyScript compiler's warnings, "" when there are none */
  readonly warnings: string;
}

/** Pages of a module that starts with the SDK's fixed slots and a first piece of the arena. */
const INITIAL_PAGES = 64;

/**
 * Compiles an AssemblyScript entry (`.ts`) or a WebAssembly module (`.wasm`; with `FILE.wasm.map` beside it, its source map).
 * @param linked further modules, which import from each other and from the entry by their files' names without `.wasm`, or as `NAME=FILE` says
 * @throws InputError for everything that is wrong with the input
 */
export async function compile(
  entry: string,
  options: CompileOptions = {},
  linked: readonly string[] = [],
): Promise<Compiled> {
  const foreign = [entry, ...linked].find((file) => !file.endsWith(".wasm"));
  if (foreign === undefined) {
    const [first, ...others] = [entry, ...linked].map(readInput);
    return others.length === 0
      ? compileWasm(first!.bytes, options, first!.map)
      : compileModules([first!, ...others], options);
  }
  if (linked.length === 0) return compileSource(entry, options);
  throw new InputError("only modules link with each other", foreign, "compile sources to .wasm first");
}

/** A module to be linked: others import from it by its name. */
export interface ModuleInput {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly map?: ModuleMap | undefined;
}

function readInput(argument: string): ModuleInput {
  const equals = argument.indexOf("=");
  const file = argument.slice(equals + 1);
  const name = equals < 0 ? basename(file, ".wasm") : argument.slice(0, equals);
  const map = `${file}.map`;
  try {
    const bytes = new Uint8Array(readFileSync(file));
    return { name, bytes, map: existsSync(map) ? readModuleMap(readFileSync(map, "utf8")) : undefined };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      error instanceof Error ? error.message : "it cannot be read",
      file,
      "name a file that can be read",
    );
  }
}

async function compileSource(entry: string, options: CompileOptions): Promise<Compiled> {
  const constants = { LOG: 0, ...options.constants };
  const proving = { PROVING: 1, abort: "" };
  const build = (memoryBase: number) =>
    compileAssemblyScript(entry, {
      constants: { ...constants, ...proving },
      memoryBase,
      // Behind large static data asc itself knows how many pages there must be.
      ...(memoryBase < LARGE_DATA_BASE ? { initialMemory: INITIAL_PAGES } : {}),
    });
  let result = await build(options.romData ? ROM_DATA_BASE : RAM_DATA_BASE);
  if (!options.romData && result.dataEnd > RAM_DATA_END) {
    const size = result.dataEnd - RAM_DATA_BASE;
    if (size > LARGE_DATA_END - LARGE_DATA_BASE) {
      throw new InputError(
        `${size} bytes of static data, the limit is ${LARGE_DATA_END - LARGE_DATA_BASE}`,
        entry,
        "read large data from the tape",
      );
    }
    result = await build(LARGE_DATA_BASE);
  }
  const forward =
    options.forward === false
      ? result
      : await compileAssemblyScript(entry, { constants: { ...constants, PROVING: 0 }, initialMemory: INITIAL_PAGES });
  const translated = (base: number) => {
    if (options.romData && result.dataEnd > ROM_SIZE) {
      throw new InputError(
        `static data ends at ${result.dataEnd}, beyond ROM (${ROM_SIZE} bytes)`,
        entry,
        "keep static data in RAM, or read it from the tape",
      );
    }
    const reserved = options.romData && result.dataEnd > base ? [{ start: base, end: result.dataEnd }] : [];
    return translate(result.wasm, readModuleMap(result.sourceMap), reserved, 0, options);
  };
  let compiled: ReturnType<typeof translated>;
  try {
    compiled = translated(ROM_DATA_BASE);
  } catch (error) {
    if (!(options.romData && error instanceof EntryTooLarge)) throw error;
    result = await build(ROM_DATA_BASE_LARGE);
    compiled = translated(ROM_DATA_BASE_LARGE);
  }
  return { ...compiled, wasm: forward.wasm, warnings: result.warnings };
}

/** Compiles the bytes of a module. Its memory begins at `FOREIGN_MEMORY_BASE`, unless its static data shows that it was linked for RAM's addresses. */
export function compileWasm(bytes: Uint8Array, options: CompileOptions = {}, map?: ModuleMap): Compiled {
  return { ...translate(bytes, map, [], undefined, options), wasm: bytes, warnings: "" };
}

/** Compiles several modules into one image: the first one's entry runs, what they import from each other is theirs. @throws ModuleError `unlinkable` */
export function compileModules(inputs: readonly ModuleInput[], options: CompileOptions = {}): Compiled {
  const names = new Set(inputs.map(({ name }) => name));
  let base = 0;
  const modules = inputs.map(({ name, bytes, map }) => {
    try {
      const module = shiftOffsets(checked(bytes, map, names), base);
      base += bytes.length;
      return { name, module };
    } catch (error) {
      if (error instanceof InputError) throw new InputError(error.what, `module ${name}, ${error.where}`, error.next);
      throw error;
    }
  });
  const module = linkModules(modules);
  const map = joinModuleMaps(inputs.map((input) => ({ map: input.map, size: input.bytes.length })));
  return { ...generate(module, map, [], biasOf(module), options), wasm: writeModule(module), warnings: "" };
}

/** The files of a program lie one behind the other, as far as offsets are concerned. */
function shiftOffsets(module: WasmModule, base: number): WasmModule {
  const functions = module.functions.map((func) => ({
    ...func,
    body: func.body.map((instruction) => ({ ...instruction, offset: instruction.offset + base })),
  }));
  return { ...module, functions };
}

function translate(
  bytes: Uint8Array,
  map: ModuleMap | undefined,
  reserved: readonly Range[],
  memoryBias: number | undefined,
  options: CompileOptions,
): Omit<Compiled, "wasm" | "warnings"> {
  const module = checked(bytes, map);
  return generate(module, map, reserved, memoryBias ?? biasOf(module), options);
}

/** @param linked names of modules that it is linked with */
function checked(bytes: Uint8Array, map: ModuleMap | undefined, linked?: ReadonlySet<string>): WasmModule {
  const module = readModule(bytes);
  validateModule(module);
  const locate = (offset: number): string | undefined => {
    const position = map && positionOf(map, offset);
    return position && formatPosition(position);
  };
  rejectUnsupported(module, machineImports, locate, linked);
  return module;
}

function generate(
  module: WasmModule,
  map: ModuleMap | undefined,
  reserved: readonly Range[],
  memoryBias: number,
  options: CompileOptions,
): Omit<Compiled, "wasm" | "warnings"> {
  const { entry, verify = true, dump, onDump } = options;
  const object = compileModule(module, {
    signedMulDiv: options.config === "full",
    boundsChecks: options.boundsChecks ?? false,
    memoryBias,
    verify,
    ...(entry === undefined ? {} : { entry }),
    ...(dump ? { dump } : {}),
    ...(onDump ? { onDump } : {}),
  });
  return link(object, { moduleMap: map, reserved });
}

/** Modules of other compilers use addresses from 0 on, which are ROM here: all of them move. */
function biasOf(module: WasmModule): number {
  const offsets = module.data.flatMap(({ offset, memory = 0 }) =>
    memory === 0 && offset?.kind === "i32" ? [offset.value] : [],
  );
  return offsets.length > 0 && Math.min(...offsets) >= RAM_BASE ? 0 : FOREIGN_MEMORY_BASE;
}

/** The machine's operations as a module imports them (guest/sdk/machine.ts), and what asc imports for failed assertions. */
const i32 = (count: number): "i32"[] => new Array(count).fill("i32");
const machineImports: KnownImports = new Map(
  Object.entries({
    "windproof.tape_read": [0, 1],
    "windproof.tape_write": [1, 0],
    "windproof.blake2s_round": [4, 0],
    "windproof.u256_op": [3, 1],
    "windproof.finish": [8, 0],
    "windproof.unprovable": [0, 0],
    "windproof.marker": [1, 0],
  }).map(([name, [params, results]]) => [name, { params: i32(params), results: i32(results) }]),
);
