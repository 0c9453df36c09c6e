/**
 * The Blake2s delegation, one round a call, as a WebAssembly function on the machine's memory: it checks what its circuit needs and changes nothing when it does not
 * hold. The working state is four vectors, and a jump table leads to where the round's words are gathered: 16 ns a round; words one by one and a schedule in memory: 28 ns.
 * Semantics: zksync-airbender v0.3.1, `risc_v_simulator/src/delegations/unrolled/`.
 */
import { OPERATORS } from "../isa/expression.ts";
import { Code, OP, SIMD } from "../wasm/builder.ts";
import { ADDRESS_SPACE, ENGINE, PAGE_SHIFT, ROM_SIZE } from "./layout.ts";

const { add, sub, and, or, eq, geU, ltU, shrU } = OPERATORS;
const CTZ = 0x68;
const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19] as const;
/** IV with the parameter block of an unkeyed 32-byte digest: what compression mode starts from. */
const CONFIGURED_IV = [IV[0] ^ 0x01010020, ...IV.slice(1)];

/** Message schedule of RFC 7693 §2.7 (Blake2s: ten rounds). */
const SIGMA: readonly (readonly number[])[] = [
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

/** Bits of the control word. */
const [LAST, IS_RIGHT, COMPRESSION] = [1, 2, 4];
/** Parameters. */
const [STATE, MESSAGE, ROUND, CONTROL] = [0, 1, 2, 3];

/** Lanes of 32 bits as those of bytes, of two vectors. */
const lanes = (...list: readonly number[]) => list.flatMap((lane) => [0, 1, 2, 3].map((i) => 4 * lane + i));
/** Each lane rotated right by whole bytes. */
const rotatedBytes = (count: number) => Array.from({ length: 16 }, (_, i) => (i & ~3) | ((i + count) & 3));

class Blake2sCode {
  readonly #c = new Code(4);
  /** Rows of the working state: v0…v3, v4…v7, v8…v11, v12…v15. */
  readonly #rows = [0, 1, 2, 3].map(() => this.#c.local("v128"));
  /** Words for the first and second half of the columns' mixing, then of the diagonals'. */
  readonly #words = [0, 1, 2, 3].map(() => this.#c.local("v128"));
  readonly #t = this.#c.local("v128");

  build(): Code {
    const c = this.#c;
    this.#check();
    this.#rows.forEach((row, i) => {
      c.get(STATE)
        .v128Load(32 + 16 * i)
        .set(row);
    });
    this.#begin();
    this.#gather();
    const [a, b, cc, d] = this.#rows as [number, number, number, number];
    // the diagonals are columns of rows that are turned
    const turn = (by: 1 | 3) => {
      for (const [row, places] of [
        [b, by],
        [cc, 2],
        [d, 4 - by],
      ] as const)
        c.get(row)
          .get(row)
          .shuffle(lanes(...[0, 1, 2, 3].map((lane) => (lane + places) & 3)))
          .set(row);
    };
    this.#mix(0);
    turn(1);
    this.#mix(2);
    turn(3);

    this.#has(LAST).if();
    for (const [i, first, second] of [
      [0, a, cc],
      [1, b, d],
    ] as const) {
      c.get(STATE);
      this.#has(COMPRESSION)
        .if("v128")
        .v128(CONFIGURED_IV.slice(4 * i, 4 * i + 4))
        .else()
        .get(STATE)
        .v128Load(16 * i)
        .end();
      c.get(first)
        .simd(SIMD.xor)
        .get(second)
        .simd(SIMD.xor)
        .v128Store(16 * i);
    }
    c.end();
    this.#rows.forEach((row, i) => {
      c.get(STATE)
        .get(row)
        .v128Store(32 + 16 * i);
    });
    c.get(STATE).i32(PAGE_SHIFT).op(shrU.code).i32(0).store("i8", ENGINE.unwritten);
    c.i32(0).i32(0).load("i32", ENGINE.blake2sCalls).i32(1).op(add.code).store("i32", ENGINE.blake2sCalls);
    return c.i32(0);
  }

  #has(bit: number): Code {
    return this.#c.get(CONTROL).i32(bit).op(and.code);
  }

  #check(): void {
    const c = this.#c;
    const outside = (local: number, bytes: number) =>
      c
        .get(local)
        .i32(ROM_SIZE)
        .op(sub.code)
        .i32(ADDRESS_SPACE - bytes + 1 - ROM_SIZE)
        .op(geU.code, or.code);
    c.get(STATE).i32(127).op(and.code).get(MESSAGE).i32(3).op(and.code, or.code);
    outside(STATE, 128);
    outside(MESSAGE, 64);
    // neither block may begin inside the other: message - state is neither in (-64, 96)
    c.get(MESSAGE)
      .get(STATE)
      .op(sub.code)
      .i32(63)
      .op(add.code)
      .i32(63 + 96)
      .op(ltU.code, or.code);
    // one-hot of 0…9
    c.get(ROUND).i32(1).op(sub.code).i32(0x200).op(geU.code, or.code);
    c.get(ROUND).get(ROUND).i32(1).op(sub.code, and.code, or.code);
    c.get(CONTROL).i32(~7).op(and.code, or.code);
    c.if().i32(1).op(OP.return).end();
  }

  /** The working state of a first round; and of two children of a node, one in the state, one in the first half of the message, the message that they make. */
  #begin(): void {
    const c = this.#c;
    const [a, b, cc, d] = this.#rows as [number, number, number, number];
    const isFirst = () => c.get(ROUND).i32(1).op(eq.code).if();
    this.#has(COMPRESSION).if();
    isFirst();
    c.v128(CONFIGURED_IV.slice(0, 4)).set(a).v128(CONFIGURED_IV.slice(4)).set(b);
    c.v128(IV.slice(0, 4)).set(cc);
    c.v128([IV[4] ^ 64, IV[5], ~IV[6], IV[7]])
      .set(d)
      .end();
    const join = (left: number, right: number) => {
      for (const [half, pointer] of [left, right].entries())
        for (const i of [0, 1])
          c.i32(0)
            .get(pointer)
            .v128Load(16 * i)
            .v128Store(ENGINE.message + 32 * half + 16 * i);
    };
    this.#has(IS_RIGHT).if();
    join(MESSAGE, STATE);
    c.else();
    join(STATE, MESSAGE);
    c.end().i32(ENGINE.message).set(MESSAGE);
    c.else();
    isFirst();
    c.get(STATE).v128Load(0).set(a).get(STATE).v128Load(16).set(b).v128(IV.slice(0, 4)).set(cc);
    // words 12 and 14 (length and finalisation) are the caller's
    c.get(d)
      .v128(IV.slice(4))
      .shuffle(lanes(0, 5, 2, 7))
      .set(d);
    c.end().end();
  }

  /** The round's words of the message. */
  #gather(): void {
    const c = this.#c;
    const done = c.block().depth;
    const rounds = SIGMA.map(() => c.block().depth).reverse();
    c.get(ROUND).op(CTZ).brTable(rounds, rounds[0]!);
    for (const row of SIGMA) {
      c.end();
      this.#words.forEach((local, i) => {
        const first = (i & 1) + 8 * (i >> 1);
        c.get(MESSAGE)
          .v128Load32Zero(4 * row[first]!)
          .set(local);
        for (let lane = 1; lane < 4; lane++)
          c.get(MESSAGE)
            .get(local)
            .v128Load32Lane(4 * row[first + 2 * lane]!, lane)
            .set(local);
      });
      c.br(done);
    }
    c.end();
  }

  /** The mixing function on all four columns at once, with words `first` and the next. */
  #mix(first: number): void {
    const c = this.#c;
    const [a, b, cc, d] = this.#rows as [number, number, number, number];
    for (const [half, bytes, right] of [
      [0, 2, 12],
      [1, 1, 7],
    ] as const) {
      c.get(a)
        .get(b)
        .simd(SIMD.addI32x4)
        .get(this.#words[first + half]!)
        .simd(SIMD.addI32x4)
        .set(a);
      c.get(d).get(a).simd(SIMD.xor).tee(d).get(d).shuffle(rotatedBytes(bytes)).set(d);
      c.get(cc).get(d).simd(SIMD.addI32x4).set(cc);
      c.get(b).get(cc).simd(SIMD.xor).tee(this.#t).i32(right).simd(SIMD.shrUI32x4);
      c.get(this.#t)
        .i32(32 - right)
        .simd(SIMD.shlI32x4)
        .simd(SIMD.or)
        .set(b);
    }
  }
}

/** (state, message, round, control) → 1 if the call is refused */
export const blake2s = (): Code => new Blake2sCode().build();
