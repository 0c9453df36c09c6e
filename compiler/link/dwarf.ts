/**
 * Debug information in DWARF 4: a line table, one compilation unit with a subprogram for each function, and call frames. Enough for objdump -l, gdb
 * (breakpoints by line, stepping, backtraces) and QEMU. References: DWARF 4, sections 6.2 (lines), 6.4 (frames), 7 (encodings).
 */
import type { Layout, Placed } from "./layout.ts";
import type { ObjectFunction } from "./object.ts";
import type { ImageMap } from "./source-map.ts";
import { Writer } from "./writer.ts";

const producer = "windproof";
/** DW_LANG_C99: debuggers read AssemblyScript's integers and expressions best that way. */
const language = 0x0c;

export interface DebugSections {
  readonly info: Uint8Array;
  readonly abbrev: Uint8Array;
  readonly line: Uint8Array;
  readonly frame: Uint8Array;
}

export function makeDebugSections(layout: Layout, map: ImageMap): DebugSections {
  return {
    info: makeInfo(layout, map),
    abbrev: makeAbbreviations(),
    line: makeLines(map),
    frame: makeFrames(layout),
  };
}

const tag = { compileUnit: 0x11, subprogram: 0x2e };
const form = { address: 0x01, data2: 0x05, data4: 0x06, string: 0x08, sectionOffset: 0x17, present: 0x19, udata: 0x0f };
const attribute = {
  name: 0x03,
  statements: 0x10,
  low: 0x11,
  high: 0x12,
  language: 0x13,
  directory: 0x1b,
  producer: 0x25,
  external: 0x3f,
  file: 0x3a,
  line: 0x3b,
};

function makeAbbreviations(): Uint8Array {
  const out = new Writer();
  const entry = (code: number, kind: number, children: number, attributes: [number, number][]): void => {
    out.uleb(code).uleb(kind).u8(children);
    for (const [name, how] of attributes) out.uleb(name).uleb(how);
    out.u8(0).u8(0);
  };
  entry(1, tag.compileUnit, 1, [
    [attribute.producer, form.string],
    [attribute.language, form.data2],
    [attribute.name, form.string],
    [attribute.directory, form.string],
    [attribute.low, form.address],
    [attribute.high, form.data4],
    [attribute.statements, form.sectionOffset],
  ]);
  const subprogram: [number, number][] = [
    [attribute.name, form.string],
    [attribute.low, form.address],
    [attribute.high, form.data4],
    [attribute.external, form.present],
  ];
  entry(2, tag.subprogram, 0, subprogram);
  entry(3, tag.subprogram, 0, [...subprogram, [attribute.file, form.udata], [attribute.line, form.udata]]);
  return out.u8(0).done();
}

function makeInfo(layout: Layout, map: ImageMap): Uint8Array {
  const out = new Writer();
  const end = layout.functions[layout.functions.length - 1]?.end ?? 0;
  const declared = firstLines(map);
  out.sized(() => {
    out.u16(4).u32(0).u8(4);
    out.uleb(1).string(producer).u16(language);
    // Nothing of the machine that built it: paths are relative to the project, which is where debuggers are started.
    out.string(map.files.find((file) => !file.startsWith("~lib/")) ?? "program").string(".");
    out.u32(0).u32(end).u32(0);
    for (const { item, start, end: stop } of layout.functions) {
      const place = declared.get(start);
      out.uleb(place ? 3 : 2).string(item.displayName);
      out.u32(start).u32(stop - start);
      if (place) out.uleb(place.file + 1).uleb(place.line);
    }
    out.u8(0);
  });
  return out.done();
}

/** The first source line of each function, by its address. */
function firstLines(map: ImageMap): Map<number, { file: number; line: number }> {
  const result = new Map<number, { file: number; line: number }>();
  let at = 0;
  for (const { start, end } of map.functions) {
    while (at < map.lines.length && map.lines[at] < start) at += 4;
    for (let i = at; i < map.lines.length && map.lines[i] < end; i += 4) {
      if (map.lines[i + 1] < 0) continue;
      result.set(start, { file: map.lines[i + 1], line: map.lines[i + 2] });
      break;
    }
  }
  return result;
}

const standardOpcodeLengths = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];

function makeLines(map: ImageMap): Uint8Array {
  const out = new Writer();
  out.sized(() => {
    out.u16(4);
    out.sized(() => {
      // minimum_instruction_length, maximum_operations, default_is_stmt, line_base, line_range, opcode_base
      out.u8(1).u8(1).u8(1).u8(-5).u8(14).u8(13);
      for (const length of standardOpcodeLengths) out.u8(length);
      out.u8(0);
      for (const file of map.files) out.string(file).u8(0).u8(0).u8(0);
      out.u8(0);
    });
    let at = 0;
    for (const { start, end } of map.functions) at = writeSequence(out, map, at, start, end);
  });
  return out.done();
}

/** One function's rows, from entry `first` of the map on; answers where the next function's begin. Code without source gets line 0, which means just that. */
function writeSequence(out: Writer, map: ImageMap, first: number, start: number, end: number): number {
  out.u8(0).uleb(5).u8(2).u32(start);
  let [pc, file, line, column] = [start, 1, 1, 0];
  let i = first;
  while (i < map.lines.length && map.lines[i] < start) i += 4;
  for (; i < map.lines.length && map.lines[i] < end; i += 4) {
    const source = map.lines[i + 1] >= 0;
    if (map.lines[i] > pc) out.u8(2).uleb(map.lines[i] - pc);
    pc = map.lines[i];
    if (source && map.lines[i + 1] + 1 !== file) {
      file = map.lines[i + 1] + 1;
      out.u8(4).uleb(file);
    }
    const nextLine = source ? map.lines[i + 2] : 0;
    if (nextLine !== line) out.u8(3).sleb(nextLine - line);
    line = nextLine;
    const nextColumn = source ? map.lines[i + 3] : 0;
    if (nextColumn !== column) out.u8(5).uleb(nextColumn);
    column = nextColumn;
    out.u8(1);
  }
  out
    .u8(2)
    .uleb(end - pc)
    .u8(0)
    .uleb(1)
    .u8(1);
  return i;
}

const cfa = {
  advance: 0x40,
  defineOffset: 0x0e,
  offset: 0x80,
  restore: 0xc0,
  define: 0x0c,
  remember: 0x0a,
  recall: 0x0b,
  register: 0x09,
  advance4: 0x04,
};
const [ra, sp] = [1, 2];

function makeFrames(layout: Layout): Uint8Array {
  const out = new Writer();
  out.sized(() => {
    // CIE: version 4, no augmentation, addresses of 4 bytes, code alignment 4, data alignment -4, return address in ra; the caller's sp is the frame.
    out.u32(0xffff_ffff).u8(4).u8(0).u8(4).u8(0).uleb(4).sleb(-4).uleb(ra);
    out.u8(cfa.define).uleb(sp).uleb(0);
    pad(out, 0);
  });
  for (const placed of layout.functions) {
    const { frameSize, returnAddressSlot, returnRegister = ra } = placed.item;
    if (frameSize > 0 || returnAddressSlot !== -1 || returnRegister !== ra) writeFrame(out, placed);
  }
  return out.done();
}

/**
 * Follows the stack pointer through the code in order of address: `addi sp, sp, -N` opens the frame, `sw …, slot(sp)` saves the return address,
 * `addi sp, sp, N` closes it until the jump that leaves, behind which the frame is open again (another path's code).
 */
function writeFrame(out: Writer, { item, start, end }: Placed<ObjectFunction>): void {
  const { code, frameSize, returnAddressSlot, returnRegister = ra } = item;
  const open = addiSp(-frameSize);
  const close = addiSp(frameSize);
  out.sized(() => {
    out
      .u32(0)
      .u32(start)
      .u32(end - start);
    let last = 0;
    const at = (word: number): Writer => {
      if (word > last && word - last < 0x40) out.u8(cfa.advance | (word - last));
      else if (word > last) out.u8(cfa.advance4).u32(word - last);
      last = word;
      return out;
    };
    if (returnAddressSlot === -1 && returnRegister !== ra) out.u8(cfa.register).uleb(ra).uleb(returnRegister);
    // Without a frame of its own (sp does not move) the return address may have a slot all the same.
    let closed = frameSize > 0;
    let everOpen = false;
    for (let i = 0; i < code.length; i++) {
      if (code[i] === open) {
        at(i + 1)
          .u8(cfa.defineOffset)
          .uleb(frameSize);
        closed = false;
        everOpen = true;
      } else if (!closed && (code[i] & ~SOURCE) === storeTo(returnAddressSlot)) {
        at(i + 1)
          .u8(cfa.offset | ra)
          .uleb((frameSize - returnAddressSlot) / 4);
      } else if (everOpen && code[i] === close) {
        at(i + 1)
          .u8(cfa.remember)
          .u8(cfa.defineOffset)
          .uleb(0)
          .u8(cfa.restore | ra);
        closed = true;
      } else if (everOpen && closed && leaves(code[i]) && i + 1 < code.length) {
        at(i + 1).u8(cfa.recall);
        closed = false;
      }
    }
    pad(out, 0);
  });
}

const addiSp = (amount: number): number => (((amount & 0xfff) << 20) | (sp << 15) | (sp << 7) | 0x13) >>> 0;
/** `sw …, slot(sp)` without its source: the register that holds the return address is the function's own choice */
const SOURCE = 0x1f << 20;
const storeTo = (slot: number): number =>
  (((slot >> 5) & 0x7f) << 25) | (sp << 15) | (2 << 12) | ((slot & 0x1f) << 7) | 0x23;
/** `jalr x0, …` or `jal x0, …` */
const leaves = (word: number): boolean => (word & 0xfff) === 0x067 || (word & 0xfff) === 0x06f;

/** Pads an entry to a multiple of 4 bytes with DW_CFA_nop; the length word counts from `out`'s alignment. */
function pad(out: Writer, nop: number): void {
  while (out.length % 4 !== 0) out.u8(nop);
}
