/**
 * The AssemblyScript examples against the same algorithms in C: `examples/NAME` by windproof, `bench/codegen/examples/NAME.c` by clang -O3 → rv32im. Both read the same tape
 * by the same instruction, call the same delegations (their numbers must be equal) and put out the same eight words (those of the case).
 *
 * The C is what a C programmer writes: fixed buffers where the guest has an arena, no incremental hash contexts. So the ratio is that of two programs, not only of
 * two compilers; constants are in ROM on both sides.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../../compiler/index.ts";
import { FULL, UNSIGNED } from "../../emulator/machine/config.ts";
import type { Case } from "../../examples/words.ts";
import { execute, type Run, type Tools, toNative } from "./run.ts";

const HERE = join(import.meta.dirname, "examples");
const EXAMPLES = join(import.meta.dirname, "../../examples");

/** The case that takes longest. */
async function lastCase(name: string): Promise<Case> {
  const { cases } = (await import(join(EXAMPLES, name, "cases.ts"))) as { cases: Case[] };
  return cases[cases.length - 1]!;
}

function entryOf(name: string): string {
  const source = join(EXAMPLES, name, "main.ts");
  if (existsSync(source)) return source;
  return join(EXAMPLES, name, readdirSync(join(EXAMPLES, name)).find((file) => file.endsWith(".wasm"))!);
}

function check(name: string, who: string, run: Run, { output }: Case): void {
  if (run.output.join() !== output.join())
    throw new Error(`${name} by ${who} puts out ${run.output.join()}, not ${output.join()}`);
}

export async function runExamples(
  tools: Tools,
  dir: string,
  wanted: readonly string[],
): Promise<{ name: string; ratio: number }[]> {
  const names = readdirSync(HERE)
    .filter((file) => file.endsWith(".c"))
    .map((file) => file.slice(0, -2))
    .filter((name) => wanted.length === 0 || wanted.includes(name));
  if (names.length === 0) return [];
  const column = (text: string | number): string => String(text).padStart(12);
  console.log(
    `\n${"example".padEnd(14)}${column("windproof")}${column("clang -O3")}${"ratio".padStart(9)}${column("delegations")}  case`,
  );
  const rows: { name: string; ratio: number }[] = [];
  for (const name of names) {
    const tried = await lastCase(name);
    const { image } = await compile(entryOf(name), { romData: true, forward: false, verify: false });
    const ours = execute(image, UNSIGNED, tried.tape);
    const native = execute(toNative(tools, join(HERE, `${name}.c`), dir), FULL, tried.tape);
    check(name, "windproof", ours, tried);
    check(name, "clang", native, tried);
    if (ours.delegations !== native.delegations)
      throw new Error(
        `${name}: ${ours.delegations} delegation calls and ${native.delegations}: not the same algorithm`,
      );
    const ratio = ours.cycles / native.cycles;
    rows.push({ name, ratio: Number(ratio.toFixed(4)) });
    console.log(
      `${name.padEnd(14)}${column(ours.cycles)}${column(native.cycles)}${ratio.toFixed(3).padStart(9)}${column(ours.delegations)}  ${tried.name}`,
    );
  }
  return rows;
}
