/**
 * Hints for guest/crypto/modexp: the quotients of its multiplications, in the order of its walk (0x575000c0).
 * Parameters: words of modulus, base and exponent (three counts, then the words); answer: each quotient as many words as the modulus has, the first (of the base) by its own length;
 * for a single odd limb ⌊2^512 / m⌋ (24 words) before it, and nothing after.
 */
import { fromWords, toWords } from "./words.ts";

/** Whether guest/crypto/modexp/single.ts serves: it needs no quotients, but ⌊2^512 / m⌋ first. */
function isSingle(m: bigint, size: number, bits: number): boolean {
  return size === 8 && bits > 24 && (m & 1n) === 1n;
}

/** Bits of a window, by the exponent's length, as guest/crypto/modexp/index.ts has it. */
function windowBits(bits: number): number {
  return bits <= 24 ? 1 : bits <= 80 ? 3 : bits <= 512 ? 4 : 5;
}

/** Answers 0x575000c0. */
export function modexp(parameters: Uint32Array): Uint32Array {
  const [size, baseSize, exponentSize] = parameters as unknown as [number, number, number];
  const m = fromWords(parameters, 3, size);
  const base = fromWords(parameters, 3 + size, baseSize);
  const exponent = fromWords(parameters, 3 + size + baseSize, exponentSize);
  const chunks: Uint32Array[] = [];
  const digits = exponent.toString(2);
  const single = isSingle(m, size, digits.length);
  if (single) chunks.push(toWords((1n << 512n) / m, 24));
  const multiply = (a: bigint, b: bigint): bigint => {
    if (!single) chunks.push(toWords((a * b) / m, size));
    return (a * b) % m;
  };
  if (baseSize >= size) chunks.push(toWords(base / m, baseSize - size + 8));
  const window = windowBits(digits.length);
  const table = [base % m];
  if (window > 1) {
    const square = multiply(table[0]!, table[0]!);
    for (let i = 1; i < 1 << (window - 1); i++) table.push(multiply(table[i - 1]!, square));
  }
  let x: bigint | undefined;
  for (let at = 0; at < digits.length; ) {
    if (digits[at] === "0") {
      x = multiply(x!, x!);
      at++;
      continue;
    }
    const digit = digits.slice(at, at + window).replace(/0+$/, "");
    const factor = table[Number.parseInt(digit, 2) >> 1]!;
    if (x === undefined) {
      x = factor;
    } else {
      for (let i = 0; i < digit.length; i++) x = multiply(x, x);
      x = multiply(x, factor);
    }
    at += digit.length;
  }
  const answer = new Uint32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    answer.set(chunk, at);
    at += chunk.length;
  }
  return answer;
}
