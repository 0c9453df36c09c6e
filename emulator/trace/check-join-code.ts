/**
 * What joins chunks and goes through the list of touched words, as WebAssembly: it holds against each other what was left at every place and what is found there.
 * Both stop at the first entry that is wrong; which of its fields it is, `check-join.ts` says.
 */
import { OPERATORS } from "../isa/expression.ts";
import { ADDRESS_SPACE, PAGE_SHIFT, ROM_SIZE } from "../machine/layout.ts";
import { SHARES } from "../machine/memory.ts";
import { Code, ModuleBuilder, OP } from "../wasm/builder.ts";
import { ENTRY } from "./check-layout.ts";
import { multiplyTouchedCode } from "./field-code.ts";
import { PART } from "./layout.ts";

const { add, sub, and, shl, shrU, eq, ne, ltU, ltS, extendU } = OPERATORS;

const behind = 3 * ADDRESS_SPACE;
/** Addresses in the join's memory; what is not touched costs address space only. The value that was left in a word is at the word's own address. */
export const JOIN = {
  /** 8 bytes a word of the guest's memory, at twice its address: timestamp of the last access, 0 for none */
  timestamps: ADDRESS_SPACE,
  /** 16 bytes a register: value (8 bytes), timestamp */
  registers: behind,
  /** 8 bytes: address of the last word of the list that was looked at, -1 for none */
  last: behind + 0x300,
  /** word: places of memory that were accessed */
  touched: behind + 0x308,
  challenge: behind + 0x400,
  products: behind + 0x600,
  /** a byte for each page of the guest's memory, not 0 if anything was left there */
  pages: behind + 0x1000,
  /** what is looked at: entries of a chunk's list, or of that of touched words */
  window: behind + 0x1_0000,
} as const;
export const WINDOW_BYTES = 2 ** 20;
export const JOIN_PAGES = (JOIN.window + WINDOW_BYTES) / 65536;

/** Goes through entries of so many bytes: `(at, end) → at`, that of the first one for which `body` leaves, or the end. */
function overEntries(size: number, body: (c: Code, at: number, leave: number) => void): Code {
  const c = new Code(2);
  const [at, end] = [0, 1];
  const leave = c.block().depth;
  const loop = c.loop().depth;
  c.get(at).get(end).op(eq.code).brIf(leave);
  body(c, at, leave);
  c.get(at).i32(size).op(add.code).set(at).br(loop).end().end();
  return c.get(at);
}

/** Where a word's timestamp is, less `JOIN.timestamps`. */
const stampOf = (c: Code, address: number) => c.get(address).i32(1).op(shl.code);

/** What a chunk found at a place is what was left there, and now what it left is. */
function linkCode(): Code {
  return overEntries(ENTRY.size, (c, at, leave) => {
    const [place, address] = [c.local(), c.local()];
    const timestamp = c.local("i64");
    const field = (kind: "i32" | "i64", offset: number) => c.get(at).load(kind, offset);
    field("i32", ENTRY.place).tee(place).i32(0).op(ltS.code).if();
    c.get(place).i32(2).op(shl.code).tee(address).load("i32");
    field("i32", ENTRY.value).op(ne.code).brIf(leave);
    stampOf(c, address).load("i64", JOIN.timestamps);
    field("i64", ENTRY.timestamp).tee(timestamp).op(OP.i64Ne).brIf(leave);
    c.get(timestamp).op(OP.i64Eqz).if();
    c.i32(0).i32(0).load("i32", JOIN.touched).i32(1).op(add.code).store("i32", JOIN.touched).end();
    c.get(address);
    field("i32", ENTRY.lastValue).store("i32");
    stampOf(c, address);
    field("i64", ENTRY.lastTimestamp).store("i64", JOIN.timestamps);
    c.get(address).i32(PAGE_SHIFT).op(shrU.code).i32(1).store("i8", JOIN.pages);
    c.else();
    c.get(place).i32(4).op(shl.code).tee(address).load("i32", JOIN.registers);
    field("i32", ENTRY.value).op(ne.code).brIf(leave);
    c.get(address).load("i64", JOIN.registers + 8);
    field("i64", ENTRY.timestamp).op(OP.i64Ne).brIf(leave);
    c.get(address);
    field("i32", ENTRY.lastValue).store("i32", JOIN.registers);
    c.get(address);
    field("i64", ENTRY.lastTimestamp).store("i64", JOIN.registers + 8);
    c.end();
  });
}

/** Entries of the list of touched words: ascending addresses of RAM or 0, and of each word what was left there. */
function checkTouchedCode(): Code {
  return overEntries(PART.touched, (c, at, leave) => {
    const address = c.local();
    const timestamp = c.local("i64");
    c.get(at).load("i32").tee(address).op(extendU.code).i32(0).load("i64", JOIN.last).op(OP.i64LeS).brIf(leave);
    c.get(address)
      .i32(-ADDRESS_SPACE | 3)
      .op(and.code)
      .brIf(leave);
    c.get(address)
      .i32(1)
      .op(sub.code)
      .i32(ROM_SIZE - 1)
      .op(ltU.code)
      .brIf(leave);
    stampOf(c, address).load("i64", JOIN.timestamps).tee(timestamp).op(OP.i64Eqz).brIf(leave);
    c.get(timestamp).get(at).load("i64", 8).op(OP.i64Ne).brIf(leave);
    c.get(address).load("i32").get(at).load("i32", 4).op(ne.code).brIf(leave);
    c.i32(0).get(address).op(extendU.code).store("i64", JOIN.last);
  });
}

/**
 * Exports
 * - `link(at, end) → at`: the next entries of a chunk's list; the one that is not linked, or the end;
 * - `checkTouched(at, end) → at`: the next entries of the list of touched words, likewise;
 * - `multiplyTouched(at, end)`: the memory argument over them (`field-code.ts`).
 */
export function joinModule(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory(JOIN_PAGES, SHARES);
  module.addFunction(["i32", "i32"], ["i32"], linkCode(), "link");
  module.addFunction(["i32", "i32"], ["i32"], checkTouchedCode(), "checkTouched");
  module.addFunction(["i32", "i32"], [], multiplyTouchedCode(JOIN), "multiplyTouched");
  return module.build();
}
