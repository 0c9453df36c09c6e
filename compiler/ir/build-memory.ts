/** Building of loads and stores, and of what works on whole memories. */
import type { Instruction } from "../wasm/module.ts";
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
import { type MemoryPlan, PAGE } from "./memory-plan.ts";
import { RAM_END } from "./program.ts";

/** The memory that an instruction works on. */
const memoryOf = (b: Builder, index = 0): MemoryPlan => b.plan.memories[index]!;

/** Bytes of memory there are now. */
function memoryBytes(b: Builder, memory: MemoryPlan): Value {
  return memory.pagesSlot < 0 ? b.i32(memory.pages * PAGE) : b.op32("shl", pagesNow(b, memory), b.i32(16));
}

function pagesNow(b: Builder, { pagesSlot, pages }: MemoryPlan): Value {
  return pagesSlot < 0 ? b.i32(pages) : b.emit("global.get", "i32", [], pagesSlot);
}

/** The address operand checked (if asked for), the offset that the access itself carries. */
function effective(b: Builder, operand: Value, i: Instruction, bytes: number): { address: Value; offset: number } {
  const offset = i.memoryOffset ?? 0;
  const memory = memoryOf(b, i.memory);
  const checked = b.plan.options.boundsChecks === true;
  const address = narrow(b, operand, checked);
  if (checked) {
    if (offset + bytes > RAM_END) b.trapIf(b.i32(1));
    else trapUnlessInside(b, address, b.i32(offset + bytes), memoryBytes(b, memory));
  }
  return { address, offset: (offset + memory.base) | 0 };
}

function load(op: string, extend: "s" | "u" | "" = ""): Emit {
  return (b, i) => {
    const bytes = op.includes("64") ? 8 : op.includes("8") ? 1 : op.includes("16") ? 2 : 4;
    const { address, offset } = effective(b, b.pop(), i, bytes);
    let v = b.emit(op, op.startsWith("i64") ? "i64" : "i32", [address], offset);
    v.align = alignOf(b, i);
    if (extend !== "") v = b.emit(`i64.extend_i32_${extend}`, "i64", [v]);
    b.push(v);
  };
}

function store(op: string, wrap = false): Emit {
  return (b, i) => {
    let value = b.pop();
    const bytes = op === "i64.store" ? 8 : op === "i32.store8" ? 1 : op === "i32.store16" ? 2 : 4;
    const { address, offset } = effective(b, b.pop(), i, bytes);
    if (wrap) value = b.emit("i32.wrap_i64", "i32", [value]);
    const v = b.emit(op, "void", [address, value], offset);
    v.align = alignOf(b, i);
  };
}

/** In strict mode the hint may lie: -1 marks an access whose alignment must be tested at run time. */
function alignOf(b: Builder, i: Instruction): number {
  return b.plan.options.boundsChecks === true ? -1 : (i.align ?? 0);
}

function memoryGrow(b: Builder, i: Instruction): void {
  const { pagesSlot, maxPages, wide } = memoryOf(b, i.index);
  const delta = b.pop();
  const old = b.emit("global.get", "i32", [], pagesSlot);
  const { fails, n } = growth(b, delta, b.op32("sub", b.i32(maxPages), old));
  b.emit("global.set", "void", [b.emit("select", "i32", [old, b.op32("add", old, n), fails])], pagesSlot);
  b.push(widen(b, b.emit("select", "i32", [b.i32(-1), old, fails]), wide, true));
}

function biased(b: Builder, address: Value, { base }: MemoryPlan): Value {
  return base === 0 ? address : b.op32("add", address, b.i32(base));
}

function memoryCopy(b: Builder, i: Instruction): void {
  const checked = b.plan.options.boundsChecks === true;
  const [to, from, n] = b.popMany(3).map((v) => narrow(b, v, checked)) as [Value, Value, Value];
  const [target, source] = [memoryOf(b, i.index), memoryOf(b, i.index2)];
  if (checked) {
    trapUnlessInside(b, to, n, memoryBytes(b, target));
    trapUnlessInside(b, from, n, memoryBytes(b, source));
  }
  callRuntime(b, "rt.memory.copy", [biased(b, to, target), biased(b, from, source), n]);
}

function memoryFill(b: Builder, i: Instruction): void {
  const checked = b.plan.options.boundsChecks === true;
  const [to, value, n] = b.popMany(3).map((v) => narrow(b, v, checked)) as [Value, Value, Value];
  const memory = memoryOf(b, i.index);
  if (checked) trapUnlessInside(b, to, n, memoryBytes(b, memory));
  callRuntime(b, "rt.memory.fill", [biased(b, to, memory), value, n]);
}

function memoryInit(b: Builder, i: Instruction): void {
  const [to, from, n] = b.popMany(3).map((v) => narrow(b, v, true)) as [Value, Value, Value];
  const memory = memoryOf(b, i.index2);
  const segment = b.plan.module.data[i.index!]!;
  const length =
    segment.offset === undefined ? segmentLength(b, segment.bytes.length, b.plan.dataDropped[i.index!]!) : b.i32(0);
  trapUnlessInside(b, from, n, length);
  trapUnlessInside(b, to, n, memoryBytes(b, memory));
  callRuntime(b, "rt.memory.copy", [
    biased(b, to, memory),
    b.op32("add", symbolAddress(b, `data.${i.index}`), from),
    n,
  ]);
}

export const MEMORY: Readonly<Record<string, Emit>> = {
  "i32.load": load("i32.load"),
  "i32.load8_s": load("i32.load8_s"),
  "i32.load8_u": load("i32.load8_u"),
  "i32.load16_s": load("i32.load16_s"),
  "i32.load16_u": load("i32.load16_u"),
  "i64.load": load("i64.load"),
  "i64.load8_s": load("i32.load8_s", "s"),
  "i64.load8_u": load("i32.load8_u", "u"),
  "i64.load16_s": load("i32.load16_s", "s"),
  "i64.load16_u": load("i32.load16_u", "u"),
  "i64.load32_s": load("i32.load", "s"),
  "i64.load32_u": load("i32.load", "u"),
  "i32.store": store("i32.store"),
  "i32.store8": store("i32.store8"),
  "i32.store16": store("i32.store16"),
  "i64.store": store("i64.store"),
  "i64.store8": store("i32.store8", true),
  "i64.store16": store("i32.store16", true),
  "i64.store32": store("i32.store", true),
  "memory.size": (b, i) => {
    const memory = memoryOf(b, i.index);
    b.push(widen(b, pagesNow(b, memory), memory.wide));
  },
  "memory.grow": memoryGrow,
  "memory.copy": memoryCopy,
  "memory.fill": memoryFill,
  "memory.init": memoryInit,
  "data.drop": (b, i) => dropSegment(b, b.plan.dataDropped[i.index!]!),
};
