/** What memories and tables have in common: operands as words, traps for what is out of bounds, segments, and the routines of the run-time system that work on them. */
import type { Builder } from "./builder.ts";
import type { Type, Value } from "./function.ts";

/** Traps unless `[address, address + bytes)`, both unsigned, is inside `[0, limit)`. `bytes` may be a value. */
export function trapUnlessInside(b: Builder, address: Value, bytes: Value, limit: Value): void {
  b.trapIf(b.op32("gt_u", bytes, limit));
  b.trapIf(b.op32("gt_u", address, b.op32("sub", limit, bytes)));
}

/** An operand of 64 bits as the word that addresses are here; one that needs more is out of every bounds. */
export function narrow(b: Builder, v: Value, checked: boolean): Value {
  if (v.type !== "i64") return v;
  if (checked) b.trapIf(b.emit("i64.high", "i32", [v]));
  return b.emit("i32.wrap_i64", "i32", [v]);
}

/** A size as the address type of what it is the size of; `signed` for one that may be -1. */
export function widen(b: Builder, v: Value, wide: boolean, signed = false): Value {
  return wide ? b.emit(`i64.extend_i32_${signed ? "s" : "u"}`, "i64", [v]) : v;
}

/** Whether an amount of growth is more than the room left: as a word, and what it is compared by. */
export function growth(b: Builder, delta: Value, room: Value): { fails: Value; n: Value } {
  const n = narrow(b, delta, false);
  const more = b.op32("gt_u", n, room);
  if (delta.type !== "i64") return { fails: more, n };
  return { fails: b.op32("or", more, b.op32("ne", b.emit("i64.high", "i32", [delta]), b.i32(0))), n };
}

/** Calls a routine of the run-time system (runtime.ts). */
export function callRuntime(b: Builder, symbol: string, args: Value[], results: Type[] = []): Value {
  const v = b.emit("call", results[0] ?? "void", args);
  v.symbol = symbol;
  v.results = results;
  return v;
}

/** Length of a passive segment now: 0 once dropped (flag 1). */
export function segmentLength(b: Builder, length: number, slot: number): Value {
  if (slot < 0) return b.i32(length);
  return b.emit("select", "i32", [b.i32(0), b.i32(length), b.emit("global.get", "i32", [], slot)]);
}

export function symbolAddress(b: Builder, symbol: string): Value {
  const v = b.emit("symbol", "i32", []);
  v.symbol = symbol;
  return v;
}

export const dropSegment = (b: Builder, slot: number): void => void b.emit("global.set", "void", [b.i32(1)], slot);
