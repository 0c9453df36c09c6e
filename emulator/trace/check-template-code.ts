/**
 * What a block's code does with its template (`check-block-code.ts`): it compares it with the rows; and where they differ, it undoes from it what the block has stored.
 */
import { OPERATORS } from "../isa/expression.ts";
import { ENGINE } from "../machine/layout.ts";
import { Code, SIMD } from "../wasm/builder.ts";
import { BLOCKS, CHECK } from "./check-layout.ts";
import { ROW } from "./layout.ts";
import { WitnessCode, type WitnessMemory } from "./witness-code.ts";

const { add, sub, shl, geU, or, xor } = OPERATORS;

/** `compareRows(template, count, row, stamp)`: not 0 if a row differs from what the template says. */
export function compareRows(witness: WitnessMemory): Code {
  const c = new WitnessCode(4, witness);
  const [at, count, row, stamp] = [0, 1, 2, 3];
  const [stamps, differs] = [c.local("v128"), c.local("v128")];
  c.get(stamp).simd(SIMD.splatI64x2).v128([0, 0, -1, -1]).simd(SIMD.and).set(stamps);
  const top = c.loop().depth;
  // in the upper half of each of these there is a timestamp
  for (const [i, offset] of [ROW.pc, ROW.secondValue, ROW.thirdNew].entries()) {
    c.get(row).loadWitnessVector(offset).get(stamps).simd(SIMD.subI64x2).get(at).v128Load(offset).simd(SIMD.xor);
    if (i > 0) c.simd(SIMD.or);
  }
  for (const offset of [ROW.thirdOld, ROW.tapeWord]) {
    c.get(row).loadWitness("i32", offset).get(at).load("i32", offset).op(xor.code);
    if (offset === ROW.tapeWord) c.op(or.code);
  }
  c.simd(SIMD.splatI32x4).simd(SIMD.or).get(differs).simd(SIMD.or).set(differs);
  c.get(row).i32(ROW.size).op(add.code).set(row);
  c.get(at).i32(ROW.size).op(add.code).set(at);
  c.get(count).i32(1).op(sub.code).tee(count).brIf(top).end();
  return c.get(differs).simd(SIMD.anyTrue);
}

/**
 * `undo(template, count, relative, number)`: words of memory and their stamps as they were in front of the block, the last access first. A block that is not taken too often one time
 * after the other is none any more.
 */
export function undoBlock(): Code {
  const c = new Code(4);
  const [template, count, relative, number] = [0, 1, 2, 3];
  const [at, word, refusals] = [c.local(), c.local(), c.local()];
  c.get(template).get(count).i32(ROW.size).op(OPERATORS.mul.code, add.code).set(at);
  const top = c.loop().depth;
  c.get(at).i32(ROW.size).op(sub.code).set(at);
  const restore = (place: number, timestamp: number, old?: number) => {
    c.get(at).load("i32", place).i32(0).op(OPERATORS.ltS.code).if();
    c.get(at).load("i32", place).i32(2).op(shl.code).tee(word);
    c.get(at).load("i32", timestamp).get(relative).op(add.code).store("i32", CHECK.stamps);
    if (old !== undefined) c.get(word).get(at).load("i32", old).store("i32");
    c.end();
  };
  restore(ROW.thirdPlace, ROW.thirdTimestamp, ROW.thirdOld);
  restore(ROW.secondPlace, ROW.secondTimestamp);
  c.get(at).get(template).op(OPERATORS.ne.code).brIf(top).end();
  const refused = () => c.get(number).i32(2).op(shl.code);
  refused();
  refused().load("i32", BLOCKS.refusals).i32(1).op(add.code).tee(refusals).store("i32", BLOCKS.refusals);
  c.get(refusals).i32(BLOCKS.mostRefusals).op(geU.code).if();
  const head = () => c.get(template).load("i32", ROW.pc);
  head();
  head().load("i8U", BLOCKS.operations).store("i8", ENGINE.code);
  return c.end();
}
