/** The checker's look at one delegation call: its witness is that of the request, reads what was left, and says what the delegation computes. */
import { OPERATORS } from "../isa/expression.ts";
import type { Delegation } from "../isa/table.ts";
import { ADDRESS_SPACE, ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { REFUSED as U256_REFUSED } from "../machine/u256-code.ts";
import { type Code, OP, SIMD } from "../wasm/builder.ts";
import { type Accessed, type AccessFunctions, access } from "./check-access-code.ts";
import { CHECK, DELEGATION_DETAIL } from "./check-layout.ts";
import { bytesPerCall, DELEGATIONS, type DelegationPart, PART, TIMESTAMP_MASK } from "./layout.ts";
import { WitnessCode, type WitnessMemory } from "./witness-code.ts";

const { add, sub, and, eq, ne, or, xor, ltU, add64, sub64, extendU, wrap } = OPERATORS;

/** The one register, from x10 on, that a call changes: what the delegation's function returns. The other's returns whether it is refused. */
const RESULT: Readonly<Partial<Record<Delegation, number>>> = { u256: 2 };
const REFUSED: Readonly<Record<Delegation, number>> = { blake2s: 1, u256: U256_REFUSED };

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
      .op(OP.gtU)
      .i32(0)
      .load("i32", register(n))
      .i32(3)
      .op(and.code, or.code)
      .brIf(otherwise);
}

type WordPart = Extract<DelegationPart, "indirect_reads" | "indirect_writes">;

interface Fast {
  c: WitnessCode;
  at: number;
  index: number;
  pointer: number;
  /** of 64 bits */
  raw: number;
  stamp: number;
  base: number;
  register(n: number): number;
  startOf(part: DelegationPart): WitnessCode;
}

/** Lanes of two vectors: of the first 0…3, of the second 4…7. */
const lanes = (...numbers: readonly number[]) => numbers.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));

/**
 * Four words of a call's witness, as vectors of their fields: leaves values, lower and upper halves of timestamps in `fields`. Reads are 12 bytes each: three vectors;
 * writes 16: four.
 */
function loadFour(c: WitnessCode, part: WordPart, at: number, offset: number, fields: readonly number[]): void {
  const [value, low, high, spare] = fields;
  const load = (i: number, to: number) =>
    c
      .get(at)
      .loadWitnessVector(offset + 16 * i)
      .set(to);
  const shuffle = (a: number, b: number, ...numbers: number[]) =>
    c
      .get(a)
      .get(b)
      .shuffle(lanes(...numbers));
  if (part === "indirect_reads") {
    // v0 l0 h0 v1, l1 h1 v2 l2, h2 v3 l3 h3
    load(0, value);
    load(1, low);
    load(2, high);
    shuffle(value, low, 2, 5, 2, 5).set(spare);
    shuffle(value, low, 0, 3, 6, 6);
    shuffle(value, low, 1, 4, 7, 7).set(low).set(value);
    c.get(value)
      .get(high)
      .shuffle(lanes(0, 1, 2, 5))
      .set(value);
    c.get(low)
      .get(high)
      .shuffle(lanes(0, 1, 2, 6))
      .set(low);
    c.get(spare)
      .get(high)
      .shuffle(lanes(0, 1, 4, 7))
      .set(high);
    return;
  }
  // v w l h, four times
  load(0, value);
  load(1, low);
  load(2, high);
  load(3, spare);
  shuffle(value, low, 0, 4, 1, 5);
  shuffle(high, spare, 0, 4, 1, 5).shuffle(lanes(0, 1, 4, 5));
  shuffle(value, low, 2, 6, 3, 7).set(low);
  shuffle(high, spare, 2, 6, 3, 7).set(high).set(value);
  shuffle(low, high, 2, 3, 6, 7).set(spare);
  shuffle(low, high, 0, 1, 4, 5).set(low).get(spare).set(high);
}

/** Four words of memory as a delegation stores them: in halves. A load that needs two stores in flight waits until they are done. */
const fourWords = (c: Code, pointer: number, offset: number) =>
  c
    .get(pointer)
    .get(pointer)
    .v128Load64Zero(offset)
    .v128Load64Upper(offset + 8);

/** Leaves on the stack whether words that a call says to have written differ from the memory. */
function compareWritten(c: WitnessCode, at: number, pointer: number, count: number): void {
  const pair = (offset: number) => {
    for (const i of [0, 1]) c.get(at).loadWitnessVector(offset + PART.write * i);
    c.shuffle(lanes(1, 5, 0, 4));
  };
  for (let i = 0; i < count; i += 4) {
    pair(PART.write * i);
    pair(PART.write * (i + 2));
    c.shuffle(lanes(0, 1, 4, 5));
    fourWords(c, pointer, 4 * i);
    c.simd(SIMD.xor);
    if (i > 0) c.simd(SIMD.or);
  }
  c.simd(SIMD.anyTrue);
}

/**
 * Goes to `accessed` if all accesses are those that the model gives, after stamping them; goes on, with nothing changed, if one differs, or if a place was not yet
 * accessed in the chunk. No access finds what another leaves: a call whose words overlap the delegation itself refuses. Words are looked at in fours.
 */
function fastAccesses(name: Delegation, x: Fast, accessed: number): void {
  const { c, at, index, pointer, raw, stamp, base } = x;
  const { registers, reads, writes } = DELEGATIONS[name];
  const differs = c.local("i64");
  const [wrong, low, high, known, ...fields] = Array.from({ length: 8 }, () => c.local("v128"));
  const compare = () => c.op(sub64.code).get(differs).op(OP.i64Or).set(differs);
  c.block();
  const careful = c.depth;
  // so that a timestamp of this chunk differs from the chunk's beginning in its lower half only, without a carry
  c.get(base)
    .op(wrap.code)
    .i32(-(2 ** 25))
    .op(OP.gtU)
    .brIf(careful);
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
  c.get(base).op(wrap.code).simd(SIMD.splatI32x4).set(low);
  c.get(base).i64(32n).op(OPERATORS.shrU64.code, wrap.code).simd(SIMD.splatI32x4).set(high);
  const differ = () => c.simd(SIMD.xor).get(wrong).simd(SIMD.or).set(wrong);
  const words = (from: number, count: number, part: WordPart) => {
    const [value, claimedLow, claimedHigh] = fields;
    const bytes = part === "indirect_reads" ? PART.read : PART.write;
    x.startOf(part).set(at);
    for (let i = 0; i < count; i += 4) {
      loadFour(c, part, at, i * bytes, fields);
      c.get(from)
        .v128Load(CHECK.stamps + 4 * i)
        .tee(known);
      // a word that was not accessed has the stamp 0
      c.v128([0, 0, 0, 0]).simd(SIMD.eqI32x4).get(wrong).simd(SIMD.or).set(wrong);
      c.get(known).get(low).simd(SIMD.addI32x4).get(claimedLow);
      differ();
      c.get(claimedHigh).get(high);
      differ();
      c.get(value);
      fourWords(c, from, 4 * i);
      differ();
    }
  };
  words(pointer, reads, "indirect_reads");
  words(index, writes, "indirect_writes");
  c.get(wrong).simd(SIMD.anyTrue).brIf(careful);
  for (let n = 0; n < registers; n++)
    c.i32(0)
      .get(raw)
      .store("i64", CHECK.registerStamps + 8 * (10 + n));
  c.get(stamp).simd(SIMD.splatI32x4).set(known);
  for (const [from, count] of [
    [pointer, reads],
    [index, writes],
  ])
    for (let i = 0; i < count; i += 4)
      c.get(from)
        .get(known)
        .v128Store(CHECK.stamps + 4 * i);
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
  const [at, index, detail, pointer, i, result] = Array.from({ length: 6 }, () => c.local());
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
  fastAccesses(name, { c, at, index, pointer, raw, stamp, base, register, startOf }, accessed);

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
  const indirect = (n: number, count: number, part: WordPart, kind: number) => {
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
  /** Registers as the call found them or, with `result`, as it left them: where a message is made from. */
  const noteOperands = (hasResult: boolean) => {
    for (let n = 0; n < registers; n++) {
      c.i32(0);
      if (hasResult && n === RESULT[name]) c.get(result);
      else c.i32(0).load("i32", register(n));
      c.store("i32", operand(n));
    }
  };
  for (let n = 0; n < registers; n++) c.i32(0).load("i32", register(n));
  c.call(call).tee(result).i32(REFUSED[name]).op(eq.code).if();
  noteOperands(false);
  say(DELEGATION_DETAIL.operands).br(fail).end();
  startOf("register_accesses").set(at);
  for (let n = 0; n < registers; n++) {
    c.get(at).loadWitness("i32", n * PART.register + 4);
    if (n === RESULT[name]) c.get(result);
    else c.i32(0).load("i32", register(n));
    c.op(xor.code);
    if (n > 0) c.op(or.code);
  }
  c.if();
  noteOperands(true);
  for (let n = 0; n < registers; n++) {
    c.i32(256 * DELEGATION_DETAIL.registerResult + n).set(detail);
    c.get(at)
      .loadWitness("i32", n * PART.register + 4)
      .i32(0)
      .load("i32", operand(n))
      .op(ne.code)
      .brIf(fail);
  }
  c.end();
  startOf("indirect_writes").set(at);
  c.i32(0).load("i32", register(0)).set(pointer);
  c.block();
  const right = c.depth;
  compareWritten(c, at, pointer, writes);
  c.op(OPERATORS.eqz.code).brIf(right);
  noteOperands(true);
  // which one
  loop(writes, () => {
    say(DELEGATION_DETAIL.writeResult, i);
    c.get(at).loadWitness("i32", 4).get(pointer).load("i32").op(ne.code).brIf(fail);
    c.get(at).i32(PART.write).op(add.code).set(at).get(pointer).i32(4).op(add.code).set(pointer);
  });
  c.end();
  const left = RESULT[name];
  if (left !== undefined) c.i32(0).get(result).store("i32", register(left));
  c.i32(0).i32(0).load("i32", CHECK.callsDone[name]).i32(1).op(add.code).store("i32", CHECK.callsDone[name]);
  c.i32(0).op(OP.return).end();
  c.i32(0).get(detail).store("i32", CHECK.detail);
  return c.i32(1);
}
