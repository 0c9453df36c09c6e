/**
 * The translator beside QEMU's user mode, our interpreter, V8 on the same program's WebAssembly, and native code; then time by length, start-up, a block, and the
 * cost of metering. Each run is a process of its own; time is from the image to the end of the run, translation included (QEMU: the whole process).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { geomean } from "../geomean.ts";
import { blocks } from "./blocks.ts";
import { findTools, MissingTool, type Tools } from "./build.ts";
import { HEAD, KERNELS, linear, measure, type Row } from "./kernels.ts";

export async function run(args: readonly string[]): Promise<{ name: string; ratio: number }[]> {
  let tools: Tools;
  try {
    tools = findTools();
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    console.error(error.message);
    process.exit(2);
  }
  const dir = mkdtempSync(join(tmpdir(), "windproof-engine-"));
  const rows: Row[] = [];
  try {
    const checkout = args.find((arg) => arg.startsWith("--checkout="))?.slice("--checkout=".length);
    const names = args.filter((name) => KERNELS.includes(name));
    if (!args.includes("--blocks")) {
      console.log("program".padEnd(14) + HEAD.map((title) => title.padStart(10)).join(""));
      for (const name of names.length > 0 ? names : KERNELS) {
        const row = measure(tools, name, dir);
        rows.push(row);
        console.log(row.name.padEnd(14) + row.columns.map((value) => value.padStart(10)).join(""));
      }
      console.log(
        `\ngeometric mean of ${rows.length} kernels: ${geomean(rows).toFixed(3)} (the last line's is with the blocks)`,
      );
      if (names.length === 0) linear(tools, dir);
    }
    if (names.length === 0) rows.push(...(await blocks(tools, dir, checkout)));
  } finally {
    rmSync(dir, { recursive: true });
  }
  return rows.map(({ name, ratio }) => ({ name, ratio: Number(ratio.toFixed(4)) }));
}
