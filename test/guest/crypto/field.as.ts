/** Arithmetic of curves in forward mode, exported for field.test.ts. */
import { INVERSE, MODULUS, multiply, square, useModulus } from "../../../guest/crypto/curve/field";
import { invert } from "../../../guest/crypto/curve/invert";
import * as p256 from "../../../guest/crypto/p256/constants";
import * as secp256k1 from "../../../guest/crypto/secp256k1/constants";

/** @param number 0, 1: field and order of secp256k1; 2, 3: of P-256 */
export function use(number: u32): void {
  if (number == 0) useModulus(secp256k1.FIELD);
  else if (number == 1) useModulus(secp256k1.ORDER);
  else if (number == 2) useModulus(p256.FIELD);
  else useModulus(p256.ORDER);
}

export function productOf(to: usize, a: usize, b: usize): void {
  multiply(to, a, b);
}

export function squareOf(to: usize, a: usize): void {
  square(to, a);
}

export function inverseOf(to: usize, a: usize): void {
  invert(to, a, MODULUS, load<u32>(INVERSE));
}
