/** The hint for public key recovery: what `guest/crypto/secp256k1/check.ts` reads and checks. */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import {
  invert,
  type MaybePoint,
  mod,
  type Point,
  power,
  rightSide,
  SECP256K1,
  SECP256K1_BETA,
  SECP256K1_LAMBDA,
} from "./curves.ts";
import { type Eisenstein, norm, plus, reduce, remainder, times, type Vector } from "./eisenstein.ts";
import { FourScalars } from "./four-scalars.ts";
import { AnswerWords, GeneratorScalar, type SignedDigits, type Step, signedDigits, Walk } from "./walk.ts";
import { fromWords } from "./words.ts";

const { p, n } = SECP256K1;
const POSITIONS = 65;

/** a + bω with a + bλ ≡ 0 (mod n) and norm n. */
const PRIME: Eisenstein = [0x3086d221a7d46bcde86c90e49284eb15n, -0xe4437ed6010e88286f547fa90abfe4c3n];

const [NOT_ON_CURVE, INFINITY, FOUND] = [0, 1, 2];

/**
 * Small a, b in Z[ω] with b ≡ t·a (mod n), as digits: a's coordinates, then b's. Of several that fit, one with as few even coordinates
 * as can be found quickly: each costs the guest an addition.
 */
export function halfSize(t: bigint): { digits: SignedDigits[]; a: Eisenstein } {
  const [short, long] = reduce([[1n, 0n], remainder([t, 0n], PRIME)], [[0n, 0n], PRIME]);
  let best: Vector | undefined;
  let fewest = 5;
  const small = [0, 1, -1, 2, -2];
  const columns = [...coordinates(short), ...coordinates(long)];
  for (const i of small)
    for (const j of small)
      for (const k of small)
        for (const l of small) {
          const even = evenCoordinates(columns, [i, j, k, l]);
          if (even >= fewest) continue;
          const [c, d]: [Eisenstein, Eisenstein] = [
            [BigInt(i), BigInt(j)],
            [BigInt(k), BigInt(l)],
          ];
          const vector: Vector = [
            plus(times(c, short[0]), times(d, long[0])),
            plus(times(c, short[1]), times(d, long[1])),
          ];
          if (norm(vector[0]) === 0n || vector.flat().some((coordinate) => !signedDigits(coordinate, POSITIONS)))
            continue;
          fewest = even;
          best = vector;
        }
  if (!best) throw new Error("bug: no half-size scalars, though the shortest vector has them");
  return { digits: best.flat().map((coordinate) => signedDigits(coordinate, POSITIONS)!), a: best[0] };
}

/** A vector and ω times it, as approximate coordinates in units of 2^POSITIONS and their parities. */
function coordinates(vector: Vector): { near: number; odd: number }[][] {
  const turned: Vector = [times([0n, 1n], vector[0]), times([0n, 1n], vector[1])];
  return [vector, turned].map((v) => v.flat().map((c) => ({ near: Number(c) / 2 ** POSITIONS, odd: Number(c & 1n) })));
}

/** How many coordinates of a combination are even; 5 where one is too large. In floating point: what it lets through is checked exactly. */
function evenCoordinates(columns: { near: number; odd: number }[][], factors: number[]): number {
  let even = 0;
  for (let at = 0; at < 4; at++) {
    let near = 0;
    let odd = 0;
    for (let i = 0; i < 4; i++) {
      near += factors[i]! * columns[i]![at]!.near;
      odd ^= factors[i]! & columns[i]![at]!.odd;
    }
    if (Math.abs(near) > 1) return 5;
    if ((odd & 1) === 0) even++;
  }
  return even;
}

/** z·G + s·R by r⁻¹: @noble's, which uses the endomorphism. */
function publicKey(u1: bigint, u2: bigint, pointR: Point): MaybePoint {
  const { Point } = secp256k1;
  const sum = Point.BASE.multiplyUnsafe(u1).add(Point.fromAffine(pointR).multiplyUnsafe(u2));
  return sum.is0() ? undefined : sum.toAffine();
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
  const pointQ = publicKey(mod(-z * inverseR, n), mod(s * inverseR, n), pointR);
  const { digits, a } = halfSize(mod(-s * inverseR, n));
  const e = new GeneratorScalar(SECP256K1, mod(z * (a[0] + SECP256K1_LAMBDA * a[1]) * inverseR, n));

  answer.word(pointQ ? FOUND : INFINITY);
  answer.word(digits.reduce((sum, digit, i) => sum | (digit.correction << i), 0));
  answer.fieldElement(y, p);
  if (pointQ) answer.point(pointQ, p);
  for (const { bits } of digits) answer.number(bits, 3);
  e.write(answer);

  const walk = new Walk(SECP256K1, answer);
  const scalars = new FourScalars(walk, SECP256K1_BETA, [pointQ, pointR], digits);
  walk.point = scalars.at(POSITIONS - 1);
  const steps: Step[] = [];
  for (let position = POSITIONS - 2; position >= 0; position--) {
    steps.push({ t: scalars.at(position), doubling: true });
    if (position < GeneratorScalar.spacing && position > 0) steps.push({ t: e.at(position), doubling: false });
  }
  walk.run(steps);
  scalars.correct();
  return answer.finish();
}
