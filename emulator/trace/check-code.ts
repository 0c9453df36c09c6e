/**
 * The checker's code as one WebAssembly module: the loop that accepts most rows (`check-fast-code.ts`), rows with delegation calls (`check-call-code.ts`), the loop that decides about the others and names
 * what is wrong (`check-row-code.ts`), what both note of a place's first access in the chunk, and the memory argument over that (`field-code.ts`).
 */
import { OPERATORS } from "../isa/expression.ts";
import { type Delegation, INSTRUCTIONS } from "../isa/table.ts";
import { blake2s } from "../machine/blake2s-code.ts";
import { ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { SHARES } from "../machine/memory.ts";
import { addU256 } from "../machine/u256-code.ts";
import { Code, ModuleBuilder, OP } from "../wasm/builder.ts";
import { type Accessed, accessCode, noteFirst } from "./check-access-code.ts";
import { BLOCK_PARAMETERS } from "./check-block-code.ts";
import { callRow } from "./check-call-code.ts";
import { delegationCode } from "./check-delegation-code.ts";
import { fastRows } from "./check-fast-code.ts";
import { BLOCK_OPERATION, BLOCKS, CHECK, CHECK_PAGES, ENTRY, RULE } from "./check-layout.ts";
import { carefulRows, checkedOperation } from "./check-row-code.ts";
import { compareRows, undoBlock } from "./check-template-code.ts";
import { multiplyListCode } from "./field-code.ts";
import { DELEGATION_NAMES, ROW, TIMESTAMP_MASK } from "./layout.ts";
import type { WitnessMemory } from "./witness-code.ts";

const { add, sub, and, or, shl, ltU, eq, eqz, ne, add64, extendU } = OPERATORS;

/** Rows that are checked carefully before the fast loop is tried again, where it has just not accepted any. */
const CAREFUL_ROWS = 64;

/** The operation number of a delegation's call with x0 for rd. */
const callOperation = (name: Delegation) =>
  checkedOperation(
    INSTRUCTIONS.findIndex(({ effect }) => effect.kind === "delegate" && effect.delegation === name),
    0,
  );

/** Indices of the functions that are put together: the loops, what accepts a row with a call; and the signature of a block's code. */
interface Parts {
  fast: number;
  calls: Readonly<Record<Delegation, number>>;
  block: number;
  careful: number;
}

/**
 * Fast as long as it goes, then a delegation call, or a block; or, where none of them accepts anything, the careful loop: then one row is enough if there was
 * something fast in front of it.
 */
function rows({ fast, calls, block, careful }: Parts, onlyCareful: boolean): Code {
  const c = new Code(5);
  const [pc, row, end, stamp, base] = [0, 1, 2, 3, 4];
  const [start, stop, count, operation] = [c.local(), c.local(), c.local(), c.local()];
  /** Where a loop has come to: stamps grow by 4 a row. */
  const arrived = () => {
    c.set(row).get(stamp).get(row).get(start).op(sub.code).i32(ROW.size).op(OPERATORS.divU.code);
    c.i32(2).op(shl.code, add.code).set(stamp).i32(0).load("i32", ENGINE.pc).set(pc);
  };
  const absolute = () => c.get(stamp).op(extendU.code).get(base).op(add64.code);
  const state = () => {
    c.get(row).tee(start).get(end);
    return absolute().get(base);
  };
  const moved = () => c.get(row).get(start).op(ne.code);
  const isAtEnd = () => c.get(row).get(end).op(eq.code);
  c.block();
  const exit = c.depth;
  c.loop();
  const loop = c.depth;
  c.i32(CAREFUL_ROWS).set(count);
  if (!onlyCareful) {
    // where a chunk begins is what its first row says
    c.get(pc)
      .i32(-ROM_SIZE | 3)
      .op(and.code, eqz.code)
      .if();
    c.i32(0).i32(RULE.good).store("i32", CHECK.rule);
    c.get(pc);
    state().call(fast);
    arrived();
    isAtEnd().brIf(exit);
    moved().if().i32(1).set(count).end();
    c.get(pc).load("i8U", ENGINE.code).set(operation);
    for (const name of DELEGATION_NAMES) {
      c.get(operation).i32(callOperation(name)).op(eq.code).if();
      c.get(pc).get(row);
      absolute().get(base).call(calls[name]).if();
      c.i32(0).load("i32", CHECK.rule).brIf(exit);
      c.get(row).i32(ROW.size).op(add.code).set(row).get(stamp).i32(4).op(add.code).set(stamp);
      c.i32(0).get(pc).i32(4).op(add.code).tee(pc).store("i32", ENGINE.pc);
      isAtEnd().brIf(exit).br(loop).end().end();
    }
    c.get(operation).i32(BLOCK_OPERATION).op(eq.code).if();
    state().get(pc).load("i32", BLOCKS.entries).callIndirect(block);
    arrived();
    isAtEnd().brIf(exit);
    moved().brIf(loop).end();
    c.end();
  }
  c.get(row).get(count).i32(ROW.size).op(OPERATORS.mul.code, add.code).tee(stop);
  c.get(end).get(stop).get(end).op(ltU.code, OP.select).set(stop);
  c.get(row).set(start).get(pc).get(row).get(stop).get(stamp).get(base).call(careful);
  arrived();
  c.get(row).get(stop).op(eq.code).get(stop).get(end).op(ltU.code, and.code).brIf(loop);
  c.end().end();
  return c.get(row);
}

/**
 * A place's first access in the chunk: 1 if the timestamp is not from before the chunk or has something above it; else it is noted.
 * Parameters: place, value, timestamp with its upper bits, what these must be, stamp, base of the chunk.
 */
function first(): Code {
  const c = new Code(6);
  const [place, value, raw, upper, stamp, base] = [0, 1, 2, 3, 4, 5];
  c.get(raw).i64(48n).op(OPERATORS.shrU64.code, OPERATORS.wrap.code).get(upper).op(ne.code);
  c.get(raw).i64(TIMESTAMP_MASK).op(OP.i64And).tee(raw);
  // the chunk's first timestamp is base + 4
  c.get(base).op(OP.i64GtU, or.code).if().i32(1).op(OP.return).end();
  noteFirst(c, {
    place: () => void c.get(place),
    value: () => void c.get(value),
    timestamp: () => void c.get(raw),
    stamp: () => void c.get(stamp),
  });
  return c.i32(0);
}

/** Fills in what the chunk left at every place of the list, and forgets the chunk. Parameters: base; entry and end, as addresses. */
function close(): Code {
  const c = new Code(3);
  const [base, entry, end] = [0, 1, 2];
  const [place, at] = [c.local(), c.local()];
  c.block();
  const exit = c.depth;
  c.loop();
  const loop = c.depth;
  c.get(entry).get(end).op(eq.code).brIf(exit);
  c.get(entry).load("i32", ENTRY.place).tee(place).i32(2).op(shl.code).set(at);
  c.get(place).i32(32).op(ltU.code).if();
  c.get(at).i32(1).op(shl.code).set(at);
  c.get(entry).get(at).load("i64", CHECK.registerStamps).store("i64", ENTRY.lastTimestamp);
  c.get(entry).get(at).load("i32", CHECK.registers).store("i32", ENTRY.lastValue);
  c.get(at).i32(0).load("i64", CHECK.unseen).store("i64", CHECK.registerStamps);
  c.else();
  c.get(entry).get(at).load("i32", CHECK.stamps).op(extendU.code).get(base).op(add64.code);
  c.store("i64", ENTRY.lastTimestamp);
  // the word at 0 stands for the ROM: it is 0
  c.get(entry).get(at).load("i32").i32(0).get(at).op(OP.select).store("i32", ENTRY.lastValue);
  c.get(at).i32(0).store("i32", CHECK.stamps);
  c.end();
  c.get(entry).i32(ENTRY.size).op(add.code).set(entry).br(loop);
  return c.end().end();
}

/**
 * Exports
 * - `rows(pc, row, end, stamp, base) → row`: up to `end`, or the first row that is wrong or needs something (`CHECK.rule`);
 * - `close(base, entry, end)`: completes the list of a chunk and forgets the chunk;
 * - `multiply(entry, end)`: the memory argument over a list (`field-code.ts`);
 * - `compareRows`, `undoBlock`: for the code of blocks (`check-block-code.ts`).
 */
export function checkModule(witness: WitnessMemory, onlyCareful = false): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory(CHECK_PAGES, SHARES);
  if (witness === 1) module.importSecondMemory("witness", SHARES);
  module.importTable(BLOCKS.most);
  // in this module, for a call into another one takes 3 ns more
  const calls: Readonly<Record<Delegation, number>> = {
    blake2s: module.addFunction(["i32", "i32", "i32", "i32"], ["i32"], blake2s()),
    u256: addU256(module),
  };
  const firstFunction = module.addFunction(["i32", "i32", "i64", "i32", "i32", "i64"], ["i32"], first());
  const accessFunction = (of: Accessed) =>
    module.addFunction(["i32", "i32", "i64", "i32", "i32", "i64"], ["i32"], accessCode(of, firstFunction));
  const access = { register: accessFunction("register"), word: accessFunction("word") };
  const check = {} as Record<Delegation, number>;
  for (const name of DELEGATION_NAMES)
    check[name] = module.addFunction(["i32", "i64"], ["i32"], delegationCode(name, access, calls[name], witness));
  const parameters = ["i32", "i32", "i32", "i32", "i64"] as const;
  const careful = module.addFunction(parameters, ["i32"], carefulRows({ access, check }, witness));
  const fast = module.addFunction(["i32", "i32", "i32", "i64", "i64"], ["i32"], fastRows(witness));
  const callRows = {} as Record<Delegation, number>;
  for (const name of DELEGATION_NAMES)
    callRows[name] = module.addFunction(["i32", "i32", "i64", "i64"], ["i32"], callRow(name, check[name], witness));
  const block = module.signature(BLOCK_PARAMETERS, ["i32"]);
  const parts = { fast, calls: callRows, block, careful };
  module.addFunction(parameters, ["i32"], rows(parts, onlyCareful), "rows");
  module.addFunction(["i32", "i32", "i32", "i64"], ["i32"], compareRows(witness), "compareRows");
  module.addFunction(["i32", "i32", "i32", "i32"], [], undoBlock(), "undoBlock");
  module.addFunction(["i64", "i32", "i32"], [], close(), "close");
  module.addFunction(["i32", "i32"], [], multiplyListCode(CHECK), "multiply");
  return module.build();
}
