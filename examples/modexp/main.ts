/**
 * base^exponent mod modulus for 256-bit numbers, with every quotient hinted: for each product a·b the tape gives q and r, and the program
 * checks a·b = q·m + r with r < m. That is four delegation calls and a few comparisons in place of a long division.
 *
 * Tape: modulus, base, exponent (8 words each, low first; base < modulus), then q and r of each product in order: the square of every step from the
 * exponent's highest bit down, and the product with the base where the bit is set.
 */
import { alloc, commit, readWords } from "windproof/guest";
import { u256Add, u256Copy, u256Equal, u256MulHigh, u256MulLow, u256SetWord, u256Sub } from "windproof/guest/sdk/u256";

const WORDS: u32 = 8;

let modulus: usize;
let quotient: usize;
let remainder: usize;
let left: usize;
let right: usize;
let scratch: usize;

/** a = a·b mod m by a hint. A wrong one ends the run. */
function mulModHinted(a: usize, b: usize): void {
  readWords(quotient, WORDS);
  readWords(remainder, WORDS);
  assertReduced(remainder);
  // low halves: low(a·b) = low(q·m) + r, the carry goes to the high halves
  u256Copy(left, a);
  u256MulLow(left, b);
  u256Copy(right, quotient);
  u256MulLow(right, modulus);
  let carry = u256Add(right, remainder);
  assert(u256Equal(left, right) != 0, "the hinted quotient or remainder is wrong");
  // high halves
  u256Copy(left, a);
  u256MulHigh(left, b);
  u256Copy(right, quotient);
  u256MulHigh(right, modulus);
  u256SetWord(scratch, carry);
  carry = u256Add(right, scratch);
  assert(carry == 0 && u256Equal(left, right) != 0, "the hinted quotient or remainder is wrong");
  u256Copy(a, remainder);
}

function assertReduced(value: usize): void {
  u256Copy(scratch, value);
  assert(u256Sub(scratch, modulus) != 0, "a value is not reduced");
}

export function main(): void {
  modulus = alloc(32, 32);
  quotient = alloc(32, 32);
  remainder = alloc(32, 32);
  left = alloc(32, 32);
  right = alloc(32, 32);
  scratch = alloc(32, 32);
  const base = alloc(32, 32);
  const exponent = alloc(32, 32);
  const result = alloc(32, 32);
  readWords(modulus, WORDS);
  readWords(base, WORDS);
  readWords(exponent, WORDS);
  assertReduced(base);
  u256SetWord(result, 1);
  assertReduced(result);
  let started = false;
  for (let bit: i32 = 255; bit >= 0; bit--) {
    if (started) mulModHinted(result, result);
    if ((load<u32>(exponent + ((bit >> 5) << 2)) >> (bit & 31)) & 1) {
      mulModHinted(result, base);
      started = true;
    }
  }
  commit(result);
}
