/** `windproof disasm`: a program's instructions with symbols and source lines. */
import type { Command } from "commander";
import { type Program, sourceAt, symbolName } from "../../emulator/image/program.ts";
import { disassemble } from "../../emulator/isa/disassemble.ts";
import { InputError } from "../../errors.ts";
import { programFromFile, wholeNumber } from "./input.ts";
import { hex, out, printJson } from "./output.ts";

interface Options {
  function?: string;
  start?: number;
  end?: number;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  windproof disasm app.elf                           all code
  windproof disasm app.elf --function main           one function
  windproof disasm app.bin --start 0x100 --end 0x200 a range of addresses`;

export function configure(command: Command): void {
  command
    .argument("<program>", "flat binary or ELF file")
    .option("--function <name>", "only this function")
    .option("--start <address>", "from this address on", wholeNumber)
    .option("--end <address>", "up to this address", wholeNumber)
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(disasm);
}

function rangesOf(program: Program, path: string, options: Options) {
  if (options.function === undefined) {
    const [start, end] = [options.start ?? 0, options.end ?? program.image.length];
    return program.code.map((range) => ({ start: Math.max(range.start, start), end: Math.min(range.end, end) }));
  }
  const symbol = program.symbols.find(({ name, kind }) => name === options.function && kind !== "object");
  if (symbol) {
    const next = program.symbols.find(({ address, kind }) => address > symbol.address && kind === "function");
    const end = symbol.size > 0 ? symbol.address + symbol.size : (next?.address ?? program.image.length);
    return [{ start: symbol.address, end }];
  }
  const known = program.symbols.filter(({ kind }) => kind === "function").map(({ name }) => name);
  const near = known.filter((name) => name.toLowerCase().includes(options.function!.toLowerCase())).slice(0, 5);
  const hint = near.length > 0 ? `did you mean ${near.join(", ")}?` : "windproof inspect --symbols lists what there is";
  throw new InputError(`there is no function "${options.function}"`, path, hint);
}

function disasm(path: string, options: Options): void {
  const program = programFromFile(path);
  const view = new DataView(program.image.buffer, program.image.byteOffset, program.image.byteLength);
  const nameOf = (address: number) => {
    const name = symbolName(program, address);
    return name ? `${hex(address)} <${name}>` : hex(address);
  };
  const names = new Map(program.symbols.filter(({ kind }) => kind !== "object").map((s) => [s.address, s.name]));
  const instructions = rangesOf(program, path, options).flatMap(({ start, end }) => {
    const list = [];
    for (let address = start - (start % 4); address + 4 <= Math.min(end, program.image.length); address += 4) {
      const word = view.getUint32(address, true);
      const source = sourceAt(program, address) ?? null;
      list.push({
        address,
        word,
        text: disassemble(word, address, nameOf),
        symbol: names.get(address) ?? null,
        source,
      });
    }
    return list;
  });
  if (options.json) {
    printJson({ instructions });
    return;
  }
  const lines: string[] = [];
  let lastSource: string | null = null;
  for (const { address, word, text, symbol, source } of instructions) {
    if (symbol) lines.push("", out.bold(`${symbol}:`));
    if (source && source !== lastSource) lines.push(out.dim(`  ; ${source}`));
    lastSource = source;
    lines.push(`  ${hex(address)}  ${hex(word).slice(2)}  ${text}`);
  }
  process.stdout.write(lines.join("\n") + "\n");
}
