/**
 * The checker's fast row loop, generated from the instruction table: it accepts a row whose 56 bytes are those that the model of the machine gives,
 * and leaves at any other with the model as it was in front of it; the careful loop (`check-row-code.ts`) then decides. So it may refuse too much, never too
 * little: every byte of the row is compared. Of a register that was not yet accessed in the chunk the model has a timestamp that no row has (`CHECK.unseen`): such a row
 * goes to the careful loop. A word's first access has code of its own, in the loop, for to leave it and come back takes 90 ns. Rows with delegation calls are left to
 * `check-call-code.ts`.
 */
import { emitExpression, loadName } from "../isa/emit.ts";
import { type Expression, OPERATORS } from "../isa/expression.ts";
import { type Effect, INSTRUCTIONS, type Instruction } from "../isa/table.ts";
import { ADDRESS_SPACE, ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { type Code, OP } from "../wasm/builder.ts";
import { noteFirst } from "./check-access-code.ts";
import { CHECK } from "./check-layout.ts";
import { PAIRS } from "./check-pairs.ts";
import { noteTapeWord } from "./check-row-code.ts";
import { MEMORY, ROW } from "./layout.ts";
import { WitnessCode, type WitnessMemory } from "./witness-code.ts";

const { add, sub, and, shl, shrU, geU, rotr, eq, eqz, or, add64, sub64, extendU, wrap } = OPERATORS;

interface Context {
  c: WitnessCode;
  pc: number;
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
  /** of 64 bits: not 0 if something differs */
  differs: number;
  /** of 64 bits: the row's timestamps of registers with what stands above them, and the model's of before */
  claimed: readonly number[];
  before: readonly number[];
  zero: boolean;
  /** the next row's code follows */
  pairs: boolean;
  /** nothing was changed yet; stamps of r1 and r2 were; and that of rd */
  leave: number;
  undoTwo: number;
  undoThree: number;
  loop: number;
  /** the code is for a word's first access in the chunk; and where that is, if it is not */
  isFirst: boolean;
  first: number;
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

/** Registers as the model has them. Taken from the row instead, so that rows do not depend on each other, they took 5 % longer. */
function fetch(x: Context): void {
  const { c, pc } = x;
  for (const [byte, offset, value] of [
    [2, x.r1, x.a],
    [3, x.r2, x.b],
  ])
    c.get(pc)
      .load("i8U", ENGINE.code + byte)
      .tee(offset)
      .load("i32", CHECK.registers)
      .set(value);
}

/**
 * Compares eight bytes of the row, or four, with a value of 64 bits. A difference whose subtrahend is no load: V8 makes an operand in memory of any
 * other single use of a load, and then loads twice.
 */
function compare(x: Context, offset: number, bytes: 4 | 8, expected: () => void, isFirst = false): void {
  const { c, row, differs } = x;
  c.get(row).loadWitness(bytes === 8 ? "i64" : "u32ToI64", offset);
  expected();
  c.op(sub64.code);
  if (!isFirst) c.get(differs).op(OP.i64Or);
  c.set(differs);
}

const leaveIfDiffers = ({ c, differs }: Context, otherwise: number) =>
  c.get(differs).i64(0n).op(OP.i64Ne).brIf(otherwise);

/** Two words as one of 64 bits: the upper one is an offset of 8 bytes a register, shifted to what the row names. */
const withIndex = (x: Context, low: () => void, register: number) => {
  low();
  x.c.op(extendU.code).get(register).op(extendU.code).i64(29n).op(OP.i64Shl, OP.i64Or);
};

/** pc, rs1's value, and what must be 0, unless it is a word of the tape. */
function comparePlain(x: Context, readsTape = false): void {
  const { c, row, pc, a, differs } = x;
  const expected = () => void c.get(pc).op(extendU.code).get(a).op(extendU.code).i64(32n).op(OP.i64Shl, OP.i64Or);
  compare(x, ROW.pc, 8, expected, true);
  if (readsTape) return;
  c.get(row).loadWitness("u32ToI64", ROW.tapeWord).get(differs).op(OP.i64Or).set(differs);
}

const compareSecond = (x: Context) => compare(x, ROW.secondValue, 8, () => withIndex(x, () => void x.c.get(x.b), x.r2));

/** rd's old and new value and its place. */
function compareRd(x: Context): void {
  const { c } = x;
  if (x.zero) c.i32(0).set(x.rd);
  else
    c.get(x.pc)
      .load("i8U", ENGINE.code + 1)
      .set(x.rd);
  compare(x, ROW.thirdOld, 4, () => void c.get(x.rd).load("u32ToI64", CHECK.registers));
  if (x.zero) c.get(x.row).loadWitness("i64", ROW.thirdNew).get(x.differs).op(OP.i64Or).set(x.differs);
  else compare(x, ROW.thirdNew, 8, () => withIndex(x, () => void c.get(x.result), x.rd));
}

/** Where a row has a word's place, its value before, and its last timestamp. */
interface WordFields {
  place: number;
  value: number;
  timestamp: number;
}
const LOADED: WordFields = { place: ROW.secondPlace, value: ROW.secondValue, timestamp: ROW.secondTimestamp };
const STORED: WordFields = { place: ROW.thirdPlace, value: ROW.thirdOld, timestamp: ROW.thirdTimestamp };

const placeOf = ({ c, word }: Context) =>
  c
    .get(word)
    .i32(2)
    .op(shrU.code)
    .i32(MEMORY | 0)
    .op(or.code);

/** A word of memory: its place and last timestamp. */
function compareWord(x: Context, at: WordFields): void {
  const { c, word } = x;
  compare(x, at.place, 4, () => void placeOf(x).op(extendU.code));
  if (x.isFirst) believeWord(x, at);
  else {
    c.get(word).load("i32", CHECK.stamps).tee(x.known).op(eqz.code).brIf(x.first);
    compare(x, at.timestamp, 8, () => void c.get(x.known).op(extendU.code).get(x.base).op(add64.code));
  }
}

/**
 * The word's first access in the chunk: what the row says of it is believed, if it is from before the chunk and the word is not that for the ROM. The value is
 * stored before the row is accepted, for while a word has no stamp nobody looks at what it is.
 */
function believeWord({ c, row, word, base, leave }: Context, at: WordFields): void {
  c.get(word).op(eqz.code).get(row).loadWitness("i64", at.timestamp).get(base).op(OP.i64GtU, or.code).brIf(leave);
  c.get(word).get(row).loadWitness("i32", at.value).store("i32");
}

/** The row's timestamps of two or three registers, and what stands above them; loaded before any stamp is stored, which keeps V8 from loading them twice. */
function loadTimestamps(x: Context, ...timestamps: readonly number[]): void {
  for (const [i, timestamp] of timestamps.entries()) x.c.get(x.row).loadWitness("i64", timestamp).set(x.claimed[i]);
}

/**
 * Compares and stamps one register after the other, for they may be the same: what the next one finds is what this one left. What was there is kept, for
 * if something differs at last.
 */
function stampRegister(x: Context, nth: 0 | 1 | 2, register: number, plus: number): void {
  const { c, differs } = x;
  c.get(x.claimed[nth]);
  // above the first timestamp is the register's index
  if (plus === 0) c.get(register).op(extendU.code).i64(45n).op(OP.i64Shl, sub64.code);
  c.get(register).load("i64", CHECK.registerStamps).tee(x.before[nth]);
  c.op(sub64.code).get(differs).op(OP.i64Or).set(differs);
  c.get(register).get(x.stamp);
  if (plus) c.i64(BigInt(plus)).op(add64.code);
  c.store("i64", CHECK.registerStamps);
}

function stampWord(x: Context, at: WordFields, plus: number): void {
  const { c, row, word, known } = x;
  c.get(word).get(x.stamp).get(x.base).op(sub64.code, wrap.code).i32(plus).op(add.code);
  if (x.isFirst)
    noteFirst(c.tee(known), {
      place: () => void placeOf(x),
      value: () => void c.get(row).loadWitness("i32", at.value),
      timestamp: () => void c.get(row).loadWitness("i64", at.timestamp),
      stamp: () => void c.get(known),
    });
  c.store("i32", CHECK.stamps);
}

function setRd(x: Context): void {
  if (!x.zero) x.c.get(x.rd).get(x.result).store("i32", CHECK.registers);
}

/** All three accesses are registers'. */
function registers(x: Context, readsTape = false): void {
  comparePlain(x, readsTape);
  compareSecond(x);
  compareRd(x);
  loadTimestamps(x, ROW.rs1Timestamp, ROW.secondTimestamp, ROW.thirdTimestamp);
  stampRegister(x, 0, x.r1, 0);
  stampRegister(x, 1, x.r2, 1);
  stampRegister(x, 2, x.rd, 2);
  leaveIfDiffers(x, x.undoThree);
  setRd(x);
}

/** rs1's access and that of another register; the third is a word's. */
function twoRegisters(x: Context, other: number, timestamp: number, plus: number): void {
  loadTimestamps(x, ROW.rs1Timestamp, timestamp);
  stampRegister(x, 0, x.r1, 0);
  stampRegister(x, 1, other, plus);
  if (other !== x.r2) x.c.get(other).set(x.r2);
  leaveIfDiffers(x, x.undoTwo);
}

function nextRow(x: Context): void {
  const { c } = x;
  c.get(x.row).i32(ROW.size).op(add.code).set(x.row);
  c.get(x.stamp).i64(4n).op(add64.code).set(x.stamp);
  if (!x.pairs) c.br(x.loop);
}
const next = (x: Context) => {
  x.c.get(x.pc).i32(4).op(add.code).set(x.pc);
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
  c.get(x.address).set(x.pc);
  nextRow(x);
}

type Kind = Exclude<Effect["kind"], "delegate">;
type Handlers = { [K in Kind]: (x: Context, e: Extract<Effect, { kind: K }>) => void };

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
    compareWord(x, LOADED);
    compare(x, ROW.secondValue, 4, () => {
      c.get(x.word).load("i32").i32(0).get(x.word).op(OP.select, extendU.code);
    });
    if (!x.zero) c.get(x.address).load(loadName(bytes, signed)).set(x.result);
    compareRd(x);
    twoRegisters(x, x.rd, ROW.thirdTimestamp, 2);
    stampWord(x, LOADED, 1);
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
    compareWord(x, STORED);
    compare(x, ROW.thirdOld, 4, () => void c.get(x.word).load("u32ToI64"));
    emit(x, value);
    if (bytes < 4) mergeInto(x, bytes);
    c.set(x.result);
    compare(x, ROW.thirdNew, 4, () => void c.get(x.result).op(extendU.code));
    twoRegisters(x, x.r2, ROW.secondTimestamp, 1);
    stampWord(x, STORED, 2);
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
  tape(x) {
    fetch(x);
    if (!x.zero) x.c.get(x.row).loadWitness("i32", ROW.tapeWord).set(x.result);
    registers(x, !x.zero);
    if (!x.zero) noteTapeWord(x.c, x.result);
    next(x);
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
export function fastRows(witness: WitnessMemory): Code {
  const c = new WitnessCode(5, witness);
  const [pc, row, end, stamp, base] = [0, 1, 2, 3, 4];
  const [r1, r2, rd, a, b, address, word, known, result] = Array.from({ length: 9 }, () => c.local());
  const [differs, ...stamps] = Array.from({ length: 7 }, () => c.local("i64"));
  const [claimed, before] = [stamps.slice(0, 3), stamps.slice(3)];
  const handlers: [Instruction, boolean][] = [
    ...INSTRUCTIONS.map((i): [Instruction, boolean] => [i, i.accesses.third === "x0"]),
    ...INSTRUCTIONS.map((i): [Instruction, boolean] => [i, true]),
  ];
  const own = { pc, row, stamp, base, r1, r2, rd, a, b, address, word, known, result, differs, claimed, before };
  const leave = c.block().depth;
  const undoTwo = c.block().depth;
  const undoThree = c.block().depth;
  const loop = c.loop().depth;
  c.get(row).get(end).op(eq.code).brIf(leave);
  const depths = handlers.map(() => leave);
  /** The handler whose code a handler shares: what is computed for x0 does not matter, and instructions without rd are the same in both halves. */
  const codeOf = (i: number) => {
    const [{ effect, accesses }, zero] = handlers[i];
    if (zero && effect.kind === "compute")
      return handlers.findIndex(([x, toZero]) => toZero && x.effect.kind === "compute");
    return accesses.third === "rd" ? i : i % INSTRUCTIONS.length;
  };
  const present = handlers.flatMap(([{ effect }], i) => (effect.kind === "delegate" ? [] : [i]));
  const unlike = present.filter((i) => codeOf(i) === i);
  // loads to x0 are left to the careful loop
  const firsts = unlike.filter((i) => {
    const { kind } = handlers[i][0].effect;
    return kind === "store" || (kind === "load" && !handlers[i][1]);
  });
  const firstDepths = new Map(firsts.map((i) => [i, c.block().depth]));
  const pairDepths = PAIRS.map(() => c.block().depth);
  for (const i of unlike.toReversed()) depths[i] = c.block().depth;
  for (const i of present) depths[i] = depths[codeOf(i)];
  c.get(pc)
    .load("i8U", ENGINE.code)
    .brTable([leave, ...depths, ...pairDepths], leave);
  const emitRow = (i: number, pairs: boolean, isFirst = false) => {
    const [{ effect }, zero] = handlers[i];
    const first = firstDepths.get(i) ?? leave;
    const x = { c, ...own, zero, pairs, isFirst, first, leave, undoTwo, undoThree, loop };
    HANDLERS[effect.kind as Kind](x, effect as never);
  };
  for (const i of unlike) {
    c.end();
    emitRow(i, false);
  }
  for (const [first, second] of PAIRS.toReversed()) {
    c.end();
    c.get(row).i32(ROW.size).op(add.code).get(end).op(eq.code).brIf(leave);
    emitRow(first, true);
    emitRow(second, false);
  }
  for (const i of firsts.toReversed()) {
    c.end();
    emitRow(i, false, true);
  }
  const restore = (nth: number, register: number) =>
    c.get(register).get(before[nth]).store("i64", CHECK.registerStamps);
  c.end().end();
  restore(2, rd);
  c.end();
  restore(1, r2);
  restore(0, r1);
  c.end();
  c.i32(0).get(pc).store("i32", ENGINE.pc);
  return c.get(row);
}
