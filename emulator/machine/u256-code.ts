/**
 * The U256 delegation as a WebAssembly function on the machine's memory. It checks what its circuit needs with as few instructions as possible and changes nothing
 * when it does not hold; `delegation.ts` then says what was wrong. Semantics: zksync-airbender v0.3.1, `risc_v_simulator/src/delegations/unrolled/`.
 *
 * Numbers are four limbs of 64 bits where that is possible, and are stored so: what a call has stored, the next one loads, and a load that needs two stores in flight
 * waits for both. Products are of limbs of 32 bits, for WebAssembly has no wider ones.
 */
import { OPERATORS } from "../isa/expression.ts";
import { Code, OP } from "../wasm/builder.ts";
import { ADDRESS_SPACE, ENGINE, PAGE_SHIFT, ROM_SIZE } from "./layout.ts";

const { add, sub, and, or, shrU, eq, eqz, geU, extendU, add64, sub64, mul64, shrU64 } = OPERATORS;
const register = (index: number) => ENGINE.registers + 4 * index;
const LIMBS = [0, 1, 2, 3] as const;
const [LOW, HIGH] = [1 << 3, 1 << 4];
const CARRY_IN = 1 << 6;
/** The last product's factors and upper half. */
const [LAST_A, LAST_B, LAST_HIGH] = [ENGINE.product, ENGINE.product + 32, ENGINE.product + 64];

class U256Code {
  readonly #c = new Code();
  readonly #a = this.#c.local();
  readonly #b = this.#c.local();
  readonly #operation = this.#c.local();
  /** i32: carry, borrow, overflow or equality. */
  readonly #flag = this.#c.local();
  readonly #x = this.#c.local("i64");
  readonly #y = this.#c.local("i64");
  readonly #t = this.#c.local("i64");
  readonly #carry = this.#c.local("i64");

  build(): Code {
    const c = this.#c;
    const [a, b] = [this.#a, this.#b];
    [a, b, this.#operation].forEach((local, i) => {
      c.i32(0)
        .load("i32", register(10 + i))
        .set(local);
    });
    c.block();
    const refused = c.depth;
    c.get(a).get(b).op(or.code).i32(31).op(and.code);
    for (const pointer of [a, b])
      c.get(pointer)
        .i32(ROM_SIZE)
        .op(sub.code)
        .i32(ADDRESS_SPACE - ROM_SIZE)
        .op(geU.code, or.code);
    c.get(a).get(b).op(eq.code, or.code).brIf(refused);

    // the operation's bit chooses; with none or several, or one above them, the call is refused
    const done = c.block().depth;
    const bodies: readonly (readonly [bits: number, emit: () => void])[] = [
      [1, () => this.#add()],
      [2, () => this.#subtract(a, b)],
      [4, () => this.#subtract(b, a)],
      [32, () => this.#compare()],
      [128, () => this.#copy()],
      [HIGH, () => this.#recall(done)],
      [LOW, () => this.#multiply()],
    ];
    const targets = new Array<number>(129).fill(refused);
    for (const [bits] of [...bodies].reverse()) targets[bits] = c.block().depth;
    c.get(this.#operation).i32(~CARRY_IN).op(and.code).brTable(targets, refused);
    for (const [bits, emit] of bodies) {
      c.end();
      emit();
      // what is not recalled is multiplied
      if (bits !== HIGH) c.br(done);
    }
    c.end();
    c.i32(0).get(this.#flag).store("i32", register(12));
    c.i32(0).i32(0).load("i32", ENGINE.u256Calls).i32(1).op(add.code).store("i32", ENGINE.u256Calls);
    c.get(a).i32(PAGE_SHIFT).op(shrU.code).i32(0).store("i8", ENGINE.unwritten);
    c.i32(0).op(OP.return);
    c.end();
    return c.i32(1);
  }

  #load(pointer: number, limb: number): Code {
    return this.#c.get(pointer).load("i64", 8 * limb);
  }

  /** The carry that comes in, as 0 or 1 of 32 bits. */
  #carryIn(): Code {
    return this.#c.get(this.#operation).i32(6).op(shrU.code).i32(1).op(and.code);
  }

  /** a = a + b + carry */
  #add(): void {
    const c = this.#c;
    this.#carryIn().set(this.#flag);
    for (const i of LIMBS) {
      this.#load(this.#a, i).set(this.#x);
      this.#load(this.#b, i).get(this.#x).op(add64.code).set(this.#y);
      c.get(this.#a).get(this.#y).get(this.#flag).op(extendU.code, add64.code).tee(this.#t);
      c.store("i64", 8 * i);
      // one of both sums may wrap, not both
      c.get(this.#y).get(this.#x).op(OP.i64LtU);
      c.get(this.#t).get(this.#y).op(OP.i64LtU, or.code).set(this.#flag);
    }
  }

  /** a = from - take - borrow */
  #subtract(from: number, take: number): void {
    const c = this.#c;
    this.#carryIn().set(this.#flag);
    for (const i of LIMBS) {
      this.#load(from, i).set(this.#x);
      this.#load(take, i).set(this.#y);
      c.get(this.#x).get(this.#y).op(sub64.code).set(this.#t);
      c.get(this.#a).get(this.#t).get(this.#flag).op(extendU.code, sub64.code);
      c.store("i64", 8 * i);
      c.get(this.#x).get(this.#y).op(OP.i64LtU);
      c.get(this.#t).get(this.#flag).op(extendU.code, OP.i64LtU, or.code).set(this.#flag);
    }
  }

  /** a = b + carry */
  #copy(): void {
    const c = this.#c;
    this.#carryIn().set(this.#flag);
    for (const i of LIMBS) {
      this.#load(this.#b, i).set(this.#x);
      c.get(this.#a).get(this.#x).get(this.#flag).op(extendU.code, add64.code).tee(this.#t);
      c.store("i64", 8 * i);
      c.get(this.#t).get(this.#x).op(OP.i64LtU).set(this.#flag);
    }
  }

  /**
   * The upper half of the last product, if the lower half of the same one was asked for before: so both are had by all who want the whole. Goes on behind itself if
   * the factors are others.
   */
  #recall(done: number): void {
    const c = this.#c;
    for (const i of LIMBS) {
      this.#load(this.#a, i)
        .i32(0)
        .load("i64", LAST_A + 8 * i)
        .op(OP.i64Xor);
      if (i > 0) c.op(OP.i64Or);
      this.#load(this.#b, i)
        .i32(0)
        .load("i64", LAST_B + 8 * i)
        .op(OP.i64Xor, OP.i64Or);
    }
    c.op(OP.i64Eqz).if();
    for (const i of LIMBS)
      c.get(this.#a)
        .i32(0)
        .load("i64", LAST_HIGH + 8 * i)
        .store("i64", 8 * i);
    c.br(done).end();
  }

  /** Schoolbook, a row for each limb of b: factor * limb + product + carry fits 64 bits. Of a b of two limbs, as reductions modulo special primes have, only two rows. */
  #multiply(): void {
    const c = this.#c;
    const factors = Array.from({ length: 8 }, (_, j) => {
      const local = c.local("i64");
      c.get(this.#a)
        .load("u32ToI64", 4 * j)
        .set(local);
      return local;
    });
    const product = Array.from({ length: 16 }, () => c.local("i64"));
    const row = (i: number) => {
      c.get(this.#b)
        .load("u32ToI64", 4 * i)
        .set(this.#x);
      for (let j = 0; j < 8; j++) {
        c.get(this.#x).get(factors[j]!).op(mul64.code);
        if (i > 0) c.get(product[i + j]!).op(add64.code);
        if (j > 0) c.get(this.#carry).op(add64.code);
        c.tee(this.#t)
          .i64(0xffffffffn)
          .op(OP.i64And)
          .set(product[i + j]!);
        c.get(this.#t).i64(32n).op(shrU64.code).set(this.#carry);
      }
      c.get(this.#carry).set(product[i + 8]!);
    };
    row(0);
    row(1);
    this.#load(this.#b, 1);
    this.#load(this.#b, 2).op(OP.i64Or);
    this.#load(this.#b, 3).op(OP.i64Or, OP.i64Eqz).if();
    for (let i = 10; i < 16; i++) c.i64(0n).set(product[i]!);
    c.else();
    for (let i = 2; i < 8; i++) row(i);
    c.end();

    const limb = (i: number) =>
      c
        .get(product[2 * i]!)
        .get(product[2 * i + 1]!)
        .i64(32n)
        .op(OP.i64Shl, OP.i64Or);
    c.get(this.#operation).i32(LOW).op(and.code).if();
    for (const i of LIMBS) {
      c.i32(0);
      this.#load(this.#a, i).store("i64", LAST_A + 8 * i);
      c.i32(0);
      this.#load(this.#b, i).store("i64", LAST_B + 8 * i);
      c.get(this.#a);
      limb(i).store("i64", 8 * i);
      c.i32(0);
      limb(i + 4)
        .tee(this.#t)
        .store("i64", LAST_HIGH + 8 * i);
      c.get(this.#t);
      if (i > 0) c.op(OP.i64Or);
    }
    c.op(OP.i64Eqz, eqz.code).set(this.#flag);
    c.else();
    for (const i of LIMBS) {
      c.get(this.#a);
      limb(i + 4).store("i64", 8 * i);
    }
    c.end();
  }

  #compare(): void {
    const c = this.#c;
    for (const i of LIMBS) {
      this.#load(this.#a, i);
      this.#load(this.#b, i).op(OP.i64Xor);
      if (i > 0) c.op(OP.i64Or);
    }
    c.op(OP.i64Eqz).set(this.#flag);
  }
}

export const u256 = (): Code => new U256Code().build();
