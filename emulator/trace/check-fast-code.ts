/**
 * The checker's fast row loop, generated from the instruction table: it accepts a row whose 56 bytes are those that the model of the machine gives,
 * and leaves at any other with the model as it was in front of it; the careful loop (`check-row-code.ts`) then decides. So it may refuse too much, never too
 * little: every byte of the row is compared. It takes all registers for accessed before in the chunk; a word that was not it leaves to the careful loop, and so it
 * does tape reads and delegations.
 */
import { emitExpression, loadName } from "../isa/emit.ts";
import { type Expression, OPERATORS } from "../isa/expression.ts";
import { type Effect, INSTRUCTIONS, type Instruction } from "../isa/table.ts";
import { ADDRESS_SPACE, ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { Code, OP } from "../wasm/builder.ts";
import { CHECK } from "./check-layout.ts";
import { MEMORY, ROW, TIMESTAMP_MASK } from "./layout.ts";

const { add, sub, and, shl, shrU, geU, rotr, eq, ne, eqz, or, add64, sub64, extendU, wrap } = OPERATORS;

interface Context {
  c: Code;
  /** as the row has it; what the next row's must be */
  pc: number;
  nextPc: number;
  row: number;
  /** of 64 bits: the row's first timestamp, and the chunk's beginning */
  stamp: number;
  base: number;
  /** 8 bytes a register */
  r1: number;
  r2: number;
  rd: number;
  a: number;
  b: number;
  address: number;
  word: number;
  known: number;
  result: number;
  /** of 64 bits: rs2's value and place in the row */
  second: number;
  /** of 64 bits: not 0 if something differs */
  differs: number;
  zero: boolean;
  /** nothing was changed yet; rs1's stamp was; rs1's and rs2's were */
  leave: number;
  undoFirst: number;
  undoBoth: number;
  loop: number;
}

const emit = (x: Context, e: Expression) => {
  const { c, pc, a, b } = x;
  emitExpression(c, e, {
    rs1: () => void c.get(a),
    rs2: () => void c.get(b),
    imm: () => void c.get(pc).load("i32", ENGINE.immediates),
    pc: () => void c.get(pc),
  });
};

const i64Xor = 0x85;

/**
 * Operands are taken from the row, and so is the pc (`fastRows`): they are compared with the model as all else is, but nothing waits for that. So rows do not
 * depend on each other, and the processor works on several.
 */
function fetch(x: Context): void {
  const { c, pc } = x;
  for (const [byte, offset] of [
    [2, x.r1],
    [3, x.r2],
  ])
    c.get(pc)
      .load("i8U", ENGINE.code + byte)
      .set(offset);
  c.get(x.row).load("i32", ROW.rs1Value).set(x.a);
  c.get(x.row).load("i64", ROW.secondValue).tee(x.second).op(wrap.code).set(x.b);
}

/** Compares eight bytes of the row, or four, with a value of 64 bits. A difference, not exclusive or: of that V8 makes two loads. */
function compare(x: Context, offset: number, bytes: 4 | 8, expected: () => void): void {
  const { c, row, differs } = x;
  c.get(row).load(bytes === 8 ? "i64" : "u32ToI64", offset);
  expected();
  c.op(sub64.code).get(differs).op(OP.i64Or).set(differs);
}

const leaveIfDiffers = ({ c, differs, leave }: Context) => c.get(differs).i64(0n).op(OP.i64Ne).brIf(leave);

/** Two words as one of 64 bits: the upper one is an offset of 8 bytes a register, shifted to what the row names. */
const withIndex = (x: Context, low: () => void, register: number) => {
  low();
  x.c.op(extendU.code).get(register).op(extendU.code).i64(29n).op(OP.i64Shl, OP.i64Or);
};

/** rs1's value, and what must be 0. The pc was compared. */
function comparePlain({ c, row, a, r1, differs }: Context): void {
  c.get(a).op(extendU.code).get(r1).load("u32ToI64", CHECK.registers).op(i64Xor);
  c.get(row).load("u32ToI64", ROW.tapeWord).op(OP.i64Or).set(differs);
}

function compareSecond(x: Context): void {
  const { c, r2, second, differs } = x;
  c.get(second);
  withIndex(x, () => void c.get(r2).load("i32", CHECK.registers), r2);
  c.op(i64Xor).get(differs).op(OP.i64Or).set(differs);
}

/** rd's old and new value and its place. */
function compareRd(x: Context): void {
  const { c } = x;
  if (x.zero) {
    c.i32(0).set(x.rd);
    compare(x, ROW.thirdOld, 4, () => void c.i32(0).load("u32ToI64", CHECK.registers));
    compare(x, ROW.thirdNew, 8, () => void c.i64(0n));
    return;
  }
  c.get(x.pc)
    .load("i8U", ENGINE.code + 1)
    .set(x.rd);
  compare(x, ROW.thirdOld, 4, () => void c.get(x.rd).load("u32ToI64", CHECK.registers));
  compare(x, ROW.thirdNew, 8, () => withIndex(x, () => void c.get(x.result), x.rd));
}

/** A word of memory: its place and last timestamp, which is in two pieces in `known`. */
function compareWord(x: Context, place: number, timestamp: number): void {
  const { c, word } = x;
  compare(
    x,
    place,
    4,
    () =>
      void c
        .get(word)
        .i32(2)
        .op(shrU.code)
        .i32(MEMORY | 0)
        .op(or.code, extendU.code),
  );
  c.get(word).load("i32", CHECK.stamps).tee(x.known).op(eqz.code).brIf(x.leave);
  compare(x, timestamp, 8, () => void c.get(x.known).op(extendU.code).get(x.base).op(add64.code));
}

/** Stamps one after the other, for the three may be the same register: what the next one finds is what this one left. */
function stampFirst(x: Context): void {
  const { c, r1 } = x;
  c.get(r1).op(extendU.code).i64(45n).op(OP.i64Shl).get(r1).load("i64", CHECK.registerStamps).op(OP.i64Or);
  c.get(x.row).load("i64", ROW.rs1Timestamp).op(OP.i64Ne).brIf(x.leave);
  c.get(r1).get(x.stamp).store("i64", CHECK.registerStamps);
}
function stampRegister(x: Context, register: number, timestamp: number, plus: number, otherwise: number): void {
  const { c } = x;
  c.get(x.row).load("i64", timestamp).get(register).load("i64", CHECK.registerStamps).op(OP.i64Ne).brIf(otherwise);
  c.get(register).get(x.stamp).i64(BigInt(plus)).op(add64.code).store("i64", CHECK.registerStamps);
}
function stampWord(x: Context, plus: number): void {
  const { c } = x;
  c.get(x.word).get(x.stamp).get(x.base).op(sub64.code, wrap.code).i32(plus).op(add.code).store("i32", CHECK.stamps);
}

function setRd(x: Context): void {
  if (!x.zero) x.c.get(x.rd).get(x.result).store("i32", CHECK.registers);
}

/** All three accesses are registers'. */
function registers(x: Context): void {
  comparePlain(x);
  compareSecond(x);
  compareRd(x);
  leaveIfDiffers(x);
  stampFirst(x);
  stampRegister(x, x.r2, ROW.secondTimestamp, 1, x.undoFirst);
  stampRegister(x, x.rd, ROW.thirdTimestamp, 2, x.undoBoth);
  setRd(x);
}

function nextRow(x: Context): void {
  const { c } = x;
  c.get(x.row).i32(ROW.size).op(add.code).set(x.row);
  c.get(x.stamp).i64(4n).op(add64.code).set(x.stamp).br(x.loop);
}
const next = (x: Context) => {
  x.c.get(x.pc).i32(4).op(add.code).set(x.nextPc);
  nextRow(x);
};

const leaveUnlessInRom = ({ c, address, leave }: Context) =>
  c
    .get(address)
    .i32(-ROM_SIZE | 3)
    .op(and.code)
    .brIf(leave);

/** Goes to `address`; a jump to itself is counted. */
function goTo(x: Context): void {
  const { c } = x;
  c.get(x.address).get(x.pc).op(eq.code).if();
  c.i32(0).load("i32", CHECK.selfJumps).op(eqz.code).if();
  c.i32(0).get(x.stamp).get(x.base).op(sub64.code, wrap.code).store("i32", CHECK.firstSelfJump).end();
  c.i32(0).i32(0).load("i32", CHECK.selfJumps).i32(1).op(add.code).store("i32", CHECK.selfJumps);
  c.end();
  c.get(x.address).set(x.nextPc);
  nextRow(x);
}

type Handlers = { [K in Effect["kind"]]?: (x: Context, e: Extract<Effect, { kind: K }>) => void };

const HANDLERS: Handlers = {
  compute(x, { value }) {
    fetch(x);
    if (!x.zero) {
      emit(x, value);
      x.c.set(x.result);
    }
    registers(x);
    next(x);
  },
  load(x, { bytes, signed, address }) {
    const { c } = x;
    fetch(x);
    emit(x, address);
    c.tee(x.address)
      .i32(-ADDRESS_SPACE | (bytes - 1))
      .op(and.code)
      .brIf(x.leave);
    const inRam = () => c.get(x.address).i32(ROM_SIZE).op(geU.code);
    // a load from the ROM is shown as one of address 0 and value 0
    c.get(x.address).i32(-4).op(and.code).i32(0);
    inRam();
    c.op(OP.select).set(x.word);
    comparePlain(x);
    compareWord(x, ROW.secondPlace, ROW.secondTimestamp);
    compare(x, ROW.secondValue, 4, () => {
      c.get(x.word).load("i32").i32(0).get(x.word).op(OP.select, extendU.code);
    });
    if (!x.zero) c.get(x.address).load(loadName(bytes, signed)).set(x.result);
    compareRd(x);
    leaveIfDiffers(x);
    stampFirst(x);
    stampRegister(x, x.rd, ROW.thirdTimestamp, 2, x.undoFirst);
    stampWord(x, 1);
    setRd(x);
    next(x);
  },
  store(x, { bytes, address, value }) {
    const { c } = x;
    fetch(x);
    emit(x, address);
    const shift = Math.log2(bytes);
    c.tee(x.address).i32(ROM_SIZE).op(sub.code);
    if (shift) c.i32(shift).op(rotr.code);
    c.i32((ADDRESS_SPACE - ROM_SIZE) >>> shift)
      .op(geU.code)
      .brIf(x.leave);
    c.get(x.address).i32(-4).op(and.code).set(x.word);
    comparePlain(x);
    compareSecond(x);
    compareWord(x, ROW.thirdPlace, ROW.thirdTimestamp);
    compare(x, ROW.thirdOld, 4, () => void c.get(x.word).load("u32ToI64"));
    emit(x, value);
    if (bytes < 4) mergeInto(x, bytes);
    c.set(x.result);
    compare(x, ROW.thirdNew, 4, () => void c.get(x.result).op(extendU.code));
    leaveIfDiffers(x);
    stampFirst(x);
    stampRegister(x, x.r2, ROW.secondTimestamp, 1, x.undoFirst);
    stampWord(x, 2);
    c.get(x.word).get(x.result).store("i32");
    next(x);
  },
  branch(x, { condition, target }) {
    const { c } = x;
    fetch(x);
    emit(x, condition);
    c.if("i32");
    emit(x, target);
    c.else().get(x.pc).i32(4).op(add.code).end().set(x.address);
    leaveUnlessInRom(x);
    registers(x);
    goTo(x);
  },
  jump(x, { target, link }) {
    const { c } = x;
    fetch(x);
    emit(x, target);
    c.set(x.address);
    leaveUnlessInRom(x);
    if (!x.zero) {
      emit(x, link);
      c.set(x.result);
    }
    registers(x);
    goTo(x);
  },
};

/** Of the value on the stack the lower bytes, in the word that is there. */
function mergeInto(x: Context, bytes: number): void {
  const { c, known } = x;
  const mask = bytes === 1 ? 0xff : 0xffff;
  const bit = () => c.get(x.address).i32(3).op(and.code).i32(3).op(shl.code);
  c.i32(mask).op(and.code);
  bit();
  c.tee(known)
    .op(shl.code)
    .get(x.word)
    .load("i32")
    .i32(mask)
    .get(known)
    .op(shl.code)
    .i32(-1)
    .op(0x73, and.code, or.code);
}

/** `rows(pc, row, end, stamp, base) → row`: up to `end`, or the first row that is not accepted. The new pc is left at `ENGINE.pc`. */
export function fastRows(): Code {
  const c = new Code(5);
  const [nextPc, row, end, stamp, base] = [0, 1, 2, 3, 4];
  const [pc, r1, r2, rd, a, b, address, word, known, result] = Array.from({ length: 10 }, () => c.local());
  const [second, differs] = [c.local("i64"), c.local("i64")];
  const handlers: [Instruction, boolean][] = [
    ...INSTRUCTIONS.map((i): [Instruction, boolean] => [i, i.accesses.third === "x0"]),
    ...INSTRUCTIONS.map((i): [Instruction, boolean] => [i, true]),
  ];
  const own = { pc, nextPc, row, stamp, base, r1, r2, rd, a, b, address, word, known, result, second, differs };
  const leave = c.block().depth;
  const undoFirst = c.block().depth;
  const undoBoth = c.block().depth;
  const loop = c.loop().depth;
  c.get(row).get(end).op(eq.code).brIf(leave);
  c.get(row).load("i32", ROW.pc).get(nextPc).tee(pc).op(ne.code).brIf(leave);
  const depths = handlers.map(() => leave);
  const present = handlers.map(([{ effect }], i) => ({ i, handle: HANDLERS[effect.kind] })).filter((h) => h.handle);
  for (const { i } of present.toReversed()) depths[i] = c.block().depth;
  c.get(pc)
    .load("i8U", ENGINE.code)
    .brTable([leave, ...depths], leave);
  for (const { i, handle } of present) {
    c.end();
    const [instruction, zero] = handlers[i];
    handle!({ c, ...own, zero, leave, undoFirst, undoBoth, loop }, instruction.effect as never);
  }
  c.end();
  // the row's own timestamps were compared with these stamps before they were overwritten
  const restore = (byte: number, timestamp: number) => {
    c.end();
    c.get(pc).load("i8U", ENGINE.code + byte);
    c.get(row).load("i64", timestamp).i64(TIMESTAMP_MASK).op(OP.i64And).store("i64", CHECK.registerStamps);
  };
  restore(3, ROW.secondTimestamp);
  restore(2, ROW.rs1Timestamp);
  c.end();
  c.i32(0).get(nextPc).store("i32", ENGINE.pc);
  return c.get(row);
}
