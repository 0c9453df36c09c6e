/** The checker's look at a row that calls a delegation, beside the fast loop: with a call in it V8 keeps less of that in registers, and it takes 8 % longer. */
import { OPERATORS } from "../isa/expression.ts";
import type { Delegation } from "../isa/table.ts";
import { type Code, OP } from "../wasm/builder.ts";
import { CHECK, RULE } from "./check-layout.ts";
import { DELEGATIONS, ROW } from "./layout.ts";
import { WitnessCode, type WitnessMemory } from "./witness-code.ts";

const { add, eq, add64, sub64, shrU64, extendU, wrap } = OPERATORS;

/**
 * `call(pc, row, stamp, base) → accepted`, as the fast loop does it: 1 if every byte of the row is what the model gives, which is then that behind it; 0 if the careful loop is to decide, with
 * nothing changed. A row that is right with a call that is wrong is accepted, and the call refused (`CHECK.rule`). The instruction is that of the call, with x0 for rd; it has no other rs1.
 * @param check the function for the call
 */
export function callRow(name: Delegation, check: number, witness: WitnessMemory): Code {
  const c = new WitnessCode(4, witness);
  const [pc, row, stamp, base] = [0, 1, 2, 3];
  const differs = c.local("i64");
  const { csr } = DELEGATIONS[name];
  // the CSR's number has five bits where other instructions have rs2
  const rs2 = 8 * (csr % 32);
  c.i32(0).load("i32", CHECK.callsDone[name]).i32(0).load("i32", CHECK.callsIn[name]).op(eq.code);
  c.if().i32(0).op(OP.return).end();
  /** Eight bytes of the row. */
  const compare = (offset: number, expected: () => Code) => {
    c.get(row).loadWitness("i64", offset);
    expected().op(sub64.code).get(differs).op(OP.i64Or).set(differs);
  };
  const stampOf = (register: number) => c.i32(0).load("i64", CHECK.registerStamps + register);
  const modelOf = (register: number) => c.i32(0).load("u32ToI64", CHECK.registers + register);
  compare(ROW.pc, () => modelOf(0).i64(32n).op(OP.i64Shl).get(pc).op(extendU.code, OP.i64Or));
  compare(ROW.rs1Timestamp, () => stampOf(0));
  compare(ROW.secondValue, () =>
    modelOf(rs2)
      .i64(BigInt(rs2 / 8) << 32n)
      .op(OP.i64Or),
  );
  compare(ROW.secondTimestamp, () =>
    stampOf(rs2)
      .i64(BigInt(csr) << 48n)
      .op(add64.code),
  );
  compare(ROW.thirdOld, () => modelOf(0));
  // x0 again, which rs1's access has stamped; and no word of the tape
  compare(ROW.thirdPlace, () => c.get(stamp).i64(32n).op(OP.i64Shl));
  compare(ROW.thirdPlace + 8, () => c.get(stamp).i64(32n).op(shrU64.code));
  c.get(differs).i64(0n).op(OP.i64Ne).if().i32(0).op(OP.return).end();
  const stampAs = (register: number, plus: bigint) =>
    c
      .i32(0)
      .get(stamp)
      .i64(plus)
      .op(add64.code)
      .store("i64", CHECK.registerStamps + register);
  stampAs(rs2, 1n);
  stampAs(0, 2n);
  c.get(stamp).get(base).op(sub64.code, wrap.code).i32(3).op(add.code).get(base).call(check).if();
  c.i32(0).i32(RULE.delegation).store("i32", CHECK.rule).end();
  return c.i32(1);
}
