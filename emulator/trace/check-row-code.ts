/**
 * The checker's careful row loop, generated from the instruction table and independent of the recorder: it does not make rows, it reads them, beside a
 * model of the machine. Of a place that was not yet accessed in the chunk it believes value and timestamp, and notes them (`ENTRY`); whoever joins the
 * chunks proves them right (`check.ts`). Everything else is compared, one thing after the other, so that a refusal has a name. Rows that `check-fast-code.ts`
 * does not accept come here: this code decides.
 */
import { emitExpression, loadName, storeName } from "../isa/emit.ts";
import { type Expression, OPERATORS } from "../isa/expression.ts";
import { type Delegation, type Effect, INSTRUCTIONS } from "../isa/table.ts";
import { ADDRESS_SPACE, ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { type Code, OP } from "../wasm/builder.ts";
import { type Accessed, type AccessFunctions, access } from "./check-access-code.ts";
import { BLOCK_OPERATION, BLOCKS, CHECK, RULE } from "./check-layout.ts";
import { PAIRS } from "./check-pairs.ts";
import { DELEGATION_NAMES, DELEGATIONS, MEMORY, ROW } from "./layout.ts";
import { WitnessCode, type WitnessMemory } from "./witness-code.ts";

/** Operation numbers: 0 for refused words, then the rows of the table, then these with rd = x0. */
export const REFUSED = 0;
export const checkedOperation = (index: number, rd: number): number => 1 + index + (rd === 0 ? INSTRUCTIONS.length : 0);

const { add, sub, and, shl, shrU, geU, rotr, eq, ne, eqz, or } = OPERATORS;

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
  /** what stands above the second timestamp: a delegation's CSR, or 0 */
  csr: number;
  /** what is to be done behind the access of rd: see `AFTER` */
  after: number;
  fail: number;
  access: AccessFunctions;
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

/** What is to be done behind the access of rd: bits. */
const AFTER = { jump: 1, tape: 2, blake2s: 4, u256: 8 } as const;

function rowAccess(
  x: Context,
  of: Accessed,
  index: number,
  at: { value: number; raw: number },
  plus: number,
  upper: () => void = () => void x.c.i32(0),
) {
  const { c, row } = x;
  access(c, x.access, x.base, x.fail, {
    of,
    index: () => void c.get(index),
    value: () => void c.get(row).loadWitness("i32", at.value),
    raw: () => void c.get(row).loadWitness("i64", at.raw),
    upper,
    stamp: () => void c.get(x.stamp).i32(plus).op(add.code),
  });
}

const FIRST = { value: ROW.rs1Value, raw: ROW.rs1Timestamp };
const SECOND = { value: ROW.secondValue, raw: ROW.secondTimestamp };
const THIRD = { value: ROW.thirdOld, raw: ROW.thirdTimestamp };

function checkFirst(x: Context): void {
  rule(x, RULE.rs1);
  // the field above rs1's timestamp is its index
  rowAccess(x, "register", x.r1, FIRST, 0, () => void x.c.get(x.r1).i32(3).op(shrU.code));
}

function checkSecondRegister(x: Context): void {
  const { r2 } = x;
  rule(x, RULE.secondPlace);
  field(x, ROW.secondPlace).get(r2).i32(3).op(shrU.code);
  failIf(x, ne.code);
  rule(x, RULE.second);
  rowAccess(x, "register", r2, SECOND, 1, () => void x.c.get(x.csr));
}

/** rd: its place and access, and that its new value is `result` (0 for x0). */
function checkRd(x: Context): void {
  const { c, rd } = x;
  rule(x, RULE.thirdPlace);
  field(x, ROW.thirdPlace).get(rd).i32(3).op(shrU.code);
  failIf(x, ne.code);
  rule(x, RULE.third);
  rowAccess(x, "register", rd, THIRD, 2);
  rule(x, RULE.result);
  c.get(x.result).i32(0).get(rd).op(OP.select).set(x.result);
  field(x, ROW.thirdNew).get(x.result);
  failIf(x, ne.code);
  c.get(rd).if().get(rd).get(x.result).store("i32", CHECK.registers).end();
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

/** Where the registers are, and the operands as the row has them. */
function fetch(x: Context): void {
  const { c, pc } = x;
  for (const [byte, offset] of [
    [1, x.rd],
    [2, x.r1],
    [3, x.r2],
  ])
    c.get(pc)
      .load("i8U", ENGINE.code + byte)
      .set(offset);
  field(x, ROW.rs1Value).set(x.a);
  field(x, ROW.secondValue).set(x.b);
}

function nextRow({ c, row, stamp }: Context, loop: number): void {
  c.get(row).i32(ROW.size).op(add.code).set(row);
  c.get(stamp).i32(4).op(add.code).set(stamp).br(loop);
}

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

/**
 * What an instruction does of its own. In front of it are the accesses of registers that it reads; behind it, unless it says that the row is done, that of rd, whose new value
 * is then `result`, and what `after` says. All that is common is there once: V8 took 0.12 s for this loop when each instruction had it.
 */
const HANDLERS: {
  [K in Effect["kind"]]: (x: Context, e: Extract<Effect, { kind: K }>, done: number) => void;
} = {
  compute(x, { value }) {
    emit(x, value);
    x.c.set(x.result);
  },
  load(x, { bytes, signed, address }) {
    const { c } = x;
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
    c.get(x.address).load(loadName(bytes, signed)).set(x.result);
  },
  store(x, { bytes, address, value }, done) {
    const { c } = x;
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
    c.br(done);
  },
  branch(x, { condition, target }) {
    const { c } = x;
    c.i32(0).set(x.rd);
    emit(x, condition);
    c.if();
    emit(x, target);
    c.set(x.address).i32(AFTER.jump).set(x.after).end();
  },
  jump(x, { target, link }) {
    const { c } = x;
    emit(x, target);
    c.set(x.address).i32(AFTER.jump).set(x.after);
    emit(x, link);
    c.set(x.result);
  },
  tape(x) {
    const { c } = x;
    field(x, ROW.tapeWord).set(x.result);
    c.i32(AFTER.tape).i32(0).get(x.rd).op(OP.select).set(x.after);
  },
  delegate(x, { delegation }) {
    x.c.i32(0).set(x.result).i32(AFTER[delegation]).set(x.after);
  },
};

export type Functions = Pick<Context, "access" | "check">;

/** Appends to what the chunk reads from the tape. */
export function noteTapeWord(c: Code, word: number): void {
  const count = () => c.i32(0).load("i32", CHECK.tapeWords);
  count().i32(2).op(shl.code).get(word).store("i32", CHECK.tape);
  c.i32(0);
  count().i32(1).op(add.code).store("i32", CHECK.tapeWords);
}

/** The next call must be in the window before anything is touched. */
function needCall(x: Context, delegation: Delegation): void {
  const { c } = x;
  rule(x, delegation === "blake2s" ? RULE.moreBlake2s : RULE.moreU256);
  c.i32(0).load("i32", CHECK.callsDone[delegation]).i32(0).load("i32", CHECK.callsIn[delegation]);
  failIf(x, eq.code);
  c.i32(DELEGATIONS[delegation].csr).set(x.csr);
}

/** `rows(pc, row, end, stamp, base) → row`: up to `end`, or the first row that is wrong or needs something (`CHECK.rule`). */
export function carefulRows(functions: Functions, witness: WitnessMemory): Code {
  const c = new WitnessCode(5, witness);
  const [pc, row, end, stamp, base] = [0, 1, 2, 3, 4];
  const [ruleLocal, r1, r2, rd, a, b, address, word, result, csr, after] = Array.from({ length: 11 }, () => c.local());
  c.block();
  const exit = c.depth;
  c.loop();
  const loop = c.depth;
  const own = { pc, row, stamp, base, rule: ruleLocal, r1, r2, rd, a, b, address, word, result, csr, after };
  const x: Context = { c, ...own, fail: exit, ...functions };
  rule(x, RULE.good);
  c.get(row).get(end).op(eq.code).brIf(exit);
  rule(x, RULE.pc);
  c.get(row).loadWitness("i32", ROW.pc).get(pc).op(ne.code).brIf(exit);
  rule(x, RULE.instruction);
  c.get(pc)
    .i32(-ROM_SIZE | 3)
    .op(and.code)
    .brIf(exit);
  fetch(x);
  c.i32(0).set(csr).i32(0).set(after);
  const operation = () => {
    c.get(pc).load("i8U", ENGINE.code).tee(result).i32(BLOCK_OPERATION).op(eq.code).if("i32");
    return c.get(pc).load("i8U", BLOCKS.operations).else().get(result).end();
  };
  /** by operation number: what is there for its instruction */
  const byOperation = (of: (index: number) => number) => [
    exit,
    ...INSTRUCTIONS.map((_, index) => of(index)),
    ...INSTRUCTIONS.map((_, index) => of(index)),
    ...PAIRS.map(([first]) => of(first)),
  ];

  c.block();
  const accessed = c.depth;
  c.block();
  const both = c.depth;
  c.block();
  const firstOnly = c.depth;
  const needs = DELEGATION_NAMES.map((name) => [name, c.block().depth] as const);
  const needOf = new Map<Delegation, number>(needs);
  operation().brTable(
    byOperation((index) => {
      const { effect, accesses } = INSTRUCTIONS[index];
      if (effect.kind === "delegate") return needOf.get(effect.delegation)!;
      return accesses.second === "load" ? firstOnly : both;
    }),
    exit,
  );
  for (const [name] of needs.toReversed()) {
    c.end();
    needCall(x, name);
    c.br(both);
  }
  c.end();
  checkFirst(x);
  c.br(accessed).end();
  checkFirst(x);
  checkSecondRegister(x);
  c.end();

  c.block();
  const done = c.depth;
  c.block();
  const common = c.depth;
  const depths: number[] = [];
  for (let i = INSTRUCTIONS.length - 1; i >= 0; i--) depths[i] = c.block().depth;
  operation().brTable(
    byOperation((index) => depths[index]),
    exit,
  );
  for (const { effect } of INSTRUCTIONS) {
    c.end();
    HANDLERS[effect.kind](x, effect as never, done);
    c.br(common);
  }
  c.end();
  checkRd(x);
  const isAfter = (bit: number) => c.get(after).i32(bit).op(and.code).if();
  isAfter(AFTER.tape);
  noteTapeWord(c, result);
  c.else();
  noTape(x);
  c.end();
  for (const name of DELEGATION_NAMES) {
    isAfter(AFTER[name]);
    rule(x, RULE.delegation);
    c.get(stamp).i32(3).op(add.code).get(base).call(x.check[name]).brIf(exit).end();
  }
  isAfter(AFTER.jump);
  goTo(x);
  c.else().get(pc).i32(4).op(add.code).set(pc).end();
  nextRow(x, loop);
  c.end();
  noTape(x);
  c.get(pc).i32(4).op(add.code).set(pc);
  nextRow(x, loop);
  c.end().end();
  c.i32(0).get(ruleLocal).store("i32", CHECK.rule).i32(0).get(pc).store("i32", ENGINE.pc);
  return c.get(row);
}
