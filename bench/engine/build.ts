/** One C source as every machine's program: bare rv32im, rv32im for Linux, WebAssembly, native. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HERE = import.meta.dirname;
const CODEGEN = join(HERE, "../codegen");
const CODE = ["-O3", "-std=c17", "-ffreestanding", "-fno-builtin", "-Wno-everything", "-c"];
const RISCV = ["--target=riscv32-unknown-elf", "-march=rv32im", "-mabi=ilp32", "-mno-relax", ...CODE];

/** A tool that is not there; the bench then ends with exit code 2. */
export class MissingTool extends Error {}

/** By plain name or with the version suffix that distributions add. */
function tool(name: string, install: string): string {
  for (const suffix of ["", "-19", "-20", "-21", "-18", "-17"])
    try {
      execFileSync(name + suffix, ["--version"], { stdio: "ignore" });
      return name + suffix;
    } catch {}
  throw new MissingTool(`bench engine needs ${name}; install ${install} (on Debian: apt-get install ${install})`);
}

export interface Tools {
  clang: string;
  lld: string;
  wasmLd: string;
  objcopy: string;
  qemu: string;
}

/** @throws MissingTool */
export function findTools(): Tools {
  return {
    clang: tool("clang", "clang-19"),
    lld: tool("ld.lld", "lld-19"),
    wasmLd: tool("wasm-ld", "lld-19"),
    objcopy: tool("llvm-objcopy", "llvm-19"),
    qemu: tool("qemu-riscv32", "qemu-user"),
  };
}

export interface Programs {
  bare: string;
  linux: string;
  wasm: string;
  native: string;
}

/** A source, in C or assembly, for the bare machine. @returns the object file */
export function compileRiscv(tools: Tools, source: string, object: string): string {
  execFileSync(tools.clang, [...RISCV, source, "-o", object]);
  return object;
}

export function kernelSource(name: string): string {
  return join(CODEGEN, "kernels", `${name}.c`);
}

/** The kernel `repeat` times over, as four files in `dir`. */
export function build(tools: Tools, name: string, repeat: number, dir: string): Programs {
  const file = (ending: string) => join(dir, `${name}.${ending}`);
  const compile = (ending: string, flags: readonly string[], source: string): string => {
    const object = file(`${ending}.o`);
    execFileSync(tools.clang, [...flags, `-DREPEAT=${repeat}u`, source, "-o", object]);
    return object;
  };
  const both = (ending: string, flags: readonly string[]) => [
    compile(`${ending}-kernel`, [...flags, "-Drun=kernel"], kernelSource(name)),
    compile(`${ending}-repeat`, flags, join(HERE, "repeat.c")),
  ];
  const riscv = [...both("riscv", RISCV), compile("library", RISCV, join(CODEGEN, "native.c"))];
  const script = join(CODEGEN, "native.ld");
  execFileSync(tools.lld, ["-T", script, "--gc-sections", "-e", "start", ...riscv, "-o", file("elf")]);
  execFileSync(tools.objcopy, ["-O", "binary", file("elf"), file("bin")]);
  const flat = readFileSync(file("bin"));
  const image = new Uint8Array((flat.length + 3) & ~3);
  image.set(flat);
  writeFileSync(file("bin"), image);

  const main = compile("linux", RISCV, join(HERE, "linux.c"));
  // the start-up code for bare metal is never called: what it refers to need not exist
  const unused = ["data_start", "data_end", "data_load"].map((symbol) => `--defsym=${symbol}=0`);
  execFileSync(tools.lld, ["-e", "linux_start", ...unused, ...riscv, main, "-o", file("linux")]);

  const wasm = both("wasm", ["--target=wasm32", "-mbulk-memory", "-msign-ext", ...CODE]);
  execFileSync(tools.wasmLd, ["--no-entry", "--export=run", "-O3", "--gc-sections", ...wasm, "-o", file("wasm")]);

  const host = ["-O3", "-std=gnu17", "-w", "-c"];
  const native = [...both("native", host), compile("native-main", host, join(HERE, "host.c"))];
  execFileSync(tools.clang, [...native, "-o", file("native")]);
  return { bare: file("bin"), linux: file("linux"), wasm: file("wasm"), native: file("native") };
}
