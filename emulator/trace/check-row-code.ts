/**
 * The checker's careful row loop, generated from the instruction table and independent of the recorder: it does not make rows, it reads them, beside a
 * model of the machine. Of a place that was not yet accessed in the chunk it believes value and timestamp, and notes them (`ENTRY`); whoever joins the
 * chunks proves them right (`check.ts`). Everything else is compared, one thing after the other, so that a refusal has a name. Rows that `check-fast-code.ts`
 * does not accept come here: this code decides.
 */
import { emitExpression, loadName, storeName } from "../isa/emit.ts";
import { type Expression, OPERATORS } from "../isa/expression.ts";
import { type Delegation, type Effect, INSTRUCTIONS, type Instruction } from "../isa/table.ts";
import { ADDRESS_SPACE, ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { type Code, OP } from "../wasm/builder.ts";
import { type Accessed, type AccessFunctions, access } from "./check-access-code.ts";
import { CHECK, RULE } from "./check-layout.ts";
import { PAIRS } from "./check-pairs.ts";
import { DELEGATIONS, MEMORY, ROW } from "./layout.ts";
import { WitnessCode, type WitnessMemory } from "./witness-code.ts";

/** Operation numbers: 0 for refused words, then the rows of the table, then these with rd = x0. */
export const REFUSED = 0;
export const checkedOperation = (index: number, rd: number): number => 1 + index + (rd === 0 ? INSTRUCTIONS.length : 0);

const { add, sub, and, shrU, geU, rotr, eq, ne, eqz, or } = OPERATORS;

interface Context {
  c: WitnessCode;
  pc: number;
  row: number;
  stamp: number;
  base: number;
  rule: number;
  r1: number;
  r2: number;
  rd: number;
  a: number;
  b: number;
  address: number;
  word: number;
  result: number;
  zero: boolean;
  fail: number;
  loop: number;
  access: AccessFunctions;
  tapeWord: number;
  check: Record<Delegation, number>;
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

const rule = ({ c, rule: local }: Context, number: number) => c.i32(number).set(local);
const failIf = ({ c, fail }: Context, ...opcodes: [number, number?, number?]) => c.op(...opcodes).brIf(fail);
const field = ({ c, row }: Context, offset: number) => c.get(row).loadWitness("i32", offset);

function rowAccess(
  x: Context,
  of: Accessed,
  index: number,
  at: { value: number; raw: number },
  plus: number,
  upper = 0,
) {
  const { c, row } = x;
  access(c, x.access, x.base, x.fail, {
    of,
    index: () => void c.get(index),
    value: () => void c.get(row).loadWitness("i32", at.value),
    raw: () => void c.get(row).loadWitness("i64", at.raw),
    // the field above rs1's timestamp is its index
    upper: () => void (plus === 0 ? c.get(index).i32(3).op(shrU.code) : c.i32(upper)),
    stamp: () => void c.get(x.stamp).i32(plus).op(add.code),
  });
}

const SECOND = { value: ROW.secondValue, raw: ROW.secondTimestamp };
const THIRD = { value: ROW.thirdOld, raw: ROW.thirdTimestamp };

function checkFirst(x: Context): void {
  rule(x, RULE.rs1);
  rowAccess(x, "register", x.r1, { value: ROW.rs1Value, raw: ROW.rs1Timestamp }, 0);
}

function checkSecondRegister(x: Context, csr = 0): void {
  const { r2 } = x;
  rule(x, RULE.secondPlace);
  field(x, ROW.secondPlace).get(r2).i32(3).op(shrU.code);
  failIf(x, ne.code);
  rule(x, RULE.second);
  rowAccess(x, "register", r2, SECOND, 1, csr);
}

/** rd: its place and access, and that its new value is `result` (0 for x0). */
function checkRd(x: Context): void {
  const { c, rd } = x;
  rule(x, RULE.thirdPlace);
  if (x.zero) c.i32(0).set(rd);
  else
    c.get(x.pc)
      .load("i8U", ENGINE.code + 1)
      .set(rd);
  field(x, ROW.thirdPlace).get(rd).i32(3).op(shrU.code);
  failIf(x, ne.code);
  rule(x, RULE.third);
  rowAccess(x, "register", rd, THIRD, 2);
  rule(x, RULE.result);
  field(x, ROW.thirdNew);
  if (x.zero) {
    c.brIf(x.fail);
    return;
  }
  c.get(x.result);
  failIf(x, ne.code);
  c.get(rd).get(x.result).store("i32", CHECK.registers);
}

const checkPlace = (x: Context, offset: number, number: number) => {
  rule(x, number);
  field(x, offset)
    .get(x.word)
    .i32(2)
    .op(shrU.code)
    .i32(MEMORY | 0)
    .op(or.code);
  failIf(x, ne.code);
};

const noTape = (x: Context) => {
  rule(x, RULE.tapeWord);
  field(x, ROW.tapeWord).brIf(x.fail);
};

function fetch(x: Context): void {
  const { c, pc } = x;
  c.get(pc)
    .load("i8U", ENGINE.code + 2)
    .set(x.r1);
  c.get(pc)
    .load("i8U", ENGINE.code + 3)
    .set(x.r2);
  field(x, ROW.rs1Value).set(x.a);
  field(x, ROW.secondValue).set(x.b);
}

function nextRow(x: Context): void {
  const { c } = x;
  c.get(x.row).i32(ROW.size).op(add.code).set(x.row);
  c.get(x.stamp).i32(4).op(add.code).set(x.stamp).br(x.loop);
}
const next = (x: Context) => {
  x.c.get(x.pc).i32(4).op(add.code).set(x.pc);
  nextRow(x);
};

/** Goes to `address`, which must be a word of the ROM; notes a jump to itself. */
function goTo(x: Context): void {
  const { c } = x;
  rule(x, RULE.jump);
  c.get(x.address)
    .i32(-ROM_SIZE | 3)
    .op(and.code)
    .brIf(x.fail);
  c.get(x.address).get(x.pc).op(eq.code).if();
  c.i32(0).load("i32", CHECK.selfJumps).op(eqz.code).if();
  c.i32(0).get(x.stamp).store("i32", CHECK.firstSelfJump).end();
  c.i32(0).i32(0).load("i32", CHECK.selfJumps).i32(1).op(add.code).store("i32", CHECK.selfJumps);
  c.end();
  c.get(x.address).set(x.pc);
}

const HANDLERS: { [K in Effect["kind"]]: (x: Context, e: Extract<Effect, { kind: K }>) => void } = {
  compute(x, { value }) {
    checkFirst(x);
    checkSecondRegister(x);
    if (!x.zero) {
      emit(x, value);
      x.c.set(x.result);
    }
    checkRd(x);
    noTape(x);
    next(x);
  },
  load(x, { bytes, signed, address }) {
    const { c } = x;
    checkFirst(x);
    rule(x, RULE.address);
    emit(x, address);
    c.tee(x.address)
      .i32(-ADDRESS_SPACE | (bytes - 1))
      .op(and.code)
      .brIf(x.fail);
    c.get(x.address).i32(-4).op(and.code).i32(0).get(x.address).i32(ROM_SIZE).op(geU.code, OP.select).set(x.word);
    checkPlace(x, ROW.secondPlace, RULE.secondPlace);
    rule(x, RULE.second);
    rowAccess(x, "word", x.word, SECOND, 1);
    if (!x.zero) c.get(x.address).load(loadName(bytes, signed)).set(x.result);
    checkRd(x);
    noTape(x);
    next(x);
  },
  store(x, { bytes, address, value }) {
    const { c } = x;
    checkFirst(x);
    checkSecondRegister(x);
    rule(x, RULE.address);
    emit(x, address);
    const shift = Math.log2(bytes);
    c.tee(x.address).i32(ROM_SIZE).op(sub.code);
    if (shift) c.i32(shift).op(rotr.code);
    c.i32((ADDRESS_SPACE - ROM_SIZE) >>> shift)
      .op(geU.code)
      .brIf(x.fail);
    c.get(x.address).i32(-4).op(and.code).set(x.word);
    checkPlace(x, ROW.thirdPlace, RULE.thirdPlace);
    rule(x, RULE.third);
    rowAccess(x, "word", x.word, THIRD, 2);
    c.get(x.address);
    emit(x, value);
    c.store(storeName(bytes));
    rule(x, RULE.result);
    field(x, ROW.thirdNew).get(x.word).load("i32");
    failIf(x, ne.code);
    noTape(x);
    next(x);
  },
  branch(x, { condition, target }) {
    const { c } = x;
    checkFirst(x);
    checkSecondRegister(x);
    checkRd(x);
    noTape(x);
    emit(x, condition);
    c.if();
    emit(x, target);
    c.set(x.address);
    goTo(x);
    c.else().get(x.pc).i32(4).op(add.code).set(x.pc).end();
    nextRow(x);
  },
  jump(x, { target, link }) {
    const { c } = x;
    checkFirst(x);
    checkSecondRegister(x);
    if (!x.zero) {
      emit(x, link);
      c.set(x.result);
    }
    checkRd(x);
    noTape(x);
    emit(x, target);
    c.set(x.address);
    goTo(x);
    nextRow(x);
  },
  tape(x) {
    const { c } = x;
    checkFirst(x);
    checkSecondRegister(x);
    if (x.zero) {
      checkRd(x);
      noTape(x);
    } else {
      field(x, ROW.tapeWord).set(x.result);
      checkRd(x);
      c.get(x.result).call(x.tapeWord);
    }
    next(x);
  },
  delegate(x, { delegation }) {
    const { c } = x;
    // the next call must be in the window before anything is touched
    c.i32(0).load("i32", CHECK.callsDone[delegation]).i32(0).load("i32", CHECK.callsIn[delegation]).op(eq.code).if();
    rule(x, delegation === "blake2s" ? RULE.moreBlake2s : RULE.moreU256)
      .br(x.fail)
      .end();
    checkFirst(x);
    checkSecondRegister(x, DELEGATIONS[delegation].csr);
    c.i32(0).set(x.result);
    checkRd(x);
    noTape(x);
    rule(x, RULE.delegation);
    c.get(x.stamp).i32(3).op(add.code).get(x.base).call(x.check[delegation]).brIf(x.fail);
    next(x);
  },
};

export type Functions = Pick<Context, "access" | "tapeWord" | "check">;

/** `rows(pc, row, end, stamp, base) → row`: up to `end`, or the first row that is wrong or needs something (`CHECK.rule`). */
export function carefulRows(functions: Functions, witness: WitnessMemory): Code {
  const c = new WitnessCode(5, witness);
  const [pc, row, end, stamp, base] = [0, 1, 2, 3, 4];
  const [ruleLocal, r1, r2, rd, a, b, address, word, result] = Array.from({ length: 9 }, () => c.local());
  c.block();
  const exit = c.depth;
  c.loop();
  const loop = c.depth;
  c.i32(RULE.good).set(ruleLocal);
  c.get(row).get(end).op(eq.code).brIf(exit);
  const own = { pc, row, stamp, base, rule: ruleLocal, r1, r2, rd, a, b, address, word, result };
  const common = { c, ...own, fail: exit, loop, ...functions };
  rule({ ...common, zero: false }, RULE.pc);
  c.get(row).loadWitness("i32", ROW.pc).get(pc).op(ne.code).brIf(exit);
  const handlers: [Instruction, boolean][] = [
    ...INSTRUCTIONS.map((i): [Instruction, boolean] => [i, i.accesses.third === "x0"]),
    ...INSTRUCTIONS.map((i): [Instruction, boolean] => [i, true]),
  ];
  const depths: number[] = [];
  for (let i = handlers.length - 1; i >= 0; i--) depths[i] = c.block().depth;
  rule({ ...common, zero: false }, RULE.instruction);
  c.get(pc)
    .i32(-ROM_SIZE | 3)
    .op(and.code)
    .brIf(exit);
  c.get(pc)
    .load("i8U", ENGINE.code)
    .brTable([exit, ...depths, ...PAIRS.map(([first]) => depths[first])], exit);
  for (const [instruction, zero] of handlers) {
    c.end();
    const x: Context = { ...common, zero };
    fetch(x);
    HANDLERS[instruction.effect.kind](x, instruction.effect as never);
  }
  c.end().end();
  c.i32(0).get(ruleLocal).store("i32", CHECK.rule).i32(0).get(pc).store("i32", ENGINE.pc);
  return c.get(row);
}
