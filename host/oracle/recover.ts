/** The hint for public key recovery: what `guest/crypto/secp256k1/check.ts` reads and checks. */

import type { MaybePoint } from "./curves.ts";
import {
  add,
  invert,
  mod,
  multiply,
  negate,
  power,
  rightSide,
  SECP256K1,
  SECP256K1_BETA,
  SECP256K1_LAMBDA,
} from "./curves.ts";
import { type Eisenstein, plus, reduce, remainder, times, type Vector } from "./eisenstein.ts";
import { AnswerWords, GeneratorScalar, type SignedDigits, signedDigits, Walk } from "./walk.ts";
import { fromWords } from "./words.ts";

const { p, n, generator } = SECP256K1;
const POSITIONS = 65;

/** a + bω with a + bλ ≡ 0 (mod n) and norm n. */
const PRIME: Eisenstein = [0x3086d221a7d46bcde86c90e49284eb15n, -0xe4437ed6010e88286f547fa90abfe4c3n];

const [NOT_ON_CURVE, INFINITY, FOUND] = [0, 1, 2];

/**
 * Small a, b in Z[ω] with b ≡ t·a (mod n), as digits: a's coordinates, then b's. Of several that fit, one with as few even coordinates
 * as can be found quickly: each costs the guest an addition.
 */
function halfSize(t: bigint): { digits: SignedDigits[]; a: Eisenstein } {
  const [short, long] = reduce([[1n, 0n], remainder([t, 0n], PRIME)], [[0n, 0n], PRIME]);
  let best: { digits: SignedDigits[]; a: Eisenstein } | undefined;
  let fewest = 5;
  const small = [0n, 1n, -1n, 2n, -2n];
  for (const i of small)
    for (const j of small)
      for (const k of small)
        for (const l of small) {
          const [c, d]: Eisenstein[] = [
            [i, j],
            [k, l],
          ];
          const vector: Vector = [
            plus(times(c!, short[0]), times(d!, long[0])),
            plus(times(c!, short[1]), times(d!, long[1])),
          ];
          if (vector[0][0] === 0n && vector[0][1] === 0n) continue;
          const digits = vector.flat().map((coordinate) => signedDigits(coordinate, POSITIONS));
          if (!digits.every((digit) => digit !== undefined)) continue;
          const even = digits.reduce((sum, digit) => sum + digit!.correction, 0);
          if (even >= fewest) continue;
          fewest = even;
          best = { digits: digits as SignedDigits[], a: vector[0] };
          if (even === 0) return best;
        }
  return best!;
}

/** λ·P */
function turn(point: MaybePoint): MaybePoint {
  return point && { x: (point.x * SECP256K1_BETA) % p, y: point.y };
}

/** ±P ± λP, in the guest's order. Its one addition is P - λP. */
function makePairs(walk: Walk, point: MaybePoint): MaybePoint[] {
  const turned = turn(point);
  walk.point = point;
  walk.add(negate(SECP256K1, turned));
  const difference = walk.point;
  const sum = negate(SECP256K1, turn(turned));
  return [negate(SECP256K1, sum), difference, negate(SECP256K1, difference), sum];
}

/** Answers HINT_RECOVER: parameters z, r, s (u256 each), parity of R's y. */
export function recover(parameters: Uint32Array): Uint32Array {
  const [z, r, s] = [0, 8, 16].map((at) => fromWords(parameters, at)) as [bigint, bigint, bigint];
  const parity = BigInt(parameters[24]!);
  const answer = new AnswerWords();
  const square = rightSide(SECP256K1, r);
  const exponent = (p + 1n) / 4n;
  let y = power(square, exponent, p);
  if ((y * y) % p !== square) {
    answer.word(NOT_ON_CURVE);
    answer.word(0);
    answer.fieldElement(power(mod(-square, p), exponent, p), p);
    return answer.finish();
  }
  if ((y & 1n) !== parity) y = p - y;
  const pointR = { x: r, y };
  const inverseR = invert(r, n);
  const pointQ = add(
    SECP256K1,
    multiply(SECP256K1, -z * inverseR, generator),
    multiply(SECP256K1, s * inverseR, pointR),
  );
  const { digits, a } = halfSize(mod(-s * inverseR, n));
  const e = new GeneratorScalar(SECP256K1, mod(z * (a[0] + SECP256K1_LAMBDA * a[1]) * inverseR, n));

  answer.word(pointQ ? FOUND : INFINITY);
  answer.word(digits.reduce((sum, digit, i) => sum | (digit.correction << i), 0));
  answer.fieldElement(y, p);
  if (pointQ) answer.point(pointQ, p);
  for (const { bits } of digits) answer.number(bits, 3);
  e.write(answer);

  const walk = new Walk(SECP256K1, answer);
  const pairsQ = makePairs(walk, pointQ);
  const pairsR = makePairs(walk, pointR);
  const table: MaybePoint[] = [];
  for (const q of [1, 3])
    for (let other = 0; other < 4; other++) {
      const index = (other << 2) | q;
      walk.point = pairsQ[q];
      walk.add(pairsR[other]);
      table[index] = walk.point;
      table[index ^ 15] = negate(SECP256K1, walk.point);
    }
  const entry = (position: number) =>
    table[digits.reduce((index, { bits }, i) => index | (Number((bits >> BigInt(position)) & 1n) << i), 0)];
  walk.point = entry(POSITIONS - 1);
  for (let position = POSITIONS - 2; position >= 0; position--) {
    walk.doubleAndAdd(entry(position));
    if (position < GeneratorScalar.spacing && position > 0) walk.add(e.at(position));
  }
  [pointQ, turn(pointQ), pointR, turn(pointR)].forEach((point, i) => {
    if (digits[i]!.correction) walk.add(negate(SECP256K1, point));
  });
  return answer.finish();
}
