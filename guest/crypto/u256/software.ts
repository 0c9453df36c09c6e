/** Long multiplication and division for forward mode. Numbers are little-endian u32 words at 4-byte aligned addresses. */
import { U256_SLOT } from "../slots";

// The divisor shifted so that its top bit is set (8 words), and the dividend shifted alike (17 words).
const DIVISOR: usize = U256_SLOT + 0x200;
const DIVIDEND: usize = U256_SLOT + 0x240;

/** to (16 words) = a · b, 8 words each; `to` is another place. */
export function product(a: usize, b: usize, to: usize): void {
  memory.fill(to, 0, 64);
  for (let i: usize = 0; i < 32; i += 4) {
    const x = <u64>load<u32>(a + i);
    if (x == 0) continue;
    let carry: u64 = 0;
    for (let j: usize = 0; j < 32; j += 4) {
      const t = x * <u64>load<u32>(b + j) + <u64>load<u32>(to + i + j) + carry;
      store<u32>(to + i + j, <u32>t);
      carry = t >> 32;
    }
    store<u32>(to + i, <u32>carry, 32);
  }
}

/** Number of words without leading zero words. */
function significant(a: usize, words: i32): i32 {
  while (words > 0 && load<u32>(a + (<usize>(words - 1) << 2)) == 0) words--;
  return words;
}

/**
 * q (`nWords` words) = ⌊n / d⌋ and r (8 words) = n mod d, for n of `nWords` ≤ 16 words and d of 8 words, d ≠ 0. Knuth, TAOCP 2, 4.3.1, algorithm D.
 * q and r may be n and d's places: both are copied first.
 */
export function divideWords(n: usize, nWords: i32, d: usize, q: usize, r: usize): void {
  const dn = significant(d, 8);
  const nn = significant(n, nWords);
  if (nn < dn) {
    memory.copy(r, n, 32);
    memory.fill(q, 0, <usize>nWords << 2);
    return;
  }
  if (nn <= 2) {
    const low = load<u32>(n) | (nn == 2 ? <u64>load<u32>(n, 4) << 32 : 0);
    const by = load<u32>(d) | (dn == 2 ? <u64>load<u32>(d, 4) << 32 : 0);
    memory.fill(q, 0, <usize>nWords << 2);
    memory.fill(r, 0, 32);
    store<u64>(q, low / by);
    store<u64>(r, low % by);
    return;
  }
  if (dn == 1) {
    const by = <u64>load<u32>(d);
    let rest: u64 = 0;
    for (let i = nWords - 1; i >= 0; i--) {
      const at = <usize>i << 2;
      const part = (rest << 32) | <u64>load<u32>(n + at);
      store<u32>(q + at, <u32>(part / by));
      rest = part % by;
    }
    memory.fill(r, 0, 32);
    store<u32>(r, <u32>rest);
    return;
  }
  // normalise: the divisor's top bit becomes 1
  const shift = clz<u32>(load<u32>(d + (<usize>(dn - 1) << 2)));
  shiftLeft(DIVISOR, d, dn, shift);
  store<u32>(DIVIDEND + (<usize>nn << 2), shiftLeft(DIVIDEND, n, nn, shift));
  memory.fill(q, 0, <usize>nWords << 2);
  const top = <u64>load<u32>(DIVISOR + (<usize>(dn - 1) << 2));
  const second = <u64>load<u32>(DIVISOR + (<usize>(dn - 2) << 2));
  for (let j = nn - dn; j >= 0; j--) {
    const at = DIVIDEND + (<usize>j << 2);
    const head = at + (<usize>dn << 2);
    const part = (<u64>load<u32>(head) << 32) | <u64>load<u32>(head - 4);
    let digit = part / top;
    let rest = part % top;
    while (digit >> 32 || digit * second > ((rest << 32) | <u64>load<u32>(head - 8))) {
      digit--;
      rest += top;
      if (rest >> 32) break;
    }
    if (subtractProduct(at, dn, digit)) {
      digit--;
      addBack(at, dn);
    }
    store<u32>(q + (<usize>j << 2), <u32>digit);
  }
  for (let i = 0; i < 8; i++) {
    const at = <usize>i << 2;
    const low = i < dn ? load<u32>(DIVIDEND + at) : 0;
    const high = i < dn - 1 ? load<u32>(DIVIDEND + at, 4) : 0;
    store<u32>(r + at, <u32>((((<u64>high << 32) | <u64>low) >> shift)));
  }
}

/** to = a << shift over `words` words. @returns what is shifted out */
function shiftLeft(to: usize, a: usize, words: i32, shift: u32): u32 {
  let carry: u64 = 0;
  for (let i = 0; i < words; i++) {
    const at = <usize>i << 2;
    const t = (<u64>load<u32>(a + at) << shift) | carry;
    store<u32>(to + at, <u32>t);
    carry = t >> 32;
  }
  return <u32>carry;
}

/** dividend at `at` (dn + 1 words) -= digit · DIVISOR. @returns whether it went below zero */
function subtractProduct(at: usize, dn: i32, digit: u64): bool {
  let carry: u64 = 0;
  let borrow: i64 = 0;
  for (let i: usize = 0; i < <usize>dn << 2; i += 4) {
    const p = digit * <u64>load<u32>(DIVISOR + i) + carry;
    carry = p >> 32;
    const t = <i64>load<u32>(at + i) - <i64>(p & 0xffffffff) + borrow;
    store<u32>(at + i, <u32>t);
    borrow = t >> 32;
  }
  const head = at + (<usize>dn << 2);
  const t = <i64>load<u32>(head) - <i64>carry + borrow;
  store<u32>(head, <u32>t);
  return t < 0;
}

/** dividend at `at` += DIVISOR, dropping the carry out of its top word */
function addBack(at: usize, dn: i32): void {
  let carry: u64 = 0;
  for (let i: usize = 0; i < <usize>dn << 2; i += 4) {
    const t = <u64>load<u32>(at + i) + <u64>load<u32>(DIVISOR + i) + carry;
    store<u32>(at + i, <u32>t);
    carry = t >> 32;
  }
  const head = at + (<usize>dn << 2);
  store<u32>(head, load<u32>(head) + <u32>carry);
}
