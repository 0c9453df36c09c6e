/** Expressions of the instruction table as WebAssembly code. */
import { type Code, type LoadName, OP, type StoreName } from "../wasm/builder.ts";
import { type Expression, OPERATORS, type Operand } from "./expression.ts";

/** How the caller puts an operand (an i32) on the stack. */
export type OperandEmitters = Readonly<Record<Operand, () => void>>;

/** Leaves the expression's value on WebAssembly's stack. An operand that is mentioned twice is emitted twice. */
export function emitExpression(code: Code, e: Expression, operands: OperandEmitters): void {
  if (e.op === "operand") operands[e.name]();
  else if (e.op === "const") {
    if (e.type === "i64") code.i64(BigInt(e.value));
    else code.i32(e.value);
  } else if (e.op === "if") {
    emitExpression(code, e.condition, operands);
    code.if("i32");
    emitExpression(code, e.then, operands);
    code.else();
    emitExpression(code, e.otherwise, operands);
    code.end();
  } else {
    emitExpression(code, e.a, operands);
    if (e.b) emitExpression(code, e.b, operands);
    // V8 takes the operand of an extension from the stack, and there it keeps it, even round a loop: mandelbrot took 1.37 times as long
    if (e.op === "extendS") code.op(OPERATORS.extendU.code).i64(32n).op(OP.i64Shl).i64(32n).op(OP.i64ShrS);
    else code.op(OPERATORS[e.op].code);
  }
}

const LOADS: Readonly<Record<number, LoadName>> = { 1: "i8U", 2: "i16U", 4: "i32" };
const SIGNED_LOADS: Readonly<Record<number, LoadName>> = { 1: "i8S", 2: "i16S" };
const STORES: Readonly<Record<number, StoreName>> = { 1: "i8", 2: "i16", 4: "i32" };

/** WebAssembly's load and store for an access of the table. */
export const loadName = (bytes: number, signed: boolean): LoadName => (signed ? SIGNED_LOADS : LOADS)[bytes];
export const storeName = (bytes: number): StoreName => STORES[bytes];
