/** Montgomery multiplication in software, for forward mode: 8 limbs of 32 bits with 64-bit products (coarsely integrated operand scanning). */

/** The lowest word of secp256k1's prime 2^256 - 2^32 - 977, which no other modulus here has. */
const SECP256K1_LOW: u32 = 0xfffffc2f;
/** 977⁻¹ mod 2^32 */
const INVERSE_OF_977: u32 = 0xd2253531;

/**
 * For p = 2^256 - 2^32 - 977 a product takes 80 word products instead of 136: adding m·p to clear a word is adding m eight words on and subtracting
 * 977·m here and m one word on. The result is any 256-bit representative.
 */

/** to = t / 2^256 for a sum t of 16 words: each of the lower ones is cleared as said above. */
// @ts-ignore: decorator
@inline
function reduceSecp256k1(
  to: usize,
  t0: i64, t1: i64, t2: i64, t3: i64, t4: i64, t5: i64, t6: i64, t7: i64,
  t8: i64, t9: i64, t10: i64, t11: i64, t12: i64, t13: i64, t14: i64, t15: i64,
): void {
  let m: i64;
  m = <i64>(<u64>(<u32>t0 * INVERSE_OF_977));
  t1 += ((t0 - m * 977) >> 32) - m;
  t8 += m;
  m = <i64>(<u64>(<u32>t1 * INVERSE_OF_977));
  t2 += ((t1 - m * 977) >> 32) - m;
  t9 += m;
  m = <i64>(<u64>(<u32>t2 * INVERSE_OF_977));
  t3 += ((t2 - m * 977) >> 32) - m;
  t10 += m;
  m = <i64>(<u64>(<u32>t3 * INVERSE_OF_977));
  t4 += ((t3 - m * 977) >> 32) - m;
  t11 += m;
  m = <i64>(<u64>(<u32>t4 * INVERSE_OF_977));
  t5 += ((t4 - m * 977) >> 32) - m;
  t12 += m;
  m = <i64>(<u64>(<u32>t5 * INVERSE_OF_977));
  t6 += ((t5 - m * 977) >> 32) - m;
  t13 += m;
  m = <i64>(<u64>(<u32>t6 * INVERSE_OF_977));
  t7 += ((t6 - m * 977) >> 32) - m;
  t14 += m;
  m = <i64>(<u64>(<u32>t7 * INVERSE_OF_977));
  t8 += ((t7 - m * 977) >> 32) - m;
  t15 += m;
  t9 += t8 >> 32;
  t10 += t9 >> 32;
  t11 += t10 >> 32;
  t12 += t11 >> 32;
  t13 += t12 >> 32;
  t14 += t13 >> 32;
  t15 += t14 >> 32;
  if (t15 >> 32) {
    // 2^256 ≡ 2^32 + 977
    t8 = (t8 & 0xffffffff) + 977;
    t9 = (t9 & 0xffffffff) + 1 + (t8 >> 32);
    t10 = (t10 & 0xffffffff) + (t9 >> 32);
    t11 = (t11 & 0xffffffff) + (t10 >> 32);
    t12 = (t12 & 0xffffffff) + (t11 >> 32);
    t13 = (t13 & 0xffffffff) + (t12 >> 32);
    t14 = (t14 & 0xffffffff) + (t13 >> 32);
    t15 = (t15 & 0xffffffff) + (t14 >> 32);
  }
  store<u32>(to, <u32>t8, 0);
  store<u32>(to, <u32>t9, 4);
  store<u32>(to, <u32>t10, 8);
  store<u32>(to, <u32>t11, 12);
  store<u32>(to, <u32>t12, 16);
  store<u32>(to, <u32>t13, 20);
  store<u32>(to, <u32>t14, 24);
  store<u32>(to, <u32>t15, 28);
}

/** to = a · b / 2^256 for that p. `to` may be a or b. */
function montgomerySecp256k1(to: usize, a: usize, b: usize): void {
  let t0: i64 = 0;
  let t1: i64 = 0;
  let t2: i64 = 0;
  let t3: i64 = 0;
  let t4: i64 = 0;
  let t5: i64 = 0;
  let t6: i64 = 0;
  let t7: i64 = 0;
  let t8: i64 = 0;
  let t9: i64 = 0;
  let t10: i64 = 0;
  let t11: i64 = 0;
  let t12: i64 = 0;
  let t13: i64 = 0;
  let t14: i64 = 0;
  let t15: i64 = 0;
  const b0 = <u64>load<u32>(b, 0);
  const b1 = <u64>load<u32>(b, 4);
  const b2 = <u64>load<u32>(b, 8);
  const b3 = <u64>load<u32>(b, 12);
  const b4 = <u64>load<u32>(b, 16);
  const b5 = <u64>load<u32>(b, 20);
  const b6 = <u64>load<u32>(b, 24);
  const b7 = <u64>load<u32>(b, 28);
  let x: u64;
  let c: u64;
  x = load<u32>(a, 0);
  c = x * b0;
  t0 = c & 0xffffffff;
  c = x * b1 + (c >> 32);
  t1 = c & 0xffffffff;
  c = x * b2 + (c >> 32);
  t2 = c & 0xffffffff;
  c = x * b3 + (c >> 32);
  t3 = c & 0xffffffff;
  c = x * b4 + (c >> 32);
  t4 = c & 0xffffffff;
  c = x * b5 + (c >> 32);
  t5 = c & 0xffffffff;
  c = x * b6 + (c >> 32);
  t6 = c & 0xffffffff;
  c = x * b7 + (c >> 32);
  t7 = c & 0xffffffff;
  t8 = c >> 32;
  x = load<u32>(a, 4);
  c = x * b0 + <u64>t1;
  t1 = c & 0xffffffff;
  c = x * b1 + <u64>t2 + (c >> 32);
  t2 = c & 0xffffffff;
  c = x * b2 + <u64>t3 + (c >> 32);
  t3 = c & 0xffffffff;
  c = x * b3 + <u64>t4 + (c >> 32);
  t4 = c & 0xffffffff;
  c = x * b4 + <u64>t5 + (c >> 32);
  t5 = c & 0xffffffff;
  c = x * b5 + <u64>t6 + (c >> 32);
  t6 = c & 0xffffffff;
  c = x * b6 + <u64>t7 + (c >> 32);
  t7 = c & 0xffffffff;
  c = x * b7 + <u64>t8 + (c >> 32);
  t8 = c & 0xffffffff;
  t9 = c >> 32;
  x = load<u32>(a, 8);
  c = x * b0 + <u64>t2;
  t2 = c & 0xffffffff;
  c = x * b1 + <u64>t3 + (c >> 32);
  t3 = c & 0xffffffff;
  c = x * b2 + <u64>t4 + (c >> 32);
  t4 = c & 0xffffffff;
  c = x * b3 + <u64>t5 + (c >> 32);
  t5 = c & 0xffffffff;
  c = x * b4 + <u64>t6 + (c >> 32);
  t6 = c & 0xffffffff;
  c = x * b5 + <u64>t7 + (c >> 32);
  t7 = c & 0xffffffff;
  c = x * b6 + <u64>t8 + (c >> 32);
  t8 = c & 0xffffffff;
  c = x * b7 + <u64>t9 + (c >> 32);
  t9 = c & 0xffffffff;
  t10 = c >> 32;
  x = load<u32>(a, 12);
  c = x * b0 + <u64>t3;
  t3 = c & 0xffffffff;
  c = x * b1 + <u64>t4 + (c >> 32);
  t4 = c & 0xffffffff;
  c = x * b2 + <u64>t5 + (c >> 32);
  t5 = c & 0xffffffff;
  c = x * b3 + <u64>t6 + (c >> 32);
  t6 = c & 0xffffffff;
  c = x * b4 + <u64>t7 + (c >> 32);
  t7 = c & 0xffffffff;
  c = x * b5 + <u64>t8 + (c >> 32);
  t8 = c & 0xffffffff;
  c = x * b6 + <u64>t9 + (c >> 32);
  t9 = c & 0xffffffff;
  c = x * b7 + <u64>t10 + (c >> 32);
  t10 = c & 0xffffffff;
  t11 = c >> 32;
  x = load<u32>(a, 16);
  c = x * b0 + <u64>t4;
  t4 = c & 0xffffffff;
  c = x * b1 + <u64>t5 + (c >> 32);
  t5 = c & 0xffffffff;
  c = x * b2 + <u64>t6 + (c >> 32);
  t6 = c & 0xffffffff;
  c = x * b3 + <u64>t7 + (c >> 32);
  t7 = c & 0xffffffff;
  c = x * b4 + <u64>t8 + (c >> 32);
  t8 = c & 0xffffffff;
  c = x * b5 + <u64>t9 + (c >> 32);
  t9 = c & 0xffffffff;
  c = x * b6 + <u64>t10 + (c >> 32);
  t10 = c & 0xffffffff;
  c = x * b7 + <u64>t11 + (c >> 32);
  t11 = c & 0xffffffff;
  t12 = c >> 32;
  x = load<u32>(a, 20);
  c = x * b0 + <u64>t5;
  t5 = c & 0xffffffff;
  c = x * b1 + <u64>t6 + (c >> 32);
  t6 = c & 0xffffffff;
  c = x * b2 + <u64>t7 + (c >> 32);
  t7 = c & 0xffffffff;
  c = x * b3 + <u64>t8 + (c >> 32);
  t8 = c & 0xffffffff;
  c = x * b4 + <u64>t9 + (c >> 32);
  t9 = c & 0xffffffff;
  c = x * b5 + <u64>t10 + (c >> 32);
  t10 = c & 0xffffffff;
  c = x * b6 + <u64>t11 + (c >> 32);
  t11 = c & 0xffffffff;
  c = x * b7 + <u64>t12 + (c >> 32);
  t12 = c & 0xffffffff;
  t13 = c >> 32;
  x = load<u32>(a, 24);
  c = x * b0 + <u64>t6;
  t6 = c & 0xffffffff;
  c = x * b1 + <u64>t7 + (c >> 32);
  t7 = c & 0xffffffff;
  c = x * b2 + <u64>t8 + (c >> 32);
  t8 = c & 0xffffffff;
  c = x * b3 + <u64>t9 + (c >> 32);
  t9 = c & 0xffffffff;
  c = x * b4 + <u64>t10 + (c >> 32);
  t10 = c & 0xffffffff;
  c = x * b5 + <u64>t11 + (c >> 32);
  t11 = c & 0xffffffff;
  c = x * b6 + <u64>t12 + (c >> 32);
  t12 = c & 0xffffffff;
  c = x * b7 + <u64>t13 + (c >> 32);
  t13 = c & 0xffffffff;
  t14 = c >> 32;
  x = load<u32>(a, 28);
  c = x * b0 + <u64>t7;
  t7 = c & 0xffffffff;
  c = x * b1 + <u64>t8 + (c >> 32);
  t8 = c & 0xffffffff;
  c = x * b2 + <u64>t9 + (c >> 32);
  t9 = c & 0xffffffff;
  c = x * b3 + <u64>t10 + (c >> 32);
  t10 = c & 0xffffffff;
  c = x * b4 + <u64>t11 + (c >> 32);
  t11 = c & 0xffffffff;
  c = x * b5 + <u64>t12 + (c >> 32);
  t12 = c & 0xffffffff;
  c = x * b6 + <u64>t13 + (c >> 32);
  t13 = c & 0xffffffff;
  c = x * b7 + <u64>t14 + (c >> 32);
  t14 = c & 0xffffffff;
  t15 = c >> 32;
  reduceSecp256k1(to, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15);
}

/** to = a² / 2^256 for p = 2^256 - 2^32 - 977: 36 word products in place of 64. `to` may be a. */
function squareSecp256k1(to: usize, a: usize): void {
  const a0 = <u64>load<u32>(a, 0);
  const a1 = <u64>load<u32>(a, 4);
  const a2 = <u64>load<u32>(a, 8);
  const a3 = <u64>load<u32>(a, 12);
  const a4 = <u64>load<u32>(a, 16);
  const a5 = <u64>load<u32>(a, 20);
  const a6 = <u64>load<u32>(a, 24);
  const a7 = <u64>load<u32>(a, 28);
  let c: u64;
  // each product of two different words once
  c = a0 * a1;
  let u1 = c & 0xffffffff;
  c = a0 * a2 + (c >> 32);
  let u2 = c & 0xffffffff;
  c = a0 * a3 + (c >> 32);
  let u3 = c & 0xffffffff;
  c = a0 * a4 + (c >> 32);
  let u4 = c & 0xffffffff;
  c = a0 * a5 + (c >> 32);
  let u5 = c & 0xffffffff;
  c = a0 * a6 + (c >> 32);
  let u6 = c & 0xffffffff;
  c = a0 * a7 + (c >> 32);
  let u7 = c & 0xffffffff;
  let u8 = c >> 32;
  c = a1 * a2 + u3;
  u3 = c & 0xffffffff;
  c = a1 * a3 + u4 + (c >> 32);
  u4 = c & 0xffffffff;
  c = a1 * a4 + u5 + (c >> 32);
  u5 = c & 0xffffffff;
  c = a1 * a5 + u6 + (c >> 32);
  u6 = c & 0xffffffff;
  c = a1 * a6 + u7 + (c >> 32);
  u7 = c & 0xffffffff;
  c = a1 * a7 + u8 + (c >> 32);
  u8 = c & 0xffffffff;
  let u9 = c >> 32;
  c = a2 * a3 + u5;
  u5 = c & 0xffffffff;
  c = a2 * a4 + u6 + (c >> 32);
  u6 = c & 0xffffffff;
  c = a2 * a5 + u7 + (c >> 32);
  u7 = c & 0xffffffff;
  c = a2 * a6 + u8 + (c >> 32);
  u8 = c & 0xffffffff;
  c = a2 * a7 + u9 + (c >> 32);
  u9 = c & 0xffffffff;
  let u10 = c >> 32;
  c = a3 * a4 + u7;
  u7 = c & 0xffffffff;
  c = a3 * a5 + u8 + (c >> 32);
  u8 = c & 0xffffffff;
  c = a3 * a6 + u9 + (c >> 32);
  u9 = c & 0xffffffff;
  c = a3 * a7 + u10 + (c >> 32);
  u10 = c & 0xffffffff;
  let u11 = c >> 32;
  c = a4 * a5 + u9;
  u9 = c & 0xffffffff;
  c = a4 * a6 + u10 + (c >> 32);
  u10 = c & 0xffffffff;
  c = a4 * a7 + u11 + (c >> 32);
  u11 = c & 0xffffffff;
  let u12 = c >> 32;
  c = a5 * a6 + u11;
  u11 = c & 0xffffffff;
  c = a5 * a7 + u12 + (c >> 32);
  u12 = c & 0xffffffff;
  let u13 = c >> 32;
  c = a6 * a7 + u13;
  u13 = c & 0xffffffff;
  let u14 = c >> 32;
  // twice, and the squares of the words
  c = a0 * a0;
  const t0 = c & 0xffffffff;
  c = (u1 << 1) + (c >> 32);
  const t1 = c & 0xffffffff;
  let d: u64;
  d = a1 * a1;
  c = (u2 << 1) + (d & 0xffffffff) + (c >> 32);
  const t2 = c & 0xffffffff;
  c = (u3 << 1) + (d >> 32) + (c >> 32);
  const t3 = c & 0xffffffff;
  d = a2 * a2;
  c = (u4 << 1) + (d & 0xffffffff) + (c >> 32);
  const t4 = c & 0xffffffff;
  c = (u5 << 1) + (d >> 32) + (c >> 32);
  const t5 = c & 0xffffffff;
  d = a3 * a3;
  c = (u6 << 1) + (d & 0xffffffff) + (c >> 32);
  const t6 = c & 0xffffffff;
  c = (u7 << 1) + (d >> 32) + (c >> 32);
  const t7 = c & 0xffffffff;
  d = a4 * a4;
  c = (u8 << 1) + (d & 0xffffffff) + (c >> 32);
  const t8 = c & 0xffffffff;
  c = (u9 << 1) + (d >> 32) + (c >> 32);
  const t9 = c & 0xffffffff;
  d = a5 * a5;
  c = (u10 << 1) + (d & 0xffffffff) + (c >> 32);
  const t10 = c & 0xffffffff;
  c = (u11 << 1) + (d >> 32) + (c >> 32);
  const t11 = c & 0xffffffff;
  d = a6 * a6;
  c = (u12 << 1) + (d & 0xffffffff) + (c >> 32);
  const t12 = c & 0xffffffff;
  c = (u13 << 1) + (d >> 32) + (c >> 32);
  const t13 = c & 0xffffffff;
  d = a7 * a7;
  c = (u14 << 1) + (d & 0xffffffff) + (c >> 32);
  const t14 = c & 0xffffffff;
  c = (d >> 32) + (c >> 32);
  const t15 = c;
  reduceSecp256k1(to, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15);
}

/** to = a² / 2^256 mod p, likewise. `to` may be a. */
export function montgomerySquare(to: usize, a: usize, p: usize, negativeInverse: u32): void {
  if (load<u32>(p) == SECP256K1_LOW) squareSecp256k1(to, a);
  else montgomery(to, a, a, p, negativeInverse);
}

/** to = a · b / 2^256 mod p, below p if a, b are. @param negativeInverse -p⁻¹ mod 2^32. `to` may be a or b. */
export function montgomery(to: usize, a: usize, b: usize, p: usize, negativeInverse: u32): void {
  if (load<u32>(p) == SECP256K1_LOW) {
    montgomerySecp256k1(to, a, b);
    return;
  }
  let t0: u64 = 0;
  let t1: u64 = 0;
  let t2: u64 = 0;
  let t3: u64 = 0;
  let t4: u64 = 0;
  let t5: u64 = 0;
  let t6: u64 = 0;
  let t7: u64 = 0;
  let t8: u64 = 0;
  const b0 = <u64>load<u32>(b, 0);
  const b1 = <u64>load<u32>(b, 4);
  const b2 = <u64>load<u32>(b, 8);
  const b3 = <u64>load<u32>(b, 12);
  const b4 = <u64>load<u32>(b, 16);
  const b5 = <u64>load<u32>(b, 20);
  const b6 = <u64>load<u32>(b, 24);
  const b7 = <u64>load<u32>(b, 28);
  const p0 = <u64>load<u32>(p, 0);
  const p1 = <u64>load<u32>(p, 4);
  const p2 = <u64>load<u32>(p, 8);
  const p3 = <u64>load<u32>(p, 12);
  const p4 = <u64>load<u32>(p, 16);
  const p5 = <u64>load<u32>(p, 20);
  const p6 = <u64>load<u32>(p, 24);
  const p7 = <u64>load<u32>(p, 28);
  const end = a + 32;
  for (let at = a; at != end; at += 4) {
    const x = <u64>load<u32>(at);
    let c: u64;
    c = x * b0 + t0;
    t0 = c & 0xffffffff;
    c = x * b1 + t1 + (c >> 32);
    t1 = c & 0xffffffff;
    c = x * b2 + t2 + (c >> 32);
    t2 = c & 0xffffffff;
    c = x * b3 + t3 + (c >> 32);
    t3 = c & 0xffffffff;
    c = x * b4 + t4 + (c >> 32);
    t4 = c & 0xffffffff;
    c = x * b5 + t5 + (c >> 32);
    t5 = c & 0xffffffff;
    c = x * b6 + t6 + (c >> 32);
    t6 = c & 0xffffffff;
    c = x * b7 + t7 + (c >> 32);
    t7 = c & 0xffffffff;
    t8 += c >> 32;
    const m = <u64>(<u32>t0 * negativeInverse);
    c = m * p0 + t0;
    c = m * p1 + t1 + (c >> 32);
    t0 = c & 0xffffffff;
    c = m * p2 + t2 + (c >> 32);
    t1 = c & 0xffffffff;
    c = m * p3 + t3 + (c >> 32);
    t2 = c & 0xffffffff;
    c = m * p4 + t4 + (c >> 32);
    t3 = c & 0xffffffff;
    c = m * p5 + t5 + (c >> 32);
    t4 = c & 0xffffffff;
    c = m * p6 + t6 + (c >> 32);
    t5 = c & 0xffffffff;
    c = m * p7 + t7 + (c >> 32);
    t6 = c & 0xffffffff;
    c = t8 + (c >> 32);
    t7 = c & 0xffffffff;
    t8 = c >> 32;
  }
  // t = (t8, …, t0) < 2p: subtract p where it does not fit, or is not below it
  let d: u64 = t0 - p0;
  const d0 = <u32>d;
  d = t1 - p1 - (d >> 63);
  const d1 = <u32>d;
  d = t2 - p2 - (d >> 63);
  const d2 = <u32>d;
  d = t3 - p3 - (d >> 63);
  const d3 = <u32>d;
  d = t4 - p4 - (d >> 63);
  const d4 = <u32>d;
  d = t5 - p5 - (d >> 63);
  const d5 = <u32>d;
  d = t6 - p6 - (d >> 63);
  const d6 = <u32>d;
  d = t7 - p7 - (d >> 63);
  const d7 = <u32>d;
  if (t8 >= d >> 63) {
    store<u32>(to, d0, 0);
    store<u32>(to, d1, 4);
    store<u32>(to, d2, 8);
    store<u32>(to, d3, 12);
    store<u32>(to, d4, 16);
    store<u32>(to, d5, 20);
    store<u32>(to, d6, 24);
    store<u32>(to, d7, 28);
  } else {
    store<u32>(to, <u32>t0, 0);
    store<u32>(to, <u32>t1, 4);
    store<u32>(to, <u32>t2, 8);
    store<u32>(to, <u32>t3, 12);
    store<u32>(to, <u32>t4, 16);
    store<u32>(to, <u32>t5, 20);
    store<u32>(to, <u32>t6, 24);
    store<u32>(to, <u32>t7, 28);
  }
}
