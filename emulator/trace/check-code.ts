/**
 * The checker's code as one WebAssembly module: the loop that accepts most rows (`check-fast-code.ts`), the one that decides about the others and names
 * what is wrong (`check-row-code.ts`), what both note of a place's first access in the chunk, and the memory argument over that (`field-code.ts`).
 */
import { OPERATORS } from "../isa/expression.ts";
import { type Delegation, INSTRUCTIONS } from "../isa/table.ts";
import { blake2s } from "../machine/blake2s-code.ts";
import { ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { addU256 } from "../machine/u256-code.ts";
import { Code, ModuleBuilder, OP } from "../wasm/builder.ts";
import { type Accessed, accessCode } from "./check-access-code.ts";
import { BLOCK_PARAMETERS } from "./check-block-code.ts";
import { delegationCode } from "./check-delegation-code.ts";
import { fastRows } from "./check-fast-code.ts";
import { BLOCK_OPERATION, BLOCKS, CHECK, CHECK_PAGES, ENTRY, RULE } from "./check-layout.ts";
import { carefulRows, checkedOperation } from "./check-row-code.ts";
import { compareRows, undoBlock } from "./check-template-code.ts";
import { multiplyCode } from "./field-code.ts";
import { DELEGATION_NAMES, ROW, TIMESTAMP_MASK } from "./layout.ts";
import type { WitnessMemory } from "./witness-code.ts";

const { add, sub, and, or, shl, ltU, eq, eqz, ne, add64, extendU } = OPERATORS;

/** Rows that are checked carefully before the fast loop is tried again, where it has just not accepted any. */
const CAREFUL_ROWS = 64;

/** Leaves on the stack whether the instruction at pc is a delegation call: the last of the table are. */
function isCall(c: Code, pc: number): Code {
  for (const rd of [0, 1])
    c.get(pc)
      .load("i8U", ENGINE.code)
      .i32(checkedOperation(INSTRUCTIONS.length - DELEGATION_NAMES.length, rd))
      .op(sub.code)
      .i32(DELEGATION_NAMES.length)
      .op(ltU.code);
  return c.op(or.code);
}

/**
 * Fast as long as it goes, then a delegation call, or one careful row: where a place is accessed for the first time in the chunk, that is enough.
 * @param fast the loop for rows without delegation calls, that for rows with them; or none
 * @param block the signature of a block's code
 */
function rows(fast: readonly number[], careful: number, block: number): Code {
  const c = new Code(5);
  const [pc, row, end, stamp, base] = [0, 1, 2, 3, 4];
  const [start, stop, count] = [c.local(), c.local(), c.local()];
  /** Where a loop has come to: stamps grow by 4 a row. */
  const arrived = () => {
    c.set(row).get(stamp).get(row).get(start).op(sub.code).i32(ROW.size).op(OPERATORS.divU.code);
    c.i32(2).op(shl.code, add.code).set(stamp).i32(0).load("i32", ENGINE.pc).set(pc);
  };
  const accept = (loop: number) => {
    c.get(row).set(start);
    c.get(pc).get(row).get(end).get(stamp).op(extendU.code).get(base).op(add64.code).get(base).call(loop);
    arrived();
  };
  const moved = () => c.get(row).get(start).op(ne.code);
  const isBlock = () => c.get(pc).load("i8U", ENGINE.code).i32(BLOCK_OPERATION).op(eq.code);
  c.block();
  const exit = c.depth;
  c.loop();
  const loop = c.depth;
  c.i32(CAREFUL_ROWS).set(count);
  // where a chunk begins is what its first row says
  c.get(pc)
    .i32(-ROM_SIZE | 3)
    .op(and.code, eqz.code)
    .if();
  const fastOrNot = c.depth;
  c.i32(0).i32(RULE.good).store("i32", CHECK.rule);
  if (fast.length > 0) {
    isBlock().if();
    c.get(row).tee(start).get(end).get(stamp).op(extendU.code).get(base).op(add64.code).get(base);
    c.get(pc).load("i32", BLOCKS.entries).callIndirect(block).set(row);
    moved().if().get(row);
    arrived();
    c.get(row).get(end).op(eq.code).brIf(exit).br(loop).end();
    c.i32(1).set(count).br(fastOrNot).end();
  }
  for (const [i, accepting] of fast.entries()) {
    accept(accepting);
    c.get(row).get(end).op(eq.code).i32(0).load("i32", CHECK.rule).op(or.code).brIf(exit);
    // behind calls it goes on, behind other rows there may be one, or a row for the careful loop
    if (i > 0) moved().brIf(loop).end();
    else {
      isBlock().brIf(loop);
      moved().if().i32(1).set(count).end();
      isCall(c, pc);
      c.if();
    }
  }
  c.end();
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
  const entry = c.local();
  c.get(raw).i64(48n).op(OPERATORS.shrU64.code, OPERATORS.wrap.code).get(upper).op(ne.code);
  c.get(raw).i64(TIMESTAMP_MASK).op(OP.i64And).tee(raw);
  // i64.gt_u: the chunk's first timestamp is base + 4
  c.get(base).op(0x56, or.code).if().i32(1).op(OP.return).end();
  c.i32(0).load("i32", CHECK.locations).i32(ENTRY.size).op(OPERATORS.mul.code).set(entry);
  c.get(entry)
    .get(place)
    .store("i32", CHECK.list + ENTRY.place);
  c.get(entry)
    .get(value)
    .store("i32", CHECK.list + ENTRY.value);
  c.get(entry)
    .get(raw)
    .store("i64", CHECK.list + ENTRY.timestamp);
  c.get(entry)
    .get(stamp)
    .store("i32", CHECK.list + ENTRY.firstStamp);
  c.i32(0).i32(0).load("i32", CHECK.locations).i32(1).op(add.code).store("i32", CHECK.locations);
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
  module.importMemory(CHECK_PAGES);
  if (witness === 1) module.importSecondMemory("witness");
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
  const fast = [fastRows(witness), fastRows(witness, check)].map((code) =>
    module.addFunction(["i32", "i32", "i32", "i64", "i64"], ["i32"], code),
  );
  const block = module.signature(BLOCK_PARAMETERS, ["i32"]);
  module.addFunction(parameters, ["i32"], rows(onlyCareful ? [] : fast, careful, block), "rows");
  module.addFunction(["i32", "i32", "i32", "i64"], ["i32"], compareRows(witness), "compareRows");
  module.addFunction(["i32", "i32", "i32", "i32"], [], undoBlock(), "undoBlock");
  module.addFunction(["i64", "i32", "i32"], [], close(), "close");
  module.addFunction(["i32", "i32"], [], multiplyCode(), "multiply");
  return module.build();
}
