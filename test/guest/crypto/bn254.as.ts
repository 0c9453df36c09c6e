/** The entry points and the layers of guest/crypto/bn254, exported for bn254.test.ts. */
import { bn254Add, bn254Mul, bn254Pairing } from "../../../guest/crypto/bn254";
import { initConstants, SCALARS } from "../../../guest/crypto/bn254/constants";
import { fp12CyclotomicSquare, fp12Frobenius, fp12Inverse, fp12Mul, fp12MulLine, fp12Square } from "../../../guest/crypto/bn254/fp12";
import { fp2Inverse, fp2Mul, fp2MulXi, fp2Square } from "../../../guest/crypto/bn254/fp2";
import { fpInverse, fpMul } from "../../../guest/crypto/bn254/fp";

export function add(input: usize, output: usize): i32 { return i32(bn254Add(input, output)); }
export function mul(input: usize, output: usize): i32 { return i32(bn254Mul(input, output)); }
export function pairing(input: usize, pairs: u32): i32 { return bn254Pairing(input, pairs); }
export function scalars(): usize { return SCALARS; }
export function init(): void { initConstants(); }
export { fpMul, fpInverse, fp2Mul, fp2Square, fp2MulXi, fp2Inverse };
export { fp12Mul, fp12Square, fp12MulLine, fp12CyclotomicSquare, fp12Frobenius, fp12Inverse };
