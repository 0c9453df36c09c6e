/** Programs, tapes and numbers as they come from the command line. */
import { readFileSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import { type Program, readProgram } from "../../emulator/image/program.ts";
import { parseRaw, type QueryNames, type Tape, tapeOfWords } from "../../emulator/tape/tape.ts";
import { parseText } from "../../emulator/tape/text.ts";
import { InputError } from "../../errors.ts";
import { FLAVOURS } from "../flavour.ts";

/** Names the file in an error that its contents cause. */
function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) throw new InputError(error.what, `${path}: ${error.where}`, error.next);
    throw error;
  }
}

export function programFromFile(path: string): Program {
  const file = readFileSync(path);
  return inFile(path, () => readProgram(file));
}

/** Whole words of hex digits in one piece: nobody writes text form like that. */
const looksRaw = (path: string, text: string) => path.endsWith(".hex") || /^\s*(?:[0-9a-fA-F]{8})+\s*$/.test(text);

/** Raw (name ends in .hex, or contents look so) or text form; `-` is stdin. */
export function tapeFromFile(path: string, names: QueryNames = {}): Tape {
  const text = readFileSync(path === "-" ? 0 : path, "utf8");
  return inFile(path, () => (looksRaw(path, text) ? tapeOfWords(parseRaw(text)) : parseText(text, names)));
}

/** For options: a whole number, decimal (1_000_000, 1e6) or hex. */
export function wholeNumber(text: string): number {
  const value = Number(text.replaceAll("_", ""));
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("it must be a whole number.");
  return value;
}

function constant(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf("=");
  if (at <= 0) throw new InputError(`not a constant: ${text}`, "--use", "write it as NAME=VALUE");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Constants for a program's sources (`asc --use`), as an option of the commands that compile one. */
export const USE_OPTION = [
  "--use <name=value>",
  "constant for the sources; may be repeated",
  constant,
  {} as Record<string, string>,
] as const;

/** The build flavour of our own state transition function, as an option of the commands that run a block; `defaultFlavour` when it is not given. */
export const flavourOption = () =>
  new Option(
    "--flavour <name>",
    "build flavour of our guest (default: evm-replay for an Ethereum block, else app)",
  ).choices(FLAVOURS);
