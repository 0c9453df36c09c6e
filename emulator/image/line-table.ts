/** Reads `.debug_line`, DWARF versions 2 to 5 (DWARF 5 §6.2): which source line an address comes from. */
import { InputError } from "../../errors.ts";

export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface Row extends SourcePlace {
  readonly address: number;
  /** the address is the first behind a sequence */
  readonly end: boolean;
}

export interface StringSections {
  readonly debugStr?: Uint8Array;
  readonly debugLineStr?: Uint8Array;
}

export class LineTable {
  readonly #rows: Row[];

  constructor(rows: readonly Row[]) {
    this.#rows = rows.toSorted((a, b) => a.address - b.address || Number(b.end) - Number(a.end));
  }

  get size(): number {
    return this.#rows.length;
  }

  find(address: number): SourcePlace | undefined {
    let [low, high] = [0, this.#rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rows[middle].address <= address) low = middle + 1;
      else high = middle;
    }
    const row = this.#rows[low - 1];
    if (!row || row.end || row.line === 0) return undefined;
    return { file: row.file, line: row.line, column: row.column };
  }

  /** The first address of the first line at or behind this one, for breakpoints. */
  addressOf(file: string, line: number): number | undefined {
    const inFile = this.#rows.filter((row) => !row.end && row.file.endsWith(file) && row.line >= line);
    return inFile.sort((a, b) => a.line - b.line || a.address - b.address)[0]?.address;
  }
}

const STRIP = "make the file again with DWARF 2 to 5, or without debug information (strip -g)";

class Reader {
  at = 0;
  readonly #view: DataView;
  constructor(readonlyBytes: Uint8Array) {
    this.#view = new DataView(readonlyBytes.buffer, readonlyBytes.byteOffset, readonlyBytes.byteLength);
  }
  get length(): number {
    return this.#view.byteLength;
  }
  #take<T>(size: number, read: (at: number) => T): T {
    if (this.at + size > this.length) throw new InputError("it is cut short", `.debug_line, byte ${this.at}`, STRIP);
    const value = read(this.at);
    this.at += size;
    return value;
  }
  u8 = () => this.#take(1, (at) => this.#view.getUint8(at));
  i8 = () => this.#take(1, (at) => this.#view.getInt8(at));
  u16 = () => this.#take(2, (at) => this.#view.getUint16(at, true));
  u32 = () => this.#take(4, (at) => this.#view.getUint32(at, true));
  uleb(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return value;
    }
  }
  sleb(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return byte & 64 ? value - scale : value;
    }
  }
  text(): string {
    const bytes: number[] = [];
    for (let byte = this.u8(); byte !== 0; byte = this.u8()) bytes.push(byte);
    return new TextDecoder().decode(Uint8Array.from(bytes));
  }
}

/** Forms of the entry formats of version 5. */
function readForm(r: Reader, form: number, strings: StringSections): string | number {
  const indirect = (section: Uint8Array | undefined, offset: number) => {
    if (!section) return "?";
    const inside = new Reader(section);
    inside.at = offset;
    return inside.text();
  };
  switch (form) {
    case 0x08:
      return r.text();
    case 0x0e:
      return indirect(strings.debugStr, r.u32());
    case 0x1f:
      return indirect(strings.debugLineStr, r.u32());
    case 0x0b:
      return r.u8();
    case 0x05:
      return r.u16();
    case 0x06:
      return r.u32();
    case 0x0f:
      return r.uleb();
    case 0x1e: // data16: MD5 sums
      r.at += 16;
      return 0;
    default:
      throw new InputError(`form 0x${form.toString(16)} is not supported`, ".debug_line", STRIP);
  }
}

function readEntries(r: Reader, strings: StringSections): { path: string; directory: number }[] {
  const format = Array.from({ length: r.u8() }, () => [r.uleb(), r.uleb()] as const);
  return Array.from({ length: r.uleb() }, () => {
    const entry = { path: "", directory: 0 };
    for (const [content, form] of format) {
      const value = readForm(r, form, strings);
      if (content === 1) entry.path = String(value);
      else if (content === 2) entry.directory = Number(value);
    }
    return entry;
  });
}

const join = (directory: string | undefined, path: string) =>
  !directory || directory === "." || path.startsWith("/") ? path : `${directory}/${path}`;

/** File names by the number that the program uses. */
function readFiles(r: Reader, version: number, strings: StringSections): (index: number) => string {
  if (version >= 5) {
    const directories = readEntries(r, strings);
    const files = readEntries(r, strings);
    return (index) => (files[index] ? join(directories[files[index].directory]?.path, files[index].path) : "?");
  }
  const directories = [""];
  for (let name = r.text(); name !== ""; name = r.text()) directories.push(name);
  const files = [""];
  for (let name = r.text(); name !== ""; name = r.text()) {
    files.push(join(directories[r.uleb()], name));
    r.uleb();
    r.uleb();
  }
  return (index) => files[index] ?? "?";
}

/** @throws InputError for a table that is cut short or of a version that is not known */
export function readLineTable(section: Uint8Array, strings: StringSections = {}): LineTable {
  const r = new Reader(section);
  const rows: Row[] = [];
  while (r.at < r.length) {
    const unitEnd = r.u32() + r.at;
    readUnit(r, unitEnd, strings, rows);
    r.at = unitEnd;
  }
  return new LineTable(rows);
}

function readUnit(r: Reader, unitEnd: number, strings: StringSections, rows: Row[]): void {
  const version = r.u16();
  if (version < 2 || version > 5) throw new InputError(`version ${version} is not supported`, ".debug_line", STRIP);
  if (version >= 5) r.at += 2;
  const programStart = r.u32() + r.at;
  const step = r.u8();
  if (version >= 4) r.u8();
  r.u8(); // default_is_stmt: every row serves
  const lineBase = r.i8();
  const lineRange = r.u8();
  const opcodeBase = r.u8();
  const operands = [0, ...Array.from({ length: opcodeBase - 1 }, () => r.u8())];
  const fileName = readFiles(r, version, strings);
  r.at = programStart;

  let [address, file, line, column] = [0, 1, 1, 0];
  const emit = (end = false) => rows.push({ address, file: fileName(file), line, column, end });
  const reset = () => {
    [address, file, line, column] = [0, 1, 1, 0];
  };
  const extended = () => {
    const length = r.uleb();
    const next = r.at + length;
    const opcode = r.u8();
    if (opcode === 1) {
      emit(true);
      reset();
    } else if (opcode === 2) address = r.u32();
    r.at = next;
  };
  const standard: Record<number, () => void> = {
    1: () => void emit(),
    2: () => void (address += step * r.uleb()),
    3: () => void (line += r.sleb()),
    4: () => void (file = r.uleb()),
    5: () => void (column = r.uleb()),
    8: () => void (address += step * Math.floor((255 - opcodeBase) / lineRange)),
    9: () => void (address += r.u16()),
  };
  while (r.at < unitEnd) {
    const opcode = r.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      address += step * Math.floor(adjusted / lineRange);
      line += lineBase + (adjusted % lineRange);
      emit();
    } else if (opcode === 0) extended();
    else if (standard[opcode]) standard[opcode]();
    else for (let i = 0; i < operands[opcode]; i++) r.uleb();
  }
}
