/** `windproof tape`: show, convert and compare tapes, and record that of a block. */
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { ENGINE_NAMES } from "../../emulator/engine/engines.ts";
import { diffTapes } from "../../emulator/tape/diff.ts";
import { printRaw, type Tape, tapeWords } from "../../emulator/tape/tape.ts";
import { printText } from "../../emulator/tape/text.ts";
import { EXIT } from "./exit.ts";
import { flavourOption, tapeFromFile } from "./input.ts";
import { count, printJson } from "./output.ts";
import { PROTOCOL_OPTION, protocolByName } from "./protocol.ts";

const EXAMPLES = `
A tape holds the 32-bit words that a program reads. Raw form: 8 hex digits a word, nothing else. Text form, line by line:

  query 5 preimage 0x2a     # a query's id, its name, its parameters (for the reader; only answers are on the tape)
    len                     # the number of words that follow in this query
    0x0000002a 42 -1        # words
    u64 0x1122334455667788  # two words, low first
    u256 7                  # eight words
    bytes "hello" 0x0102    # four bytes a word, little-endian

Examples:
  windproof tape show t.hex                          in text form
  windproof tape show t.tape --protocol zksync-os    with the queries of ZKsync OS named and explained
  windproof tape convert t.tape t.hex                text to raw, or raw to text
  windproof tape diff a.tape b.hex                   what differs (exit code 1 if anything does)
  windproof tape record examples/block -o block.hex  what a prover needs to prove the block with our guest
  windproof tape record BLOCK -o t.tape --guest evm_replay.bin    the same for the original's binary, in text form`;

interface Options {
  protocol?: string;
  json?: boolean;
}

export function configure(command: Command): void {
  command.addHelpText("after", EXAMPLES);
  command
    .command("show")
    .description("print a tape in text form")
    .argument("<tape>", "file, or - for stdin")
    .option(...PROTOCOL_OPTION)
    .option("--json", "print one JSON document")
    .action(show);
  command
    .command("convert")
    .description("write a tape in the other form: raw if the name ends in .hex, else text")
    .argument("<from>", "file, or - for stdin")
    .argument("<to>", "file, or - for stdout (text form)")
    .option(...PROTOCOL_OPTION)
    .action(convert);
  command
    .command("diff")
    .description("compare two tapes, query by query")
    .argument("<first>")
    .argument("<second>")
    .option(...PROTOCOL_OPTION)
    .option("--json", "print one JSON document")
    .action(diff);
  command
    .command("record")
    .description("run a block on its oracle and write the tape that the guest reads")
    .argument("<block>", "folder of a block bundle")
    .requiredOption(
      "-o, --output <file>",
      "raw if the name ends in .hex, else text with every query named and explained",
    )
    .addOption(flavourOption())
    .option("--guest <file>", "record for this image, ours or the original's .bin")
    .option("--engine <name>", `one of: ${ENGINE_NAMES.join(", ")}`, ENGINE_NAMES[0])
    .option("--json", "print one JSON document")
    // loaded late: it brings the compiler along
    .action(async (block, options) => (await import("./tape-record.ts")).recordBlock(block, options));
}

async function show(path: string, options: Options): Promise<void> {
  const { names, explain } = await protocolByName(options.protocol);
  const tape = tapeFromFile(path, names);
  if (options.json) {
    const queries = tape.queries.map(({ id = null, parameters, words, comments = [] }) => ({
      id,
      name: (id !== null && names[id]) || null,
      parameters,
      words,
      comments,
    }));
    printJson({ words: tapeWords(tape).length, queries });
    return;
  }
  const explained: Tape = {
    queries: tape.queries.map((query) => ({ ...query, comments: [...(query.comments ?? []), ...explain(query)] })),
  };
  process.stdout.write(printText(explained, names));
}

async function convert(from: string, to: string, options: Options): Promise<void> {
  const { names } = await protocolByName(options.protocol);
  const tape = tapeFromFile(from, names);
  const text = to.endsWith(".hex") ? printRaw(tapeWords(tape)) : printText(tape, names);
  if (to === "-") process.stdout.write(text);
  else writeFileSync(to, text);
}

async function diff(first: string, second: string, options: Options): Promise<void> {
  const { names } = await protocolByName(options.protocol);
  const differences = diffTapes(tapeFromFile(first, names), tapeFromFile(second, names), names);
  process.exitCode = differences.length > 0 ? EXIT.no : EXIT.good;
  if (options.json) printJson({ equal: differences.length === 0, differences });
  else if (differences.length === 0) console.log("the tapes are equal");
  else {
    for (const { message } of differences) console.log(message);
    console.log(`${count(differences.length)} differences`);
  }
}
