/** The checker's look at one delegation call: its witness is that of the request, reads what was left, and says what the delegation computes. */
import { OPERATORS } from "../isa/expression.ts";
import type { Delegation } from "../isa/table.ts";
import { ADDRESS_SPACE, ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { type Code, OP } from "../wasm/builder.ts";
import { type Accessed, type AccessFunctions, access } from "./check-access-code.ts";
import { CHECK, DELEGATION_DETAIL } from "./check-layout.ts";
import { bytesPerCall, DELEGATIONS, type DelegationPart, PART, TIMESTAMP_MASK } from "./layout.ts";
import { WitnessCode, type WitnessMemory } from "./witness-code.ts";

const { add, sub, and, ne, or, ltS, ltU, add64, sub64, extendU } = OPERATORS;
const gtU = 0x4b;

/** Leaves if x10 or x11 lead out of the RAM. */
function pointers(c: Code, name: Delegation, register: (n: number) => number, otherwise: number): void {
  const { reads, writes } = DELEGATIONS[name];
  for (const [n, words] of [
    [0, writes],
    [1, reads],
  ])
    c.i32(0)
      .load("i32", register(n))
      .i32(ROM_SIZE)
      .op(sub.code)
      .i32(ADDRESS_SPACE - ROM_SIZE - 4 * words)
      .op(gtU)
      .i32(0)
      .load("i32", register(n))
      .i32(3)
      .op(and.code, or.code)
      .brIf(otherwise);
}

interface Fast {
  c: WitnessCode;
  at: number;
  index: number;
  pointer: number;
  known: number;
  /** of 64 bits */
  raw: number;
  stamp: number;
  base: number;
  register(n: number): number;
  startOf(part: DelegationPart): WitnessCode;
}

/**
 * Goes to `accessed` if all accesses are those that the model gives, after stamping them; goes on, with nothing changed, if one differs, or if a place was not yet
 * accessed in the chunk. No access finds what another leaves: a call whose words overlap the delegation itself refuses.
 */
function fastAccesses(name: Delegation, x: Fast, accessed: number): void {
  const { c, at, index, pointer, known, raw, stamp, base } = x;
  const { registers, reads, writes } = DELEGATIONS[name];
  const [differs, least] = [c.local("i64"), c.local()];
  const compare = () => c.op(sub64.code).get(differs).op(OP.i64Or).set(differs);
  c.block();
  const careful = c.depth;
  x.startOf("write_timestamp").loadWitness("i64", 0).i64(TIMESTAMP_MASK).op(OP.i64And);
  c.get(stamp).op(extendU.code).get(base).op(add64.code).tee(raw).op(sub64.code).set(differs);
  x.startOf("register_accesses").set(at);
  for (let n = 0; n < registers; n++) {
    c.get(at).loadWitness("u32ToI64", n * PART.register);
    c.i32(0).load("u32ToI64", x.register(n));
    compare();
    // the model's stamp first: the other way round V8 would load it twice
    c.i32(0).load("i64", CHECK.registerStamps + 8 * (10 + n));
    c.get(at).loadWitness("i64", n * PART.register + 8);
    compare();
  }
  c.get(differs).i64(0n).op(OP.i64Ne).brIf(careful);
  pointers(c, name, x.register, careful);
  c.i32(0).load("i32", x.register(0)).set(index).i32(0).load("i32", x.register(1)).set(pointer);
  c.i32(0).set(least);
  const words = (from: number, count: number, part: "indirect_reads" | "indirect_writes") => {
    const bytes = part === "indirect_reads" ? PART.read : PART.write;
    x.startOf(part).set(at);
    for (let i = 0; i < count; i++) {
      c.get(at).loadWitness("i64", i * bytes + bytes - 8);
      c.get(from)
        .load("i32", CHECK.stamps + 4 * i)
        .tee(known);
      c.op(extendU.code).get(base).op(add64.code);
      compare();
      // negative for a word that was not accessed, whose stamp is 0
      c.get(known).i32(1).op(sub.code).get(least).op(or.code).set(least);
      c.get(at).loadWitness("u32ToI64", i * bytes);
      c.get(from).load("u32ToI64", 4 * i);
      compare();
    }
  };
  words(pointer, reads, "indirect_reads");
  words(index, writes, "indirect_writes");
  c.get(differs).i64(0n).op(OP.i64Ne).get(least).i32(0).op(ltS.code, or.code).brIf(careful);
  for (let n = 0; n < registers; n++)
    c.i32(0)
      .get(raw)
      .store("i64", CHECK.registerStamps + 8 * (10 + n));
  for (const [from, count] of [
    [pointer, reads],
    [index, writes],
  ])
    for (let i = 0; i < count; i++)
      c.get(from)
        .get(stamp)
        .store("i32", CHECK.stamps + 4 * i);
  c.br(accessed).end();
}

/** One delegation call: 0 if the witness in the window is right. Parameters: stamp, base of the chunk. */
export function delegationCode(
  name: Delegation,
  functions: AccessFunctions,
  call: number,
  witness: WitnessMemory,
): Code {
  const { registers, reads, writes } = DELEGATIONS[name];
  const calls = CHECK.callsAt[name];
  const size = bytesPerCall(name);
  const c = new WitnessCode(2, witness);
  const [stamp, base] = [0, 1];
  const [at, index, known, detail, pointer, i] = Array.from({ length: 6 }, () => c.local());
  const raw = c.local("i64");
  const startOf = (part: keyof typeof size) =>
    c
      .i32(0)
      .load("i32", CHECK.callsDone[name])
      .i32(size[part])
      .op(OPERATORS.mul.code)
      .i32(0)
      .load("i32", calls[part])
      .op(add.code);
  const register = (n: number) => CHECK.registers + 8 * (10 + n);
  /** where the delegation itself finds it */
  const operand = (n: number) => ENGINE.registers + 4 * (10 + n);
  c.block();
  const fail = c.depth;
  const say = (kind: number, number?: number) => {
    c.i32(256 * kind);
    if (number !== undefined) c.get(number).op(add.code);
    return c.set(detail);
  };

  c.block();
  const accessed = c.depth;
  fastAccesses(name, { c, at, index, pointer, known, raw, stamp, base, register, startOf }, accessed);

  say(DELEGATION_DETAIL.timestamp);
  startOf("write_timestamp").loadWitness("i64", 0).i64(TIMESTAMP_MASK).op(OP.i64And);
  c.get(stamp).op(extendU.code).get(base).op(add64.code, OP.i64Ne).brIf(fail);

  startOf("register_accesses").set(at);
  const accessOf = (of: Accessed, place: () => void, at: number, value: number, raw: number) =>
    access(c, functions, base, fail, {
      of,
      index: place,
      value: () => void c.get(at).loadWitness("i32", value),
      raw: () => void c.get(at).loadWitness("i64", raw),
      upper: () => void c.i32(0),
      stamp: () => void c.get(stamp),
    });
  for (let n = 0; n < registers; n++) {
    c.i32(256 * DELEGATION_DETAIL.register + n).set(detail);
    accessOf("register", () => void c.i32(8 * (10 + n)), at, n * PART.register, n * PART.register + 8);
  }
  // for the message, should the pointers be wrong; and they must not lead out of the RAM before they are followed; what else is wrong the call itself says
  for (let n = 0; n < registers; n++) c.i32(0).i32(0).load("i32", register(n)).store("i32", operand(n));
  say(DELEGATION_DETAIL.operands);
  pointers(c, name, register, fail);

  const loop = (count: number, body: () => void) => {
    c.i32(0).set(i);
    c.loop();
    const top = c.depth;
    body();
    c.get(i).i32(1).op(add.code).tee(i).i32(count).op(ltU.code).brIf(top);
    c.end();
  };
  const indirect = (n: number, count: number, part: "indirect_reads" | "indirect_writes", kind: number) => {
    const bytes = part === "indirect_reads" ? PART.read : PART.write;
    startOf(part).set(at);
    c.i32(0).load("i32", register(n)).set(index);
    loop(count, () => {
      say(kind, i);
      accessOf("word", () => void c.get(index), at, 0, bytes - 8);
      c.get(at).i32(bytes).op(add.code).set(at).get(index).i32(4).op(add.code).set(index);
    });
  };
  indirect(1, reads, "indirect_reads", DELEGATION_DETAIL.read);
  indirect(0, writes, "indirect_writes", DELEGATION_DETAIL.write);

  c.end();
  for (let n = 0; n < registers; n++) c.i32(0).i32(0).load("i32", register(n)).store("i32", operand(n));
  say(DELEGATION_DETAIL.operands).call(call).brIf(fail);
  startOf("register_accesses").set(at);
  for (let n = 0; n < registers; n++) {
    c.i32(256 * DELEGATION_DETAIL.registerResult + n).set(detail);
    c.get(at)
      .loadWitness("i32", n * PART.register + 4)
      .i32(0)
      .load("i32", operand(n))
      .op(ne.code)
      .brIf(fail);
    c.i32(0).i32(0).load("i32", operand(n)).store("i32", register(n));
  }
  startOf("indirect_writes").set(at);
  c.i32(0).load("i32", register(0)).set(pointer);
  loop(writes, () => {
    say(DELEGATION_DETAIL.writeResult, i);
    c.get(at).loadWitness("i32", 4).get(pointer).load("i32").op(ne.code).brIf(fail);
    c.get(at).i32(PART.write).op(add.code).set(at).get(pointer).i32(4).op(add.code).set(pointer);
  });
  c.i32(0).i32(0).load("i32", CHECK.callsDone[name]).i32(1).op(add.code).store("i32", CHECK.callsDone[name]);
  c.i32(0).op(OP.return).end();
  c.i32(0).get(detail).store("i32", CHECK.detail);
  return c.i32(1);
}
