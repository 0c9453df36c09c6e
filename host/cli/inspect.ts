/** `windproof inspect`: what is in an image, and which machine it needs. */
import { createHash } from "node:crypto";
import type { Command } from "commander";
import { missingInstructions, type Program } from "../../emulator/image/program.ts";
import { CONFIGS } from "../../emulator/machine/config.ts";
import { ROM_SIZE } from "../../emulator/machine/layout.ts";
import { programFromFile } from "./input.ts";
import { bytes, count, hex, out, printJson } from "./output.ts";

const EXAMPLES = `
Examples:
  windproof inspect app.elf             sizes, machines, the largest functions
  windproof inspect app.elf --symbols   every symbol`;

export function configure(command: Command): void {
  command
    .argument("<program>", "flat binary or ELF file")
    .option("--symbols", "list every symbol")
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(inspect);
}

function machinesOf(program: Program) {
  return Object.entries(CONFIGS).map(([name, config]) => ({
    name,
    original: config.name,
    missing: Object.fromEntries(missingInstructions(program, config)),
  }));
}

const LARGEST = 10;

function inspect(path: string, options: { symbols?: boolean; json?: boolean }): void {
  const program = programFromFile(path);
  const machines = machinesOf(program);
  const codeBytes = program.code.reduce((sum, { start, end }) => sum + end - start, 0);
  const sha256 = createHash("sha256").update(program.image).digest("hex");
  const size = { image: program.image.length, code: codeBytes, romLeft: ROM_SIZE - program.image.length };
  if (options.json) {
    printJson({
      format: program.format,
      size,
      sha256,
      machines,
      lines: program.lines.size,
      frames: program.frames.length,
      symbols: program.symbols,
    });
    return;
  }
  console.log(`${out.bold("format")}    ${program.format}`);
  console.log(
    `${out.bold("image")}     ${bytes(size.image)}, ${((100 * size.image) / ROM_SIZE).toFixed(1)} % of the ROM`,
  );
  if (program.format === "elf") console.log(`${out.bold("code")}      ${bytes(codeBytes)}`);
  console.log(`${out.bold("sha256")}    ${sha256}`);
  console.log(`${out.bold("lines")}     ${count(program.lines.size)} entries of the line table`);
  console.log(out.bold("machines"));
  for (const { name, original, missing } of machines) {
    const lacking = Object.entries(missing).map(([instruction, n]) => `${instruction} (${count(n)})`);
    const unsure = program.format === "flat" ? " (if what looks so is code: a flat binary does not say)" : "";
    const verdict = lacking.length === 0 ? out.green("yes") : `${out.red("no")}, needs ${lacking.join(", ")}${unsure}`;
    console.log(`  ${name.padEnd(14)} ${out.dim(original.padEnd(42))} ${verdict}`);
  }
  const functions = program.symbols.filter(({ kind }) => kind === "function");
  const listed = options.symbols
    ? program.symbols
    : functions.toSorted((a, b) => b.size - a.size || a.address - b.address).slice(0, LARGEST);
  const title = options.symbols ? `symbols (${program.symbols.length})` : `largest of ${functions.length} functions`;
  if (listed.length > 0) console.log(out.bold(title));
  for (const { name, address, size, kind } of listed)
    console.log(`  ${hex(address)} ${count(size).padStart(9)} ${out.dim(kind.padEnd(8))} ${name}`);
}
