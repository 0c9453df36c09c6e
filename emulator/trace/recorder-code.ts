/**
 * The interpreter that records, as a WebAssembly module generated from the instruction table: like `engine/interpreter-code.ts`, but
 * each handler also writes the row of its cycle and stamps what it accesses. An instruction that is not plain changes nothing and leaves.
 * Rows with rd = x0 have handlers of their own: nothing is written to the register, and the row says 0.
 */
import { emitExpression, loadName, storeName } from "../isa/emit.ts";
import { type Expression, OPERATORS } from "../isa/expression.ts";
import { type Delegation, type Effect, INSTRUCTIONS, type Instruction } from "../isa/table.ts";
import { refusesLoad, refusesStore } from "../machine/address-code.ts";
import { ENGINE, PAGE_SHIFT, ROM_SIZE } from "../machine/layout.ts";
import { SHARES } from "../machine/memory.ts";
import { Code, ModuleBuilder, OP } from "../wasm/builder.ts";
import { BUFFER_CALLS, DELEGATION_NAMES, DELEGATIONS, MEMORY, ROW, TRACE, TRACE_PAGES } from "./layout.ts";
import { prepareCall, recordCall } from "./recorder-delegation-code.ts";

/** Operation numbers: 0 leaves; then the rows of the table; then the rows of the table with rd = x0; then jumps that may be to themselves. */
export const LEAVE = 0;
export const operationOf = (index: number, rd: number): number => 1 + index + (rd === 0 ? INSTRUCTIONS.length : 0);
/** The same jump without the question whether it ends the run: for padding. */
export const paddingOperationOf = (index: number, rd: number): number =>
  INSTRUCTIONS[index].effect.kind === "jump" && INSTRUCTIONS[index].reads.rs1
    ? 1 + 2 * INSTRUCTIONS.length + (rd === 0 ? 1 : 0)
    : operationOf(index, rd);

const { add, and, shl, shrU, geU, eq, or, add64, extendU } = OPERATORS;

interface Context {
  c: Code;
  /** parameters: pc, address of the row, timestamp of the row */
  pc: number;
  row: number;
  stamp: number;
  /** register offsets (4 bytes a register) and values */
  r1: number;
  r2: number;
  rd: number;
  a: number;
  b: number;
  address: number;
  word: number;
  result: number;
  stampAt: number;
  tapeValue: number;
  loop: number;
  leave: number;
  exit: number;
  zero: boolean;
  mayEnd: boolean;
  /** rows are written; else only what later rows need is kept: stamps */
  writes: boolean;
  tapeRead: number;
  tapeWrite: number;
  delegate: Record<Delegation, number>;
  record: Record<Delegation, number>;
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

const stampNow = ({ c, stamp }: Context, plus: number) => {
  c.get(stamp);
  if (plus) c.i64(BigInt(plus)).op(add64.code);
};

/** Reads rs1 and rs2 into `a` and `b`, and rd's offset. */
function fetch(x: Context): void {
  const { c, pc } = x;
  for (const [byte, offset, value] of [
    [2, x.r1, x.a],
    [3, x.r2, x.b],
  ])
    c.get(pc)
      .load("i8U", ENGINE.code + byte)
      .tee(offset)
      .load("i32", ENGINE.registers)
      .set(value);
}

/** Without a row: the register whose offset is in this local. */
function stampRegister(x: Context, register: number, plus: number): void {
  x.c.get(register).i32(1).op(shl.code);
  stampNow(x, plus);
  x.c.store("i64", TRACE.registerTimestamps);
}

/** pc and the access of rs1. */
function recordFirst(x: Context): void {
  const { c, row, r1 } = x;
  if (!x.writes) {
    stampRegister(x, r1, 0);
    return;
  }
  c.get(row).get(x.pc).store("i32", ROW.pc).get(row).get(x.a).store("i32", ROW.rs1Value);
  // timestamp and index share eight bytes
  c.get(row);
  c.get(r1).i32(1).op(shl.code).tee(x.stampAt).load("i64", TRACE.registerTimestamps);
  c.get(r1).op(extendU.code).i64(46n).op(OP.i64Shl, OP.i64Or).store("i64", ROW.rs1Timestamp);
  c.get(x.stampAt);
  stampNow(x, 0);
  c.store("i64", TRACE.registerTimestamps);
}

function recordSecondRegister(x: Context, csr = 0): void {
  const { c, row, r2 } = x;
  if (!x.writes) {
    stampRegister(x, r2, 1);
    return;
  }
  c.get(row).get(x.b).store("i32", ROW.secondValue);
  c.get(row).get(r2).i32(2).op(shrU.code).store("i32", ROW.secondPlace);
  c.get(row).get(r2).i32(1).op(shl.code).tee(x.stampAt).load("i64", TRACE.registerTimestamps);
  if (csr) c.i64(BigInt(csr) << 48n).op(OP.i64Or);
  c.store("i64", ROW.secondTimestamp);
  c.get(x.stampAt);
  stampNow(x, 1);
  c.store("i64", TRACE.registerTimestamps);
}

/** The access of a word of memory: its (aligned) address is in `word`. */
function recordWord(x: Context, place: number, timestamp: number, plus: number): void {
  const { c, row, word } = x;
  if (x.writes) {
    c.get(row)
      .get(word)
      .i32(2)
      .op(shrU.code)
      .i32(MEMORY | 0)
      .op(or.code)
      .store("i32", place);
    c.get(row).get(word).i32(1).op(shl.code).load("i64", TRACE.wordTimestamps).store("i64", timestamp);
  }
  c.get(word).i32(1).op(shl.code);
  stampNow(x, plus);
  c.store("i64", TRACE.wordTimestamps);
  c.get(word).i32(PAGE_SHIFT).op(shrU.code).i32(1).store("i8", TRACE.accessed);
}

/** The access of rd, whose new value is in `result` (not used when rd is x0). The tape word must be stored after it. */
function recordRd(x: Context): void {
  const { c, row, rd } = x;
  if (!x.writes) {
    if (x.zero) c.i32(0).set(rd);
    else
      c.get(x.pc)
        .load("i8U", ENGINE.code + 1)
        .set(rd);
    stampRegister(x, rd, 2);
    if (!x.zero) c.get(rd).get(x.result).store("i32", ENGINE.registers);
    return;
  }
  if (x.zero) {
    c.get(row).i64(0n).store("i64", ROW.thirdOld).get(row).i32(0).store("i32", ROW.thirdPlace);
    c.get(row).i32(0).load("i64", TRACE.registerTimestamps).store("i64", ROW.thirdTimestamp);
    c.i32(0);
    stampNow(x, 2);
    c.store("i64", TRACE.registerTimestamps);
    return;
  }
  c.get(row)
    .get(x.pc)
    .load("i8U", ENGINE.code + 1)
    .tee(rd)
    .load("i32", ENGINE.registers)
    .store("i32", ROW.thirdOld);
  c.get(row).get(x.result).store("i32", ROW.thirdNew);
  c.get(row).get(rd).i32(2).op(shrU.code).store("i32", ROW.thirdPlace);
  c.get(row).get(rd).i32(1).op(shl.code).tee(x.stampAt).load("i64", TRACE.registerTimestamps);
  c.store("i64", ROW.thirdTimestamp);
  c.get(x.stampAt);
  stampNow(x, 2);
  c.store("i64", TRACE.registerTimestamps);
  c.get(rd).get(x.result).store("i32", ENGINE.registers);
}

const noTape = ({ c, row, writes }: Context) => {
  if (writes) c.get(row).i32(0).store("i32", ROW.tapeWord);
};

/** Goes on with the next row; pc is already set. */
function nextRow({ c, row, stamp, loop }: Context): void {
  c.get(row).i32(ROW.size).op(add.code).set(row);
  c.get(stamp).i64(4n).op(add64.code).set(stamp).br(loop);
}
const next = (x: Context) => {
  x.c.get(x.pc).i32(4).op(add.code).set(x.pc);
  nextRow(x);
};

const HANDLERS: { [K in Effect["kind"]]: (x: Context, e: Extract<Effect, { kind: K }>, row: Instruction) => void } = {
  compute(x, { value }) {
    fetch(x);
    recordFirst(x);
    recordSecondRegister(x);
    if (!x.zero) {
      emit(x, value);
      x.c.set(x.result);
    }
    recordRd(x);
    noTape(x);
    next(x);
  },
  load(x, { bytes, signed, address }) {
    const { c } = x;
    fetch(x);
    emit(x, address);
    refusesLoad(c, x.address, bytes).brIf(x.leave);
    recordFirst(x);
    // a load from the ROM is shown as one of address 0 and value 0
    const inRam = () => c.get(x.address).i32(ROM_SIZE).op(geU.code);
    c.get(x.address).i32(-4).op(and.code).i32(0);
    inRam();
    c.op(OP.select).set(x.word);
    if (x.writes) {
      c.get(x.row).get(x.word).load("i32").i32(0);
      inRam();
      c.op(OP.select).store("i32", ROW.secondValue);
    }
    recordWord(x, ROW.secondPlace, ROW.secondTimestamp, 1);
    if (!x.zero) c.get(x.address).load(loadName(bytes, signed)).set(x.result);
    recordRd(x);
    noTape(x);
    next(x);
  },
  store(x, { bytes, address, value }) {
    const { c } = x;
    fetch(x);
    emit(x, address);
    refusesStore(c, x.address, bytes).brIf(x.leave);
    recordFirst(x);
    recordSecondRegister(x);
    c.get(x.address).i32(-4).op(and.code).set(x.word);
    if (x.writes) c.get(x.row).get(x.word).load("i32").store("i32", ROW.thirdOld);
    c.get(x.address);
    emit(x, value);
    c.store(storeName(bytes));
    if (x.writes) c.get(x.row).get(x.word).load("i32").store("i32", ROW.thirdNew);
    recordWord(x, ROW.thirdPlace, ROW.thirdTimestamp, 2);
    c.get(x.word).i32(PAGE_SHIFT).op(shrU.code).i32(0).store("i8", ENGINE.unwritten);
    noTape(x);
    next(x);
  },
  branch(x, { condition, target }) {
    const { c } = x;
    fetch(x);
    recordFirst(x);
    recordSecondRegister(x);
    recordRd(x);
    noTape(x);
    emit(x, condition);
    c.if("i32");
    emit(x, target);
    c.else().get(x.pc).i32(4).op(add.code).end().set(x.pc);
    nextRow(x);
  },
  jump(x, { target, link }, row) {
    const { c } = x;
    fetch(x);
    emit(x, target);
    c.set(x.address);
    if (row.reads.rs1) {
      c.get(x.address)
        .i32(-ROM_SIZE | 3)
        .op(and.code);
      if (x.mayEnd) c.get(x.address).get(x.pc).op(eq.code, or.code);
      c.brIf(x.leave);
    }
    recordFirst(x);
    recordSecondRegister(x);
    if (!x.zero) {
      emit(x, link);
      c.set(x.result);
    }
    recordRd(x);
    noTape(x);
    c.get(x.address).set(x.pc);
    nextRow(x);
  },
  tape(x) {
    const { c } = x;
    fetch(x);
    if (!x.zero) {
      c.call(x.tapeRead).tee(x.tapeValue);
      c.f64(0).op(OP.f64Lt).brIf(x.leave);
      c.get(x.tapeValue).op(OP.f64ToU32).set(x.result);
    }
    c.get(x.r1).if().get(x.a).call(x.tapeWrite).brIf(x.leave).end();
    recordFirst(x);
    recordSecondRegister(x);
    recordRd(x);
    if (x.writes) {
      c.get(x.row);
      if (x.zero) c.i32(0);
      else c.get(x.result);
      c.store("i32", ROW.tapeWord);
    }
    next(x);
  },
  delegate(x, { delegation }) {
    const { c } = x;
    const full = TRACE.calls[delegation];
    fetch(x);
    // the first half keeps the values of before, calls, and leaves if the call is refused; the second stamps
    c.call(x.delegate[delegation]).brIf(x.leave);
    recordFirst(x);
    recordSecondRegister(x, DELEGATIONS[delegation].csr);
    c.i32(0).set(x.result);
    recordRd(x);
    noTape(x);
    stampNow(x, 3);
    c.call(x.record[delegation]);
    c.get(x.pc).i32(4).op(add.code).set(x.pc);
    c.get(x.row).i32(ROW.size).op(add.code).set(x.row);
    c.get(x.stamp).i64(4n).op(add64.code).set(x.stamp);
    c.i32(0).load("i32", full).i32(BUFFER_CALLS).op(eq.code).brIf(x.exit);
    c.br(x.loop);
  },
};

type Imports = Pick<Context, "tapeRead" | "tapeWrite" | "delegate" | "record">;

function interpret(imports: Imports, writes: boolean): Code {
  const c = new Code(4);
  const [pc, row, end, stamp] = [0, 1, 2, 3];
  const [r1, r2, rd, a, b, address, word, result, stampAt] = Array.from({ length: 9 }, () => c.local());
  const tapeValue = c.local("f64");
  c.block();
  const exit = c.depth;
  c.loop();
  const loop = c.depth;
  c.get(row).get(end).op(eq.code).brIf(exit);
  const handlers: [Instruction, zero: boolean, mayEnd: boolean][] = [
    ...INSTRUCTIONS.map((i): [Instruction, boolean, boolean] => [i, i.accesses.third === "x0", true]),
    ...INSTRUCTIONS.map((i): [Instruction, boolean, boolean] => [i, true, true]),
  ];
  const jalr = INSTRUCTIONS.find((i) => i.effect.kind === "jump" && i.reads.rs1)!;
  handlers.push([jalr, false, false], [jalr, true, false]);
  const depths: number[] = [];
  for (let i = handlers.length - 1; i >= 0; i--) depths[i] = c.block().depth;
  c.get(pc)
    .load("i8U", ENGINE.code)
    .brTable([exit, ...depths], exit);
  for (const [instruction, zero, mayEnd] of handlers) {
    c.end();
    const own = { r1, r2, rd, a, b, address, word, result, stampAt, tapeValue };
    const x: Context = { c, pc, row, stamp, ...own, loop, leave: exit, exit, zero, mayEnd, writes, ...imports };
    HANDLERS[instruction.effect.kind](x, instruction.effect as never, instruction);
  }
  c.end().end();
  c.i32(0).get(pc).store("i32", ENGINE.pc);
  return c.get(row);
}

/**
 * Exports `run(pc, row, end, timestamp) → row`: from the address of the first row to write up to `end`, or until a buffer of delegations is
 * full, or the instruction at pc is not plain. The new pc is left at `ENGINE.pc`. And `skim`, which does the same but writes no rows.
 */
export function recorderModule(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory(TRACE_PAGES, SHARES);
  const tapeRead = module.importFunction("tapeRead", [], ["f64"]);
  const tapeWrite = module.importFunction("tapeWrite", ["i32"], ["i32"]);
  const calls = DELEGATION_NAMES.map((name) => [name, module.importFunction(name, [], ["i32"])] as const);
  const delegate = {} as Record<Delegation, number>;
  const records = {} as Record<Delegation, number>;
  for (const [name, call] of calls) {
    delegate[name] = module.addFunction([], ["i32"], prepareCall(name, call));
    records[name] = module.addFunction(["i64"], [], recordCall(name));
  }
  for (const [name, writes] of [
    ["run", true],
    ["skim", false],
  ] as const) {
    const code = interpret({ tapeRead, tapeWrite, delegate, record: records }, writes);
    module.addFunction(["i32", "i32", "i32", "i64"], ["i32"], code, name);
  }
  return module.build();
}
