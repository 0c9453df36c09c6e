/**
 * The U256 delegation as a WebAssembly function on the machine's memory. It checks what its circuit needs with as few instructions as possible and changes nothing
 * when it does not hold; `delegation.ts` then says what was wrong. Semantics: zksync-airbender v0.3.1, `risc_v_simulator/src/delegations/unrolled/`.
 *
 * Numbers are four limbs of 64 bits where that is possible, and are stored so: what a call has stored, the next one loads, and a load that needs two stores in flight
 * waits for both. Products are of limbs of 32 bits, for WebAssembly has no wider ones.
 */
import { OPERATORS } from "../isa/expression.ts";
import { Code, type ModuleBuilder, OP } from "../wasm/builder.ts";
import { ADDRESS_SPACE, ENGINE, PAGE_SHIFT, ROM_SIZE } from "./layout.ts";

const { add, sub, and, or, shrU, eq, eqz, geU, extendU, add64, sub64, mul64, shrU64 } = OPERATORS;
const LIMBS = [0, 1, 2, 3] as const;
const [LOW, HIGH] = [1 << 3, 1 << 4];
export const CARRY_IN = 1 << 6;
/** The last product's factors and upper half. */
const [LAST_A, LAST_B, LAST_HIGH] = [ENGINE.product, ENGINE.product + 32, ENGINE.product + 64];

/** Operations by their bits, each as a function (a, b, carry in: 0 or 1) → flag for x12, or REFUSED. */
const OPERATIONS: readonly (readonly [bits: number, emit: (code: U256Code, multiply: number) => void])[] = [
  [1, (code) => code.add()],
  [2, (code) => code.subtract(A, B)],
  [4, (code) => code.subtract(B, A)],
  [LOW, (code, multiply) => code.low(multiply)],
  [HIGH, (code, multiply) => code.high(multiply)],
  [32, (code) => code.compare()],
  [128, (code) => code.copy()],
];
/** What the functions return for a call that the circuit cannot prove. */
export const REFUSED = -1;

/** Names under which the functions are exported, by the operation's bits, for callers that know them beforehand. */
export const U256_BY_OPERATION: ReadonlyMap<number, string> = new Map(
  OPERATIONS.map(([bits]) => [bits, `u256x${bits}`]),
);
const SIGNATURE = [["i32", "i32", "i32"], ["i32"]] as const;
/** Parameters; the carry's is that of the flag, too. */
const [A, B, FLAG] = [0, 1, 2];

/** Adds `u256(a, b, operation)`, which chooses among the operations, and those. @returns its index */
export function addU256(module: ModuleBuilder): number {
  const multiply = module.addFunction(["i32", "i32"], ["i32"], new U256Code(2).multiply());
  const functions = OPERATIONS.map(([bits, emit]) => {
    const code = new U256Code(3).build((own) => emit(own, multiply));
    const index = module.addFunction(...SIGNATURE, code, U256_BY_OPERATION.get(bits));
    return [bits, index] as const;
  });
  const c = new Code(3);
  const refused = c.block().depth;
  // with no operation or several, or a bit above them, the call is refused
  const targets = new Array<number>(129).fill(refused);
  for (const [bits] of [...functions].reverse()) targets[bits] = c.block().depth;
  c.get(2).i32(~CARRY_IN).op(and.code).brTable(targets, refused);
  for (const [, index] of functions) {
    c.end();
    c.get(A).get(B).get(2).i32(6).op(shrU.code).i32(1).op(and.code).call(index).op(OP.return);
  }
  c.end();
  return module.addFunction(...SIGNATURE, c.i32(REFUSED), "u256With");
}

class U256Code {
  readonly #c: Code;
  readonly #x: number;
  readonly #y: number;
  readonly #t: number;

  constructor(parameters: number) {
    this.#c = new Code(parameters);
    [this.#x, this.#y, this.#t] = [this.#c.local("i64"), this.#c.local("i64"), this.#c.local("i64")];
  }

  build(emit: (code: U256Code) => void): Code {
    const c = this.#c;
    c.get(A).get(B).op(or.code).i32(31).op(and.code);
    for (const pointer of [A, B])
      c.get(pointer)
        .i32(ROM_SIZE)
        .op(sub.code)
        .i32(ADDRESS_SPACE - ROM_SIZE)
        .op(geU.code, or.code);
    c.get(A).get(B).op(eq.code, or.code).if().i32(REFUSED).op(OP.return).end();
    emit(this);
    c.i32(0).i32(0).load("i32", ENGINE.u256Calls).i32(1).op(add.code).store("i32", ENGINE.u256Calls);
    c.get(A).i32(PAGE_SHIFT).op(shrU.code).i32(0).store("i8", ENGINE.unwritten);
    return c.get(FLAG);
  }

  #load(pointer: number, limb: number): Code {
    return this.#c.get(pointer).load("i64", 8 * limb);
  }

  /** a = a + b + carry */
  add(): void {
    const c = this.#c;
    for (const i of LIMBS) {
      this.#load(A, i).set(this.#x);
      this.#load(B, i).get(this.#x).op(add64.code).set(this.#y);
      c.get(A).get(this.#y).get(FLAG).op(extendU.code, add64.code).tee(this.#t);
      c.store("i64", 8 * i);
      // one of both sums may wrap, not both
      c.get(this.#y).get(this.#x).op(OP.i64LtU);
      c.get(this.#t).get(this.#y).op(OP.i64LtU, or.code).set(FLAG);
    }
  }

  /** a = from - take - borrow */
  subtract(from: number, take: number): void {
    const c = this.#c;
    for (const i of LIMBS) {
      this.#load(from, i).set(this.#x);
      this.#load(take, i).set(this.#y);
      c.get(this.#x).get(this.#y).op(sub64.code).set(this.#t);
      c.get(A).get(this.#t).get(FLAG).op(extendU.code, sub64.code);
      c.store("i64", 8 * i);
      c.get(this.#x).get(this.#y).op(OP.i64LtU);
      c.get(this.#t).get(FLAG).op(extendU.code, OP.i64LtU, or.code).set(FLAG);
    }
  }

  /** a = b + carry */
  copy(): void {
    const c = this.#c;
    for (const i of LIMBS) {
      this.#load(B, i).set(this.#x);
      c.get(A).get(this.#x).get(FLAG).op(extendU.code, add64.code).tee(this.#t);
      c.store("i64", 8 * i);
      c.get(this.#t).get(this.#x).op(OP.i64LtU).set(FLAG);
    }
  }

  low(multiply: number): void {
    this.#c.get(A).get(B).call(multiply).set(FLAG);
  }

  /** The upper half of the last product, which is that of the lower half that was asked for before, for all who want the whole. */
  high(multiply: number): void {
    const c = this.#c;
    for (const i of LIMBS) {
      this.#load(A, i)
        .i32(0)
        .load("i64", LAST_A + 8 * i)
        .op(OP.i64Xor);
      if (i > 0) c.op(OP.i64Or);
      this.#load(B, i)
        .i32(0)
        .load("i64", LAST_B + 8 * i)
        .op(OP.i64Xor, OP.i64Or);
    }
    c.op(OP.i64Eqz, eqz.code).if().get(A).get(B).call(multiply).op(OP.drop).end();
    for (const i of LIMBS)
      c.get(A)
        .i32(0)
        .load("i64", LAST_HIGH + 8 * i)
        .store("i64", 8 * i);
    c.i32(0).set(FLAG);
  }

  /**
   * A function (a, b) → overflow of its own, which notes the whole product. Schoolbook, a row for each limb of b: factor * limb + product + carry fits 64 bits. Of a b of two limbs, as
   * reductions modulo special primes have, only two rows.
   */
  multiply(): Code {
    const c = this.#c;
    const factors = Array.from({ length: 8 }, (_, j) => {
      const local = c.local("i64");
      c.get(A)
        .load("u32ToI64", 4 * j)
        .set(local);
      return local;
    });
    const product = Array.from({ length: 16 }, () => c.local("i64"));
    const row = (i: number) => {
      c.get(B)
        .load("u32ToI64", 4 * i)
        .set(this.#x);
      for (let j = 0; j < 8; j++) {
        c.get(this.#x).get(factors[j]!).op(mul64.code);
        if (i > 0) c.get(product[i + j]!).op(add64.code);
        if (j > 0) c.get(this.#y).op(add64.code);
        c.tee(this.#t)
          .i64(0xffffffffn)
          .op(OP.i64And)
          .set(product[i + j]!);
        c.get(this.#t).i64(32n).op(shrU64.code).set(this.#y);
      }
      c.get(this.#y).set(product[i + 8]!);
    };
    row(0);
    row(1);
    this.#load(B, 1);
    this.#load(B, 2).op(OP.i64Or);
    this.#load(B, 3).op(OP.i64Or, OP.i64Eqz).if();
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
    for (const i of LIMBS) {
      c.i32(0);
      this.#load(A, i).store("i64", LAST_A + 8 * i);
      c.i32(0);
      this.#load(B, i).store("i64", LAST_B + 8 * i);
      c.get(A);
      limb(i).store("i64", 8 * i);
      c.i32(0);
      limb(i + 4)
        .tee(this.#t)
        .store("i64", LAST_HIGH + 8 * i);
      c.get(this.#t);
      if (i > 0) c.op(OP.i64Or);
    }
    return c.op(OP.i64Eqz, eqz.code);
  }

  compare(): void {
    const c = this.#c;
    for (const i of LIMBS) {
      this.#load(A, i);
      this.#load(B, i).op(OP.i64Xor);
      if (i > 0) c.op(OP.i64Or);
    }
    c.op(OP.i64Eqz).set(FLAG);
  }
}
