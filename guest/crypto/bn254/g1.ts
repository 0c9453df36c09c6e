/**
 * G1: y² = x³ + 3 over Fp. Affine points are 64 bytes (x, y); infinity is a flag beside them, or Z = 0 in Jacobian form (96 bytes: X, Y, Z).
 */
import { u256Copy, u256Equal, u256IsZero, u256Zero } from "../../sdk/u256";
import { G1_SLOTS, ONE, THREE } from "./constants";
import { fpAdd, fpDouble, fpInverse, fpMul, fpSub } from "./fp";

const A: usize = G1_SLOTS;
const B: usize = G1_SLOTS + 0x20;
const C: usize = G1_SLOTS + 0x40;
const D: usize = G1_SLOTS + 0x60;
const E: usize = G1_SLOTS + 0x80;
const F: usize = G1_SLOTS + 0xa0;
const G: usize = G1_SLOTS + 0xc0;
const H: usize = G1_SLOTS + 0xe0;
const SUM: usize = G1_SLOTS + 0x100;
const TABLE: usize = G1_SLOTS + 0x180;

/** Whether y² = x³ + 3. */
export function isOnCurve(point: usize): bool {
  fpMul(A, point, point);
  fpMul(B, A, point);
  fpAdd(B, THREE);
  fpMul(A, point + 32, point + 32);
  return u256Equal(A, B) != 0;
}

/** to = 2p, Jacobian; `to` may be p. EFD dbl-2009-l. */
function double(to: usize, p: usize): void {
  fpMul(A, p, p);
  fpMul(B, p + 32, p + 32);
  fpMul(C, B, B);
  fpMul(D, p, B);
  fpDouble(E, D);
  fpDouble(D, E); // 4XY²
  fpDouble(E, A);
  fpAdd(E, A); // 3X²
  fpMul(F, p + 32, p + 64);
  fpDouble(to + 64, F);
  fpMul(F, E, E);
  fpSub(F, D);
  fpSub(F, D);
  u256Copy(to, F);
  fpSub(D, F);
  fpMul(F, E, D);
  fpDouble(D, C);
  fpDouble(C, D);
  fpDouble(D, C); // 8Y⁴
  fpSub(F, D);
  u256Copy(to + 32, F);
}

/** p += q, Jacobian, for all cases. */
function add(p: usize, q: usize): void {
  if (u256IsZero(q + 64)) return;
  if (u256IsZero(p + 64)) {
    copyPoint(p, q);
    return;
  }
  fpMul(A, p + 64, p + 64);
  fpMul(B, q + 64, q + 64);
  fpMul(C, p, B); // U1
  fpMul(D, q, A); // U2
  fpMul(E, B, q + 64);
  fpMul(F, p + 32, E); // S1
  fpMul(E, A, p + 64);
  fpMul(G, q + 32, E); // S2
  fpSub(D, C); // H
  fpSub(G, F); // r
  if (u256IsZero(D)) {
    if (u256IsZero(G)) double(p, q);
    else u256Zero(p + 64);
    return;
  }
  fpMul(A, p + 64, q + 64);
  fpMul(p + 64, A, D);
  fpMul(A, D, D);
  fpMul(B, A, D); // H³
  fpMul(E, C, A); // V
  fpMul(H, G, G);
  fpSub(H, B);
  fpSub(H, E);
  fpSub(H, E);
  u256Copy(p, H);
  fpSub(E, H);
  fpMul(H, G, E);
  fpMul(A, F, B);
  fpSub(H, A);
  u256Copy(p + 32, H);
}

function copyPoint(to: usize, p: usize): void {
  u256Copy(to, p);
  u256Copy(to + 32, p + 32);
  u256Copy(to + 64, p + 64);
}

/** point = its affine form. @returns false if it is infinity */
function toAffine(point: usize): bool {
  if (u256IsZero(point + 64)) return false;
  fpInverse(A, point + 64);
  fpMul(B, A, A);
  fpMul(C, point, B);
  u256Copy(point, C);
  fpMul(C, B, A);
  fpMul(D, point + 32, C);
  u256Copy(point + 32, D);
  return true;
}

/** a += b, affine and finite both. @returns false if the sum is infinity */
export function addAffine(a: usize, b: usize): bool {
  u256Copy(SUM, a);
  u256Copy(SUM + 32, a + 32);
  u256Copy(SUM + 64, ONE);
  u256Copy(TABLE, b);
  u256Copy(TABLE + 32, b + 32);
  u256Copy(TABLE + 64, ONE);
  add(SUM, TABLE);
  if (!toAffine(SUM)) return false;
  u256Copy(a, SUM);
  u256Copy(a + 32, SUM + 32);
  return true;
}

/** point = k · point, affine and finite; k is any 256-bit number. @returns false if the product is infinity */
export function multiplyAffine(point: usize, k: usize): bool {
  // fixed windows of four bits: TABLE + 96 i = i · point
  u256Zero(TABLE + 64);
  u256Copy(TABLE + 96, point);
  u256Copy(TABLE + 128, point + 32);
  u256Copy(TABLE + 160, ONE);
  for (let i: usize = 2; i < 16; i++) {
    const entry = TABLE + 96 * i;
    if (i & 1) {
      copyPoint(entry, entry - 96);
      add(entry, TABLE + 96);
    } else {
      double(entry, TABLE + 48 * i);
    }
  }
  u256Zero(SUM + 64);
  for (let nibble: i32 = 63; nibble >= 0; nibble--) {
    if (!u256IsZero(SUM + 64)) {
      double(SUM, SUM);
      double(SUM, SUM);
      double(SUM, SUM);
      double(SUM, SUM);
    }
    const digit = (<u32>load<u8>(k + (nibble >> 1)) >> ((nibble & 1) << 2)) & 15;
    if (digit) add(SUM, TABLE + 96 * <usize>digit);
  }
  if (!toAffine(SUM)) return false;
  u256Copy(point, SUM);
  u256Copy(point + 32, SUM + 32);
  return true;
}
