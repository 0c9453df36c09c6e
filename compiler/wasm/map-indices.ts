/** Rewrites the indices in instructions and constant expressions, by index space. */
import type { ConstantExpression, Instruction } from "./module.ts";
import { opcodesByName } from "./opcodes.ts";

/** New index by old one. */
export type Space = (index: number) => number;
export type Spaces = Readonly<
  Record<"function" | "table" | "memory" | "global" | "tag" | "type" | "element" | "data", Space>
>;

/** What `index` and `index2` of an instruction count; labels and locals are not here, for they stay. */
const meaning: Readonly<Record<string, readonly (keyof Spaces)[]>> = {
  call: ["function"],
  return_call: ["function"],
  "ref.func": ["function"],
  call_indirect: ["type", "table"],
  return_call_indirect: ["type", "table"],
  "global.get": ["global"],
  "global.set": ["global"],
  "table.get": ["table"],
  "table.set": ["table"],
  "table.size": ["table"],
  "table.grow": ["table"],
  "table.fill": ["table"],
  "table.copy": ["table", "table"],
  "table.init": ["element", "table"],
  "elem.drop": ["element"],
  "memory.size": ["memory"],
  "memory.grow": ["memory"],
  "memory.fill": ["memory"],
  "memory.copy": ["memory", "memory"],
  "memory.init": ["data", "memory"],
  "data.drop": ["data"],
};

export function mapInstruction(instruction: Instruction, to: Spaces): Instruction {
  const spaces = meaning[instruction.op];
  if (spaces !== undefined) {
    const [first, second] = spaces;
    const index = to[first!](instruction.index!);
    return second === undefined
      ? { ...instruction, index }
      : { ...instruction, index, index2: to[second](instruction.index2!) };
  }
  if (opcodesByName.get(instruction.op)?.immediates !== "memory") return instruction;
  return { ...instruction, memory: to.memory(instruction.memory ?? 0) };
}

export function mapConstant(expression: ConstantExpression, to: Spaces): ConstantExpression {
  switch (expression.kind) {
    case "global":
      return { kind: "global", index: to.global(expression.index) };
    case "function":
      return { kind: "function", index: to.function(expression.index) };
    case "binary": {
      const { kind, op, left, right } = expression;
      return { kind, op, left: mapConstant(left, to), right: mapConstant(right, to) };
    }
    default:
      return expression;
  }
}
