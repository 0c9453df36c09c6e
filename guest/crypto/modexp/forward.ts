/**
 * Forward mode: multiplication mod m on 32-bit limbs with 64-bit products, schoolbook, and Knuth's division (TAOCP 4.3.1 D).
 * One method for odd and even moduli. A Montgomery form would save the quotient estimates, not the n² products, and would need a second method for even m.
 */

/** Number of words of the modulus, its top word not zero. */
let n: usize = 0;
/** The modulus shifted left so that its top bit is set. */
let divisor: usize = 0;
let shift: u32 = 0;
/** 2n + 2 words, or as long as the base and two more. */
let product: usize = 0;

/** Prepares for modulus `m` of `words` words; `scratch` holds words + max(2 · words, baseWords) + 2 words. */
export function forwardInit(m: usize, words: usize, scratch: usize): void {
  n = words;
  divisor = scratch;
  product = scratch + (words << 2);
  shift = clz<u32>(load<u32>(m + ((words - 1) << 2)));
  shiftLeft(divisor, m, words);
}

/** `words` words at `to` = those at `from` << shift. @returns what is shifted out */
function shiftLeft(to: usize, from: usize, words: usize): u32 {
  let carry: u64 = 0;
  for (let i: usize = 0; i < words << 2; i += 4) {
    const t = (<u64>load<u32>(from + i) << shift) | carry;
    store<u32>(to + i, <u32>t);
    carry = t >> 32;
  }
  return <u32>carry;
}

/** to = a · b mod m, n words each. */
export function forwardMultiply(to: usize, a: usize, b: usize): void {
  const bytes = n << 2;
  memory.fill(product, 0, bytes);
  for (let i: usize = 0; i < bytes; i += 4) {
    const x = <u64>load<u32>(a + i);
    let carry: u64 = 0;
    let out = product + i;
    for (let p = b, end = b + bytes; p < end; p += 4) {
      const t = x * <u64>load<u32>(p) + <u64>load<u32>(out) + carry;
      store<u32>(out, <u32>t);
      carry = t >> 32;
      out += 4;
    }
    store<u32>(out, <u32>carry);
  }
  reduce(to, n << 1);
}

/** to = the number of `words` words at `a`, mod m. */
export function forwardReduce(to: usize, a: usize, words: usize): void {
  memory.copy(product, a, words << 2);
  if (words < n) {
    memory.fill(product + (words << 2), 0, (n - words) << 2);
    words = n;
  }
  reduce(to, words);
}

/** to = product mod m; the product has `words` ≥ n words. */
function reduce(to: usize, words: usize): void {
  store<u32>(product + (words << 2), shiftLeft(product, product, words));
  const bytes = n << 2;
  const top = <u64>load<u32>(divisor + bytes - 4);
  const second: u64 = n > 1 ? <u64>load<u32>(divisor + bytes - 8) : 0;
  for (let at = product + ((words - n) << 2); at >= product; at -= 4) {
    // the two top words of what is left, over the divisor's top word: at most 2 too large
    const high = <u64>load<u32>(at + bytes);
    const two = (high << 32) | <u64>load<u32>(at + bytes - 4);
    let q = high == top ? 0xffffffff : two / top;
    let rest = two - q * top;
    const third: u64 = n > 1 ? <u64>load<u32>(at + bytes - 8) : 0;
    while (rest <= 0xffffffff && q * second > ((rest << 32) | third)) {
      q--;
      rest += top;
    }
    if (!q) continue;
    let carry: u64 = 0;
    let borrow: i64 = 0;
    let u = at;
    for (let p = divisor, end = divisor + bytes; p < end; p += 4) {
      const t = q * <u64>load<u32>(p) + carry;
      carry = t >> 32;
      const d = <i64>(<u64>load<u32>(u)) - <i64>(t & 0xffffffff) + borrow;
      store<u32>(u, <u32>d);
      borrow = d >> 32;
      u += 4;
    }
    const d = <i64>high - <i64>carry + borrow;
    store<u32>(u, <u32>d);
    if (d < 0) {
      // one too large: add the divisor back
      let c: u64 = 0;
      for (let i: usize = 0; i < bytes; i += 4) {
        const t = <u64>load<u32>(at + i) + <u64>load<u32>(divisor + i) + c;
        store<u32>(at + i, <u32>t);
        c = t >> 32;
      }
      store<u32>(u, <u32>(<u64>load<u32>(u) + c));
    }
  }
  // shift back
  let above: u64 = 0;
  for (let i = bytes; i; i -= 4) {
    const t = <u64>load<u32>(product + i - 4);
    store<u32>(to + i - 4, <u32>(((above << 32) | t) >> shift));
    above = t;
  }
}
