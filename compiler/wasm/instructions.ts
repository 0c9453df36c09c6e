/** Decodes the body of a function: bytes to instructions, by the opcode table (specification 5.4). */
import type { Cursor } from "./cursor.ts";
import type { BlockType, FunctionType, Instruction, ValueType } from "./module.ts";
import { foreignOpcodes, type Opcode, opcodes } from "./opcodes.ts";

export const valueTypes: ReadonlyMap<number, ValueType> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x70, "funcref"],
  [0x6f, "externref"],
]);

/** Value types of later proposals: known, so that the message can name them. */
const foreignTypes: ReadonlySet<number> = new Set([
  0x63, 0x64, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x71, 0x72, 0x73, 0x74,
]);

export function readValueType(cursor: Cursor): ValueType {
  const at = cursor.offset;
  const code = cursor.u8();
  const type = valueTypes.get(code);
  if (type) return type;
  if (foreignTypes.has(code)) throw cursor.unsupported(`reference type 0x${code.toString(16)}`, at);
  throw cursor.malformed(`malformed value type 0x${code.toString(16)}`, at);
}

export function readReferenceType(cursor: Cursor): ValueType {
  const at = cursor.offset;
  const type = readValueType(cursor);
  if (type !== "funcref" && type !== "externref") throw cursor.malformed("malformed reference type", at);
  return type;
}

/** Null may be of the bottom type of its hierarchy (WebAssembly 3), which is how binaryen writes it. */
const bottomTypes: ReadonlyMap<number, ValueType> = new Map([
  [0x73, "funcref"],
  [0x72, "externref"],
]);

function readNullType(cursor: Cursor): ValueType {
  const bottom = bottomTypes.get(cursor.peek());
  if (bottom === undefined) return readReferenceType(cursor);
  cursor.skip(1);
  return bottom;
}

function readBlockType(cursor: Cursor, types: readonly FunctionType[]): BlockType {
  const at = cursor.offset;
  const first = cursor.peek();
  if (first === 0x40) {
    cursor.skip(1);
    return { params: [], results: [] };
  }
  // One byte with bit 6 set is a negative number: a value type.
  if (first >= 0x40 && first < 0x80) return { params: [], results: [readValueType(cursor)] };
  const index = cursor.s33();
  if (index < 0) throw cursor.malformed("malformed block type", at);
  if (index >= types.length) throw cursor.invalid(`unknown type ${index}`, at);
  return types[index];
}

function readOpcode(cursor: Cursor): Opcode {
  const at = cursor.offset;
  let code = cursor.u8();
  const foreign = foreignOpcodes.get(code);
  if (foreign) throw cursor.unsupported(`${foreign} (opcode 0x${code.toString(16)})`, at);
  if (code === 0xfc) code = 0xfc00 | Math.min(cursor.u32(), 0xff);
  const opcode = opcodes.get(code);
  if (!opcode) throw cursor.malformed(`illegal opcode 0x${code.toString(16)}`, at);
  return opcode;
}

function readImmediates(
  cursor: Cursor,
  opcode: Opcode,
  offset: number,
  types: readonly FunctionType[],
): Omit<Instruction, "op" | "offset"> {
  switch (opcode.immediates) {
    case "":
      return {};
    case "block":
      return { block: readBlockType(cursor, types) };
    case "label":
    case "index":
      return { index: cursor.u32() };
    case "index index2": {
      const index = cursor.u32();
      return { index, index2: cursor.u32() };
    }
    case "labels": {
      const labels: number[] = [];
      for (let count = cursor.count(); count >= 0; count--) labels.push(cursor.u32());
      return { labels };
    }
    case "types": {
      const selected: ValueType[] = [];
      for (let count = cursor.count(); count > 0; count--) selected.push(readValueType(cursor));
      return { types: selected };
    }
    case "type":
      return { types: [readNullType(cursor)] };
    case "memory": {
      const at = cursor.offset;
      const flags = cursor.u32();
      if (flags >= 128) throw cursor.malformed(`malformed memop flags of ${opcode.name}`, at);
      const align = flags & 63;
      const memory = flags >= 64 ? { memory: cursor.u32() } : {};
      return { align, ...memory, memoryOffset: Number(cursor.u64()) };
    }
    case "i32":
      return { value: cursor.s32() };
    case "i64":
      return { value64: cursor.s64() };
    case "f32":
      cursor.skip(4);
      return {};
    case "f64":
      cursor.skip(8);
      return {};
    default:
      throw new Error(`opcode table: ${offset}`);
  }
}

export function readInstruction(cursor: Cursor, types: readonly FunctionType[]): Instruction {
  const offset = cursor.offset;
  const opcode = readOpcode(cursor);
  return { op: opcode.name, offset, ...readImmediates(cursor, opcode, offset, types) };
}

/** Reads instructions to the `end` that closes the body, which must be the cursor's last byte. */
export function readBody(cursor: Cursor, types: readonly FunctionType[]): Instruction[] {
  const body: Instruction[] = [];
  const open: string[] = ["function"];
  while (open.length > 0) {
    const instruction = readInstruction(cursor, types);
    body.push(instruction);
    const { op } = instruction;
    if (op === "block" || op === "loop" || op === "if") open.push(op);
    else if (op === "end") open.pop();
    else if (op === "else" && open[open.length - 1] !== "if") {
      throw cursor.malformed("else without if", instruction.offset);
    } else if (op === "else") open[open.length - 1] = "else";
  }
  if (!cursor.done) throw cursor.malformed("END opcode expected: instructions after the end of the function");
  return body;
}
