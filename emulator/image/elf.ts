/** Reads 32-bit little-endian RISC-V ELF files (System V ABI, gABI chapter 4 and 5): sections, segments, symbols. */
import { InputError } from "../../errors.ts";

export interface Section {
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly size: number;
  readonly writable: boolean;
  readonly allocated: boolean;
  readonly executable: boolean;
  /** empty for sections without contents in the file */
  readonly bytes: Uint8Array;
}

export interface Segment {
  readonly virtualAddress: number;
  readonly physicalAddress: number;
  readonly memorySize: number;
  readonly bytes: Uint8Array;
}

export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly kind: "function" | "object" | "label";
}

export interface Elf {
  readonly entry: number;
  readonly sections: readonly Section[];
  /** those to be loaded */
  readonly segments: readonly Segment[];
  readonly symbols: readonly ElfSymbol[];
}

const MAGIC = 0x464c457f;
const [PT_LOAD, SHT_SYMTAB, SHT_NOBITS] = [1, 2, 8];
const KINDS: Record<number, ElfSymbol["kind"]> = { 0: "label", 1: "object", 2: "function" };

export function isElf(file: Uint8Array): boolean {
  return file.length >= 4 && new DataView(file.buffer, file.byteOffset).getUint32(0, true) === MAGIC;
}

/** @throws InputError for anything but a complete RISC-V executable of 32 bits */
export function readElf(file: Uint8Array): Elf {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const check = (ok: boolean, what: string) => {
    if (!ok) throw new InputError(what, "ELF file", "give a linked RISC-V executable of 32 bits");
  };
  const u16 = (at: number) => {
    check(at + 2 <= file.length, `cut short: ${file.length} bytes, ${at + 2} needed`);
    return view.getUint16(at, true);
  };
  const u32 = (at: number) => {
    check(at + 4 <= file.length, `cut short: ${file.length} bytes, ${at + 4} needed`);
    return view.getUint32(at, true);
  };
  const bytesAt = (at: number, size: number) => {
    check(at + size <= file.length, `cut short: ${file.length} bytes, ${at + size} needed`);
    return file.subarray(at, at + size);
  };
  const text = (table: Uint8Array, at: number) => {
    const end = table.indexOf(0, at);
    return new TextDecoder().decode(table.subarray(at, end < 0 ? table.length : end));
  };

  check(isElf(file), "it does not begin with the ELF magic number");
  check(file.length >= 52, `cut short: ${file.length} bytes`);
  check(file[4] === 1, "it is a 64-bit file; compile for rv32 (-march=rv32im -mabi=ilp32)");
  check(file[5] === 1, "it is big-endian");
  check(u16(18) === 243, `it is for machine ${u16(18)}, not RISC-V (243)`);

  const segments: Segment[] = [];
  for (let i = 0, at = u32(28); i < u16(44); i++, at += u16(42)) {
    if (u32(at) !== PT_LOAD) continue;
    const bytes = bytesAt(u32(at + 4), u32(at + 16));
    segments.push({ virtualAddress: u32(at + 8), physicalAddress: u32(at + 12), memorySize: u32(at + 20), bytes });
  }

  const header = (index: number) => u32(32) + index * u16(46);
  const contents = (at: number) =>
    u32(at + 4) === SHT_NOBITS ? new Uint8Array() : bytesAt(u32(at + 16), u32(at + 20));
  const count = u16(48);
  bytesAt(u32(32), count * u16(46));
  bytesAt(u32(28), u16(44) * u16(42));
  const names = count > 0 ? contents(header(u16(50))) : new Uint8Array();
  const sections: Section[] = [];
  const symbols: ElfSymbol[] = [];
  for (let i = 0; i < count; i++) {
    const at = header(i);
    const flags = u32(at + 8);
    sections.push({
      name: text(names, u32(at)),
      type: u32(at + 4),
      address: u32(at + 12),
      size: u32(at + 20),
      writable: (flags & 1) !== 0,
      allocated: (flags & 2) !== 0,
      executable: (flags & 4) !== 0,
      bytes: i === 0 ? new Uint8Array() : contents(at),
    });
    if (u32(at + 4) !== SHT_SYMTAB) continue;
    const strings = contents(header(u32(at + 24)));
    const [offset, size] = [u32(at + 16), u32(at + 20)];
    bytesAt(offset, size);
    for (let s = offset; s + 16 <= offset + size; s += 16) {
      const kind = KINDS[file[s + 12] & 15];
      const name = text(strings, u32(s));
      const defined = u16(s + 14) !== 0;
      if (kind && name && defined) symbols.push({ name, address: u32(s + 4), size: u32(s + 8), kind });
    }
  }
  return { entry: u32(24), sections, segments, symbols };
}
