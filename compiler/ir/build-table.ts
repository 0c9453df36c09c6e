/** Building of what works on tables. Those that are written live in RAM, a word an entry: the address of a descriptor (code address, type number), 0 for null. */
import type { Instruction, ValueType } from "../wasm/module.ts";
import {
  callRuntime,
  dropSegment,
  growth,
  narrow,
  segmentLength,
  symbolAddress,
  trapUnlessInside,
  widen,
} from "./build-bounds.ts";
import type { Builder, Emit } from "./builder.ts";
import type { Value } from "./function.ts";
import { signature } from "./program.ts";

function tableSize(b: Builder, table: number): Value {
  return b.emit("global.get", "i32", [], b.plan.tables[table]!.sizeSlot);
}

function tableAddress(b: Builder, table: number, index: Value): Value {
  return b.op32("add", b.i32(b.plan.tables[table]!.address), b.op32("shl", index, b.i32(2)));
}

/** The index operand of an access to a table. */
export function tableIndexOf(b: Builder, table: number): Value {
  const index = b.pop();
  return b.plan.tables[table]!.wide ? narrow(b, index, true) : index;
}

/** Number of a function type by its shape, equal types having equal numbers. */
export function typeNumber(
  b: Pick<Builder, "plan">,
  type: { params: readonly ValueType[]; results: readonly ValueType[] },
): number {
  const shapes = b.plan.module.types.map(signature);
  return shapes.indexOf(signature(type));
}

function tableGet(b: Builder, i: Instruction): void {
  const index = tableIndexOf(b, i.index!);
  b.trapIf(b.op32("ge_u", index, tableSize(b, i.index!)));
  const v = b.emit("i32.load", "i32", [tableAddress(b, i.index!, index)]);
  v.align = 2;
  b.push(v);
}

function tableSet(b: Builder, i: Instruction): void {
  const value = b.pop();
  const index = tableIndexOf(b, i.index!);
  b.trapIf(b.op32("ge_u", index, tableSize(b, i.index!)));
  b.emit("i32.store", "void", [tableAddress(b, i.index!, index), value]).align = 2;
}

function tableGrow(b: Builder, i: Instruction): void {
  const [value, delta] = b.popMany(2) as [Value, Value];
  const { sizeSlot, capacity, wide } = b.plan.tables[i.index!]!;
  const max = b.plan.module.tables[i.index!]!.limits.max ?? capacity;
  const old = tableSize(b, i.index!);
  const { fails, n: asked } = growth(b, delta, b.op32("sub", b.i32(Math.min(max, capacity)), old));
  const n = b.emit("select", "i32", [b.i32(0), asked, fails]);
  callRuntime(b, "rt.table.fill", [tableAddress(b, i.index!, old), value, n]);
  b.emit("global.set", "void", [b.op32("add", old, n)], sizeSlot);
  b.push(widen(b, b.emit("select", "i32", [b.i32(-1), old, fails]), wide, true));
}

function tableFill(b: Builder, i: Instruction): void {
  const [index, value, n] = b.popMany(3).map((v) => narrow(b, v, true)) as [Value, Value, Value];
  trapUnlessInside(b, index, n, tableSize(b, i.index!));
  callRuntime(b, "rt.table.fill", [tableAddress(b, i.index!, index), value, n]);
}

function tableCopy(b: Builder, i: Instruction): void {
  const [to, from, n] = b.popMany(3).map((v) => narrow(b, v, true)) as [Value, Value, Value];
  trapUnlessInside(b, to, n, tableSize(b, i.index!));
  trapUnlessInside(b, from, n, tableSize(b, i.index2!));
  const bytes = b.op32("shl", n, b.i32(2));
  callRuntime(b, "rt.memory.copy", [tableAddress(b, i.index!, to), tableAddress(b, i.index2!, from), bytes]);
}

function tableInit(b: Builder, i: Instruction): void {
  const [to, from, n] = b.popMany(3).map((v) => narrow(b, v, true)) as [Value, Value, Value];
  const segment = b.plan.module.elements[i.index!]!;
  const passive = segment.mode === "passive";
  const length = passive ? segmentLength(b, segment.items.length, b.plan.elementDropped[i.index!]!) : b.i32(0);
  trapUnlessInside(b, from, n, length);
  trapUnlessInside(b, to, n, tableSize(b, i.index2!));
  const source = b.op32("add", symbolAddress(b, `elements.${i.index}`), b.op32("shl", from, b.i32(2)));
  callRuntime(b, "rt.memory.copy", [tableAddress(b, i.index2!, to), source, b.op32("shl", n, b.i32(2))]);
}

export const TABLE: Readonly<Record<string, Emit>> = {
  "table.get": tableGet,
  "table.set": tableSet,
  "table.size": (b, i) => b.push(widen(b, tableSize(b, i.index!), b.plan.tables[i.index!]!.wide)),
  "table.grow": tableGrow,
  "table.fill": tableFill,
  "table.copy": tableCopy,
  "table.init": tableInit,
  "elem.drop": (b, i) => dropSegment(b, b.plan.elementDropped[i.index!]!),
};
