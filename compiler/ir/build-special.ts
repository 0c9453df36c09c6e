/** Building of the instructions that are more than one pure operation: memory, division, globals, calls, tables, bulk memory. */
import type { Instruction, ValueType } from "../wasm/module.ts";
import type { Builder } from "./build.ts";
import { emitCall, emitCallIndirect, emitReturnCall, emitReturnCallIndirect } from "./build-call.ts";
import type { Type, Value } from "./function.ts";
import { type MemoryPlan, PAGE } from "./memory-plan.ts";
import { RAM_END, signature } from "./program.ts";

type Emit = (b: Builder, i: Instruction) => void;

/** The memory that an instruction works on. */
const memoryOf = (b: Builder, index = 0): MemoryPlan => b.plan.memories[index]!;

/** Bytes of memory there are now. */
function memoryBytes(b: Builder, memory: MemoryPlan): Value {
  return memory.pagesSlot < 0 ? b.i32(memory.pages * PAGE) : b.op32("shl", pagesNow(b, memory), b.i32(16));
}

function pagesNow(b: Builder, { pagesSlot, pages }: MemoryPlan): Value {
  return pagesSlot < 0 ? b.i32(pages) : b.emit("global.get", "i32", [], pagesSlot);
}

/** Traps unless `[address, address + bytes)`, both unsigned, is inside `[0, limit)`. `bytes` may be a value. */
export function trapUnlessInside(b: Builder, address: Value, bytes: Value, limit: Value): void {
  b.trapIf(b.op32("gt_u", bytes, limit));
  b.trapIf(b.op32("gt_u", address, b.op32("sub", limit, bytes)));
}

/** An operand of 64 bits as the word that addresses are here; one that needs more is out of every bounds. */
function narrow(b: Builder, v: Value, checked: boolean): Value {
  if (v.type !== "i64") return v;
  if (checked) b.trapIf(b.emit("i64.high", "i32", [v]));
  return b.emit("i32.wrap_i64", "i32", [v]);
}

/** A size as the address type of what it is the size of; `signed` for one that may be -1. */
function widen(b: Builder, v: Value, wide: boolean, signed = false): Value {
  return wide ? b.emit(`i64.extend_i32_${signed ? "s" : "u"}`, "i64", [v]) : v;
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

function divide(op: string): Emit {
  const type = op.slice(0, 3) as Type;
  return (b) => {
    const d = b.pop();
    const n = b.pop();
    const constant = (v: bigint): Value => (type === "i32" ? b.i32(Number(v)) : b.i64(v));
    const known = d.op === "i32.const" ? BigInt(d.imm) : d.big;
    if (known === undefined || known === 0n) b.trapIf(b.emit(`${type}.eqz`, "i32", [d]));
    if (op.endsWith("div_s") && (known === undefined || known === -1n)) {
      const least = constant(type === "i32" ? -(2n ** 31n) : -(2n ** 63n));
      const overflow = b.op32(
        "and",
        b.emit(`${type}.eq`, "i32", [n, least]),
        b.emit(`${type}.eq`, "i32", [d, constant(-1n)]),
      );
      b.trapIf(overflow);
    }
    b.push(b.emit(op, type, [n, d]));
  };
}

function globalGet(b: Builder, i: Instruction): void {
  const g = b.plan.globals[i.index!]!;
  if (typeof g === "number") {
    const type: Type = b.plan.module.globals[i.index!]!.type === "i64" ? "i64" : "i32";
    b.push(b.emit("global.get", type, [], g));
  } else b.push(g.type === "i32" ? b.i32(Number(BigInt.asIntN(32, g.value))) : b.i64(g.value));
}

function globalSet(b: Builder, i: Instruction): void {
  b.emit("global.set", "void", [b.pop()], b.plan.globals[i.index!] as number);
}

/** Whether an amount of growth is more than the room left: as a word, and what it is compared by. */
function growth(b: Builder, delta: Value, room: Value): { fails: Value; n: Value } {
  const n = narrow(b, delta, false);
  const more = b.op32("gt_u", n, room);
  if (delta.type !== "i64") return { fails: more, n };
  return { fails: b.op32("or", more, b.op32("ne", b.emit("i64.high", "i32", [delta]), b.i32(0))), n };
}

function memoryGrow(b: Builder, i: Instruction): void {
  const { pagesSlot, maxPages, wide } = memoryOf(b, i.index);
  const delta = b.pop();
  const old = b.emit("global.get", "i32", [], pagesSlot);
  const { fails, n } = growth(b, delta, b.op32("sub", b.i32(maxPages), old));
  b.emit("global.set", "void", [b.emit("select", "i32", [old, b.op32("add", old, n), fails])], pagesSlot);
  b.push(widen(b, b.emit("select", "i32", [b.i32(-1), old, fails]), wide, true));
}

/** Calls a routine of the run-time system (runtime.ts). */
export function callRuntime(b: Builder, symbol: string, args: Value[], results: Type[] = []): Value {
  const v = b.emit("call", results[0] ?? "void", args);
  v.symbol = symbol;
  v.results = results;
  return v;
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

/** Length of a passive segment now: 0 once dropped (flag 1). */
function segmentLength(b: Builder, length: number, slot: number): Value {
  if (slot < 0) return b.i32(length);
  return b.emit("select", "i32", [b.i32(0), b.i32(length), b.emit("global.get", "i32", [], slot)]);
}

function symbolAddress(b: Builder, symbol: string): Value {
  const v = b.emit("symbol", "i32", []);
  v.symbol = symbol;
  return v;
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

function drop(slot: number): Emit {
  return (b) => b.emit("global.set", "void", [b.i32(1)], slot);
}

// Tables that are written live in RAM, a word an entry: the address of a descriptor (code address, type number), 0 for null.

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

const SPECIAL: Readonly<Record<string, Emit>> = {
  "i32.const": (b, i) => b.push(b.i32(i.value!)),
  "i64.const": (b, i) => b.push(b.i64(i.value64!)),
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
  "global.get": globalGet,
  "global.set": globalSet,
  "memory.size": (b, i) => {
    const memory = memoryOf(b, i.index);
    b.push(widen(b, pagesNow(b, memory), memory.wide));
  },
  "memory.grow": memoryGrow,
  "memory.copy": memoryCopy,
  "memory.fill": memoryFill,
  "memory.init": memoryInit,
  "data.drop": (b, i) => drop(b.plan.dataDropped[i.index!]!)(b, i),
  "elem.drop": (b, i) => drop(b.plan.elementDropped[i.index!]!)(b, i),
  "table.get": tableGet,
  "table.set": tableSet,
  "table.size": (b, i) => b.push(widen(b, tableSize(b, i.index!), b.plan.tables[i.index!]!.wide)),
  "table.grow": tableGrow,
  "table.fill": tableFill,
  "table.copy": tableCopy,
  "table.init": tableInit,
  "ref.null": (b) => b.push(b.i32(0)),
  "ref.is_null": (b) => b.push(b.emit("i32.eqz", "i32", [b.pop()])),
  "ref.func": (b, i) => b.push(symbolAddress(b, `ref.${i.index}`)),
  call: emitCall,
  call_indirect: emitCallIndirect,
  return_call: emitReturnCall,
  return_call_indirect: emitReturnCallIndirect,
  select: (b) => {
    const [x, y, cond] = b.popMany(3) as [Value, Value, Value];
    b.push(b.emit("select", x.type, [x, y, cond]));
  },
};
for (const t of ["i32", "i64"])
  for (const op of ["div_s", "div_u", "rem_s", "rem_u"])
    (SPECIAL as Record<string, Emit>)[`${t}.${op}`] = divide(`${t}.${op}`);

export function emitSpecial(b: Builder, i: Instruction): void {
  const emit = SPECIAL[i.op];
  if (emit === undefined) {
    const float = /^f(32|64)\b|f32|f64/.test(i.op);
    b.fail(`${i.op} cannot be compiled: ${float ? "the machine has integers only" : "not supported"};`);
  }
  emit(b, i);
}

/** Number of a function type by its shape, equal types having equal numbers. */
export function typeNumber(
  b: Pick<Builder, "plan">,
  type: { params: readonly ValueType[]; results: readonly ValueType[] },
): number {
  const shapes = b.plan.module.types.map(signature);
  return shapes.indexOf(signature(type));
}
