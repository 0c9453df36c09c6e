/** ELF files, line tables, symbols, reports. The files are made here, byte by byte. */
import { expect, test } from "vitest";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { readElf } from "../../emulator/image/elf.ts";
import { readLineTable } from "../../emulator/image/line-table.ts";
import { FRAME_SECTION, missingInstructions, readProgram, sourceAt, symbolName } from "../../emulator/image/program.ts";
import { backtrace, stopReport } from "../../emulator/image/report.ts";
import { FULL, REDUCED, UNSIGNED } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { InputError } from "../../errors.ts";
import { assemble, END, image } from "../lib/assemble.ts";

const word = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
const half = (value: number) => word(value).slice(0, 2);
const text = (value: string) => [...new TextEncoder().encode(value), 0];

interface Part {
  name: string;
  type?: number;
  flags?: number;
  bytes: number[];
  link?: number;
}

/** A linked ELF file with one segment: the contents of the first part, at address 0. */
function elfFile(parts: Part[], { entry = 0, loadAt = 0, machine = 243, elfClass = 1 } = {}): Uint8Array {
  const all: Part[] = [{ name: "", type: 0, bytes: [] }, ...parts, { name: ".shstrtab", type: 3, bytes: [] }];
  const names = text("");
  const nameAt = all.map(({ name }) => {
    const at = names.length;
    names.push(...text(name));
    return at;
  });
  all.at(-1)!.bytes = names;
  const offsets: number[] = [];
  let size = 52 + 32;
  for (const { bytes } of all) {
    offsets.push(size);
    size += bytes.length;
  }
  const ident = [0x7f, 0x45, 0x4c, 0x46, elfClass, 1, 1, ...Array(9).fill(0)];
  const header = [
    ...ident,
    ...half(2),
    ...half(machine),
    ...word(1),
    ...word(entry),
    ...word(52),
    ...word(size),
    ...word(0),
    ...half(52),
    ...half(32),
    ...half(1),
    ...half(40),
    ...half(all.length),
    ...half(all.length - 1),
  ];
  const length = parts[0].bytes.length;
  const segment = [1, offsets[1], loadAt, loadAt, length, length, 5, 4].flatMap(word);
  const table = all.flatMap(({ type = 1, flags = 0, bytes, link = 0 }, i) =>
    [nameAt[i], type, flags, 0, offsets[i], bytes.length, link, 0, 0, type === 2 ? 16 : 0].flatMap(word),
  );
  return Uint8Array.from([...header, ...segment, ...all.flatMap(({ bytes }) => bytes), ...table]);
}

/** A line program (version 4 or 5) for two files: line 10 at 0, line 12 at 8, other.ts:3 at 12, end at 24. */
function lineSection(version: 4 | 5): number[] {
  const files =
    version === 4
      ? [...text("src"), 0, ...text("main.ts"), 1, 0, 0, ...text("other.ts"), 0, 0, 0, 0]
      : [
          // directories: path as string; files: path, directory index
          1,
          1,
          8,
          2,
          ...text("."),
          ...text("src"),
          2,
          1,
          8,
          2,
          0x0b,
          3,
          ...text("main.ts"),
          0,
          ...text("main.ts"),
          1,
          ...text("other.ts"),
          0,
        ];
  const preamble = [1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
  const program = [
    0,
    5,
    2,
    ...word(0),
    3,
    9,
    5,
    7,
    1, // line 10, column 7, copy
    13 + (2 + 5) + 14 * 8, // special: line + 2, address + 8
    4,
    2,
    3,
    0x77,
    9,
    ...half(4),
    1, // file 2, line 3, address + 4 by fixed_advance_pc
    2,
    12,
    0,
    1,
    1, // end of sequence
  ];
  const afterLength = [...preamble, ...files];
  const head = [...half(version), ...(version === 5 ? [4, 0] : []), ...word(afterLength.length), ...afterLength];
  return [...word(head.length + program.length), ...head, ...program];
}

const SIZES = { outer: 16, inner: 8 };
/** pc 0: start calls outer, which has a frame and calls inner, which gives up. */
const CODE = image(
  assemble("lui", { rd: 2, imm: 0x400000 }),
  assemble("jal", { rd: 1, imm: 8 }),
  END,
  // outer (12)
  assemble("addi", { rd: 2, rs1: 2, imm: -16 }),
  assemble("sw", { rs1: 2, rs2: 1, imm: 12 }),
  assemble("jal", { rd: 1, imm: 8 }),
  END,
  // inner (28)
  assemble("addi", { rd: 10, imm: 1 }),
  0xc0001073,
);

function exampleElf(): Uint8Array {
  const strings = text("");
  const symbol = (name: string, address: number, size: number, kind: number) => {
    const at = strings.length;
    strings.push(...text(name));
    return [...word(at), ...word(address), ...word(size), kind, 0, ...half(1)];
  };
  const symbols = [
    ...Array(16).fill(0),
    ...symbol("start", 0, 12, 2),
    ...symbol("outer", 12, SIZES.outer, 2),
    ...symbol("inner", 28, SIZES.inner, 2),
    ...symbol("$x", 0, 0, 0),
    ...symbol("half_way", 32, 0, 0),
  ];
  const frames = [
    [0, 12, 0, 7],
    [12, 28, 16, 12],
    [28, 36, 0, 7],
  ].flat();
  return elfFile([
    { name: ".text", flags: 6, bytes: [...CODE] },
    { name: ".debug_line", bytes: lineSection(4) },
    { name: FRAME_SECTION, bytes: frames.flatMap(word) },
    { name: ".symtab", type: 2, bytes: symbols, link: 5 },
    { name: ".strtab", type: 3, bytes: strings },
  ]);
}

test.each([4, 5] as const)("line table, version %i", (version) => {
  const lines = readLineTable(Uint8Array.from(lineSection(version)));
  const at = (address: number) => {
    const place = lines.find(address);
    return place && `${place.file}:${place.line}:${place.column}`;
  };
  expect([0, 4, 7, 8, 12, 20, 24, 100].map(at)).toEqual([
    "src/main.ts:10:7",
    "src/main.ts:10:7",
    "src/main.ts:10:7",
    "src/main.ts:12:7",
    "other.ts:3:7",
    "other.ts:3:7",
    undefined,
    undefined,
  ]);
  expect(lines.addressOf("main.ts", 11)).toBe(8);
  expect(() => readLineTable(Uint8Array.from(lineSection(version).slice(0, 40)))).toThrow(InputError);
});

test("a program from an ELF file", () => {
  const program = readProgram(exampleElf());
  expect(program.image).toEqual(CODE);
  expect([0, 8, 12, 27, 28, 32, 35].map((address) => symbolName(program, address))).toEqual([
    "start",
    "start+0x8",
    "outer",
    "outer+0xf",
    "inner",
    "inner+0x4",
    "inner+0x7",
  ]);
  expect(sourceAt(program, 8)).toBe("src/main.ts:12:7");
  expect(missingInstructions(program, REDUCED).size).toBe(0);
});

test("a report with symbols, source and the chain of calls", () => {
  const program = readProgram(exampleElf());
  const machine = interpreter.load(program.image, FULL, new ReplayTape(new Uint32Array()));
  const stop = machine.run();
  expect(stop).toMatchObject({ kind: "unprovable", cause: "gave-up", pc: 32 });
  expect(backtrace(program, machine).map(({ pc, symbol }) => [pc, symbol])).toEqual([
    [32, "inner+0x4"],
    [20, "outer+0x8"],
    [4, "start+0x4"],
  ]);
  const report = stopReport(program, machine, stop, { id: 5, parameters: [7], words: [1, 2] }, { 5: "preimage" });
  expect(report).toContain("unprovable (gave-up): the program gave up");
  expect(report).toContain("at 0x00000020 inner+0x4");
  expect(report).toContain("x10 a0   0x00000001");
  expect(report).toContain("#1 0x00000014 outer+0x8 (other.ts:3:7)");
  expect(report).toContain("last oracle query: preimage (query 5), parameters 0x00000007, 2 words read");
});

test("a flat binary", () => {
  const program = readProgram(Uint8Array.from([...image(assemble("mulh"), assemble("div"), assemble("div"), END), 1]));
  expect(program.image.length).toBe(20);
  expect(Object.fromEntries(missingInstructions(program, UNSIGNED))).toEqual({ mulh: 1, div: 2 });
});

test("every cut of an ELF file is refused or read, never a crash", () => {
  const file = exampleElf();
  expect(readElf(file).symbols.length).toBe(5);
  for (let length = 4; length < file.length; length++) expect(() => readElf(file.slice(0, length))).toThrow(InputError);
});

test("a changed byte of an ELF file is harmless or refused, never a crash", () => {
  const file = exampleElf();
  for (let at = 0; at < file.length; at++)
    for (const value of [0, 0x7f, 0xff]) {
      const changed = file.slice();
      changed[at] = value;
      try {
        readProgram(changed);
      } catch (error) {
        expect(error, `byte ${at} = ${value}`).toBeInstanceOf(InputError);
      }
    }
});

const TEXT = [{ name: ".text", flags: 6, bytes: [...CODE] }];
test.each([
  ["another machine", elfFile(TEXT, { machine: 62 }), /machine 62/],
  ["64 bits", elfFile(TEXT, { elfClass: 2 }), /64-bit/],
  ["an entry that is not 0", elfFile(TEXT, { entry: 8 }), /entry point is 0x8/],
  ["data in RAM", elfFile(TEXT, { loadAt: 0x200000 }), /outside the ROM/],
])("%s is refused", (_, file, message) => {
  expect(() => readProgram(file)).toThrow(message);
});
