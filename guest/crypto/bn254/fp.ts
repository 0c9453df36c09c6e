/**
 * Fp, p = 21888242871839275222246405745257275088696311157297823662689037894645226208583: values are pointers to canonical Montgomery forms (below p)
 * unless a function says otherwise. A product's destination must not be one of its operands.
 */
import { beginHint, expectAnswer, HINT_INVERSE, readU256, writeU256 } from "../../sdk/hints";
import { unprovable } from "../../sdk/machine";
import { u256Add, u256Copy, u256Equal, u256IsZero, u256SetWord, u256Sub } from "../../sdk/u256";
import { FP_PAGE_0, FP_PAGE_1, FP_PAGE_2, FP_PAGE_3, ONE, P, R2 } from "./constants";
import { subtractP, wideMul, wideReduce } from "./wide";

/** to = a · b. Operands may be unreduced as long as their product is below p · 2^256 (5.29 p²). */
export function fpMul(to: usize, a: usize, b: usize): void {
  wideMul(to, a, b);
  wideReduce(to);
}

/** a += b */
export function fpAdd(a: usize, b: usize): void {
  u256Add(a, b);
  subtractP(a);
}

/** a −= b */
export function fpSub(a: usize, b: usize): void {
  if (u256Sub(a, b)) u256Add(a, P);
}

/** to = 2a; to ≠ a */
export function fpDouble(to: usize, a: usize): void {
  u256Copy(to, a);
  fpAdd(to, a);
}

/** to = −a; to ≠ a */
export function fpNegate(to: usize, a: usize): void {
  if (u256IsZero(a)) {
    u256Copy(to, a);
  } else {
    u256Copy(to, P);
    u256Sub(to, a);
  }
}

/** Whether a 256-bit value is below p. `scratch` is overwritten. */
export function isCanonical(a: usize, scratch: usize): bool {
  u256Copy(scratch, a);
  return u256Sub(scratch, P) != 0;
}

const PLAIN_ONE: usize = FP_PAGE_3;

/** to = a · 2^256 mod p for any 256-bit a. */
export function toMontgomery(to: usize, a: usize): void {
  fpMul(to, a, R2);
}

/** to = a / 2^256 mod p, canonical. */
export function fromMontgomery(to: usize, a: usize): void {
  u256SetWord(PLAIN_ONE, 1);
  fpMul(to, a, PLAIN_ONE);
}

const INVERSE: usize = FP_PAGE_0;
const CHECK: usize = FP_PAGE_1;

/**
 * to = a⁻¹; a ≠ 0 (the caller's care: there is no such inverse, and proving would stop).
 * PROVING: a hint, checked by one product. Forward: binary extended Euclid.
 */
export function fpInverse(to: usize, a: usize): void {
  if (PROVING) {
    beginHint(HINT_INVERSE, 16);
    writeU256(a);
    writeU256(P);
    expectAnswer(8);
    readU256(INVERSE);
  } else {
    invertBinary(INVERSE, a);
  }
  // INVERSE = (a · 2^256)⁻¹ = a⁻¹ · 2^−256: two products by 2^512 bring it to a⁻¹ · 2^256.
  fpMul(CHECK, INVERSE, R2);
  fpMul(to, CHECK, R2);
  if (PROVING) {
    fpMul(CHECK, to, a);
    if (!u256Equal(CHECK, ONE)) unprovable();
  }
}

const U: usize = FP_PAGE_0;
const V: usize = FP_PAGE_1;
const S: usize = FP_PAGE_2;
const T: usize = FP_PAGE_3;

// @ts-ignore: decorator
@inline
function halve(a: usize, top: u64): void {
  const l0 = load<u64>(a, 0);
  const l1 = load<u64>(a, 8);
  const l2 = load<u64>(a, 16);
  const l3 = load<u64>(a, 24);
  store<u64>(a, (l0 >> 1) | (l1 << 63), 0);
  store<u64>(a, (l1 >> 1) | (l2 << 63), 8);
  store<u64>(a, (l2 >> 1) | (l3 << 63), 16);
  store<u64>(a, (l3 >> 1) | (top << 63), 24);
}

// @ts-ignore: decorator
@inline
function halveModP(a: usize): void {
  const carry = load<u32>(a) & 1 ? u256Add(a, P) : 0;
  halve(a, carry);
}

function isOne(a: usize): bool {
  return load<u64>(a) == 1 && !(load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24));
}

/** to = a⁻¹ mod p for 0 < a < p, as plain integers (forward only). `to` may be U. */
function invertBinary(to: usize, a: usize): void {
  u256Copy(U, a);
  u256Copy(V, P);
  u256SetWord(S, 1);
  u256SetWord(T, 0);
  // Invariant: U ≡ a · S, V ≡ a · T (mod p), V odd.
  while (!isOne(U) && !isOne(V)) {
    while (!(load<u32>(U) & 1)) {
      halve(U, 0);
      halveModP(S);
    }
    while (!(load<u32>(V) & 1)) {
      halve(V, 0);
      halveModP(T);
    }
    if (u256Sub(U, V)) {
      // U − V < 0: put U back, subtract the other way round
      u256Add(U, V);
      u256Sub(V, U);
      fpSub(T, S);
    } else {
      fpSub(S, T);
    }
  }
  if (isOne(U)) u256Copy(to, S);
  else u256Copy(to, T);
}
