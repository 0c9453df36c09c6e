/** Expressions of the instruction table as WebAssembly code. */
import type { Code } from "../wasm/builder.ts";
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
    code.op(OPERATORS[e.op].code);
  }
}
