/** What the recorder's code does of a delegation call: the half in front of the call, and the half behind it. */
import { OPERATORS } from "../isa/expression.ts";
import type { Delegation } from "../isa/table.ts";
import { ADDRESS_SPACE, ENGINE, PAGE_SHIFT } from "../machine/layout.ts";
import { Code, OP } from "../wasm/builder.ts";
import { DELEGATIONS, PART, TRACE } from "./layout.ts";

const { add, shl, shrU } = OPERATORS;

/** address in a buffer: start + bytes * calls */
function bufferAddress(c: Code, name: Delegation, bytes: number): Code {
  return c.i32(0).load("i32", TRACE.calls[name]).i32(bytes).op(OPERATORS.mul.code);
}

const registerAddress = (i: number) => ENGINE.registers + 4 * (10 + i);

/** Keeps the values of before, makes the call. Returns what the delegation returns. */
export function prepareCall(name: Delegation, call: number): Code {
  const { registers, reads, writes } = DELEGATIONS[name];
  const buffers = TRACE.delegations[name];
  const c = new Code(0);
  const [a, b, at] = [c.local(), c.local(), c.local()];
  c.i32(0).load("i32", registerAddress(0)).set(a).i32(0).load("i32", registerAddress(1)).set(b);
  // a pointer beyond the RAM is refused by the delegation itself; here it must only not be followed
  for (const [pointer, words] of [
    [a, writes],
    [b, reads],
  ])
    c.get(pointer)
      .i32(ADDRESS_SPACE - 4 * words)
      .op(OP.gtU)
      .if()
      .i32(1)
      .op(OP.return)
      .end();
  bufferAddress(c, name, registers * PART.register).set(at);
  for (let i = 0; i < registers; i++)
    c.get(at)
      .i32(0)
      .load("i32", registerAddress(i))
      .store("i32", buffers.register_accesses + i * PART.register);
  for (const [pointer, words, bytes, buffer] of [
    [b, reads, PART.read, buffers.indirect_reads],
    [a, writes, PART.write, buffers.indirect_writes],
  ]) {
    bufferAddress(c, name, words * bytes).set(at);
    for (let i = 0; i < words; i++)
      c.get(at)
        .get(pointer)
        .load("i32", 4 * i)
        .store("i32", buffer + i * bytes);
  }
  return c.call(call);
}

/** Written values and timestamps of the call that `prepare` made. */
export function recordCall(name: Delegation): Code {
  const { registers, reads, writes } = DELEGATIONS[name];
  const buffers = TRACE.delegations[name];
  const c = new Code(1);
  const stamp = 0;
  const [a, b, at] = [c.local(), c.local(), c.local()];
  bufferAddress(c, name, PART.timestamp).get(stamp).store("i64", buffers.write_timestamp);
  // x10 and x11 are not changed by any delegation
  c.i32(0).load("i32", registerAddress(0)).set(a).i32(0).load("i32", registerAddress(1)).set(b);
  bufferAddress(c, name, registers * PART.register).set(at);
  for (let i = 0; i < registers; i++) {
    const offset = buffers.register_accesses + i * PART.register;
    const stampAt = TRACE.registerTimestamps + 8 * (10 + i);
    c.get(at)
      .i32(0)
      .load("i32", registerAddress(i))
      .store("i32", offset + 4);
    c.get(at)
      .i32(0)
      .load("i64", stampAt)
      .store("i64", offset + 8);
    c.i32(0).get(stamp).store("i64", stampAt);
  }
  const words = (pointer: number, count: number, start: number, size: number, written: boolean) => {
    bufferAddress(c, name, count * size).set(at);
    const stamps = c.local();
    c.get(pointer).i32(1).op(shl.code).set(stamps);
    for (let i = 0; i < count; i++) {
      const offset = start + i * size;
      if (written)
        c.get(at)
          .get(pointer)
          .load("i32", 4 * i)
          .store("i32", offset + 4);
      c.get(at)
        .get(stamps)
        .load("i64", TRACE.wordTimestamps + 8 * i)
        .store("i64", offset + (written ? 8 : 4));
      c.get(stamps)
        .get(stamp)
        .store("i64", TRACE.wordTimestamps + 8 * i);
    }
    for (const last of [0, 4 * (count - 1)])
      c.get(pointer).i32(last).op(add.code).i32(PAGE_SHIFT).op(shrU.code).i32(1).store("i8", TRACE.accessed);
  };
  words(b, reads, buffers.indirect_reads, PART.read, false);
  words(a, writes, buffers.indirect_writes, PART.write, true);
  c.i32(0).i32(0).load("i32", TRACE.calls[name]).i32(1).op(add.code);
  return c.store("i32", TRACE.calls[name]);
}
