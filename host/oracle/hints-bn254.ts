/**
 * Hints for guest/crypto/bn254: what the guest's walk will ask, in its order. Numbers are in Montgomery form (times 2^256 mod p), as the guest keeps them.
 *
 * Pairing (0x57500080). Parameters, 48 words a pair: P (x, y; zeros if infinite), Q (x₀, x₁, y₀, y₁). Answer: 1 if the product is one (and every Q in G2), else 0; 0;
 * if 1: c, 1/c, w₀ with f · w₀ = c^λ, the 64 accumulators (96 words each) and Q's coefficients (guest/crypto/bn254/identity.ts says of what);
 * 1/y of each finite P; the slopes, step by step, pair by pair.
 * In G1: hints-bn254-g1.ts.
 */

import { blake2s } from "@noble/hashes/blake2.js";
import { type Fp2, type Fp12, fp2, fp12, frobeniusConstants, invert, mod, P, power, R, X } from "./bn254-field.ts";
import { fromWords, toWords } from "./words.ts";

const MONTGOMERY = (1n << 256n) % P;
const MONTGOMERY_INVERSE = invert(MONTGOMERY);

/** 6x + 2 in the guest's signed digits, lowest first. */
const LOOP_DIGITS: readonly number[] = (() => {
  const digits: number[] = [];
  for (let bit = 0n; bit < 64n; bit++) {
    digits.push(Number((0xa002004200804028n >> bit) & 1n) - Number((0x02889008420a0480n >> bit) & 1n));
  }
  return [...digits, 1];
})();

/** A multiple of r: f^((p¹²−1)/r) = 1 if f · w = c^λ. */
const LAMBDA = 6n * X + 2n + P - P ** 2n + P ** 3n;
const ORDER = P ** 12n - 1n;
/** f·w has an order that divides this */
const COFACTOR = ORDER / R;

interface Pair {
  x: bigint;
  y: bigint;
  q: [Fp2, Fp2];
  t: [Fp2, Fp2];
}

/** The line through T with this slope at P, divided by P's ordinate. */
function lineAt(pair: Pair, slope: Fp2, inverse: bigint): Fp12 {
  const e = fp2.sub(fp2.mul(slope, pair.t[0]), pair.t[1]);
  return [fp2.one, fp2.scale(slope, mod(-pair.x * inverse)), fp2.zero, fp2.scale(e, inverse), fp2.zero, fp2.zero];
}

/** A step of the Miller loop: its digit, and the lines that the accumulator is multiplied by after its square (in the last step: without it). */
interface Product {
  digit: number;
  lines: Fp12[];
}

type Step = "double" | "add" | "subtract" | "psi" | "psi2";

function addend({ q: [x, y] }: Pair, step: Step): [Fp2, Fp2] {
  const [one, two] = frobeniusConstants as [Fp2[], Fp2[], Fp2[]];
  switch (step) {
    case "subtract":
      return [x, fp2.neg(y)];
    case "psi":
      return [fp2.mul(fp2.conjugate(x), one[2]!), fp2.mul(fp2.conjugate(y), one[3]!)];
    case "psi2":
      return [fp2.mul(x, two[2]!), y];
    default:
      return [x, y];
  }
}

/** The walk: slopes in order, and the products of the Miller loop, or undefined if some Q is not in G2. */
function walk(pairs: Pair[]): { slopes: Fp2[]; products: Product[] | undefined } {
  const slopes: Fp2[] = [];
  const refused = { slopes, products: undefined };
  const products: Product[] = [];
  const inverses = pairs.map((pair) => (pair.y === 0n ? 0n : invert(pair.y)));
  const stepAll = (step: Step, lines: Fp12[]): boolean => {
    const parts = pairs.map((pair): [Fp2, Fp2, Fp2] => {
      const [x, y] = pair.t;
      if (step === "double") return [fp2.scale(fp2.mul(x, x), 3n), fp2.scale(y, 2n), x];
      const [sx, sy] = addend(pair, step);
      return [fp2.sub(y, sy), fp2.sub(x, sx), sx];
    });
    if (parts.some(([, denominator]) => fp2.isZero(denominator))) return false;
    parts.forEach(([numerator, denominator, sx], i) => {
      const pair = pairs[i]!;
      const slope = fp2.mul(numerator, fp2.invert(denominator));
      slopes.push(slope);
      if (pair.y !== 0n) lines.push(lineAt(pair, slope, inverses[i]!));
      const x = fp2.sub(fp2.sub(fp2.mul(slope, slope), pair.t[0]), sx);
      pair.t = [x, fp2.sub(fp2.mul(slope, fp2.sub(pair.t[0], x)), pair.t[1])];
    });
    return true;
  };
  for (let i = LOOP_DIGITS.length - 2; i >= 0; i--) {
    const digit = LOOP_DIGITS[i]!;
    const lines: Fp12[] = [];
    products.push({ digit, lines });
    if (!stepAll("double", lines)) return refused;
    if (digit && !stepAll(digit > 0 ? "add" : "subtract", lines)) return refused;
  }
  const last: Fp12[] = [];
  products.push({ digit: 0, lines: last });
  if (!stepAll("psi", last) || !stepAll("psi2", last)) return refused;
  const three = frobeniusConstants[2]!;
  const good = pairs.every(({ q: [x, y], t }) => {
    const image = [fp2.mul(fp2.conjugate(x), three[2]!), fp2.neg(fp2.mul(fp2.conjugate(y), three[3]!))] as const;
    return fp2.equal(t[0], image[0]) && fp2.equal(t[1], image[1]);
  });
  return good ? { slopes, products } : refused;
}

/** The Miller function's value: what the products come to. */
function evaluate(products: Product[]): Fp12 {
  let f = fp12.one;
  products.forEach(({ lines }, i) => {
    if (i < products.length - 1) f = fp12.mul(f, f);
    for (const line of lines) f = fp12.mul(f, line);
  });
  return f;
}

/** c and w with c^λ = f · w. */
export interface Residue {
  c: Fp12;
  w: Fp12;
}

/** An element of order 27 in Fp12 (it lies in Fp3's image, so in Fp6): from an element that is no cube. */
function rootOf27(): Fp12 {
  for (let i = 1n; ; i++) {
    // w² + i is in Fp6; its order's 3-part is the whole 27 unless it is a cube
    const candidate: Fp12 = [[i, 0n], fp2.zero, fp2.one, fp2.zero, fp2.zero, fp2.zero];
    const root = fp12.powerByFrobenius(candidate, ORDER / 27n);
    if (!fp12.equal(fp12.power(root, 9n), fp12.one)) return root;
  }
}

/** a^λ */
function powerLambda(a: Fp12, inverse: Fp12): Fp12 {
  let result = fp12.power(a, 6n * X + 2n);
  result = fp12.mul(result, fp12.frobenius(a, 1));
  result = fp12.mul(result, fp12.frobenius(inverse, 2));
  return fp12.mul(result, fp12.frobenius(a, 3));
}

let constants: { root: Fp12; rootLambda: Fp12; exponent: bigint } | undefined;

/** The honest one, w a power of the 27th root of one; undefined if the final exponentiation of f does not give one. */
export function residue(f: Fp12): Residue | undefined {
  if (!constants) {
    // λ = 3 r m: on the 3-free part of the cofactor's group λ is inverted by one exponent; the 3-part is put right by a search over 27 roots
    const group = COFACTOR / 27n;
    const root = rootOf27();
    const rootLambda = powerLambda(root, fp12.power(root, 26n));
    constants = { root, rootLambda, exponent: invert(mod(LAMBDA, group), group) };
  }
  const { root, rootLambda, exponent } = constants;
  const cubic = (a: Fp12) => power(fp12.norm(a), (P - 1n) / 3n) === 1n;
  let w = fp12.one;
  for (let i = 0; i < 3; i++, w = fp12.mul(w, root)) {
    const target = fp12.mul(f, w);
    if (!cubic(target)) continue;
    let c = fp12.powerByFrobenius(target, exponent);
    let reached = powerLambda(c, fp12.invert(c));
    for (let k = 0; k < 27; k++) {
      if (fp12.equal(reached, target)) return { c, w };
      c = fp12.mul(c, root);
      reached = fp12.mul(reached, rootLambda);
    }
  }
  return undefined;
}

/** The words of a list of field elements, in Montgomery form. */
function words(values: bigint[]): Uint32Array {
  const result = new Uint32Array(values.length * 8);
  for (const [i, value] of values.entries()) result.set(toWords((value * MONTGOMERY) % P), 8 * i);
  return result;
}

/** An element as a polynomial in w over Fp, lowest coefficient first: u = w⁶ − 9. */
function polynomial(a: Fp12): bigint[] {
  return [...a.map(([re, im]) => mod(re - 9n * im)), ...a.map(([, im]) => im)];
}

function polynomialProduct(a: bigint[], b: bigint[]): bigint[] {
  const result = new Array<bigint>(a.length + b.length - 1).fill(0n);
  a.forEach((x, i) => {
    if (x !== 0n) for (let j = 0; j < b.length; j++) result[i + j]! += x * b[j]!;
  });
  return result.map((x) => mod(x));
}

/** The commitments and Q of guest/crypto/bn254/identity.ts, as field elements. */
function commitments(statement: bigint[], products: Product[], { c, w }: Residue): bigint[] {
  const inverse = fp12.invert(c);
  const one = polynomial(fp12.one);
  const accumulators: Fp12[] = [];
  // each identity as the factors of its left side, and its right side
  const identities: [Fp12[], bigint[]][] = [[[c, inverse], one]];
  let g = inverse;
  for (const { digit, lines } of products.slice(0, -1)) {
    const factors = [g, g, ...lines, ...(digit ? [digit > 0 ? inverse : c] : [])];
    g = factors.reduce((product, factor) => fp12.mul(product, factor));
    accumulators.push(g);
    identities.push([factors, polynomial(g)]);
  }
  const end = [fp12.frobenius(inverse, 1), fp12.frobenius(c, 2), fp12.frobenius(inverse, 3), w];
  identities.push([[g, ...products.at(-1)!.lines, ...end], one]);

  const committed = [c, inverse, w, ...accumulators].flat(2) as bigint[];
  const first = blake2s(bytes([...statement, ...committed]));
  const rho = number(first);
  let sum: bigint[] = [];
  for (const [factors, right] of identities) {
    const left = factors.map(polynomial).reduce(polynomialProduct);
    const length = Math.max(sum.length, left.length);
    sum = Array.from({ length }, (_, i) => mod((sum[i] ?? 0n) * rho + (left[i] ?? 0n) - (right[i] ?? 0n)));
  }
  // divided by Φ = w¹² − 18w⁶ + 82
  const lines = products.at(-1)!.lines.length / 2;
  const quotient = new Array<bigint>(44 + 18 * lines).fill(0n);
  for (let i = sum.length - 1; i >= 12; i--) {
    const q = sum[i]!;
    if (q === 0n) continue; // above the degree: a line has degree 9, its array is longer
    quotient[i - 12] = q;
    sum[i - 6] = mod(sum[i - 6]! + 18n * q);
    sum[i - 12] = mod(sum[i - 12]! - 82n * q);
  }
  return [...committed, ...quotient];
}

/** A digest as the guest reads it: little-endian. */
function number(digest: Uint8Array): bigint {
  return digest.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** Field elements as the guest hashes them: Montgomery form, little-endian. */
function bytes(values: bigint[]): Uint8Array {
  const result = new Uint8Array(values.length * 32);
  const view = new DataView(result.buffer);
  words(values).forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  return result;
}

/** Answers 0x57500080. */
export function pairing(parameters: Uint32Array): Uint32Array {
  return pairingWith(parameters, residue);
}

/** As `pairing` with another witness than the honest one (for attacks): everything else is computed to fit it as well as it can. */
export function pairingWith(parameters: Uint32Array, witness: (f: Fp12) => Residue | undefined): Uint32Array {
  const statement: bigint[] = [];
  for (let at = 0; at < parameters.length; at += 8) statement.push(mod(fromWords(parameters, at) * MONTGOMERY_INVERSE));
  const pairs: Pair[] = [];
  for (let at = 0; at < statement.length; at += 6) {
    const [x, y, x0, x1, y0, y1] = statement.slice(at, at + 6) as [bigint, bigint, bigint, bigint, bigint, bigint];
    const q: [Fp2, Fp2] = [
      [x0, x1],
      [y0, y1],
    ];
    pairs.push({ x, y, q, t: q });
  }
  const { slopes, products } = walk(pairs);
  const found = products && witness(evaluate(products));
  const values: bigint[] = [];
  if (found) values.push(...commitments(statement, products, found));
  for (const { y } of pairs) if (y !== 0n) values.push(invert(y));
  for (const slope of slopes) values.push(...slope);
  const body = words(values);
  const answer = new Uint32Array(body.length + 2);
  answer[0] = found ? 1 : 0;
  answer.set(body, 2);
  return answer;
}
