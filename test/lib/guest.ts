/**
 * Compiles an AssemblyScript entry and runs it in V8 with the host functions of `machine.ts`: in both modes, forward (PROVING = 0)
 * and proving (PROVING = 1, delegations and hints), so that one test covers both.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createMachine, type MachineState } from "./machine.ts";

/** The part of the compiler's API that is used here. Its own declarations replace Node's globals by AssemblyScript's, so they are not imported. */
interface Asc {
  main(
    args: string[],
    host: { stderr: { write(text: string): void }; readFile(name: string, base: string): string | null },
  ): Promise<{ error: Error | null }>;
}
const ASC: string = "assemblyscript/asc";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface GuestOptions {
  proving: boolean;
  /** further constants for `asc --use` */
  constants?: Record<string, number>;
  /** memory at start, in pages of 64 KiB: a proving build never grows it */
  pages?: number;
  /** test doubles: source files (below the repository, without extension) and what is compiled in their place */
  replace?: Record<string, string>;
}

/** Constants that every compilation of guest code gets; options may override them. */
const DEFAULT_CONSTANTS = { FLAVOUR: 0, P256: 1 };

/** WebAssembly of an entry (a path below the repository). Rejects with the compiler's messages. */
export async function compileGuest(entry: string, options: GuestOptions): Promise<Uint8Array<ArrayBuffer>> {
  const folder = mkdtempSync(join(tmpdir(), "windproof-guest-"));
  try {
    const constants = { ...DEFAULT_CONSTANTS, ...options.constants, PROVING: options.proving ? 1 : 0 };
    const output = relative(repository, join(folder, "out.wasm"));
    const args = [
      entry,
      "--outFile",
      output,
      "--baseDir",
      repository,
      "-O3",
      "--runtime",
      "stub",
      "--initialMemory",
      `${options.pages ?? 64}`,
    ];
    for (const [name, value] of Object.entries(constants)) args.push("--use", `${name}=${value}`);
    let messages = "";
    const stderr = {
      write(text: string) {
        messages += text;
      },
    };
    const asc: Asc = await import(ASC);
    const replaced = new Map(Object.entries(options.replace ?? {}).map(([from, to]) => [`${from}.ts`, `${to}.ts`]));
    const readFile = (name: string, base: string): string | null => {
      try {
        return readFileSync(join(base, replaced.get(name) ?? name), "utf8");
      } catch {
        return null;
      }
    };
    const { error } = await asc.main(args, { stderr, readFile });
    if (error) throw new Error(`${entry} does not compile: ${error.message}\n${messages}`);
    return new Uint8Array(readFileSync(join(folder, "out.wasm")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Exported = (...args: (number | bigint)[]) => number;

/** A running guest. `call` runs an export; addresses below are where tests may put their data: from PROGRAM_SLOTS (guest/sdk/memory.ts). */
export class Guest {
  readonly state: MachineState;
  readonly exports: Record<string, Exported>;
  readonly memory: WebAssembly.Memory;

  constructor(instance: WebAssembly.Instance, state: MachineState) {
    this.state = state;
    this.exports = instance.exports as unknown as Record<string, Exported>;
    this.memory = instance.exports.memory as WebAssembly.Memory;
  }

  call(name: string, ...args: (number | bigint)[]): number {
    return this.exports[name]!(...args);
  }

  write(address: number, bytes: Uint8Array): void {
    new Uint8Array(this.memory.buffer).set(bytes, address);
  }

  read(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer).slice(address, address + length);
  }

  /** A number of `bytes` bytes, little-endian. */
  writeNumber(address: number, value: bigint, bytes = 32): void {
    const to = new Uint8Array(this.memory.buffer);
    for (let i = 0; i < bytes; i++) to[address + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }

  readNumber(address: number, bytes = 32): bigint {
    let value = 0n;
    const from = new Uint8Array(this.memory.buffer);
    for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(from[address + i]!);
    return value;
  }
}

/** First byte of the memory that is the test program's (PROGRAM_SLOTS in guest/sdk/memory.ts). */
export const PROGRAM = 0x00250000;

const modules = new Map<string, Promise<WebAssembly.Module>>();

/** Compiles (once a process) and instantiates, with `more` modules of host functions. */
export async function loadGuest(entry: string, options: GuestOptions, more: WebAssembly.Imports = {}): Promise<Guest> {
  const key = JSON.stringify([entry, options]);
  let module = modules.get(key);
  if (!module) modules.set(key, (module = compileGuest(entry, options).then((bytes) => WebAssembly.compile(bytes))));
  let memory: WebAssembly.Memory;
  const { state, imports } = createMachine(() => memory);
  const env = {
    abort(_message: number, _file: number, line: number, column: number) {
      throw new Error(`${entry}: abort at ${line}:${column}`);
    },
  };
  const instance = await WebAssembly.instantiate(await module, {
    ...more,
    env,
    windproof: { ...imports, ...more.windproof },
  });
  memory = instance.exports.memory as WebAssembly.Memory;
  return new Guest(instance, state);
}
