/**
 * What the profiler adds to the interpreter's code. Counts are kept at jumps only: an array holds for each word how many more (or fewer) times it
 * was executed than the word before it, so a jump from s to t adds 1 at t and takes 1 at s + 4, and prefix sums give every instruction's count exactly.
 * A jump that may be a call or a return is reported to `transfer`: one with a link register, one into another function, and an indirect one to
 * where the function at work returns to.
 */
import { interpreterModule } from "../engine/interpreter-code.ts";
import { OPERATORS } from "../isa/expression.ts";
import { ENGINE, ROM_SIZE } from "../machine/layout.ts";
import type { Code } from "../wasm/builder.ts";

/** The profiler's tables, in the engines' area. */
export const TABLES = {
  /** i64 by word of ROM: the difference of its count to that of the word before */
  differences: ENGINE.tables,
  /** u16 by word of ROM: number of its function */
  functions: ENGINE.tables + 2 * ROM_SIZE + 8,
  /** where the function at work returns to */
  returnAddress: ENGINE.tables + 3 * ROM_SIZE,
  /** u8 at the place of the word: the operation of a watched instruction */
  watched: ENGINE.tables + 3 * ROM_SIZE + 8,
} as const;

const { shl, shrU, ne, eq, or, add64 } = OPERATORS;
/** The register offset that means x0 as destination. */
const NOWHERE = 4 * 32;

function addAt(c: Code, pc: number, offset: number, value: bigint): void {
  c.get(pc).i32(1).op(shl.code);
  c.get(pc).i32(1).op(shl.code).load("i64", offset).i64(value).op(add64.code);
  c.store("i64", offset);
}

function countJump(c: Code, pc: number, target: number): void {
  addAt(c, target, TABLES.differences, 1n);
  addAt(c, pc, TABLES.differences + 8, -1n);
}

/** Whether the jump leaves its function. */
function leavesFunction(c: Code, pc: number, target: number): void {
  c.get(pc).i32(1).op(shrU.code).load("i16U", TABLES.functions);
  c.get(target).i32(1).op(shrU.code).load("i16U", TABLES.functions);
  c.op(ne.code);
}

/** The interpreter, counting; imports `transfer(pc, target, left)` and `watch(pc, left)` besides what the interpreter does. */
export function countingModule(): Uint8Array<ArrayBuffer> {
  return interpreterModule((module) => {
    const transfer = module.importFunction("transfer", ["i32", "i32", "i32"], []);
    const watch = module.importFunction("watch", ["i32", "i32"], []);
    return {
      watch(c, { pc, left }) {
        c.get(pc).get(left).call(watch);
        c.get(pc).load("i8U", TABLES.watched);
      },
      branch(c, { pc, target, left }) {
        countJump(c, pc, target);
        leavesFunction(c, pc, target);
        c.if().get(pc).get(target).get(left).call(transfer).end();
      },
      jump(c, { pc, target, left }, row) {
        const indirect = row.reads.rs1;
        countJump(c, pc, target);
        leavesFunction(c, pc, target);
        c.get(pc)
          .load("i8U", ENGINE.code + 1)
          .i32(NOWHERE)
          .op(ne.code, or.code);
        if (indirect) c.get(target).i32(0).load("i32", TABLES.returnAddress).op(eq.code, or.code);
        c.if().get(pc).get(target).get(left).call(transfer).end();
      },
    };
  });
}
