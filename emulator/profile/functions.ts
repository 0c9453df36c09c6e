/** The functions of a program, as the profiler sees them: every word of the ROM belongs to one. */
import type { Program } from "../image/program.ts";
import { FORMATS, field } from "../isa/format.ts";
import { ROM_SIZE } from "../machine/layout.ts";

export interface ProfiledFunction {
  readonly name: string;
  /** the first instruction, where calls arrive */
  readonly entry: number;
}

export interface FunctionMap {
  readonly functions: readonly ProfiledFunction[];
  /** number of the function by word of ROM */
  readonly ofWord: Uint16Array;
}

const hex = (value: number) => "0x" + value.toString(16).padStart(6, "0");
/** `ofWord` has 16 bits, and the last number is kept for "none". */
const MOST = 0xfffe;

/**
 * From symbols where there are any; in a flat binary every target of a `jal` with a link register is taken for a function. What lies between functions is one
 * without a name.
 */
export function functionMap(program: Program): FunctionMap {
  const starts = new Map<number, string>();
  // start-up code in assembler often has a label only
  const labels = new Map(
    program.symbols.filter(({ kind }) => kind === "label").map(({ address, name }) => [address, name]),
  );
  const unnamed = (address: number) => labels.get(address) ?? hex(address);
  for (const [entry, end, name] of namedRanges(program)) {
    // what lies behind it is another function's, which a later symbol may name
    if (end < program.image.length && !starts.has(end)) starts.set(end, unnamed(end));
    starts.set(entry, name);
  }
  if (starts.size === 0) for (const target of callTargets(program)) starts.set(target, hex(target));
  if (!starts.has(0)) starts.set(0, program.symbols.length ? unnamed(0) : "_start");
  const functions = [...starts].map(([entry, name]) => ({ entry, name })).sort((a, b) => a.entry - b.entry);
  if (functions.length > MOST) functions.length = MOST;
  const ofWord = new Uint16Array(ROM_SIZE / 4);
  functions.forEach(({ entry }, i) => {
    ofWord.fill(i, entry >>> 2, (functions[i + 1]?.entry ?? ROM_SIZE) >>> 2);
  });
  return { functions, ofWord };
}

function namedRanges({ symbols }: Program): (readonly [number, number, string])[] {
  const functions = symbols.filter(({ kind, address }) => kind === "function" && address % 4 === 0);
  return functions.map(({ address, size, name }, i) => {
    const next = functions.slice(i + 1).find((other) => other.address > address)?.address ?? ROM_SIZE;
    return [address, size > 0 ? Math.min(address + size, next) : next, name] as const;
  });
}

function callTargets({ image, code }: Program): Set<number> {
  const words = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const targets = new Set<number>();
  for (const { start, end } of code)
    for (let pc = start; pc + 4 <= Math.min(end, image.length); pc += 4) {
      const word = words.getUint32(pc, true);
      if (field.opcode(word) !== 0x6f || field.rd(word) === 0) continue;
      const target = pc + FORMATS.J.immediate(word);
      if (target >= 0 && target < image.length && target % 4 === 0) targets.add(target);
    }
  return targets;
}
