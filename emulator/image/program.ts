/**
 * A program as people have it, an ELF file or a flat binary, made into what the machine takes: the flat image; and what is known
 * about it for people: symbols, source lines, stack frames.
 */
import { InputError } from "../../errors.ts";
import { findInstruction, supports } from "../isa/decode.ts";
import { INSTRUCTIONS } from "../isa/table.ts";
import type { MachineConfig } from "../machine/config.ts";
import { ROM_SIZE } from "../machine/layout.ts";
import { type Elf, type ElfSymbol, isElf, readElf } from "./elf.ts";
import { LineTable, readLineTable, type SourcePlace } from "./line-table.ts";

/** Stack frame of the code in [start, end): its size in bytes, and where the return address is: a multiple of 4 is the offset from sp, 4·r + 3 register r. */
export interface Frame {
  readonly start: number;
  readonly end: number;
  readonly frameSize: number;
  readonly returnAddress: number;
}

/** Name of the ELF section with frames: records of four little-endian words, as in `Frame`. */
export const FRAME_SECTION = ".windproof.frames";

export interface Program {
  readonly format: "elf" | "flat";
  /** padded with zeros to whole words */
  readonly image: Uint8Array;
  /** sorted by address; functions before labels at the same address */
  readonly symbols: readonly ElfSymbol[];
  readonly lines: LineTable;
  readonly frames: readonly Frame[];
  /** address ranges known to be code; the whole image where nothing is known */
  readonly code: readonly { readonly start: number; readonly end: number }[];
}

/** @throws InputError for a file that is neither, does not begin at 0, or does not fit the ROM */
export function readProgram(file: Uint8Array): Program {
  if (!isElf(file)) {
    const image = padded(file);
    return {
      format: "flat",
      image,
      symbols: [],
      lines: new LineTable([]),
      frames: [],
      code: [{ start: 0, end: image.length }],
    };
  }
  const elf = readElf(file);
  const section = (name: string) => elf.sections.find((candidate) => candidate.name === name)?.bytes;
  const lineSection = section(".debug_line");
  const [debugStr, debugLineStr] = [section(".debug_str"), section(".debug_line_str")];
  const strings = { ...(debugStr ? { debugStr } : {}), ...(debugLineStr ? { debugLineStr } : {}) };
  return {
    format: "elf",
    image: flatten(elf),
    symbols: elf.symbols.filter(isForPeople).sort(bySignificance),
    lines: lineSection ? readLineTable(lineSection, strings) : new LineTable([]),
    frames: readFrames(section(FRAME_SECTION)),
    code: elf.sections
      .filter((candidate) => candidate.executable && candidate.size > 0)
      .map(({ address, size }) => ({ start: address, end: address + size })),
  };
}

function padded(bytes: Uint8Array): Uint8Array {
  const image = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  image.set(bytes);
  return image;
}

/** As `objcopy -O binary`: segments at their load addresses. */
function flatten(elf: Elf): Uint8Array {
  const segments = elf.segments.filter(({ bytes }) => bytes.length > 0);
  if (segments.length === 0)
    throw new InputError("nothing in it is to be loaded", "ELF file", "is it an object file? link it");
  for (const { physicalAddress, bytes } of segments)
    if (physicalAddress + bytes.length > ROM_SIZE)
      throw new InputError(
        `a segment is to be loaded at 0x${physicalAddress.toString(16)}, outside the ROM (0 to 0x${ROM_SIZE.toString(16)})`,
        "ELF file",
        "link code and data into the ROM; RAM is zero at the start",
      );
  if (elf.entry !== 0)
    throw new InputError(
      `the entry point is 0x${elf.entry.toString(16)}, and the machine begins at 0`,
      "ELF file",
      "link the entry to address 0",
    );
  const size = Math.max(...segments.map(({ physicalAddress, bytes }) => physicalAddress + bytes.length));
  const image = new Uint8Array(Math.ceil(size / 4) * 4);
  for (const { physicalAddress, bytes } of segments) image.set(bytes, physicalAddress);
  return image;
}

/** Assembler's and mapping labels ($x, .L…) are of no use to people. */
const isForPeople = ({ name }: ElfSymbol) => !name.startsWith("$") && !name.startsWith(".L");
const rank = { function: 0, object: 1, label: 2 };
const bySignificance = (a: ElfSymbol, b: ElfSymbol) => a.address - b.address || rank[a.kind] - rank[b.kind];

function readFrames(section: Uint8Array | undefined): Frame[] {
  if (!section) return [];
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength);
  const frames: Frame[] = [];
  for (let at = 0; at + 16 <= section.length; at += 16)
    frames.push({
      start: view.getUint32(at, true),
      end: view.getUint32(at + 4, true),
      frameSize: view.getUint32(at + 8, true),
      returnAddress: view.getInt32(at + 12, true),
    });
  return frames;
}

/** The function that an address lies in, else the nearest label before it within the same image. */
export function symbolAt(program: Program, address: number): ElfSymbol | undefined {
  const { symbols } = program;
  let [low, high] = [0, symbols.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (symbols[middle].address <= address) low = middle + 1;
    else high = middle;
  }
  let nearest: ElfSymbol | undefined;
  for (let i = low - 1; i >= 0; i--) {
    const symbol = symbols[i];
    if (symbol.kind === "function" && symbol.size > 0) {
      if (address < symbol.address + symbol.size) return symbol;
      // functions do not overlap: those before this one end before it
      return nearest;
    }
    if (symbol.kind !== "object" && (!nearest || nearest.address === symbol.address)) nearest = symbol;
  }
  return nearest;
}

/** "name+0x12", or undefined. */
export function symbolName(program: Program, address: number): string | undefined {
  const symbol = symbolAt(program, address);
  if (!symbol) return undefined;
  const offset = address - symbol.address;
  return offset === 0 ? symbol.name : `${symbol.name}+0x${offset.toString(16)}`;
}

export function sourceAt(program: Program, address: number): string | undefined {
  const place: SourcePlace | undefined = program.lines.find(address);
  return place && `${place.file}:${place.line}${place.column ? `:${place.column}` : ""}`;
}

/**
 * Instructions in the code that a machine lacks: name → how often. In a flat binary data is looked at too, so there an entry says
 * "perhaps".
 */
export function missingInstructions(program: Program, config: MachineConfig): Map<string, number> {
  const missing = new Map<string, number>();
  const words = new DataView(program.image.buffer, program.image.byteOffset, program.image.byteLength);
  for (const { start, end } of program.code)
    for (let address = start; address + 4 <= Math.min(end, program.image.length); address += 4) {
      const index = findInstruction(words.getUint32(address, true));
      if (index < 0 || supports(config, INSTRUCTIONS[index])) continue;
      const { name } = INSTRUCTIONS[index];
      missing.set(name, (missing.get(name) ?? 0) + 1);
    }
  return missing;
}
