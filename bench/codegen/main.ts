/** C kernels by two ways, counted in cycles on one emulator: clang → WebAssembly → windproof, and clang -O3 → rv32im; then the examples against C. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { link } from "../../compiler/link/link.ts";
import { compileModule } from "../../compiler/pipeline.ts";
import { readModule } from "../../compiler/wasm/reader.ts";
import { FULL, UNSIGNED } from "../../emulator/machine/config.ts";
import { runExamples } from "./examples.ts";
import { execute, findTools, type Tools, toNative, toWasm } from "./run.ts";

const KERNELS = join(import.meta.dirname, "kernels");

interface Row {
  name: string;
  ratio: number;
}

function runKernels(tools: Tools, dir: string, wanted: readonly string[]): Row[] {
  const rows: Row[] = [];
  console.log(`${"kernel".padEnd(14)}${"windproof".padStart(12)}${"clang -O3".padStart(12)}${"ratio".padStart(9)}`);
  for (const file of readdirSync(KERNELS).sort()) {
    if (!file.endsWith(".c")) continue;
    const name = file.slice(0, -2);
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const source = join(KERNELS, file);
    const native = execute(toNative(tools, source, dir), FULL);
    const { image } = link(compileModule(readModule(toWasm(tools, source, dir)), { entry: "run" }));
    const ours = execute(image, UNSIGNED);
    const [result, expected] = [ours.output[0], native.output[0]];
    if (result !== expected) throw new Error(`${name}: results differ: ${result} and ${expected}`);
    const ratio = ours.cycles / native.cycles;
    rows.push({ name, ratio: Number(ratio.toFixed(4)) });
    console.log(
      `${name.padEnd(14)}${String(ours.cycles).padStart(12)}${String(native.cycles).padStart(12)}${ratio.toFixed(3).padStart(9)}`,
    );
  }
  return rows;
}

/** @param args names of kernels, `examples` for those only, `examples/NAME` for one; none for everything */
export async function run(args: readonly string[]): Promise<{ rows: Row[]; others: Record<string, Row[]> }> {
  const tools = findTools();
  const dir = mkdtempSync(join(tmpdir(), "windproof-codegen-"));
  const examples = args.flatMap((arg) => (arg.startsWith("examples/") ? [arg.slice("examples/".length)] : []));
  const kernels = args.filter((arg) => !arg.startsWith("examples"));
  try {
    return {
      rows: args.length === 0 || kernels.length > 0 ? runKernels(tools, dir, kernels) : [],
      others: {
        examples:
          args.length === 0 || examples.length > 0 || args.includes("examples")
            ? await runExamples(tools, dir, examples)
            : [],
      },
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
