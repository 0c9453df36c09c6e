/**
 * Fp2 = Fp[u]/(u² + 1): 64 bytes, the real part first. ξ = 9 + u. A product's destination must not overlap its operands.
 */
import { u256Add, u256Copy, u256Equal, u256IsZero } from "../../sdk/u256";
import { FP_PAGE_0, FP_PAGE_1, FP_PAGE_2, FP_PAGE_3 } from "./constants";
import { fpAdd, fpInverse, fpMul, fpNegate, fpSub } from "./fp";
import { wideMul, wideMulAdd, wideMulSub, wideReduce } from "./wide";

const A: usize = FP_PAGE_0;
const B: usize = FP_PAGE_1;

/** to = a · b. One operand may be up to 2p a coefficient (sums of two). */
export function fp2Mul(to: usize, a: usize, b: usize): void {
  wideMul(to, a, b);
  wideMulSub(to, a + 32, b + 32);
  wideReduce(to);
  wideMul(to + 32, a, b + 32);
  wideMulAdd(to + 32, a + 32, b);
  wideReduce(to + 32);
}

/** to = a²: (a₀ + a₁)(a₀ − a₁), 2a₀ · a₁ */
export function fp2Square(to: usize, a: usize): void {
  u256Copy(A, a);
  u256Add(A, a + 32);
  u256Copy(B, a);
  fpSub(B, a + 32);
  fpMul(to, A, B);
  u256Copy(A, a);
  u256Add(A, a);
  fpMul(to + 32, A, a + 32);
}

/** to = a · s, s in Fp */
export function fp2Scale(to: usize, a: usize, s: usize): void {
  fpMul(to, a, s);
  fpMul(to + 32, a + 32, s);
}

/** to = a · ξ = (9a₀ − a₁) + (9a₁ + a₀)u */
export function fp2MulXi(to: usize, a: usize): void {
  nine(to, a);
  fpSub(to, a + 32);
  nine(to + 32, a + 32);
  fpAdd(to + 32, a);
}

/** to = 9a in Fp */
function nine(to: usize, a: usize): void {
  u256Copy(to, a);
  fpAdd(to, a);
  u256Copy(A, to);
  fpAdd(to, A);
  u256Copy(A, to);
  fpAdd(to, A);
  fpAdd(to, a);
}

/** a += b */
export function fp2Add(a: usize, b: usize): void {
  fpAdd(a, b);
  fpAdd(a + 32, b + 32);
}

/** a −= b */
export function fp2Sub(a: usize, b: usize): void {
  fpSub(a, b);
  fpSub(a + 32, b + 32);
}

// @ts-ignore: decorator
@inline
export function fp2Copy(to: usize, a: usize): void {
  u256Copy(to, a);
  u256Copy(to + 32, a + 32);
}

/** to = 2a without reduction: each coefficient below 2p */
// @ts-ignore: decorator
@inline
export function fp2DoubleLazy(to: usize, a: usize): void {
  fp2Copy(to, a);
  u256Add(to, a);
  u256Add(to + 32, a + 32);
}

export function fp2Negate(to: usize, a: usize): void {
  fpNegate(to, a);
  fpNegate(to + 32, a + 32);
}

/** to = a₀ − a₁u, which is a^p */
export function fp2Conjugate(to: usize, a: usize): void {
  u256Copy(to, a);
  fpNegate(to + 32, a + 32);
}

export function fp2Equal(a: usize, b: usize): bool {
  return (u256Equal(a, b) & u256Equal(a + 32, b + 32)) != 0;
}

export function fp2IsZero(a: usize): bool {
  return u256IsZero(a) && u256IsZero(a + 32);
}

const NORM: usize = FP_PAGE_3;
const N: usize = FP_PAGE_2;

/** to = a⁻¹ = (a₀ − a₁u) / (a₀² + a₁²); a ≠ 0. `to` may not be a. */
export function fp2Inverse(to: usize, a: usize): void {
  wideMul(N, a, a);
  wideMulAdd(N, a + 32, a + 32);
  wideReduce(N);
  u256Copy(to, N);
  fpInverse(to + 32, to);
  u256Copy(NORM, to + 32);
  fpMul(to, a, NORM);
  fpNegate(N, a + 32);
  fpMul(to + 32, N, NORM);
}
