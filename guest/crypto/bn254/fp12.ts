/**
 * Fp12 = Fp2[w]/(w⁶ − ξ): six Fp2 coefficients f₀…f₅, 64 bytes each. Destinations must not overlap operands.
 *
 * Schoolbook over wide accumulators: output k is the sum of f_i · e_(k−i) over i, where e is the second operand continued to negative indices by
 * e_(j−6) = ξ · b_j, so there is one reduction a coefficient. In U256 calls: multiplication 900, square 610, by a line 340.
 * Rejected: the tower Fp2–Fp6–Fp12 with Karatsuba at every level. 800 and 570 calls by count, since each product saved is paid for with additions of
 * 2.5 calls, and three times the code.
 */
import { u256Copy, u256Equal, u256IsZero, u256Zero } from "../../sdk/u256";
import { FP12_SLOTS, FROBENIUS_1, FROBENIUS_2, FROBENIUS_3, ONE } from "./constants";
import { fpAdd } from "./fp";
import {
  fp2Add, fp2Conjugate, fp2Copy, fp2DoubleLazy, fp2Inverse, fp2Mul, fp2MulXi, fp2Negate, fp2Scale, fp2Square, fp2Sub,
} from "./fp2";
import { wideMul, wideMulAdd, wideMulSub, wideReduce, wideReduceTwice, wideTrim } from "./wide";

export const FP12_SIZE: usize = 384;

/** e₋₅…e₅ */
const E: usize = FP12_SLOTS;
const E0: usize = E + 5 * 64;
const T: usize = E + 11 * 64;

/** to = a · b */
export function fp12Mul(to: usize, a: usize, b: usize): void {
  fp2Copy(E0, b);
  for (let j: usize = 64; j < FP12_SIZE; j += 64) {
    fp2Copy(E0 + j, b + j);
    fp2MulXi(E0 + j - FP12_SIZE, b + j);
  }
  for (let k: usize = 0; k < FP12_SIZE; k += 64) {
    const out = to + k;
    const e = E0 + k;
    // Positive products first: the sum stays below 6p² = 1.14 p · 2^256, and a subtraction that makes it negative leaves less.
    wideMul(out, a, e);
    for (let i: usize = 64; i < FP12_SIZE; i += 64) wideMulAdd(out, a + i, e - i);
    for (let i: usize = 0; i < FP12_SIZE; i += 64) wideMulSub(out, a + 32 + i, e + 32 - i);
    wideReduceTwice(out);
    // Below 12p² = 2.27 p · 2^256.
    wideMul(out + 32, a, e + 32);
    wideMulAdd(out + 32, a + 32, e);
    for (let i: usize = 64; i < FP12_SIZE; i += 64) {
      wideMulAdd(out + 32, a + i, e + 32 - i);
      wideMulAdd(out + 32, a + 32 + i, e - i);
    }
    wideTrim(out + 32);
    wideReduceTwice(out + 32);
  }
}

/** to = a²: as a multiplication, with e_j = 2a_j for the mixed products (below 2p: the bounds are those of the sum of both halves). */
export function fp12Square(to: usize, a: usize): void {
  for (let j: usize = 64; j < FP12_SIZE; j += 64) fp2DoubleLazy(E0 + j, a + j);
  // T + i: ξ · a_(3+i) for the squares that wrap around
  fp2MulXi(T, a + 3 * 64);
  fp2MulXi(T + 64, a + 4 * 64);
  fp2MulXi(T + 2 * 64, a + 5 * 64);
  fp2DoubleLazy(E0 - 2 * 64, T + 64);
  fp2DoubleLazy(E0 - 64, T + 2 * 64);
  for (let k: usize = 0; k < FP12_SIZE; k += 64) {
    const out = to + k;
    const e = E0 + k;
    // Pairs i < j with i + j = k, then with i + j = k + 6; for odd k the pair (0, k) comes first, for even k the two squares.
    const odd = (k & 64) != 0;
    const half = k >> 1;
    const start: usize = odd ? 64 : 0;
    const high = (k + FP12_SIZE) >> 1;
    const wrapped = T + half;
    if (odd) {
      wideMul(out, a, e);
    } else {
      wideMul(out, a + half, a + half);
      wideMulAdd(out, a + high, wrapped);
    }
    for (let i = start; i < half; i += 64) wideMulAdd(out, a + i, e - i);
    for (let i = k + 64; i < high; i += 64) wideMulAdd(out, a + i, e - i);
    if (!odd) {
      wideMulSub(out, a + 32 + half, a + 32 + half);
      wideMulSub(out, a + 32 + high, wrapped + 32);
    }
    for (let i: usize = 0; i < half; i += 64) wideMulSub(out, a + 32 + i, e + 32 - i);
    for (let i = k + 64; i < high; i += 64) wideMulSub(out, a + 32 + i, e + 32 - i);
    wideReduceTwice(out);
    const imaginary = out + 32;
    if (odd) {
      wideMul(imaginary, a, e + 32);
      wideMulAdd(imaginary, a + 32, e);
    } else {
      wideMul(imaginary, a + half, a + 32 + half);
      wideMulAdd(imaginary, a + half, a + 32 + half);
      wideMulAdd(imaginary, a + high, wrapped + 32);
      wideMulAdd(imaginary, a + 32 + high, wrapped);
    }
    for (let i = start; i < half; i += 64) {
      wideMulAdd(imaginary, a + i, e + 32 - i);
      wideMulAdd(imaginary, a + 32 + i, e - i);
    }
    for (let i = k + 64; i < high; i += 64) {
      wideMulAdd(imaginary, a + i, e + 32 - i);
      wideMulAdd(imaginary, a + 32 + i, e - i);
    }
    wideTrim(imaginary);
    wideReduceTwice(imaginary);
  }
}

/** to = f + x · b + y · c in Fp2 */
function lineCoefficient(to: usize, f: usize, x: usize, b: usize, y: usize, c: usize): void {
  wideMul(to, x, b);
  wideMulAdd(to, y, c);
  wideMulSub(to, x + 32, b + 32);
  wideMulSub(to, y + 32, c + 32);
  wideReduce(to);
  fpAdd(to, f);
  wideMul(to + 32, x, b + 32);
  wideMulAdd(to + 32, x + 32, b);
  wideMulAdd(to + 32, y, c + 32);
  wideMulAdd(to + 32, y + 32, c);
  wideReduce(to + 32);
  fpAdd(to + 32, f + 32);
}

/** to = a · (1 + b·w + c·w³) */
export function fp12MulLine(to: usize, a: usize, b: usize, c: usize): void {
  const xiB = T;
  const xiC = T + 64;
  fp2MulXi(xiB, b);
  fp2MulXi(xiC, c);
  lineCoefficient(to, a, a + 320, xiB, a + 192, xiC);
  lineCoefficient(to + 64, a + 64, a, b, a + 256, xiC);
  lineCoefficient(to + 128, a + 128, a + 64, b, a + 320, xiC);
  lineCoefficient(to + 192, a + 192, a + 128, b, a, c);
  lineCoefficient(to + 256, a + 256, a + 192, b, a + 64, c);
  lineCoefficient(to + 320, a + 320, a + 256, b, a + 128, c);
}

export function fp12SetOne(to: usize): void {
  u256Copy(to, ONE);
  for (let i: usize = 32; i < FP12_SIZE; i += 32) u256Zero(to + i);
}

export function fp12IsOne(a: usize): bool {
  if (!u256Equal(a, ONE)) return false;
  for (let i: usize = 32; i < FP12_SIZE; i += 32) {
    if (!u256IsZero(a + i)) return false;
  }
  return true;
}

export function fp12Copy(to: usize, a: usize): void {
  for (let i: usize = 0; i < FP12_SIZE; i += 32) u256Copy(to + i, a + i);
}

/** to = a^(p⁶): w ↦ −w. In the cyclotomic subgroup that is the inverse. */
export function fp12Conjugate(to: usize, a: usize): void {
  for (let i: usize = 0; i < FP12_SIZE; i += 128) {
    fp2Copy(to + i, a + i);
    fp2Negate(to + i + 64, a + i + 64);
  }
}

/** to = a^(p^power), power 1, 2 or 3 */
export function fp12Frobenius(to: usize, a: usize, power: u32): void {
  if (power == 2) {
    fp2Copy(to, a);
    for (let i: usize = 1; i < 6; i++) fp2Scale(to + (i << 6), a + (i << 6), FROBENIUS_2 - 32 + (i << 5));
    return;
  }
  const table = (power == 1 ? FROBENIUS_1 : FROBENIUS_3) - 64;
  fp2Conjugate(to, a);
  for (let i: usize = 64; i < FP12_SIZE; i += 64) {
    fp2Conjugate(T, a + i);
    fp2Mul(to + i, T, table + i);
  }
}

/** to = (even, odd) = (a + b·s)² in Fp4 = Fp2[s]/(s² − ξ), to the two slots T and T + 64 */
function squareFp4(a: usize, b: usize): void {
  const scratch = T + 128;
  fp2Square(scratch, b);
  fp2MulXi(T, scratch);
  fp2Square(scratch, a);
  fp2Add(T, scratch);
  fp2DoubleLazy(scratch, a);
  fp2Mul(T + 64, b, scratch);
}

/** to = 3x − 2a or 3x + 2a */
function tripleAnd(to: usize, x: usize, a: usize, add: bool): void {
  fp2Copy(to, x);
  if (add) fp2Add(to, a);
  else fp2Sub(to, a);
  fp2Copy(T + 192, to);
  fp2Add(to, T + 192);
  fp2Add(to, x);
}

/** to = a² for a in the cyclotomic subgroup (Granger–Scott, eprint 2009/565): three squares in Fp4 */
export function fp12CyclotomicSquare(to: usize, a: usize): void {
  squareFp4(a, a + 192);
  tripleAnd(to, T, a, false);
  tripleAnd(to + 192, T + 64, a + 192, true);
  squareFp4(a + 64, a + 256);
  tripleAnd(to + 128, T, a + 128, false);
  tripleAnd(to + 320, T + 64, a + 320, true);
  squareFp4(a + 128, a + 320);
  tripleAnd(to + 256, T, a + 256, false);
  fp2MulXi(T + 128, T + 64);
  tripleAnd(to + 64, T + 128, a + 64, true);
}

/**
 * to = a⁻¹, a ≠ 0: the conjugate over the norm to Fp6, inverted there. `norm` and `scratch` are 384 bytes each, of the caller.
 */
export function fp12Inverse(to: usize, a: usize, norm: usize, scratch: usize): void {
  fp12Conjugate(scratch, a);
  fp12Mul(norm, a, scratch);
  // Fp6: x + y·v + z·v², v = w². Its adjoint (A, B, C) = (x² − ξyz, ξz² − xy, y² − xz), and x·A + ξ(z·B + y·C) in Fp2.
  const x = norm;
  const y = norm + 128;
  const z = norm + 256;
  fp2Mul(T, y, z);
  fp2MulXi(T + 64, T);
  fp2Square(to, x);
  fp2Sub(to, T + 64);
  fp2Square(T, z);
  fp2MulXi(to + 128, T);
  fp2Mul(T, x, y);
  fp2Sub(to + 128, T);
  fp2Square(to + 256, y);
  fp2Mul(T, x, z);
  fp2Sub(to + 256, T);
  fp2Mul(T, z, to + 128);
  fp2Mul(T + 64, y, to + 256);
  fp2Add(T, T + 64);
  fp2MulXi(T + 64, T);
  fp2Mul(T, x, to);
  fp2Add(T, T + 64);
  fp2Inverse(T + 64, T);
  for (let i: usize = 0; i < FP12_SIZE; i += 128) {
    fp2Mul(norm + i, to + i, T + 64);
    u256Zero(norm + i + 64);
    u256Zero(norm + i + 96);
  }
  fp12Mul(to, scratch, norm);
}
