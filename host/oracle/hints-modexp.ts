/**
 * Hints for guest/crypto/modexp: the quotients of its multiplications, in the order of its walk (0x575000c0).
 * Parameters: words of modulus, base and exponent (three counts, then the words); answer: each quotient as many words as the modulus has, the first (of the base) by its own length.
 */
import { fromWords, toWords } from "./words.ts";

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
  const multiply = (a: bigint, b: bigint): bigint => {
    chunks.push(toWords((a * b) / m, size));
    return (a * b) % m;
  };
  if (baseSize >= size) chunks.push(toWords(base / m, baseSize - size + 8));
  const digits = exponent.toString(2);
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
