/** guest/crypto/modexp, exported for modexp.test.ts. */
import { modexp } from "../../../guest/crypto/modexp";

export function run(base: usize, baseLength: u32, exponent: usize, exponentLength: u32, modulus: usize, modulusLength: u32, output: usize): void {
  modexp(base, baseLength, exponent, exponentLength, modulus, modulusLength, output);
}
