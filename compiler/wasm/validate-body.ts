/** Type checking of one function by the algorithm of the specification's appendix A.3: a stack of types and a stack of open blocks. */
import { ModuleError } from "../errors.ts";
import {
  type Addressed,
  addressType,
  type FunctionType,
  type Instruction,
  type ValueType,
  type WasmFunction,
  type WasmMemory,
  type WasmModule,
  type WasmTable,
} from "./module.ts";
import { type Opcode, opcodesByName } from "./opcodes.ts";

/** What the whole module tells the bodies. */
export interface BodyScope {
  readonly module: WasmModule;
  /** functions that `ref.func` may name: those that occur outside of bodies */
  readonly references: ReadonlySet<number>;
}

/** `unknown` is the type of what unreachable code pops: it matches every type. */
type StackValue = ValueType | "unknown";

interface Frame {
  readonly op: string;
  readonly type: FunctionType;
  readonly height: number;
  unreachable: boolean;
}

type Rule = (checker: BodyChecker, instruction: Instruction) => void;

const naturalAlignment = ({ op }: Instruction): number => {
  const access = /^[if](32|64)\.(?:load|store)(8|16|32)?/.exec(op);
  return Math.log2(Number(access?.[2] ?? access?.[1]) / 8);
};

/** @throws InputError `invalid` with function, offset and what was expected */
export function validateBody(scope: BodyScope, func: WasmFunction): void {
  const checker = new BodyChecker(scope, func);
  checker.open("function", { params: [], results: func.type.results });
  for (const instruction of func.body) {
    checker.offset = instruction.offset;
    checker.check(instruction);
  }
}

class BodyChecker {
  readonly module: WasmModule;
  readonly scope: BodyScope;
  readonly func: WasmFunction;
  readonly locals: readonly ValueType[];
  readonly values: StackValue[] = [];
  readonly frames: Frame[] = [];
  offset = 0;

  constructor(scope: BodyScope, func: WasmFunction) {
    this.module = scope.module;
    this.scope = scope;
    this.func = func;
    this.locals = [...func.type.params, ...func.locals];
  }

  fail(what: string): ModuleError {
    return new ModuleError("invalid", what, `function ${this.func.name}`, this.offset);
  }

  check(instruction: Instruction): void {
    const opcode = opcodesByName.get(instruction.op);
    if (!opcode) throw new Error(`no such instruction: ${instruction.op}`);
    if (opcode.immediates === "memory") {
      this.access(instruction, signatureOf(opcode));
      return;
    }
    const rule = rules[instruction.op];
    if (rule) rule(this, instruction);
    if (opcode.stack !== "*") this.apply(signatureOf(opcode));
  }

  apply({ params, results }: FunctionType): void {
    this.popAll(params);
    this.pushAll(results);
  }

  push(type: StackValue): void {
    this.values.push(type);
  }

  pop(expected?: StackValue): StackValue {
    const frame = this.frames[this.frames.length - 1];
    let actual: StackValue;
    if (this.values.length === frame.height) {
      if (!frame.unreachable) throw this.fail(`type mismatch: ${expected ?? "a value"} expected, the stack is empty`);
      actual = "unknown";
    } else {
      actual = this.values.pop()!;
    }
    if (expected !== undefined && actual !== expected && actual !== "unknown" && expected !== "unknown") {
      throw this.fail(`type mismatch: ${expected} expected, found ${actual}`);
    }
    return actual;
  }

  popAll(types: readonly StackValue[]): StackValue[] {
    return types
      .slice()
      .reverse()
      .map((type) => this.pop(type))
      .reverse();
  }

  pushAll(types: readonly StackValue[]): void {
    for (const type of types) this.push(type);
  }

  open(op: string, type: FunctionType): void {
    this.frames.push({ op, type, height: this.values.length, unreachable: false });
    this.pushAll(type.params);
  }

  close(): Frame {
    const frame = this.frames[this.frames.length - 1];
    this.popAll(frame.type.results);
    if (this.values.length !== frame.height) {
      throw this.fail(`type mismatch: ${this.values.length - frame.height} values left at the end of ${frame.op}`);
    }
    this.frames.pop();
    return frame;
  }

  /** The callee's results are this function's. */
  returnCall({ params, results }: FunctionType): void {
    const own = this.func.type.results;
    if (results.join() !== own.join())
      throw this.fail(
        `type mismatch: a tail call gives ${results.join(" ") || "nothing"}, the function ${own.join(" ") || "nothing"}`,
      );
    this.popAll(params);
    this.unreachable();
  }

  unreachable(): void {
    const frame = this.frames[this.frames.length - 1];
    this.values.length = frame.height;
    frame.unreachable = true;
  }

  /** The types that a branch to this label carries. */
  label(depth: number): readonly ValueType[] {
    if (depth >= this.frames.length) throw this.fail(`unknown label ${depth}`);
    const { op, type } = this.frames[this.frames.length - 1 - depth];
    return op === "loop" ? type.params : type.results;
  }

  /** An index that must exist. */
  at<T>(list: readonly T[], index: number, what: string): T {
    if (index >= list.length) throw this.fail(`unknown ${what} ${index}`);
    return list[index];
  }

  memory(index: number): WasmMemory {
    return this.at(this.module.memories, index, "memory");
  }

  table(index: number): WasmTable {
    return this.at(this.module.tables, index, "table");
  }

  private access(instruction: Instruction, { params, results }: FunctionType): void {
    const address = addressType(this.memory(instruction.memory ?? 0));
    if (instruction.align! > naturalAlignment(instruction)) {
      throw this.fail("alignment must not be larger than natural");
    }
    if (address === "i32" && instruction.memoryOffset! > 0xffff_ffff) throw this.fail("offset out of range");
    this.apply({ params: [address, ...params.slice(1)], results });
  }
}

const signatures = new Map<Opcode, FunctionType>();

function signatureOf(opcode: Opcode): FunctionType {
  let signature = signatures.get(opcode);
  if (!signature) {
    const [params, results] = opcode.stack.split(":").map((side) => side.split(" ").filter(Boolean) as ValueType[]);
    signature = { params, results };
    signatures.set(opcode, signature);
  }
  return signature;
}

const isReference = (type: StackValue): boolean => type === "funcref" || type === "externref";

/** Operands of a copy: the length is of 64 bits where both sides are. */
function copied(to: Addressed, from: Addressed): ValueType[] {
  const [a, b] = [addressType(to), addressType(from)];
  return [a, b, a === b ? a : "i32"];
}

/** Instructions with a rule of their own; for the others the stack type of the table is enough. */
const rules: Record<string, Rule> = {
  unreachable: (checker) => checker.unreachable(),
  block: (checker, { op, block }) => {
    checker.popAll(block!.params);
    checker.open(op, block!);
  },
  loop: (checker, { op, block }) => {
    checker.popAll(block!.params);
    checker.open(op, block!);
  },
  if: (checker, { op, block }) => {
    checker.pop("i32");
    checker.popAll(block!.params);
    checker.open(op, block!);
  },
  else: (checker) => {
    const { type } = checker.close();
    checker.open("else", type);
  },
  end: (checker) => {
    const { op, type } = checker.close();
    // An `if` without `else` passes its parameters on.
    if (op === "if" && type.params.join() !== type.results.join()) {
      throw checker.fail("type mismatch: if without else must give what it takes");
    }
    checker.pushAll(type.results);
  },
  br: (checker, { index }) => {
    checker.popAll(checker.label(index!));
    checker.unreachable();
  },
  br_if: (checker, { index }) => {
    checker.pop("i32");
    const types = checker.label(index!);
    checker.popAll(types);
    checker.pushAll(types);
  },
  br_table: (checker, { labels }) => {
    checker.pop("i32");
    const fallback = checker.label(labels![labels!.length - 1]);
    for (const label of labels!) {
      const types = checker.label(label);
      if (types.length !== fallback.length) throw checker.fail("type mismatch: labels of br_table differ in arity");
      checker.pushAll(checker.popAll(types));
    }
    checker.popAll(fallback);
    checker.unreachable();
  },
  return: (checker) => {
    checker.popAll(checker.func.type.results);
    checker.unreachable();
  },
  call: (checker, { index }) => {
    checker.apply(checker.at(checker.module.functions, index!, "function").type);
  },
  call_indirect: (checker, { index, index2 }) => {
    const table = checker.table(index2!);
    if (table.type !== "funcref") throw checker.fail("type mismatch: call_indirect needs a table of funcref");
    const type = checker.at(checker.module.types, index!, "type");
    checker.pop(addressType(table));
    checker.apply(type);
  },
  return_call: (checker, { index }) => {
    checker.returnCall(checker.at(checker.module.functions, index!, "function").type);
  },
  return_call_indirect: (checker, { index, index2 }) => {
    const table = checker.table(index2!);
    if (table.type !== "funcref") throw checker.fail("type mismatch: return_call_indirect needs a table of funcref");
    const type = checker.at(checker.module.types, index!, "type");
    checker.pop(addressType(table));
    checker.returnCall(type);
  },
  drop: (checker) => {
    checker.pop();
  },
  select: (checker, { types }) => {
    checker.pop("i32");
    if (types) {
      if (types.length !== 1) throw checker.fail("invalid result arity of select");
      checker.apply({ params: [types[0], types[0]], results: types });
      return;
    }
    const second = checker.pop();
    const first = checker.pop();
    if (isReference(first) || isReference(second)) {
      throw checker.fail("type mismatch: select of references must name its type");
    }
    if (first !== second && first !== "unknown" && second !== "unknown") {
      throw checker.fail(`type mismatch: select between ${first} and ${second}`);
    }
    checker.push(first === "unknown" ? second : first);
  },
  "local.get": (checker, { index }) => checker.push(checker.at(checker.locals, index!, "local")),
  "local.set": (checker, { index }) => {
    checker.pop(checker.at(checker.locals, index!, "local"));
  },
  "local.tee": (checker, { index }) => {
    const type = checker.at(checker.locals, index!, "local");
    checker.pop(type);
    checker.push(type);
  },
  "global.get": (checker, { index }) => checker.push(checker.at(checker.module.globals, index!, "global").type),
  "global.set": (checker, { index }) => {
    const global = checker.at(checker.module.globals, index!, "global");
    if (!global.mutable) throw checker.fail(`immutable global ${index}`);
    checker.pop(global.type);
  },
  "table.get": (checker, { index }) => {
    const table = checker.table(index!);
    checker.apply({ params: [addressType(table)], results: [table.type] });
  },
  "table.set": (checker, { index }) => {
    const table = checker.table(index!);
    checker.apply({ params: [addressType(table), table.type], results: [] });
  },
  "table.size": (checker, { index }) => checker.push(addressType(checker.table(index!))),
  "table.grow": (checker, { index }) => {
    const table = checker.table(index!);
    const address = addressType(table);
    checker.apply({ params: [table.type, address], results: [address] });
  },
  "table.fill": (checker, { index }) => {
    const table = checker.table(index!);
    const address = addressType(table);
    checker.apply({ params: [address, table.type, address], results: [] });
  },
  "table.copy": (checker, { index, index2 }) => {
    const to = checker.table(index!);
    const from = checker.table(index2!);
    if (to.type !== from.type) throw checker.fail("type mismatch: table.copy between tables of different types");
    checker.apply({ params: copied(to, from), results: [] });
  },
  "table.init": (checker, { index, index2 }) => {
    const table = checker.table(index2!);
    const segment = checker.at(checker.module.elements, index!, "elem segment");
    if (segment.type !== table.type) throw checker.fail("type mismatch: segment and table of table.init");
    checker.apply({ params: [addressType(table), "i32", "i32"], results: [] });
  },
  "elem.drop": (checker, { index }) => {
    checker.at(checker.module.elements, index!, "elem segment");
  },
  "memory.size": (checker, { index }) => checker.push(addressType(checker.memory(index!))),
  "memory.grow": (checker, { index }) => {
    const address = addressType(checker.memory(index!));
    checker.apply({ params: [address], results: [address] });
  },
  "memory.copy": (checker, { index, index2 }) => {
    checker.apply({ params: copied(checker.memory(index!), checker.memory(index2!)), results: [] });
  },
  "memory.fill": (checker, { index }) => {
    const address = addressType(checker.memory(index!));
    checker.apply({ params: [address, "i32", address], results: [] });
  },
  "memory.init": (checker, { index, index2 }) => {
    const memory = checker.memory(index2!);
    checker.at(checker.module.data, index!, "data segment");
    checker.apply({ params: [addressType(memory), "i32", "i32"], results: [] });
  },
  "data.drop": (checker, { index }) => {
    checker.at(checker.module.data, index!, "data segment");
  },
  "ref.null": (checker, { types }) => checker.push(types![0]),
  "ref.is_null": (checker) => {
    const type = checker.pop();
    if (type !== "unknown" && !isReference(type))
      throw checker.fail(`type mismatch: reference expected, found ${type}`);
    checker.push("i32");
  },
  "ref.func": (checker, { index }) => {
    checker.at(checker.module.functions, index!, "function");
    if (!checker.scope.references.has(index!)) throw checker.fail(`undeclared function reference ${index}`);
    checker.push("funcref");
  },
};
