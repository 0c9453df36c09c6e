/**
 * Constant expressions (specification 3.4.14, with the extended-const proposal folded as it is read): initial values of globals, offsets of segments,
 * items of tables.
 */
import type { Cursor } from "./cursor.ts";
import { readInstruction } from "./instructions.ts";
import type { ConstantExpression, FunctionType, Instruction, ValueType, WasmGlobal } from "./module.ts";

/** What a constant expression may refer to: the types and the globals read so far, and how many functions there are. */
export interface ConstantScope {
  readonly types: readonly FunctionType[];
  readonly globals: readonly WasmGlobal[];
  readonly functionCount: number;
}

interface Typed {
  readonly type: ValueType;
  readonly expression: ConstantExpression;
}

const folds32: Record<string, (a: number, b: number) => number> = {
  "i32.add": (a, b) => (a + b) | 0,
  "i32.sub": (a, b) => (a - b) | 0,
  "i32.mul": Math.imul,
};

const folds64: Record<string, (a: bigint, b: bigint) => bigint> = {
  "i64.add": (a, b) => BigInt.asIntN(64, a + b),
  "i64.sub": (a, b) => BigInt.asIntN(64, a - b),
  "i64.mul": (a, b) => BigInt.asIntN(64, a * b),
};

/** Reads an expression with its `end`. @throws InputError when it is not constant or not of type `expected` */
export function readConstant(cursor: Cursor, scope: ConstantScope, expected: ValueType): ConstantExpression {
  const start = cursor.offset;
  const stack: Typed[] = [];
  for (;;) {
    const instruction = readInstruction(cursor, scope.types);
    if (instruction.op === "end") break;
    stack.push(evaluate(cursor, scope, instruction, stack));
  }
  if (stack.length !== 1 || stack[0].type !== expected) {
    const found = stack.map(({ type }) => type).join(" ") || "nothing";
    throw cursor.invalid(`type mismatch: a constant expression must give ${expected}, this gives ${found}`, start);
  }
  return stack[0].expression;
}

function evaluate(cursor: Cursor, scope: ConstantScope, instruction: Instruction, stack: Typed[]): Typed {
  const { op, offset } = instruction;
  const index = instruction.index ?? 0;
  switch (op) {
    case "i32.const":
      return { type: "i32", expression: { kind: "i32", value: instruction.value! } };
    case "i64.const":
      return { type: "i64", expression: { kind: "i64", value: instruction.value64! } };
    case "f32.const":
    case "f64.const":
      return { type: op === "f32.const" ? "f32" : "f64", expression: { kind: "unsupported", op, offset } };
    case "ref.null":
      return { type: instruction.types![0], expression: { kind: "null" } };
    case "ref.func":
      if (index >= scope.functionCount) throw cursor.invalid(`unknown function ${index}`, offset);
      return { type: "funcref", expression: { kind: "function", index } };
    case "global.get": {
      if (index >= scope.globals.length) throw cursor.invalid(`unknown global ${index}`, offset);
      const global = scope.globals[index];
      if (global.mutable) throw cursor.invalid(`constant expression required: global ${index} is mutable`, offset);
      return { type: global.type, expression: { kind: "global", index } };
    }
  }
  if (!(op in folds32) && !(op in folds64)) throw cursor.invalid(`constant expression required, found ${op}`, offset);
  const right = stack.pop();
  const left = stack.pop();
  const type = op in folds32 ? "i32" : "i64";
  if (left?.type !== type || right?.type !== type)
    throw cursor.invalid(`type mismatch: ${op} takes two ${type}`, offset);
  return { type, expression: fold(op, left.expression, right.expression, scope.globals) };
}

/** Arithmetic on what is known, else the expression. */
function fold(
  op: string,
  left: ConstantExpression,
  right: ConstantExpression,
  globals: readonly Pick<WasmGlobal, "init">[],
): ConstantExpression {
  const a = foldConstant(left, globals);
  const b = foldConstant(right, globals);
  if (a.kind === "i32" && b.kind === "i32") return { kind: "i32", value: folds32[op](a.value, b.value) };
  if (a.kind === "i64" && b.kind === "i64") return { kind: "i64", value: folds64[op](a.value, b.value) };
  return { kind: "binary", op, left: a, right: b };
}

/** The constant that an expression stands for, given the globals' initial values: what names an imported global stays. */
export function foldConstant(
  expression: ConstantExpression,
  globals: readonly Pick<WasmGlobal, "init">[],
): ConstantExpression {
  if (expression.kind === "binary") return fold(expression.op, expression.left, expression.right, globals);
  if (expression.kind !== "global") return expression;
  const init = globals[expression.index]?.init;
  return init === undefined ? expression : foldConstant(init, globals);
}
