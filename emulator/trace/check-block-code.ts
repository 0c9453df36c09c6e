/**
 * Rows of a long block, one behind the other without a jump, as code of their own: straight on, with operands as constants and registers in locals. It writes down what the rows
 * must be (`ROW`, timestamps less the first row's) where all that does not change from one time to the next already stands, the template; then a loop of vectors compares it
 * with the rows. Nothing is decided here: if anything differs, or an access is not right, or of a place that was not yet accessed in the chunk, the model is made again what it was
 * in front of the block, from the template, which has all that was overwritten, and the other loops look at the rows.
 */
import { emitExpression, loadName } from "../isa/emit.ts";
import { type Expression, evaluate, OPERATORS, operandsOf } from "../isa/expression.ts";
import { type Effect, INSTRUCTIONS } from "../isa/table.ts";
import { ADDRESS_SPACE, ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { SHARES } from "../machine/memory.ts";
import { Code, ModuleBuilder, OP } from "../wasm/builder.ts";
import { BLOCKS, CHECK, CHECK_PAGES } from "./check-layout.ts";
import { MEMORY, ROW } from "./layout.ts";

const { add, sub, and, shl, shrU, geU, ltU, rotr, eqz, or, xor, add64, sub64, extendU, wrap } = OPERATORS;

/** An instruction of a block: its row of the table, and its fields. */
export interface BlockRow {
  index: number;
  rd: number;
  r1: number;
  r2: number;
  imm: number;
}

/** Whether a block may have rows of this instruction. */
export const isStraight = ({ kind }: Effect): boolean => kind === "compute" || kind === "load" || kind === "store";

/** `block(row, end, stamp, base) → row`: behind the block, with the pc at `ENGINE.pc`; or the same row, with nothing changed. */
export const BLOCK_PARAMETERS = ["i32", "i32", "i64", "i64"] as const;
const [ROW_AT, END, STAMP, BASE] = [0, 1, 2, 3];

/** A register's value: in a local, or known when the code is made. */
type Value = { readonly local: number } | { readonly constant: number };

class BlockCode {
  readonly code = new Code(BLOCK_PARAMETERS.length);
  /** the template's words, as far as they are always the same */
  readonly template: Uint32Array<ArrayBuffer>;
  readonly #rows: readonly BlockRow[];
  readonly #head: number;
  readonly #at: number;
  readonly #locals = new Map<number, number>();
  /** what registers are, those that were looked at; x0 is 0, or the block is not entered */
  readonly #values = new Map<number, Value>([[0, { constant: 0 }]]);
  readonly #changed = new Set<number>();
  /** timestamps of last accesses in the block, less the first row's */
  readonly #stamps = new Map<number, number>();
  /** not 0 if an access is not right; the first row's timestamp relative to the chunk's beginning; and what an access needs */
  readonly #bad: number;
  readonly #relative: number;
  readonly #address: number;
  readonly #word: number;
  readonly #known: number;
  readonly #old: number;
  readonly #value: number;
  readonly #bit: number;
  #row = 0;

  /** @param head the first instruction's address. @param at the template's */
  constructor(rows: readonly BlockRow[], head: number, at: number) {
    this.#rows = rows;
    this.#head = head;
    this.#at = at;
    this.template = new Uint32Array((rows.length * ROW.size) / 4);
    const c = this.code;
    [this.#bad, this.#relative, this.#address, this.#word] = [c.local(), c.local(), c.local(), c.local()];
    [this.#known, this.#old, this.#value, this.#bit] = [c.local(), c.local(), c.local(), c.local()];
  }

  /** @param compare, undo indices of those functions */
  build({ compare, undo }: BlockFunctions, number: number): void {
    const c = this.code;
    const count = this.#rows.length;
    c.get(END)
      .get(ROW_AT)
      .op(sub.code)
      .i32(ROW.size * count)
      .op(ltU.code);
    c.i32(0).load("i32", CHECK.registers).op(or.code).if().get(ROW_AT).op(OP.return).end();
    c.get(STAMP).get(BASE).op(sub64.code, wrap.code).set(this.#relative);
    for (const row of this.#rows) {
      const { effect } = INSTRUCTIONS[row.index];
      this.#fixed(ROW.pc, this.#head + 4 * this.#row);
      HANDLERS[effect.kind as keyof typeof HANDLERS](this, row, effect as never);
      this.#row++;
    }
    const template = () => c.i32(this.#at).i32(count);
    template().get(ROW_AT).get(STAMP).call(compare).get(this.#bad).op(or.code).if();
    template().get(this.#relative).i32(number).call(undo).get(ROW_AT).op(OP.return).end();
    this.#writeBack(number);
    c.get(ROW_AT)
      .i32(ROW.size * count)
      .op(add.code);
  }

  #writeBack(number: number): void {
    const c = this.code;
    for (const [register, plus] of this.#stamps) {
      c.i32(0).get(STAMP);
      if (plus) c.i64(BigInt(plus)).op(add64.code);
      c.store("i64", CHECK.registerStamps + 8 * register);
    }
    for (const register of this.#changed) {
      c.i32(0);
      this.#get(register);
      c.store("i32", CHECK.registers + 8 * register);
    }
    c.i32(0)
      .i32(this.#head + 4 * this.#rows.length)
      .store("i32", ENGINE.pc);
    c.i32(0)
      .i32(0)
      .store("i32", BLOCKS.refusals + 4 * number);
  }

  #get(register: number): void {
    const value = this.#values.get(register)!;
    if ("local" in value) this.code.get(value.local);
    else this.code.i32(value.constant);
  }

  /** Takes what is on the stack as the register's value. */
  #set(register: number): void {
    const local = this.#locals.get(register) ?? this.code.local();
    this.#locals.set(register, local);
    this.#values.set(register, { local });
    this.code.set(local);
  }

  /** From the model, where the block has not yet looked at it. */
  #load(register: number): void {
    if (this.#values.has(register)) return;
    this.code.i32(0).load("i32", CHECK.registers + 8 * register);
    this.#set(register);
  }

  /** A word of the row that is always the same. */
  #fixed(field: number, value: number): void {
    this.template[(this.#row * ROW.size + field) / 4] = value;
  }

  #place(field: number): number {
    return this.#at + this.#row * ROW.size + field;
  }

  #expect(field: number, value: () => void): void {
    this.code.i32(0);
    value();
    this.code.store("i32", this.#place(field));
  }

  #expectRegister(field: number, register: number): void {
    const value = this.#values.get(register)!;
    if ("constant" in value) this.#fixed(field, value.constant);
    else this.#expect(field, () => void this.code.get(value.local));
  }

  /** @param upper what stands above the timestamp */
  #access(field: number, register: number, plus: number, upper = 0): void {
    const c = this.code;
    const before = this.#stamps.get(register);
    this.#stamps.set(register, 4 * this.#row + plus);
    if (before !== undefined) {
      this.#fixed(field, before);
      this.#fixed(field + 4, upper << 16);
      return;
    }
    c.i32(0)
      .i32(0)
      .load("i64", CHECK.registerStamps + 8 * register)
      .get(STAMP)
      .op(sub64.code);
    if (upper) c.i64(BigInt(upper) << 48n).op(add64.code);
    c.store("i64", this.#place(field));
  }

  first({ r1 }: BlockRow): void {
    this.#load(r1);
    this.#expectRegister(ROW.rs1Value, r1);
    this.#access(ROW.rs1Timestamp, r1, 0, r1);
  }
  second({ r2 }: BlockRow): void {
    this.#load(r2);
    this.#expectRegister(ROW.secondValue, r2);
    this.#fixed(ROW.secondPlace, r2);
    this.#access(ROW.secondTimestamp, r2, 1);
  }
  /** rd's access. @param result leaves the new value on the stack, or gives it */
  third({ rd }: BlockRow, result: () => number | undefined): void {
    this.#load(rd);
    this.#expectRegister(ROW.thirdOld, rd);
    this.#fixed(ROW.thirdPlace, rd);
    this.#access(ROW.thirdTimestamp, rd, 2);
    if (rd === 0) return;
    const constant = result();
    if (constant === undefined) this.#set(rd);
    else this.#values.set(rd, { constant });
    this.#changed.add(rd);
    this.#expectRegister(ROW.thirdNew, rd);
  }

  /** Leaves the value on the stack, unless it is known: then returns it. */
  emit(row: BlockRow, e: Expression): number | undefined {
    const used = operandsOf(e);
    const pc = this.#head + 4 * this.#row;
    const known = (name: "rs1" | "rs2", register: number) => {
      const value = used.has(name) ? this.#values.get(register)! : { constant: 0 };
      return "constant" in value ? value.constant : undefined;
    };
    const [rs1, rs2] = [known("rs1", row.r1), known("rs2", row.r2)];
    if (rs1 !== undefined && rs2 !== undefined) return (evaluate(e, { pc, imm: row.imm, rs1, rs2 }) as number) | 0;
    emitExpression(this.code, e, {
      rs1: () => this.#get(row.r1),
      rs2: () => this.#get(row.r2),
      imm: () => void this.code.i32(row.imm),
      pc: () => void this.code.i32(pc),
    });
    return undefined;
  }
  #push(row: BlockRow, e: Expression): void {
    const constant = this.emit(row, e);
    if (constant !== undefined) this.code.i32(constant);
  }

  #noteBad(): void {
    this.code.get(this.#bad).op(or.code).set(this.#bad);
  }
  /**
   * The last access of the word. It and the word's value are loaded before anything of the row is stored: the other way round a block of 680 rows took three times as long, for then
   * the processor does not know at once that a load needs none of the stores.
   */
  #lookUp(): void {
    this.code.get(this.#word).load("i32", CHECK.stamps).tee(this.#known).op(eqz.code);
    this.#noteBad();
  }
  #expectWord(place: number, timestamp: number): void {
    const c = this.code;
    this.#expect(place, () => {
      c.get(this.#word)
        .i32(2)
        .op(shrU.code)
        .i32(MEMORY | 0)
        .op(or.code);
    });
    c.i32(0).get(this.#known).op(extendU.code).get(this.#relative).op(extendU.code, sub64.code);
    c.store("i64", this.#place(timestamp));
  }
  #stampWord(plus: number): void {
    this.code
      .get(this.#word)
      .get(this.#relative)
      .i32(4 * this.#row + plus)
      .op(add.code)
      .store("i32", CHECK.stamps);
  }

  /** What is wrong with an address is noted; what is done in any case is done at one of the guest. */
  load(row: BlockRow, { bytes, signed, address }: Extract<Effect, { kind: "load" }>): void {
    const c = this.code;
    this.#load(row.r1);
    this.#push(row, address);
    c.tee(this.#address)
      .i32(-ADDRESS_SPACE | (bytes - 1))
      .op(and.code);
    this.#noteBad();
    c.get(this.#address)
      .i32(ADDRESS_SPACE - 1)
      .op(and.code)
      .tee(this.#address);
    // a load from the ROM is shown as one of address 0 and value 0
    c.i32(-4).op(and.code).i32(0).get(this.#address).i32(ROM_SIZE).op(geU.code, OP.select).set(this.#word);
    this.#lookUp();
    c.get(this.#address).load(loadName(bytes, signed)).set(this.#value);
    if (bytes < 4) c.get(this.#word).load("i32").set(this.#old);
    this.first(row);
    this.#expectWord(ROW.secondPlace, ROW.secondTimestamp);
    const whole = bytes < 4 ? this.#old : this.#value;
    this.#expect(ROW.secondValue, () => void c.get(whole).i32(0).get(this.#word).op(OP.select));
    this.third(row, () => void c.get(this.#value));
    this.#stampWord(1);
  }

  store(row: BlockRow, { bytes, address, value }: Extract<Effect, { kind: "store" }>): void {
    const c = this.code;
    this.#load(row.r1);
    this.#push(row, address);
    const shift = Math.log2(bytes);
    c.tee(this.#address).i32(ROM_SIZE).op(sub.code);
    if (shift) c.i32(shift).op(rotr.code);
    c.i32((ADDRESS_SPACE - ROM_SIZE) >>> shift).op(geU.code);
    this.#noteBad();
    c.get(this.#address)
      .i32(ADDRESS_SPACE - 4)
      .op(and.code)
      .set(this.#word);
    this.#lookUp();
    c.get(this.#word).load("i32").set(this.#old);
    this.first(row);
    this.second(row);
    this.#expectWord(ROW.thirdPlace, ROW.thirdTimestamp);
    this.#expect(ROW.thirdOld, () => void c.get(this.#old));
    this.#push(row, value);
    if (bytes < 4) this.#merge(bytes === 1 ? 0xff : 0xffff);
    c.set(this.#value);
    this.#expect(ROW.thirdNew, () => void c.get(this.#value));
    this.#stampWord(2);
    c.get(this.#word).get(this.#value).store("i32");
  }

  /** Of the value on the stack the lower bytes, in the word that was there. */
  #merge(mask: number): void {
    const c = this.code;
    c.i32(mask).op(and.code).get(this.#address).i32(3).op(and.code).i32(3).op(shl.code).tee(this.#bit).op(shl.code);
    c.get(this.#old).i32(mask).get(this.#bit).op(shl.code).i32(-1).op(xor.code, and.code, or.code);
  }
}

const HANDLERS = {
  compute(block: BlockCode, row: BlockRow, { value }: Extract<Effect, { kind: "compute" }>): void {
    block.first(row);
    block.second(row);
    block.third(row, () => block.emit(row, value));
  },
  load: (block: BlockCode, row: BlockRow, effect: Extract<Effect, { kind: "load" }>): void => block.load(row, effect),
  store: (block: BlockCode, row: BlockRow, effect: Extract<Effect, { kind: "store" }>): void =>
    block.store(row, effect),
};

interface BlockFunctions {
  compare: number;
  undo: number;
}

/** A block to be made. */
export interface Block {
  head: number;
  rows: readonly BlockRow[];
  /** its number, and that of its entry in the table */
  number: number;
  template: number;
}

/** A module that puts the blocks into the table (`env.table`), and what their templates are to be. */
export function blockModule(blocks: readonly Block[]): { module: Uint8Array<ArrayBuffer>; templates: Uint32Array[] } {
  const module = new ModuleBuilder();
  module.importMemory(CHECK_PAGES, SHARES);
  module.importTable(BLOCKS.most);
  const functions = {
    compare: module.importFunction("compareRows", ["i32", "i32", "i32", "i64"], ["i32"]),
    undo: module.importFunction("undoBlock", ["i32", "i32", "i32", "i32"], []),
  };
  const templates: Uint32Array[] = [];
  for (const { head, rows, number, template } of blocks) {
    const block = new BlockCode(rows, head, template);
    block.build(functions, number);
    templates.push(block.template);
    module.addElements(number, [module.addFunction(BLOCK_PARAMETERS, ["i32"], block.code)]);
  }
  return { module: module.build(), templates };
}
