/** Montgomery multiplication in software, for forward mode: 8 limbs of 32 bits with 64-bit products (coarsely integrated operand scanning). */
import { montgomerySecp256k1, squareSecp256k1 } from "./montgomery-secp256k1";

/** The lowest word of secp256k1's prime 2^256 - 2^32 - 977, which no other modulus here has. */
const SECP256K1_LOW: u32 = 0xfffffc2f;

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

/** to = a² / 2^256 mod p, likewise. `to` may be a. */
export function montgomerySquare(to: usize, a: usize, p: usize, negativeInverse: u32): void {
  if (load<u32>(p) == SECP256K1_LOW) squareSecp256k1(to, a);
  else montgomery(to, a, a, p, negativeInverse);
}
