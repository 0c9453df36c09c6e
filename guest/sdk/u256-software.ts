/**
 * What the U256 delegation does, in 64-bit software for forward mode. Pointers to 8 little-endian u32 words (4 u64 limbs), RAM, any
 * alignment. Additions run on u64 limbs; products on u32 limbs, since WebAssembly has no 64×64→128 multiplication.
 */

/** a += b + carry. @returns carry out */
export function add(a: usize, b: usize, carry: u32): u32 {
  let c: u64 = carry;
  for (let i: usize = 0; i < 32; i += 8) {
    const x = load<u64>(a + i);
    const sum = x + load<u64>(b + i);
    const total = sum + c;
    c = u64(sum < x) | u64(total < sum);
    store<u64>(a + i, total);
  }
  return <u32>c;
}

/** to = x - y - borrow; `to` may be x or y. @returns borrow out */
export function sub(to: usize, x: usize, y: usize, borrow: u32): u32 {
  let c: u64 = borrow;
  for (let i: usize = 0; i < 32; i += 8) {
    const l = load<u64>(x + i);
    const r = load<u64>(y + i);
    const difference = l - r;
    const total = difference - c;
    c = u64(l < r) | u64(difference < c);
    store<u64>(to + i, total);
  }
  return <u32>c;
}

// The 512-bit product of the multiplication under way: 8 limbs of 32 bits each half.
const PRODUCT: usize = memory.data(64, 8);

/** PRODUCT = a · b, schoolbook over u32 limbs. */
function multiply(a: usize, b: usize): void {
  memory.fill(PRODUCT, 0, 64);
  for (let i: usize = 0; i < 32; i += 4) {
    const x = <u64>load<u32>(a + i);
    if (x == 0) continue;
    let carry: u64 = 0;
    let to = PRODUCT + i;
    for (let j: usize = 0; j < 32; j += 4) {
      const t = x * <u64>load<u32>(b + j) + <u64>load<u32>(to) + carry;
      store<u32>(to, <u32>t);
      carry = t >> 32;
      to += 4;
    }
    store<u32>(to, <u32>carry);
  }
}

/** a = low half of a · b */
export function mulLow(a: usize, b: usize): void {
  multiply(a, b);
  copy(a, PRODUCT);
}

/** a = low half of a · b. @returns 1 if the high half is not zero */
export function mulLowChecked(a: usize, b: usize): u32 {
  multiply(a, b);
  copy(a, PRODUCT);
  const high = PRODUCT + 32;
  return u32((load<u64>(high) | load<u64>(high, 8) | load<u64>(high, 16) | load<u64>(high, 24)) != 0);
}

/** a = high half of a · b */
export function mulHigh(a: usize, b: usize): void {
  multiply(a, b);
  copy(a, PRODUCT + 32);
}

/** @returns 1 if a == b */
export function equal(a: usize, b: usize): u32 {
  return u32(
    ((load<u64>(a) ^ load<u64>(b)) |
      (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) |
      (load<u64>(a, 24) ^ load<u64>(b, 24))) ==
      0,
  );
}

/** a = b */
// @ts-ignore: decorator
@inline
export function copy(a: usize, b: usize): void {
  store<u64>(a, load<u64>(b));
  store<u64>(a, load<u64>(b, 8), 8);
  store<u64>(a, load<u64>(b, 16), 16);
  store<u64>(a, load<u64>(b, 24), 24);
}

/** a = b + 1. @returns carry out */
export function copyIncrement(a: usize, b: usize): u32 {
  let c: u64 = 1;
  for (let i: usize = 0; i < 32; i += 8) {
    const total = load<u64>(b + i) + c;
    c = u64(total < c);
    store<u64>(a + i, total);
  }
  return <u32>c;
}
