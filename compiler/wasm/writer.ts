/** Writes a module in the binary format (specification 5): what linking has made of several, for engines that take one. Integers only. */

import { valueTypes } from "./instructions.ts";
import type {
  Addressed,
  ConstantExpression,
  FunctionType,
  Instruction,
  Limits,
  ValueType,
  WasmFunction,
  WasmModule,
  WasmTable,
} from "./module.ts";
import { type Opcode, opcodes } from "./opcodes.ts";

const typeCodes = new Map([...valueTypes].map(([code, type]) => [type, code]));
const byName = new Map(
  [...opcodes.values()].filter(({ code }) => code !== 0x1c).map((opcode) => [opcode.name, opcode]),
);
const typedSelect = opcodes.get(0x1c)!;
const utf8 = new TextEncoder();
const EMPTY_BLOCK = 0x40;
const END = 0x0b;

type Bytes = number[];

function unsigned(value: number | bigint): Bytes {
  const out: Bytes = [];
  for (let rest = BigInt(value); ; ) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if (rest === 0n) return [...out, low];
    out.push(low | 0x80);
  }
}

function signed(value: number | bigint): Bytes {
  const out: Bytes = [];
  for (let rest = BigInt(value); ; ) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)) return [...out, low];
    out.push(low | 0x80);
  }
}

const vector = <T>(items: readonly T[], write: (item: T, index: number) => Bytes): Bytes => [
  ...unsigned(items.length),
  ...items.flatMap(write),
];
const name = (text: string): Bytes => vector([...utf8.encode(text)], (byte) => [byte]);
const typeCode = (type: ValueType): number => typeCodes.get(type)!;
const sameShape = (a: FunctionType, b: FunctionType): boolean =>
  a.params.join() === b.params.join() && a.results.join() === b.results.join();

class Writer {
  private readonly module: WasmModule;
  private readonly types: FunctionType[];

  constructor(module: WasmModule) {
    this.module = module;
    this.types = [...module.types];
  }

  write(): Uint8Array {
    const { module } = this;
    const own = <T extends { import?: unknown }>(list: readonly T[]): T[] => list.filter((item) => !item.import);
    const functions = own<WasmFunction>(module.functions);
    // bodies first: they may need types of their own
    const code = vector(functions, (func) => this.body(func));
    const sections: [number, Bytes][] = [
      [1, vector(this.types, (type) => [0x60, ...this.list(type.params), ...this.list(type.results)])],
      [2, this.imports()],
      [3, vector(functions, ({ typeIndex }) => unsigned(typeIndex))],
      [4, vector(own(module.tables), (table) => this.table(table))],
      [5, vector(own(module.memories), (memory) => limits(memory))],
      [13, vector(own(module.tags), ({ typeIndex }) => [0, ...unsigned(typeIndex)])],
      [
        6,
        vector(own(module.globals), ({ type, mutable, init }) => [
          typeCode(type),
          mutable ? 1 : 0,
          ...expression(init!, type),
        ]),
      ],
      [7, vector(module.exports, (item) => [...name(item.name), kinds.indexOf(item.kind), ...unsigned(item.index)])],
      [8, module.start === undefined ? [] : unsigned(module.start)],
      [9, this.elements()],
      [12, module.data.length === 0 ? [] : unsigned(module.data.length)],
      [10, code],
      [11, this.data()],
    ];
    const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    for (const [id, content] of sections) {
      const empty = content.length === 0 || (content.length === 1 && content[0] === 0 && id !== 8);
      if (!empty) append(bytes, [id, ...unsigned(content.length)], content);
    }
    const names = vector(module.functions, (func) => [...unsigned(func.index), ...name(func.name)]);
    const section = [...name("name"), 1, ...unsigned(names.length), ...names];
    append(bytes, [0, ...unsigned(section.length)], section);
    return Uint8Array.from(bytes);
  }

  private list(types: readonly ValueType[]): Bytes {
    return vector(types, (type) => [typeCode(type)]);
  }

  private imports(): Bytes {
    const { functions, tables, memories, globals, tags } = this.module;
    const entries: Bytes[] = [];
    const add = (from: { module: string; name: string } | undefined, what: Bytes): void => {
      if (from) entries.push([...name(from.module), ...name(from.name), ...what]);
    };
    for (const { import: from, typeIndex } of functions) add(from, [0, ...unsigned(typeIndex)]);
    for (const table of tables) add(table.import, [1, typeCode(table.type), ...limits(table)]);
    for (const memory of memories) add(memory.import, [2, ...limits(memory)]);
    for (const { import: from, type, mutable } of globals) add(from, [3, typeCode(type), mutable ? 1 : 0]);
    for (const { import: from, typeIndex } of tags) add(from, [4, 0, ...unsigned(typeIndex)]);
    return vector(entries, (entry) => entry);
  }

  private table(table: WasmTable): Bytes {
    const type = [typeCode(table.type), ...limits(table)];
    return table.init ? [0x40, 0, ...type, ...expression(table.init, table.type)] : type;
  }

  private elements(): Bytes {
    return vector(this.module.elements, ({ mode, table, type, offset, items }) => {
      const content = [typeCode(type), ...vector(items, (item) => expression(item, type))];
      if (mode !== "active") return [mode === "passive" ? 5 : 7, ...content];
      return [6, ...unsigned(table), ...expression(offset!, "i32"), ...content];
    });
  }

  private data(): Bytes {
    const out = unsigned(this.module.data.length);
    for (const { offset, memory = 0, bytes } of this.module.data) {
      const where = offset ? expression(offset, "i32") : [];
      const head = offset === undefined ? [1] : memory === 0 ? [0] : [2, ...unsigned(memory)];
      append(out, head, where, unsigned(bytes.length), bytes);
    }
    return out;
  }

  private body(func: WasmFunction): Bytes {
    const content = vector(func.locals, (type) => [1, typeCode(type)]);
    for (const instruction of func.body) append(content, this.instruction(instruction));
    const out = unsigned(content.length);
    append(out, content);
    return out;
  }

  private instruction(instruction: Instruction): Bytes {
    const opcode = instruction.op === "select" && instruction.types ? typedSelect : byName.get(instruction.op);
    if (opcode === undefined) throw new Error(`no such instruction: ${instruction.op}`);
    const code = opcode.code > 0xff ? [opcode.code >> 8, ...unsigned(opcode.code & 0xff)] : [opcode.code];
    return [...code, ...this.immediates(opcode, instruction)];
  }

  private immediates(opcode: Opcode, i: Instruction): Bytes {
    switch (opcode.immediates) {
      case "":
        return [];
      case "block":
        return this.blockType(i.block!);
      case "label":
      case "index":
        return unsigned(i.index!);
      case "index index2":
        return [...unsigned(i.index!), ...unsigned(i.index2!)];
      case "labels":
        return [...unsigned(i.labels!.length - 1), ...i.labels!.flatMap(unsigned)];
      case "types":
        return this.list(i.types!);
      case "type":
        return [typeCode(i.types![0])];
      case "memory": {
        const memory = i.memory ?? 0;
        const flags = memory === 0 ? [i.align!] : [i.align! | 0x40, ...unsigned(memory)];
        return [...flags, ...unsigned(BigInt(i.memoryOffset!))];
      }
      case "i32":
        return signed(i.value!);
      case "i64":
        return signed(i.value64!);
      default:
        throw new Error(`${opcode.name}: floats are not written`);
    }
  }

  private blockType(type: FunctionType): Bytes {
    if (type.params.length === 0 && type.results.length === 0) return [EMPTY_BLOCK];
    if (type.params.length === 0 && type.results.length === 1) return [typeCode(type.results[0])];
    let index = this.types.findIndex((known) => sameShape(known, type));
    if (index < 0) index = this.types.push(type) - 1;
    return signed(index);
  }
}

const kinds = ["function", "table", "memory", "global", "tag"];

function limits({ limits: { min, max }, address }: Addressed & { readonly limits: Limits }): Bytes {
  const flags = (max === undefined ? 0 : 1) | (address === "i64" ? 4 : 0);
  return [flags, ...unsigned(BigInt(min)), ...(max === undefined ? [] : unsigned(BigInt(max)))];
}

/** With its `end`. */
function expression(constant: ConstantExpression, type: ValueType): Bytes {
  return [...value(constant, type), END];
}

function value(constant: ConstantExpression, type: ValueType): Bytes {
  switch (constant.kind) {
    case "i32":
      return [0x41, ...signed(constant.value)];
    case "i64":
      return [0x42, ...signed(constant.value)];
    case "global":
      return [0x23, ...unsigned(constant.index)];
    case "function":
      return [0xd2, ...unsigned(constant.index)];
    case "null":
      return [0xd0, typeCode(type)];
    case "binary":
      return [...value(constant.left, type), ...value(constant.right, type), byName.get(constant.op)!.code];
    default:
      throw new Error(`${constant.op} in a constant expression is not written`);
  }
}

/** Byte by byte: a spread of a large segment would be more arguments than a call takes. */
function append(to: Bytes, ...parts: (Bytes | Uint8Array)[]): void {
  for (const part of parts) for (const byte of part) to.push(byte);
}

export function writeModule(module: WasmModule): Uint8Array {
  return new Writer(module).write();
}
