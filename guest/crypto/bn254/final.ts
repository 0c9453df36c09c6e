/**
 * The final exponentiation, and the check that replaces it when the product of pairings is one.
 */
import { FINAL_SLOTS } from "./constants";
import {
  FP12_SIZE, fp12Conjugate, fp12Copy, fp12CyclotomicSquare, fp12Frobenius, fp12Inverse, fp12Mul,
} from "./fp12";

const R: usize = FINAL_SLOTS;
const X1: usize = FINAL_SLOTS + FP12_SIZE;
const X2: usize = FINAL_SLOTS + 2 * FP12_SIZE;
const X3: usize = FINAL_SLOTS + 3 * FP12_SIZE;
const X4: usize = FINAL_SLOTS + 4 * FP12_SIZE;
const X6: usize = FINAL_SLOTS + 5 * FP12_SIZE;
const S: usize = FINAL_SLOTS + 6 * FP12_SIZE;
const U: usize = FINAL_SLOTS + 7 * FP12_SIZE;
const CONJUGATE: usize = FINAL_SLOTS + 8 * FP12_SIZE;

// x = 4965661367192848881 in non-adjacent form: the digits 1 and −1 below the leading one (bit 62).
const X_PLUS: u64 = 0x050a14044a890a01;
const X_MINUS: u64 = 0x0020815000200010;

/** to = a^(−x), a in the cyclotomic subgroup. Uses S, U and CONJUGATE; `to` may be S, not a. */
function powerMinusX(to: usize, a: usize): void {
  fp12Conjugate(CONJUGATE, a);
  fp12Copy(S, a);
  for (let bit: i32 = 61; bit >= 0; bit--) {
    fp12CyclotomicSquare(U, S);
    if ((X_PLUS >> bit) & 1) fp12Mul(S, U, a);
    else if ((X_MINUS >> bit) & 1) fp12Mul(S, U, CONJUGATE);
    else fp12Copy(S, U);
  }
  fp12Conjugate(U, S);
  fp12Copy(to, U);
}

/**
 * f = f^(k(p¹² − 1)/r), k = 2x(6x² + 3x + 1), which has no factor r; so the result is one if and only if the pairing is. f ≠ 0.
 * Fuentes-Castañeda, Knapp, Rodríguez-Henríquez, "Faster hashing to G2", the hard part's addition chain.
 */
export function finalExponentiation(f: usize): void {
  // easy part: f^((p⁶ − 1)(p² + 1))
  fp12Inverse(X1, f, X2, X3);
  fp12Conjugate(X2, f);
  fp12Mul(X3, X2, X1);
  fp12Frobenius(X1, X3, 2);
  fp12Mul(R, X1, X3);
  // hard part; the names say the power of r = R (negative powers by conjugation)
  powerMinusX(X1, R); // −x
  fp12CyclotomicSquare(X2, X1); // −2x
  fp12CyclotomicSquare(X4, X2); // −4x
  fp12Mul(X3, X4, X2); // −6x
  powerMinusX(X4, X3); // 6x²
  fp12CyclotomicSquare(X1, X4); // 12x²
  powerMinusX(X6, X1); // −12x³
  fp12Conjugate(X1, X3); // 6x
  fp12Conjugate(X3, X6); // 12x³
  fp12Mul(X6, X3, X4); // 12x³ + 6x²
  fp12Mul(X3, X6, X1); // 12x³ + 6x² + 6x
  fp12Mul(X1, X3, X2); // 12x³ + 6x² + 4x
  fp12Mul(X2, X3, X4); // 12x³ + 12x² + 6x
  fp12Mul(X4, X2, R); // 12x³ + 12x² + 6x + 1
  fp12Frobenius(X2, X1, 1);
  fp12Mul(X6, X2, X4);
  fp12Frobenius(X2, X3, 2);
  fp12Mul(X4, X2, X6);
  fp12Conjugate(X2, R);
  fp12Mul(X3, X2, X1);
  fp12Frobenius(X2, X3, 3);
  fp12Mul(f, X2, X4);
}
