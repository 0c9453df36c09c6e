/**
 * The delegations as WebAssembly functions on the machine's memory, for every engine. They check what their circuits need with as
 * few instructions as possible and change nothing when it does not hold; `delegation.ts` then says what was wrong.
 * Semantics: zksync-airbender v0.3.1, `risc_v_simulator/src/delegations/unrolled/`.
 */
import { OPERATORS } from "../isa/expression.ts";
import { Code, ModuleBuilder, OP } from "../wasm/builder.ts";
import { ADDRESS_SPACE, ENGINE, MEMORY_PAGES, PAGE_SHIFT, ROM_SIZE } from "./layout.ts";
import { addU256, REFUSED, U256_BY_OPERATION } from "./u256-code.ts";

const o = Object.fromEntries(Object.entries(OPERATORS).map(([name, { code }]) => [name, code])) as Record<
  keyof typeof OPERATORS,
  number
>;
const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19] as const;
/** IV with the parameter block of an unkeyed 32-byte digest: what compression mode starts from. */
const CONFIGURED_IV = [IV[0] ^ 0x01010020, ...IV.slice(1)];
const register = (index: number) => ENGINE.registers + 4 * index;

/** Message schedule of RFC 7693 §2.7 (Blake2s: ten rounds). */
export const SIGMA: readonly (readonly number[])[] = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/** Returns 1 from the function when `value` (on the stack) is not 0. */
const refuseIf = (c: Code) => c.if().i32(1).op(OP.return).end();

/** value < low or value >= high, unsigned; leaves a flag. */
const outside = (c: Code, local: number, low: number, high: number) =>
  c
    .get(local)
    .i32(low)
    .op(o.sub)
    .i32(high - low)
    .op(o.geU);

function count(c: Code, address: number): void {
  c.i32(0).i32(0).load("i32", address).i32(1).op(o.add).store("i32", address);
}

function markDirty(c: Code, address: number): void {
  c.get(address).i32(PAGE_SHIFT).op(o.shrU).i32(0).store("i8", ENGINE.unwritten);
}

/** (state, message, round, control) → 1 if the call is refused */
function blake2s(): Code {
  const c = new Code(4);
  const [state, message, round, control] = [0, 1, 2, 3];
  const schedule = c.local();
  const v = Array.from({ length: 16 }, () => c.local());
  c.get(state).i32(127).op(o.and).get(message).i32(3).op(o.and, o.or);
  outside(c, state, ROM_SIZE, ADDRESS_SPACE - 127).op(o.or);
  outside(c, message, ROM_SIZE, ADDRESS_SPACE - 63).op(o.or);
  // neither block may begin inside the other: message - state is neither in (-64, 96)
  c.get(message)
    .get(state)
    .op(o.sub)
    .i32(63)
    .op(o.add)
    .i32(63 + 96)
    .op(o.ltU, o.or);
  // one-hot of 0…9
  c.get(round).i32(1).op(o.sub).i32(0x200).op(o.geU, o.or);
  c.get(round).get(round).i32(1).op(o.sub, o.and, o.or);
  c.get(control).i32(~7).op(o.and, o.or);
  refuseIf(c);

  // row of the schedule: round becomes its index times 16
  c.get(round).op(0x68).i32(4).op(o.shl).set(schedule);
  for (let i = 0; i < 16; i++)
    c.get(state)
      .load("i32", 32 + 4 * i)
      .set(v[i]);
  const compression = () => c.get(control).i32(4).op(o.and);
  compression().if();
  // two children of a node: the state is one, the first half of the input the other
  c.get(round).i32(1).op(o.eq).if();
  for (let i = 0; i < 8; i++)
    c.i32(CONFIGURED_IV[i])
      .set(v[i])
      .i32(IV[i])
      .set(v[i + 8]);
  c.i32(IV[4] ^ 64)
    .set(v[12])
    .i32(~IV[6])
    .set(v[14])
    .end();
  c.get(control).i32(2).op(o.and).if();
  for (let i = 0; i < 8; i++) {
    c.i32(0)
      .get(message)
      .load("i32", 4 * i)
      .store("i32", ENGINE.message + 4 * i);
    c.i32(0)
      .get(state)
      .load("i32", 4 * i)
      .store("i32", ENGINE.message + 32 + 4 * i);
  }
  c.else();
  for (let i = 0; i < 8; i++) {
    c.i32(0)
      .get(state)
      .load("i32", 4 * i)
      .store("i32", ENGINE.message + 4 * i);
    c.i32(0)
      .get(message)
      .load("i32", 4 * i)
      .store("i32", ENGINE.message + 32 + 4 * i);
  }
  c.end().i32(ENGINE.message).set(message);
  c.else().get(round).i32(1).op(o.eq).if();
  // words 12 and 14 (length and finalisation) are the caller's
  for (let i = 0; i < 8; i++)
    c.get(state)
      .load("i32", 4 * i)
      .set(v[i]);
  for (const i of [8, 9, 10, 11, 13, 15]) c.i32(IV[i - 8]).set(v[i]);
  c.end().end();

  const word = (k: number) => {
    c.get(message)
      .get(schedule)
      .load("i8U", ENGINE.sigma + k)
      .op(o.add)
      .load("i32");
  };
  const mix = (k: number, ia: number, ib: number, ic: number, id: number) => {
    const [a, b, cc, d] = [v[ia], v[ib], v[ic], v[id]];
    for (const [half, r1, r2] of [
      [0, 16, 12],
      [1, 8, 7],
    ]) {
      c.get(a).get(b).op(o.add);
      word(2 * k + half);
      c.op(o.add).set(a);
      c.get(d).get(a).op(o.xor).i32(r1).op(o.rotr).set(d);
      c.get(cc).get(d).op(o.add).set(cc);
      c.get(b).get(cc).op(o.xor).i32(r2).op(o.rotr).set(b);
    }
  };
  for (let i = 0; i < 4; i++) mix(i, i, 4 + i, 8 + i, 12 + i);
  for (let i = 0; i < 4; i++) mix(4 + i, i, 4 + ((i + 1) & 3), 8 + ((i + 2) & 3), 12 + ((i + 3) & 3));

  c.get(control).i32(1).op(o.and).if();
  for (let i = 0; i < 8; i++) {
    c.get(state);
    compression()
      .if("i32")
      .i32(CONFIGURED_IV[i])
      .else()
      .get(state)
      .load("i32", 4 * i)
      .end();
    c.get(v[i])
      .op(o.xor)
      .get(v[i + 8])
      .op(o.xor)
      .store("i32", 4 * i);
  }
  c.end();
  for (let i = 0; i < 16; i++)
    c.get(state)
      .get(v[i])
      .store("i32", 32 + 4 * i);
  markDirty(c, state);
  count(c, ENGINE.blake2sCalls);
  return c.i32(0);
}

/** What the module exports: for callers that have the registers at hand, and for those that leave them in memory. */
export const DELEGATION_EXPORTS: readonly string[] = [
  ...["blake2s", "u256", "blake2sWith", "u256With"],
  ...U256_BY_OPERATION.values(),
];

/** Calls a function with registers from x10 on. */
function withRegisters(index: number, count: number): Code {
  const c = new Code();
  for (let i = 0; i < count; i++) c.i32(0).load("i32", register(10 + i));
  return c.call(index);
}

/**
 * One module for all machines with a memory of `pages`. Exports `blake2s` and `u256`: no parameters, 1 if the call is refused; and the same for callers that have the registers
 * at hand: `blake2sWith(x10, x11, x12, x13)`, 1 if the call is refused; `u256With(x10, x11, x12)`, the new x12, or `REFUSED`; and those of `U256_BY_OPERATION`.
 */
export function delegationModule(pages: number = MEMORY_PAGES): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory(pages);
  const blake = module.addFunction(["i32", "i32", "i32", "i32"], ["i32"], blake2s(), "blake2sWith");
  module.addFunction([], ["i32"], withRegisters(blake, 4), "blake2s");
  const u256 = withRegisters(addU256(module), 3);
  const flag = u256.local();
  u256.tee(flag).i32(REFUSED).op(o.eq).if().i32(1).op(OP.return).end();
  u256.i32(0).get(flag).store("i32", register(12)).i32(0);
  module.addFunction([], ["i32"], u256, "u256");
  return module.build();
}
