/** Building by clang and running on the emulator: what both tables of this bench, and the bench of engines, are made with. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import type { MachineConfig } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";

const HERE = import.meta.dirname;
const MAX_CYCLES = 1e9;

/** The tool by its plain name or with the version suffix that distributions add. */
function tool(name: string): string {
  for (const suffix of ["", "-19", "-20", "-21", "-18", "-17"])
    try {
      execFileSync(name + suffix, ["--version"], { stdio: "ignore" });
      return name + suffix;
    } catch {}
  throw new Error(`bench codegen needs ${name}: install clang and lld (LLVM 17 or newer)`);
}

export interface Tools {
  clang: string;
  wasmLd: string;
  lld: string;
  objcopy: string;
}

export interface Run {
  readonly cycles: number;
  /** x10…x17 */
  readonly output: readonly number[];
  readonly delegations: number;
}

export function execute(image: Uint8Array, config: MachineConfig, tape: readonly number[] = []): Run {
  const machine = interpreter.load(image, config, new ReplayTape(Uint32Array.from(tape)));
  const stop = machine.run({ maxCycles: MAX_CYCLES });
  if (stop.kind !== "finished") throw new Error(`${stop.kind} at 0x${stop.pc.toString(16)}: ${stop.message ?? ""}`);
  const { blake2s, u256 } = machine.delegations;
  return { cycles: machine.cycles, output: [...machine.registers.subarray(10, 18)], delegations: blake2s + u256 };
}

const COMMON = ["-O3", "-std=c17", "-ffreestanding", "-fno-builtin", "-Wno-everything", "-c"];

/** The kernel as WebAssembly: memory begins where RAM does. */
export function toWasm(tools: Tools, source: string, dir: string): Uint8Array {
  const object = join(dir, "wasm.o");
  const out = join(dir, "kernel.wasm");
  execFileSync(tools.clang, ["--target=wasm32", "-mbulk-memory", "-msign-ext", ...COMMON, source, "-o", object]);
  execFileSync(tools.wasmLd, [
    "--no-entry",
    "--export=run",
    "--global-base=2097152",
    "-z",
    "stack-size=65536",
    "-O3",
    "--gc-sections",
    object,
    "-o",
    out,
  ]);
  return readFileSync(out);
}

export function toNative(tools: Tools, source: string, dir: string): Uint8Array {
  const flags = ["--target=riscv32-unknown-elf", "-march=rv32im_zicsr", "-mabi=ilp32", ...COMMON];
  const objects = [source, join(HERE, "native.c")].map((file, i) => {
    const object = join(dir, `native${i}.o`);
    execFileSync(tools.clang, [...flags, file, "-o", object]);
    return object;
  });
  const elf = join(dir, "native.elf");
  const bin = join(dir, "native.bin");
  execFileSync(tools.lld, ["-T", join(HERE, "native.ld"), "--gc-sections", "-e", "start", ...objects, "-o", elf]);
  execFileSync(tools.objcopy, ["-O", "binary", elf, bin]);
  const bytes = readFileSync(bin);
  const image = new Uint8Array((bytes.length + 3) & ~3);
  image.set(bytes);
  return image;
}

export function findTools(): Tools {
  return { clang: tool("clang"), wasmLd: tool("wasm-ld"), lld: tool("ld.lld"), objcopy: tool("llvm-objcopy") };
}
