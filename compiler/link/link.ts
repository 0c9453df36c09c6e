/** From the program's object to the files that tools take: layout, addresses, flat image, ELF, maps and sizes. */
import { makeDebugSections } from "./dwarf.ts";
import { type ElfRegion, type ElfSymbol, writeElf } from "./elf.ts";
import { FRAMES_SECTION, makeFrameTable } from "./frames.ts";
import { type Layout, layOut, type Range } from "./layout.ts";
import type { ProgramObject } from "./object.ts";
import { jalReaches, relocate } from "./relocate.ts";
import { makeReport, type SizeReport } from "./report.ts";
import { type ImageMap, type ModuleMap, makeImageMap } from "./source-map.ts";

export interface LinkOptions {
  /** positions of the module's offsets, when the module came with a source map */
  readonly moduleMap?: ModuleMap | undefined;
  /** ROM that holds zeros of static data */
  readonly reserved?: readonly Range[];
  /** ISA string, default rv32im with Zicsr */
  readonly isa?: string;
}

export interface LinkedProgram {
  /** what ROM holds from address 0; a multiple of 4 bytes */
  readonly image: Uint8Array;
  readonly elf: Uint8Array;
  readonly sourceMap: ImageMap;
  readonly symbols: readonly ElfSymbol[];
  readonly report: SizeReport;
}

/** @throws InputError when the image does not fit into ROM; OutOfRange when a call does not reach and the program cannot be made again with a longer one */
export function link(program: ProgramObject, options: LinkOptions = {}): LinkedProgram {
  const layout = layOutFar(program, options.reserved);
  const image = makeImage(layout);
  const sourceMap = makeImageMap(layout, options.moduleMap);
  const symbols = makeSymbols(layout);
  const debug = makeDebugSections(layout, sourceMap);
  const elf = writeElf({
    entry: 0,
    regions: makeRegions(layout, image),
    symbols,
    isa: options.isa ?? "rv32i2p1_m2p0_zicsr2p0",
    extra: [
      { name: FRAMES_SECTION, bytes: makeFrameTable(layout) },
      { name: ".debug_info", bytes: debug.info },
      { name: ".debug_abbrev", bytes: debug.abbrev },
      { name: ".debug_line", bytes: debug.line },
      { name: ".debug_frame", bytes: debug.frame },
    ],
  });
  return { image, elf, sourceMap, symbols, report: makeReport(layout) };
}

/** Calls that do not reach become longer, which moves what is behind them, until all reach. */
function layOutFar(program: ProgramObject, reserved: readonly Range[] | undefined): Layout {
  const far = new Map<string, Set<number>>();
  let layout = layOut(program, reserved);
  while (program.lengthen && addFarCalls(layout, far)) layout = layOut(program.lengthen(far), reserved);
  return layout;
}

/** @returns whether there was one that `far` did not have */
function addFarCalls({ functions, addresses }: Layout, far: Map<string, Set<number>>): boolean {
  let found = false;
  for (const { item, start } of functions) {
    const calls = item.relocations.filter(({ kind }) => kind === "jal" || kind === "call");
    calls.forEach(({ kind, at, symbol, addend }, k) => {
      if (kind === "call" || jalReaches(start + 4 * at, addresses.get(symbol)! + addend)) return;
      far.set(item.symbol, (far.get(item.symbol) ?? new Set()).add(k));
      found = true;
    });
  }
  return found;
}

function makeImage(layout: Layout): Uint8Array {
  const image = new Uint8Array(layout.size);
  const view = new DataView(image.buffer);
  const put = (address: number, words: Uint32Array, bytes: number): void => {
    const end = address + bytes;
    words.forEach((word, i) => {
      const at = address + i * 4;
      if (at + 4 <= end) view.setUint32(at, word, true);
      else for (let b = 0; at + b < end; b++) image[at + b] = word >>> (8 * b);
    });
  };
  for (const placed of layout.functions) {
    put(placed.start, relocate(placed.item.code, placed, layout.addresses), placed.end - placed.start);
  }
  for (const placed of layout.data) {
    put(placed.start, relocate(toWords(placed.item.bytes), placed, layout.addresses), placed.end - placed.start);
  }
  for (const { start, item } of layout.fixed) image.set(item, start);
  return image;
}

function toWords(bytes: Uint8Array): Uint32Array {
  const padded = new Uint8Array((bytes.length + 3) & ~3);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return Uint32Array.from({ length: padded.length / 4 }, (_, i) => view.getUint32(i * 4, true));
}

function makeSymbols(layout: Layout): ElfSymbol[] {
  const symbols: ElfSymbol[] = [];
  for (const { item, start, end } of layout.functions) {
    symbols.push({ name: item.symbol, address: start, size: end - start, kind: "function" });
    for (const { at, name } of item.labels) {
      symbols.push({ name, address: start + at * 4, size: 0, kind: "label" });
    }
  }
  for (const { item, start, end } of layout.data) {
    symbols.push({ name: item.symbol, address: start, size: end - start, kind: "data" });
  }
  return symbols;
}

/** Runs of code and runs of data, in order of address: each a section and a segment. */
function makeRegions(layout: Layout, image: Uint8Array): ElfRegion[] {
  const parts = [
    ...layout.functions.map(({ start, end }) => ({ start, end, executable: true })),
    ...layout.data.map(({ start, end }) => ({ start, end, executable: false })),
    ...[...layout.fixed, ...layout.reserved].map(({ start, end }) => ({ start, end, executable: false })),
  ].sort((a, b) => a.start - b.start);
  const runs: { start: number; end: number; executable: boolean }[] = [];
  for (const part of parts) {
    const last = runs[runs.length - 1];
    // Alignment gaps within a kind are zeros in the image, so they may be part of the region.
    if (last && last.executable === part.executable && part.start - last.end < 64) {
      last.end = Math.max(last.end, part.end);
    } else if (part.end > part.start) runs.push({ ...part });
  }
  const count = { true: 0, false: 0 };
  return runs.map(({ start, end, executable }) => {
    const number = count[`${executable}`]++;
    const base = executable ? ".text" : ".rodata";
    return {
      name: number === 0 ? base : `${base}.${number}`,
      address: start,
      bytes: image.slice(start, end),
      executable,
    };
  });
}
