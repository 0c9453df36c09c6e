/**
 * The precompiles of BN254 (EIP-196, EIP-197): decoding and validation, and the groups' operations.
 *
 * Behaviour: matter-labs/zksync-os 0a82da0, basic_system/src/system_functions/bn254_*.rs. A coordinate must be below p, a point on its curve (all zero: infinity),
 * a point of G2 in the subgroup of order r. Scalars are any 256-bit number. Costs are charged by the caller.
 */
import { alloc, mark, release } from "../../sdk/memory";
import { u256Equal, u256IsZero } from "../../sdk/u256";
import { ENTRY_SLOTS, initConstants, TWIST_B } from "./constants";
import { readBigEndian, writeBigEndian } from "./encoding";
import { fromMontgomery, isCanonical, toMontgomery } from "./fp";
import { fp2Add, fp2Equal, fp2IsZero, fp2Mul, fp2Square } from "./fp2";
import { addAffine, isOnCurve, multiplyAffine } from "./g1";
import { addByHint, multiplyByHint } from "./g1-walk";
import { PAIR_Q, PAIR_SIZE } from "./pair";
import { pairingIsOne, setG1 } from "./pairing";

const PLAIN: usize = ENTRY_SLOTS;
const SCRATCH: usize = ENTRY_SLOTS + 0x20;
const POINT: usize = ENTRY_SLOTS + 0x40;
const POINT_2: usize = ENTRY_SLOTS + 0x80;
const T0: usize = ENTRY_SLOTS + 0xc0;
const T1: usize = ENTRY_SLOTS + 0x100;

const INVALID: i32 = -1;
const INFINITE: i32 = 0;
const FINITE: i32 = 1;

/** to = a field element in Montgomery form. @returns false if it is not below p */
function decodeField(to: usize, input: usize): bool {
  readBigEndian(PLAIN, input);
  if (!isCanonical(PLAIN, SCRATCH)) return false;
  toMontgomery(to, PLAIN);
  return true;
}

/** Decodes and validates a point of G1. */
function decodeG1(to: usize, input: usize): i32 {
  if (!decodeField(to, input) || !decodeField(to + 32, input + 32)) return INVALID;
  if (u256IsZero(to) && u256IsZero(to + 32)) return INFINITE;
  return isOnCurve(to) ? FINITE : INVALID;
}

/** Decodes a point of the twist, and checks that it is on it. EIP-197 writes the imaginary parts first. */
function decodeG2(to: usize, input: usize): i32 {
  if (
    !decodeField(to + 32, input) || !decodeField(to, input + 32) ||
    !decodeField(to + 96, input + 64) || !decodeField(to + 64, input + 96)
  ) {
    return INVALID;
  }
  if (fp2IsZero(to) && fp2IsZero(to + 64)) return INFINITE;
  fp2Square(T0, to);
  fp2Mul(T1, T0, to);
  fp2Add(T1, TWIST_B);
  fp2Square(T0, to + 64);
  return fp2Equal(T0, T1) ? FINITE : INVALID;
}

function encode(output: usize, point: usize): void {
  fromMontgomery(PLAIN, point);
  writeBigEndian(output, PLAIN);
  fromMontgomery(PLAIN, point + 32);
  writeBigEndian(output + 32, PLAIN);
}

/** Addition in G1: 128 bytes (padded with zeros by the caller) to 64. @returns false if the input is invalid */
export function bn254Add(input: usize, output: usize): bool {
  initConstants();
  const a = decodeG1(POINT, input);
  if (a == INVALID) return false;
  const b = decodeG1(POINT_2, input + 64);
  if (b == INVALID) return false;
  let sum = POINT;
  let finite = true;
  if (a == INFINITE) {
    sum = POINT_2;
    finite = b == FINITE;
  } else if (b == FINITE) {
    finite = PROVING ? addByHint(POINT, POINT_2) : addAffine(POINT, POINT_2);
  }
  if (finite) encode(output, sum);
  else memory.fill(output, 0, 64);
  return true;
}

/** Multiplication in G1: 96 bytes (padded with zeros by the caller) to 64. @returns false if the input is invalid */
export function bn254Mul(input: usize, output: usize): bool {
  initConstants();
  const kind = decodeG1(POINT, input);
  if (kind == INVALID) return false;
  let finite = kind == FINITE;
  if (finite) {
    readBigEndian(T0, input + 64);
    finite = PROVING ? multiplyByHint(POINT, T0) : multiplyAffine(POINT, T0);
  }
  if (finite) encode(output, POINT);
  else memory.fill(output, 0, 64);
  return true;
}

/** Whether the product of `pairs` pairings (192 bytes each) is one. @returns 1 or 0, or −1 if the input is invalid */
export function bn254Pairing(input: usize, pairs: u32): i32 {
  initConstants();
  const top = mark();
  const records = alloc(<usize>pairs * PAIR_SIZE, 32);
  let end = records;
  for (; pairs; pairs--) {
    const p = decodeG1(POINT, input);
    if (p == INVALID) return invalid(top);
    const q = decodeG2(end + PAIR_Q, input + 64);
    if (q == INVALID) return invalid(top);
    if (q == FINITE) {
      setG1(end, POINT, p == FINITE);
      end += PAIR_SIZE;
    }
    input += 192;
  }
  const result = end == records ? 1 : pairingIsOne(records, end);
  release(top);
  return result;
}

function invalid(top: usize): i32 {
  release(top);
  return -1;
}
