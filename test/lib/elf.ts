/** Reads back what the linker wrote: sections, symbols and line rows of an ELF file. Independent of compiler/link on purpose. */

export interface ReadElf {
  readonly entry: number;
  readonly machine: number;
  readonly sections: ReadonlyMap<string, { address: number; type: number; flags: number; bytes: Uint8Array }>;
  readonly segments: readonly { type: number; address: number; flags: number; bytes: Uint8Array }[];
  readonly symbols: readonly {
    name: string;
    address: number;
    size: number;
    type: number;
    binding: number;
    section: string;
  }[];
}

const text = (bytes: Uint8Array, at: number): string =>
  new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));

export function readElf(file: Uint8Array): ReadElf {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const u16 = (at: number): number => view.getUint16(at, true);
  const u32 = (at: number): number => view.getUint32(at, true);
  if (u32(0) !== 0x464c457f || file[4] !== 1 || file[5] !== 1) throw new Error("not an ELF32 little-endian file");
  const headers = Array.from({ length: u16(48) }, (_, i) => {
    const at = u32(32) + i * u16(46);
    const [name, type, flags, address, offset, size, link] = [0, 4, 8, 12, 16, 20, 24].map((field) => u32(at + field));
    return { name, type, flags, address, bytes: file.subarray(offset, offset + size), link };
  });
  const names = headers[u16(50)].bytes;
  const named = headers.map((header) => ({ ...header, name: text(names, header.name) }));
  const segments = Array.from({ length: u16(44) }, (_, i) => {
    const at = u32(28) + i * u16(42);
    const offset = u32(at + 4);
    return {
      type: u32(at),
      address: u32(at + 8),
      flags: u32(at + 24),
      bytes: file.subarray(offset, offset + u32(at + 16)),
    };
  });
  const table = named.find(({ name }) => name === ".symtab");
  const strings = table && named[table.link].bytes;
  const symbols = [];
  for (let at = 16; table && strings && at < table.bytes.length; at += 16) {
    const entry = new DataView(table.bytes.buffer, table.bytes.byteOffset + at, 16);
    symbols.push({
      name: text(strings, entry.getUint32(0, true)),
      address: entry.getUint32(4, true),
      size: entry.getUint32(8, true),
      type: entry.getUint8(12) & 15,
      binding: entry.getUint8(12) >> 4,
      section: named[entry.getUint16(14, true)]?.name ?? "absolute",
    });
  }
  const sections = new Map(
    named.map(({ name, address, type, flags, bytes }) => [name, { address, type, flags, bytes }]),
  );
  return { entry: u32(24), machine: u16(18), sections, segments, symbols };
}

export interface LineRow {
  readonly pc: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly end: boolean;
}

/** Runs the line number program of DWARF 4, section 6.2, standard opcodes only. */
export function readLines(section: Uint8Array): LineRow[] {
  let at = 0;
  const u8 = (): number => section[at++];
  const u16 = (): number => u8() | (u8() << 8);
  const u32 = (): number => (u16() | (u16() << 16)) >>> 0;
  const leb = (signed: boolean): number => {
    let [value, shift, byte] = [0, 0, 0x80];
    while (byte & 0x80) {
      byte = u8();
      value |= (byte & 0x7f) << shift;
      shift += 7;
    }
    return signed && byte & 0x40 && shift < 32 ? value | (-1 << shift) : value;
  };
  const string = (): string => {
    const start = at;
    while (u8() !== 0);
    return new TextDecoder().decode(section.subarray(start, at - 1));
  };
  const total = u32();
  if (total !== section.length - 4 || u16() !== 4) throw new Error("line table: length or version");
  const programStart = u32() + at;
  at += 6;
  const lengths = Array.from({ length: section[at - 1] - 1 }, u8);
  while (string() !== "");
  const files: string[] = [];
  for (let name = string(); name !== ""; name = string()) {
    files.push(name);
    for (let i = 0; i < 3; i++) leb(false);
  }
  if (at !== programStart) throw new Error("line table: header length");
  const rows: LineRow[] = [];
  const initial = { pc: 0, file: 1, line: 1, column: 0 };
  let state = { ...initial };
  const emit = (end: boolean): void => {
    rows.push({ pc: state.pc, file: files[state.file - 1], line: state.line, column: state.column, end });
  };
  while (at < section.length) {
    const opcode = u8();
    if (opcode === 0) {
      leb(false);
      const extended = u8();
      if (extended === 2) state.pc = u32();
      else if (extended === 1) {
        emit(true);
        state = { ...initial };
      } else throw new Error(`line table: extended opcode ${extended}`);
    } else if (opcode === 1) emit(false);
    else if (opcode === 2) state.pc += leb(false);
    else if (opcode === 3) state.line += leb(true);
    else if (opcode === 4) state.file = leb(false);
    else if (opcode === 5) state.column = leb(false);
    else throw new Error(`line table: opcode ${opcode}, ${lengths[opcode - 1]} operands`);
  }
  return rows;
}
