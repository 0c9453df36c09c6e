/** The intermediate representation: SSA values in basic blocks with parameters. No phis: what a block needs, its edges hand over. */

export type Type = "i32" | "i64";

export interface Value {
  readonly id: number;
  op: string;
  type: Type | "void";
  args: Value[];
  /** meaning by operation: constant, offset, global index, result number */
  imm: number;
  /** log2 of the alignment of a memory access */
  align: number;
  /** i64 constants */
  big?: bigint;
  /** callee, address */
  symbol?: string;
  /** types of all results of a call */
  results?: readonly Type[];
  block: Block;
  /** byte offset in the WebAssembly file, -1 for none */
  origin: number;
}

export interface Edge {
  to: Block;
  args: Value[];
}

export interface Terminator {
  op: string;
  args: Value[];
  edges: Edge[];
  /** callee of `return_call` */
  symbol?: string;
  origin: number;
}

export interface Block {
  id: number;
  params: Value[];
  /** in order, parameters and terminator not included */
  values: Value[];
  terminator: Terminator;
}

export class Func {
  readonly symbol: string;
  readonly name: string;
  readonly params: readonly Type[];
  readonly results: readonly Type[];
  /** the first is the entry; its parameters are the function's */
  blocks: Block[] = [];
  nextValue = 0;
  nextBlock = 0;

  constructor(symbol: string, name: string, params: readonly Type[], results: readonly Type[]) {
    this.symbol = symbol;
    this.name = name;
    this.params = params;
    this.results = results;
  }

  block(): Block {
    const block: Block = {
      id: this.nextBlock++,
      params: [],
      values: [],
      terminator: { op: "trap", args: [], edges: [], origin: -1 },
    };
    this.blocks.push(block);
    return block;
  }

  /** A value that is in no list yet. */
  value(block: Block, op: string, type: Type | "void", args: Value[], imm = 0, origin = -1): Value {
    return { id: this.nextValue++, op, type, args, imm, align: 0, block, origin };
  }

  param(block: Block, type: Type): Value {
    const value = this.value(block, "param", type, []);
    block.params.push(value);
    return value;
  }

  /** Appends a value to a block. */
  add(block: Block, op: string, type: Type | "void", args: Value[], imm = 0, origin = -1): Value {
    const value = this.value(block, op, type, args, imm, origin);
    block.values.push(value);
    return value;
  }

  const32(block: Block, imm: number): Value {
    return this.add(block, "i32.const", "i32", [], imm | 0);
  }

  const64(block: Block, big: bigint): Value {
    const value = this.add(block, "i64.const", "i64", []);
    value.big = BigInt.asIntN(64, big);
    return value;
  }
}

/** The value that a chain of copies stands for. */
export function resolve(value: Value): Value {
  let v = value;
  while (v.op === "copy") v = v.args[0]!;
  return v;
}

/** Turns a value into a copy of another, which takes its place everywhere. */
export function replace(value: Value, by: Value): void {
  value.op = "copy";
  value.args = [by];
  value.imm = 0;
}

export function isConst(value: Value, imm?: number): boolean {
  return value.op === "i32.const" && (imm === undefined || value.imm === imm);
}
