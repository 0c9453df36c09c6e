/**
 * The interpreter as a WebAssembly module, generated from the instruction table: a loop around a jump table with one handler for each
 * row. The image is decoded ahead into two words for each of its own: (row, rd, rs1, rs2), one byte each, registers as byte
 * offsets; and the immediate. A handler that meets anything but the plain case changes nothing and leaves; `BaseMachine.step` does the rest.
 */
import { emitExpression, loadName, type OperandEmitters, storeName } from "../isa/emit.ts";
import { type Expression, OPERATORS } from "../isa/expression.ts";
import { type Effect, INSTRUCTIONS, type Instruction } from "../isa/table.ts";
import { refusesLoad, refusesStore } from "../machine/address-code.ts";
import { ENGINE, MEMORY_PAGES, PAGE_SHIFT, ROM_SIZE } from "../machine/layout.ts";
import { SHARES } from "../machine/memory.ts";
import { Code, ModuleBuilder, OP } from "../wasm/builder.ts";

/** Behind the rows: the code of `InterpreterHooks.watch` runs, then the operation that it gives. */
export const WATCH = INSTRUCTIONS.length + 1;

const { add, sub, and, shrU, eq, eqz, or } = OPERATORS;

/** Locals and functions that handlers use. */
interface Context {
  c: Code;
  pc: number;
  left: number;
  a: number;
  b: number;
  address: number;
  value: number;
  loop: number;
  leave: number;
  exit: number;
  tapeRead: number;
  tapeWrite: number;
  delegate: Record<string, number>;
  hooks: InterpreterHooks;
  operands: OperandEmitters;
}

/** Locals of the interpreter's code that hooks may read. */
export interface HookLocals {
  /** the jump's own address, and where it goes */
  readonly pc: number;
  readonly target: number;
  /** cycles left, after this one */
  readonly left: number;
}

/** Code to be put in where a jump is certain, before it is made (`emulator/profile` counts there). It must leave the stack as it is. */
export interface InterpreterHooks {
  readonly branch?: (code: Code, locals: HookLocals) => void;
  readonly jump?: (code: Code, locals: HookLocals, row: Instruction) => void;
  /** After a jump or a taken branch: `pc` is where execution is now, `a` and `b` are free, and a branch to depth `exit` ends the run there. */
  readonly arrived?: (code: Code, locals: { pc: number; a: number; b: number; exit: number }) => void;
  /** Where a branch at `pc` is not taken. */
  readonly fell?: (code: Code, locals: { pc: number; a: number }) => void;
  /** For instructions whose operation is `WATCH`, before they are executed: leaves the true operation on the stack. */
  readonly watch?: (code: Code, locals: Omit<HookLocals, "target">) => void;
}

/** The register offset (rd: 1, rs1: 2, rs2: 3) of the current instruction. */
const registerOffset = ({ c, pc }: Context, byte: 1 | 2 | 3) => c.get(pc).load("i8U", ENGINE.code + byte);
const registerValue = (x: Context, byte: 2 | 3) => registerOffset(x, byte).load("i32", ENGINE.registers);

const emit = ({ c, operands }: Context, e: Expression) => emitExpression(c, e, operands);

/** Goes on with the next instruction. */
const next = ({ c, pc, loop }: Context) => c.get(pc).i32(4).op(add.code).set(pc).br(loop);

function fetchOperands(x: Context, { reads }: Instruction): void {
  if (reads.rs1) registerValue(x, 2).set(x.a);
  if (reads.rs2) registerValue(x, 3).set(x.b);
}

/** One emitter for each kind of effect. Immediates of branches and `jal` are checked when the image is decoded. */
const HANDLERS: {
  [K in Effect["kind"]]: (x: Context, effect: Extract<Effect, { kind: K }>, row: Instruction) => void;
} = {
  compute(x, { value }, row) {
    fetchOperands(x, row);
    registerOffset(x, 1);
    emit(x, value);
    x.c.store("i32", ENGINE.registers);
    next(x);
  },
  load(x, { bytes, signed, address }, row) {
    const { c } = x;
    fetchOperands(x, row);
    emit(x, address);
    refusesLoad(c, x.address, bytes).brIf(x.leave);
    registerOffset(x, 1).get(x.address).load(loadName(bytes, signed)).store("i32", ENGINE.registers);
    next(x);
  },
  store(x, { bytes, address, value }, row) {
    const { c } = x;
    fetchOperands(x, row);
    emit(x, address);
    refusesStore(c, x.address, bytes).brIf(x.leave);
    c.get(x.address);
    emit(x, value);
    c.store(storeName(bytes));
    c.get(x.address).i32(PAGE_SHIFT).op(shrU.code).i32(0).store("i8", ENGINE.unwritten);
    next(x);
  },
  branch(x, { condition, target }, row) {
    const { c } = x;
    fetchOperands(x, row);
    emit(x, condition);
    c.if();
    emit(x, target);
    if (x.hooks.branch) {
      c.set(x.address);
      x.hooks.branch(c, { pc: x.pc, target: x.address, left: x.left });
      c.get(x.address);
    }
    c.set(x.pc);
    x.hooks.arrived?.(c, x);
    c.br(x.loop).end();
    x.hooks.fell?.(c, x);
    next(x);
  },
  jump(x, { target, link }, row) {
    const { c } = x;
    fetchOperands(x, row);
    emit(x, target);
    c.set(x.address);
    if (row.reads.rs1) {
      // not known before: must be a word of ROM, and not the jump itself
      c.get(x.address)
        .i32(-ROM_SIZE | 3)
        .op(and.code);
      c.get(x.address).get(x.pc).op(eq.code, or.code).brIf(x.leave);
    }
    x.hooks.jump?.(c, { pc: x.pc, target: x.address, left: x.left }, row);
    registerOffset(x, 1);
    emit(x, link);
    c.store("i32", ENGINE.registers).get(x.address).set(x.pc);
    x.hooks.arrived?.(c, x);
    c.br(x.loop);
  },
  tape(x) {
    const { c } = x;
    registerValue(x, 2).set(x.a);
    // the offset of x0 as destination is that of the spare word
    registerOffset(x, 1)
      .i32(4 * 32)
      .op(OPERATORS.ne.code)
      .if();
    c.call(x.tapeRead).tee(x.value);
    c.f64(0).op(OP.f64Lt).brIf(x.leave);
    registerOffset(x, 1).get(x.value).op(OP.f64ToU32).store("i32", ENGINE.registers);
    c.end();
    registerOffset(x, 2).if().get(x.a).call(x.tapeWrite).brIf(x.leave).end();
    next(x);
  },
  delegate(x, { delegation }) {
    x.c.call(x.delegate[delegation]).brIf(x.leave);
    // rd, if it is not x0, is set to 0
    registerOffset(x, 1).i32(0).store("i32", ENGINE.registers);
    next(x);
  },
};

/** What calls (tape, delegations) in a loop of its own around the others', so that they keep their registers: block 22244135 takes 1.14 times as long. */
function interpret(functions: Pick<Context, "tapeRead" | "tapeWrite" | "delegate">, hooks: InterpreterHooks): Code {
  const c = new Code(2);
  const [pc, left] = [0, 1];
  const [a, b, address] = [c.local(), c.local(), c.local()];
  const value = c.local("f64");
  c.block();
  const exit = c.depth;
  c.block();
  const leave = c.depth;
  c.loop();
  const loop = c.depth;
  c.get(left).op(eqz.code).brIf(exit);
  c.get(left).i32(1).op(sub.code).set(left);
  const fetch = () => c.get(pc).load("i8U", ENGINE.code);
  const operation = hooks.watch ? c.local() : -1;
  if (hooks.watch) fetch().set(operation).loop();
  const again = c.depth;
  // the handler of row i stands behind the end of block i; the jump table is inside all of them
  const depths: number[] = [];
  const rows = INSTRUCTIONS.length + (hooks.watch ? 1 : 0);
  for (let i = rows - 1; i >= 0; i--) depths[i] = c.block().depth;
  (hooks.watch ? c.get(operation) : fetch()).brTable([leave, ...depths], leave);
  const operands: OperandEmitters = {
    rs1: () => void c.get(a),
    rs2: () => void c.get(b),
    imm: () => void c.get(pc).load("i32", ENGINE.immediates),
    pc: () => void c.get(pc),
  };
  const context: Context = { c, pc, left, a, b, address, value, loop, leave, exit, hooks, operands, ...functions };
  for (const row of INSTRUCTIONS) {
    c.end();
    HANDLERS[row.effect.kind](context, row.effect as never, row);
  }
  if (hooks.watch) {
    c.end();
    hooks.watch(c, { pc, left });
    c.set(operation).br(again).end();
  }
  c.end().end();
  // left without executing the instruction
  c.get(left).i32(1).op(add.code).set(left);
  c.end();
  c.i32(0).get(pc).store("i32", ENGINE.pc);
  return c.get(left);
}

/**
 * Exports `run(pc, count) → cycles left`, which leaves the new pc at `ENGINE.pc`.
 * @param hooksOf what to put in, given the module, for functions that it imports
 */
export function interpreterModule(hooksOf?: (module: ModuleBuilder) => InterpreterHooks): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory(MEMORY_PAGES, SHARES);
  const hooks = hooksOf?.(module) ?? {};
  const functions = {
    tapeRead: module.importFunction("tapeRead", [], ["f64"]),
    tapeWrite: module.importFunction("tapeWrite", ["i32"], ["i32"]),
    delegate: {
      blake2s: module.importFunction("blake2s", [], ["i32"]),
      u256: module.importFunction("u256", [], ["i32"]),
    },
  };
  module.addFunction(["i32", "i32"], ["i32"], interpret(functions, hooks), "run");
  return module.build();
}
