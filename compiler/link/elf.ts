/**
 * Writes an ELF32 executable for RISC-V (System V ABI, RISC-V psABI 1.0): the image as it lies in ROM, symbols, debug information.
 * Byte for byte the same for the same input: no time, no path, no host.
 */
import { Writer } from "./writer.ts";

export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly kind: "function" | "data" | "label";
}

/** A contiguous range of ROM. */
export interface ElfRegion {
  readonly name: string;
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

export interface ElfInput {
  readonly entry: number;
  readonly regions: readonly ElfRegion[];
  readonly symbols: readonly ElfSymbol[];
  /** sections that are not loaded, by name */
  readonly extra: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** ISA string of `.riscv.attributes` */
  readonly isa: string;
}

const type = { null: 0, bits: 1, symbols: 2, strings: 3, attributes: 0x7000_0003 };
const flag = { allocate: 2, execute: 4 };
const symbolType = { data: 1, function: 2, label: 0 };
const symbolBinding = { local: 0, global: 1 };
const MACHINE_RISCV = 243;
const TYPE_EXECUTABLE = 2;
const TYPE_ATTRIBUTES = 0x7000_0003;
const headerSize = 52;
const programHeaderSize = 32;
const sectionHeaderSize = 40;
const symbolSize = 16;

interface Section {
  name: string;
  type: number;
  flags: number;
  address: number;
  bytes: Uint8Array;
  link: number;
  info: number;
  align: number;
  entrySize: number;
}

export function writeElf(input: ElfInput): Uint8Array {
  const sections: Section[] = [section("", type.null, new Uint8Array(), { align: 0 })];
  for (const { name, address, bytes, executable } of input.regions) {
    const flags = flag.allocate | (executable ? flag.execute : 0);
    sections.push(section(name, type.bits, bytes, { address, flags, align: 4 }));
  }
  sections.push(section(".riscv.attributes", type.attributes, attributes(input.isa)));
  for (const { name, bytes } of input.extra) sections.push(section(name, type.bits, bytes));
  const { table, strings, firstGlobal } = symbolTable(input);
  sections.push(
    section(".symtab", type.symbols, table, {
      link: sections.length + 1,
      info: firstGlobal,
      align: 4,
      entrySize: symbolSize,
    }),
  );
  sections.push(section(".strtab", type.strings, strings));
  const names = new Writer();
  const nameOffsets = [...sections, { name: ".shstrtab" }].map(({ name }) => {
    const at = names.length;
    names.string(name);
    return at;
  });
  sections.push(section(".shstrtab", type.strings, names.done()));
  return assemble(input, sections, nameOffsets);
}

function section(name: string, kind: number, bytes: Uint8Array, rest: Partial<Section> = {}): Section {
  return { name, type: kind, flags: 0, address: 0, bytes, link: 0, info: 0, align: 1, entrySize: 0, ...rest };
}

function assemble(input: ElfInput, sections: readonly Section[], nameOffsets: readonly number[]): Uint8Array {
  const segments = input.regions.length + 1;
  const out = new Writer();
  const body = new Writer();
  const bodyStart = headerSize + segments * programHeaderSize;
  const offsets = sections.map(({ bytes, align, type: kind }) => {
    if (kind === type.null) return 0;
    while ((bodyStart + body.length) % Math.max(align, 1) !== 0) body.u8(0);
    const at = bodyStart + body.length;
    body.bytes(bytes);
    return at;
  });
  body.align(4);
  const sectionTable = bodyStart + body.length;

  out.bytes(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  out.u16(TYPE_EXECUTABLE).u16(MACHINE_RISCV).u32(1).u32(input.entry);
  out.u32(headerSize).u32(sectionTable).u32(0);
  out.u16(headerSize).u16(programHeaderSize).u16(segments);
  out
    .u16(sectionHeaderSize)
    .u16(sections.length)
    .u16(sections.length - 1);

  input.regions.forEach(({ address, bytes, executable }, i) => {
    const at = offsets[i + 1];
    out.u32(1).u32(at).u32(address).u32(address).u32(bytes.length).u32(bytes.length);
    out.u32(executable ? 5 : 4).u32(4);
  });
  const attributesAt = input.regions.length + 1;
  const length = sections[attributesAt].bytes.length;
  out.u32(TYPE_ATTRIBUTES).u32(offsets[attributesAt]).u32(0).u32(0).u32(length).u32(0).u32(4).u32(1);

  out.bytes(body.done());
  sections.forEach((item, i) => {
    out.u32(nameOffsets[i]).u32(item.type).u32(item.flags).u32(item.address);
    out.u32(offsets[i]).u32(item.bytes.length).u32(item.link).u32(item.info).u32(item.align).u32(item.entrySize);
  });
  return out.done();
}

function symbolTable(input: ElfInput): { table: Uint8Array; strings: Uint8Array; firstGlobal: number } {
  const table = new Writer();
  const strings = new Writer();
  strings.u8(0);
  table.u32(0).u32(0).u32(0).u32(0);
  const write = ({ name, address, size, kind }: ElfSymbol, binding: number): void => {
    // A label at the end of a region belongs to that region.
    const inside = input.regions.findIndex(
      (region) => address >= region.address && address < region.address + region.bytes.length,
    );
    const at = inside >= 0 ? inside : input.regions.findIndex((r) => address === r.address + r.bytes.length);
    table.u32(strings.length).u32(address).u32(size);
    table
      .u8((binding << 4) | symbolType[kind])
      .u8(0)
      .u16(at + 1);
    strings.string(name);
  };
  const locals = input.symbols.filter(({ kind }) => kind === "label");
  for (const item of locals) write(item, symbolBinding.local);
  for (const item of input.symbols) if (item.kind !== "label") write(item, symbolBinding.global);
  return { table: table.done(), strings: strings.done(), firstGlobal: locals.length + 1 };
}

/** `.riscv.attributes`: stack alignment (tag 4) and ISA (tag 5), so that disassemblers know M and Zicsr. */
function attributes(isa: string): Uint8Array {
  const out = new Writer();
  out.u8(0x41);
  const vendor = out.length;
  out.u32(0).string("riscv");
  const file = out.length;
  out.u8(1).u32(0).uleb(4).uleb(16).uleb(5).string(isa);
  out.setU32(file + 1, out.length - file);
  out.setU32(vendor, out.length - vendor);
  return out.done();
}
