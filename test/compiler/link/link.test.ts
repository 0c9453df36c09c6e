import { expect, test } from "vitest";
import { EntryTooLarge, layOut } from "../../../compiler/link/layout.ts";
import { link } from "../../../compiler/link/link.ts";
import type { ObjectFunction, ProgramObject, Relocation } from "../../../compiler/link/object.ts";
import { OutOfRange } from "../../../compiler/link/relocate.ts";
import { formatReport } from "../../../compiler/link/report.ts";
import { lookUp, readModuleMap } from "../../../compiler/link/source-map.ts";
import { readElf, readLines } from "../../lib/elf.ts";

const relocation = (at: number, kind: Relocation["kind"], symbol: string, addend = 0): Relocation => ({
  at,
  kind,
  symbol,
  addend,
});

function func(symbol: string, code: number[], rest: Partial<ObjectFunction> = {}): ObjectFunction {
  return {
    symbol,
    displayName: symbol,
    code: Uint32Array.from(code),
    relocations: [],
    origins: [],
    labels: [],
    frameSize: 0,
    returnAddressSlot: -1,
    ...rest,
  };
}

const jalRa = 0x0000_00ef;
const self = 0x0000_006f;
const ret = 0x0000_8067;

const program: ProgramObject = {
  functions: [
    func("_start", [jalRa, 0x0000_0537, 0x0005_2503, self], {
      relocations: [
        relocation(0, "jal", "work"),
        relocation(1, "hi20", "table", 4),
        relocation(2, "lo12i", "table", 4),
      ],
      origins: [{ at: 0, offset: 100 }],
      labels: [{ at: 1, name: "marker.7" }],
    }),
    func("unused", [ret]),
    // addi sp, sp, -16; sw ra, 12(sp); auipc ra; jalr ra; lw ra, 12(sp); addi sp, sp, 16; ret
    func("work", [0xff01_0113, 0x0011_2623, 0x0000_0097, 0x0000_80e7, 0x00c1_2083, 0x0101_0113, ret], {
      relocations: [relocation(2, "call", "leaf")],
      origins: [
        { at: 0, offset: -1 },
        { at: 2, offset: 200 },
        { at: 4, offset: 210 },
      ],
      frameSize: 16,
      returnAddressSlot: 12,
    }),
    func("leaf", [ret], { origins: [{ at: 0, offset: 300 }] }),
  ],
  data: [
    {
      symbol: "table",
      align: 16,
      bytes: Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 0, 9),
      relocations: [relocation(1, "word", "leaf")],
    },
  ],
  fixed: [
    { address: 0x40, bytes: Uint8Array.of(0xaa, 0xbb) },
    { address: 0x20_1000, bytes: Uint8Array.of(1) },
  ],
};

// Offsets 100, 200, 205, 300 come from main.ts:1:1, main.ts:5:3, lib.ts:9:1 and lib.ts:2:5.
const mappings = ["oGAAA", "oGAIE", "KCIF", "+FAPI"].join(",");
const moduleMap = readModuleMap(JSON.stringify({ version: 3, sources: ["main.ts", "lib.ts"], names: [], mappings }));

const word = (image: Uint8Array, address: number): number =>
  new DataView(image.buffer, image.byteOffset).getUint32(address, true);

test("functions follow their callers around fixed data; addresses are written into the words", () => {
  const { image, symbols } = link(program);
  const at = Object.fromEntries(symbols.map(({ name, address }) => [name, address]));
  // _start 0x00…0x10, work …0x2c, leaf …0x30, unused …0x34, table aligned to 16: its 9 bytes end before 0x40? No room: 0x34 → 0x50.
  expect(at).toEqual({ _start: 0, "marker.7": 4, work: 0x10, leaf: 0x2c, unused: 0x30, table: 0x50 });
  expect(word(image, 0) >>> 0).toBe(0x0100_00ef); // jal ra, +16
  expect(word(image, 4) >>> 0).toBe(0x0000_0537); // lui a0, 0
  expect(word(image, 8) >>> 0).toBe(0x0545_2503 & 0xffffffff); // lw a0, 0x54(a0)
  expect(word(image, 0x18) >>> 0).toBe(0x0000_0097); // auipc ra, 0
  expect(word(image, 0x1c) >>> 0).toBe(0x0140_80e7); // jalr ra, 20(ra): 0x18 + 20 = 0x2c
  expect([...image.slice(0x40, 0x44)]).toEqual([0xaa, 0xbb, 0, 0]);
  expect(word(image, 0x54)).toBe(0x2c);
  expect(image[0x58]).toBe(9);
  expect(image.length).toBe(0x5c);
});

test("every relocation form round-trips extreme values", () => {
  const big: ProgramObject = {
    functions: [
      func("_start", [0x0000_0537, 0x0005_0513, 0x00a5_2023, 0xfe00_0ee3, self], {
        relocations: [
          relocation(0, "hi20", "far", -1),
          relocation(1, "lo12i", "far", -1),
          relocation(2, "lo12s", "far", 0x7ff),
          relocation(3, "branch", "_start"),
        ],
      }),
    ],
    data: [{ symbol: "far", align: 0x1_1800, bytes: new Uint8Array(4), relocations: [] }],
    fixed: [],
  };
  const { image } = link(big);
  const signed12 = (value: number): number => (value << 20) >> 20;
  expect((word(image, 0) & 0xfffff000) + signed12(word(image, 4) >>> 20)).toBe(0x1_1800 - 1);
  const store = word(image, 8);
  const low = signed12(((store >>> 25) << 5) | ((store >> 7) & 31));
  expect(low).toBe(signed12(0x1_1fff));
  expect(word(image, 12) >>> 0).toBe(0xfe00_0ae3); // beq x0, x0, -12
});

test("an entry that does not fit before static data is refused", () => {
  const start = func("_start", [0x13, 0x13, 0x13, 0x13, self]);
  const fixed = [{ address: 16, bytes: Uint8Array.of(5) }];
  expect(() => link({ functions: [start], data: [], fixed })).toThrow(EntryTooLarge);
  expect(() => layOut({ functions: [start], data: [], fixed: [] }, [{ start: 16, end: 20 }])).toThrow(EntryTooLarge);
});

test("reserved zeros of static data stay free", () => {
  const { addresses } = layOut({ functions: [func("_start", [self]), func("a", [ret])], data: [], fixed: [] }, [
    { start: 4, end: 0x100 },
  ]);
  expect(addresses.get("a")).toBe(0x100);
});

test("an image beyond ROM is refused with the largest functions", () => {
  const huge = func("huge", new Array(0x8_0000).fill(ret), { displayName: "src/main/huge" });
  const small = func("_start", [self]);
  expect(() => link({ functions: [small, huge], data: [], fixed: [] })).toThrow(
    /does not fit into ROM \(2097152 bytes\): 2097156 of code[\s\S]*2097152 {2}src\/main\/huge/,
  );
});

test("a jump that does not reach says so, with the relocation", () => {
  const functions = [func("_start", [jalRa, self], { relocations: [relocation(0, "jal", "far")] }), func("far", [ret])];
  const far = { functions, data: [], fixed: [{ address: 8, bytes: new Uint8Array(0x10_0000) }] };
  expect(() => link(far)).toThrow(OutOfRange);
  expect(link({ ...far, fixed: [] }).symbols.find(({ name }) => name === "far")?.address).toBe(8);
});

test("the ELF file has code, data, symbols, labels, frames and attributes", () => {
  const { elf, image } = link(program, { moduleMap });
  const read = readElf(elf);
  expect([read.entry, read.machine]).toEqual([0, 243]);
  const rom = new Uint8Array(image.length);
  for (const { type, address, bytes } of read.segments) if (type === 1) rom.set(bytes, address);
  expect(Buffer.from(rom).equals(Buffer.from(image))).toBe(true);
  expect(read.symbols).toContainEqual({ name: "work", address: 0x10, size: 28, type: 2, binding: 1, section: ".text" });
  expect(read.symbols).toContainEqual({ name: "marker.7", address: 4, size: 0, type: 0, binding: 0, section: ".text" });
  expect(read.symbols).toContainEqual({
    name: "table",
    address: 0x50,
    size: 9,
    type: 1,
    binding: 1,
    section: ".rodata",
  });
  const frames = read.sections.get(".windproof.frames")!.bytes;
  const words = new Int32Array(frames.slice().buffer);
  expect([...words.slice(4, 8)]).toEqual([0x10, 0x2c, 16, 12]);
  expect(Buffer.from(read.sections.get(".riscv.attributes")!.bytes).toString("latin1")).toContain(
    "rv32i2p1_m2p0_zicsr2p0",
  );
});

test("the line table leads from pc to source", () => {
  const { elf, sourceMap } = link(program, { moduleMap });
  const rows = readLines(readElf(elf).sections.get(".debug_line")!.bytes);
  expect(
    rows
      .filter(({ end, line }) => !end && line > 0)
      .map(({ pc, file, line, column }) => [pc, `${file}:${line}:${column}`]),
  ).toEqual([
    [0, "main.ts:1:1"],
    [0x18, "main.ts:5:3"],
    [0x20, "lib.ts:9:1"],
    [0x2c, "lib.ts:2:5"],
  ]);
  expect(lookUp(sourceMap, 0x1c)).toEqual({ function: "work", position: { file: "main.ts", line: 5, column: 3 } });
  expect(lookUp(sourceMap, 0x14)).toEqual({ function: "work" });
  expect(lookUp(sourceMap, 0x50)).toEqual({});
});

test("the same object gives the same bytes, and the report its sizes", () => {
  const first = link(program, { moduleMap });
  const second = link(structuredClone(program), { moduleMap });
  expect(Buffer.from(first.elf).equals(Buffer.from(second.elf))).toBe(true);
  expect(first.report).toMatchObject({ image: 0x5c, code: 52, constants: 9, staticData: 2 });
  expect(formatReport(first.report)).toContain("      28     16  work");
});
