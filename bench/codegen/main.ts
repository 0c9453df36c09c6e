/** C kernels by two ways, counted in cycles on one emulator: clang → WebAssembly → windproof, and clang -O3 → rv32im. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { link } from "../../compiler/link/link.ts";
import { compileModule } from "../../compiler/pipeline.ts";
import { readModule } from "../../compiler/wasm/reader.ts";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { FULL, type MachineConfig, UNSIGNED } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";

const HERE = import.meta.dirname;
const KERNELS = join(HERE, "kernels");
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

interface Tools {
  clang: string;
  wasmLd: string;
  lld: string;
  objcopy: string;
}

function execute(image: Uint8Array, config: MachineConfig): { cycles: number; result: number } {
  const machine = interpreter.load(image, config, new ReplayTape(new Uint32Array(0)));
  const stop = machine.run({ maxCycles: MAX_CYCLES });
  if (stop.kind !== "finished") throw new Error(`${stop.kind} at 0x${stop.pc.toString(16)}: ${stop.message ?? ""}`);
  return { cycles: machine.cycles, result: machine.registers[10]! };
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

function toNative(tools: Tools, source: string, dir: string): Uint8Array {
  const flags = ["--target=riscv32-unknown-elf", "-march=rv32im", "-mabi=ilp32", ...COMMON];
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

export async function run(args: readonly string[]): Promise<{ name: string; ratio: number }[]> {
  const tools = findTools();
  const dir = mkdtempSync(join(tmpdir(), "windproof-codegen-"));
  const rows: { name: string; ratio: number }[] = [];
  console.log(`${"kernel".padEnd(14)}${"windproof".padStart(12)}${"clang -O3".padStart(12)}${"ratio".padStart(9)}`);
  try {
    for (const file of readdirSync(KERNELS).sort()) {
      if (!file.endsWith(".c")) continue;
      const name = file.slice(0, -2);
      if (args.length > 0 && !args.includes(name)) continue;
      const source = join(KERNELS, file);
      const native = execute(toNative(tools, source, dir), FULL);
      const { image } = link(compileModule(readModule(toWasm(tools, source, dir)), { entry: "run" }));
      const ours = execute(image, UNSIGNED);
      if (ours.result !== native.result)
        throw new Error(`${name}: results differ: ${ours.result} and ${native.result}`);
      const ratio = ours.cycles / native.cycles;
      rows.push({ name, ratio: Number(ratio.toFixed(4)) });
      console.log(
        `${name.padEnd(14)}${String(ours.cycles).padStart(12)}${String(native.cycles).padStart(12)}${ratio.toFixed(3).padStart(9)}`,
      );
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
  return rows;
}
