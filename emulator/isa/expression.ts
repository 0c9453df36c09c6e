/**
 * The language in which an instruction's meaning is written: pure expressions over the operands of a decoded instruction.
 * Its operators are WebAssembly's, so that a translator emits them one for one, and each has a definition on JavaScript
 * numbers (i32: signed) and bigints (i64: signed), so that the same expression can be evaluated without compiling anything.
 */

export type Type = "i32" | "i64";
export type Operand = "rs1" | "rs2" | "imm" | "pc";

export type Expression =
  | { readonly op: "operand"; readonly name: Operand }
  | { readonly op: "const"; readonly type: Type; readonly value: number }
  | { readonly op: "if"; readonly condition: Expression; readonly then: Expression; readonly otherwise: Expression }
  | { readonly op: OperatorName; readonly a: Expression; readonly b?: Expression };

export interface Operator {
  /** opcode in WebAssembly's binary format */
  readonly code: number;
  readonly operand: Type;
  readonly result: Type;
  evaluate(a: never, b: never): number | bigint;
}

const i32 = (code: number, evaluate: (a: number, b: number) => number) =>
  ({ code, operand: "i32", result: "i32", evaluate }) as const;
const i64 = (code: number, evaluate: (a: bigint, b: bigint) => bigint) =>
  ({
    code,
    operand: "i64",
    result: "i64",
    evaluate: (a: bigint, b: bigint) => BigInt.asIntN(64, evaluate(a, b)),
  }) as const;
const unsigned = (a: bigint) => BigInt.asUintN(64, a);

/** Division traps on 0 and on overflow in WebAssembly: rows guard it with `when`. */
export const OPERATORS = {
  add: i32(0x6a, (a, b) => (a + b) | 0),
  sub: i32(0x6b, (a, b) => (a - b) | 0),
  mul: i32(0x6c, (a, b) => Math.imul(a, b)),
  divS: i32(0x6d, (a, b) => (a / b) | 0),
  divU: i32(0x6e, (a, b) => ((a >>> 0) / (b >>> 0)) | 0),
  remS: i32(0x6f, (a, b) => (a % b) | 0),
  remU: i32(0x70, (a, b) => ((a >>> 0) % (b >>> 0)) | 0),
  and: i32(0x71, (a, b) => a & b),
  or: i32(0x72, (a, b) => a | b),
  xor: i32(0x73, (a, b) => a ^ b),
  shl: i32(0x74, (a, b) => a << b),
  shrS: i32(0x75, (a, b) => a >> b),
  shrU: i32(0x76, (a, b) => (a >>> b) | 0),
  rotl: i32(0x77, (a, b) => (a << b) | (a >>> -b)),
  rotr: i32(0x78, (a, b) => (a >>> b) | (a << -b)),
  eq: i32(0x46, (a, b) => Number(a === b)),
  ne: i32(0x47, (a, b) => Number(a !== b)),
  ltS: i32(0x48, (a, b) => Number(a < b)),
  ltU: i32(0x49, (a, b) => Number(a >>> 0 < b >>> 0)),
  geS: i32(0x4e, (a, b) => Number(a >= b)),
  geU: i32(0x4f, (a, b) => Number(a >>> 0 >= b >>> 0)),
  eqz: i32(0x45, (a) => Number(a === 0)),
  add64: i64(0x7c, (a, b) => a + b),
  sub64: i64(0x7d, (a, b) => a - b),
  mul64: i64(0x7e, (a, b) => a * b),
  remU64: i64(0x82, (a, b) => unsigned(a) % unsigned(b)),
  shrU64: i64(0x88, (a, b) => unsigned(a) >> (unsigned(b) & 63n)),
  wrap: { code: 0xa7, operand: "i64", result: "i32", evaluate: (a: bigint) => Number(BigInt.asIntN(32, a)) },
  extendS: { code: 0xac, operand: "i32", result: "i64", evaluate: (a: number) => BigInt(a) },
  extendU: { code: 0xad, operand: "i32", result: "i64", evaluate: (a: number) => BigInt(a >>> 0) },
} as const satisfies Record<string, Operator>;

export type OperatorName = keyof typeof OPERATORS;

export const rs1: Expression = { op: "operand", name: "rs1" };
export const rs2: Expression = { op: "operand", name: "rs2" };
/** Sign-extended immediate; for LUI and AUIPC already shifted; for shifts the amount; for CSR instructions the CSR number. */
export const imm: Expression = { op: "operand", name: "imm" };
export const pc: Expression = { op: "operand", name: "pc" };

export const constant = (value: number, type: Type = "i32"): Expression => ({ op: "const", type, value });
export const apply = (op: OperatorName, a: Expression, b?: Expression): Expression => (b ? { op, a, b } : { op, a });
/** Only the chosen side is evaluated. Both sides are i32. */
export const when = (condition: Expression, then: Expression, otherwise: Expression): Expression => ({
  op: "if",
  condition,
  then,
  otherwise,
});

/** Values of an instruction's operands, as signed 32-bit numbers. */
export type OperandValues = Readonly<Record<Operand, number>>;

/** The value: a signed 32-bit number for i32, a signed bigint for i64. */
export function evaluate(e: Expression, operands: OperandValues): number | bigint {
  if (e.op === "operand") return operands[e.name];
  if (e.op === "const") return e.type === "i64" ? BigInt(e.value) : e.value | 0;
  if (e.op === "if") return evaluate(evaluate(e.condition, operands) ? e.then : e.otherwise, operands);
  const a = evaluate(e.a, operands);
  const b = e.b === undefined ? 0 : evaluate(e.b, operands);
  return OPERATORS[e.op].evaluate(a as never, b as never);
}

/** Whether an expression is this operand alone. */
export const isOperand = (e: Expression | undefined, name: Operand): boolean => e?.op === "operand" && e.name === name;

/** Which operands an expression mentions. */
export function operandsOf(e: Expression, found: Set<Operand> = new Set()): Set<Operand> {
  if (e.op === "operand") found.add(e.name);
  else if (e.op === "if") for (const part of [e.condition, e.then, e.otherwise]) operandsOf(part, found);
  else if (e.op !== "const") {
    operandsOf(e.a, found);
    if (e.b) operandsOf(e.b, found);
  }
  return found;
}
