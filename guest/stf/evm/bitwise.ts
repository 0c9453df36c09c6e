/**
 * Comparison and bitwise opcodes on the stack: `a` is the word below the top (where a result goes), `b` the top; both are free to be destroyed.
 * A comparison gives 0 or 1 to the interpreter, which mostly needs not write it.
 */
import { u256Equal, u256SetWord, u256Sub, u256SubNegate, u256Zero } from "../../sdk/u256";
import { ONES } from "./slots";
import { above32 } from "./words";

/** b < a */
// @ts-ignore: decorator
@inline
export function lt(a: usize, b: usize): u32 {
  return u256Sub(b, a);
}

/** b > a */
// @ts-ignore: decorator
@inline
export function gt(a: usize, b: usize): u32 {
  return u256Sub(a, b);
}

/** b < a, signed: different signs decide, equal ones leave the order of unsigned numbers */
// @ts-ignore: decorator
@inline
export function slt(a: usize, b: usize): u32 {
  const sign = load<u32>(b, 28);
  return <i32>(sign ^ load<u32>(a, 28)) < 0 ? sign >> 31 : u256Sub(b, a);
}

/** b > a, signed */
// @ts-ignore: decorator
@inline
export function sgt(a: usize, b: usize): u32 {
  const sign = load<u32>(a, 28);
  return <i32>(sign ^ load<u32>(b, 28)) < 0 ? sign >> 31 : u256Sub(a, b);
}

// @ts-ignore: decorator
@inline
export function eq(a: usize, b: usize): u32 {
  return u256Equal(a, b);
}

// @ts-ignore: decorator
@inline
export function not(a: usize): void {
  u256SubNegate(a, ONES);
}

// @ts-ignore: decorator
@inline
export function and(a: usize, b: usize): void {
  store<u64>(a, load<u64>(a) & load<u64>(b));
  store<u64>(a, load<u64>(a, 8) & load<u64>(b, 8), 8);
  store<u64>(a, load<u64>(a, 16) & load<u64>(b, 16), 16);
  store<u64>(a, load<u64>(a, 24) & load<u64>(b, 24), 24);
}

// @ts-ignore: decorator
@inline
export function or(a: usize, b: usize): void {
  store<u64>(a, load<u64>(a) | load<u64>(b));
  store<u64>(a, load<u64>(a, 8) | load<u64>(b, 8), 8);
  store<u64>(a, load<u64>(a, 16) | load<u64>(b, 16), 16);
  store<u64>(a, load<u64>(a, 24) | load<u64>(b, 24), 24);
}

// @ts-ignore: decorator
@inline
export function xor(a: usize, b: usize): void {
  store<u64>(a, load<u64>(a) ^ load<u64>(b));
  store<u64>(a, load<u64>(a, 8) ^ load<u64>(b, 8), 8);
  store<u64>(a, load<u64>(a, 16) ^ load<u64>(b, 16), 16);
  store<u64>(a, load<u64>(a, 24) ^ load<u64>(b, 24), 24);
}

/** a = byte number b of a, from the most significant */
// @ts-ignore: decorator
@inline
export function byte(a: usize, b: usize): void {
  const index = load<u32>(b);
  u256SetWord(a, index < 32 && !above32(b) ? <u32>load<u8>(a + 31 - index) : 0);
}

/** a = a << b */
export function shl(a: usize, b: usize): void {
  const shift = load<u32>(b);
  if (shift >= 256 || above32(b)) {
    u256Zero(a);
    return;
  }
  const skip = (shift >> 5) << 2;
  const left = shift & 31;
  const right = 31 - left;
  const end = a + skip;
  let at = a + 28;
  let from = at - skip;
  if (from >= a) {
    let word = load<u32>(from);
    while (from > a) {
      from -= 4;
      const next = load<u32>(from);
      // next >> (32 - left), right for left = 0 too
      store<u32>(at, (word << left) | ((next >> 1) >> right));
      word = next;
      at -= 4;
    }
    store<u32>(end, word << left);
  }
  for (at = a; at < end; at += 4) store<u32>(at, 0);
}

/** a = a >> b, filled with `fill` (0 or all ones) */
function shiftRight(a: usize, b: usize, fill: u32): void {
  const shift = load<u32>(b);
  if (shift >= 256 || above32(b)) {
    for (let i: usize = 0; i < 32; i += 4) store<u32>(a + i, fill);
    return;
  }
  const skip = (shift >> 5) << 2;
  const right = shift & 31;
  const left = 31 - right;
  const last = a + 28;
  let at = a;
  let from = a + skip;
  let word = load<u32>(from);
  while (from < last) {
    from += 4;
    const next = load<u32>(from);
    store<u32>(at, (word >> right) | ((next << 1) << left));
    word = next;
    at += 4;
  }
  store<u32>(at, (word >> right) | ((fill << 1) << left));
  for (at += 4; at <= last; at += 4) store<u32>(at, fill);
}

/** a = a >> b */
export function shr(a: usize, b: usize): void {
  shiftRight(a, b, 0);
}

/** a = a >> b, signed */
export function sar(a: usize, b: usize): void {
  shiftRight(a, b, <u32>(load<i32>(a, 28) >> 31));
}
