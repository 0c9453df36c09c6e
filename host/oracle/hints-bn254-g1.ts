/**
 * Hints for guest/crypto/bn254/g1-walk.ts: slopes, and for a multiplication the product and small scalars. Points and slopes in Montgomery form.
 *
 * Addition (0x57500081): two finite points, not opposite; answer: the slope. Multiplication (0x57500082): a finite point P, k ≢ 0; answer: corrections, 0, R = k·P,
 * the digits of b and a with b + k·a ≡ 0 (four times three words), the walk's slopes.
 */
import { invert, mod, P, R } from "./bn254-field.ts";
import { type Curve, multiply, type Point } from "./curves.ts";
import { type Eisenstein, norm, plus, reduce, remainder, times } from "./eisenstein.ts";
import { FourScalars } from "./four-scalars.ts";
import { AnswerWords, type SignedDigits, signedDigits, Walk } from "./walk.ts";
import { fromWords } from "./words.ts";

const BN254: Curve = { p: P, a: 0n, b: 3n, n: R, generator: { x: 1n, y: 2n } };
/** λ·(x, y) = (βx, y) */
const LAMBDA = 21888242871839275217838484774961031246154997185409878258781734729429964517155n;
const BETA = 21888242871839275220042445260109153167277707414472061641714758635765020556616n;
const POSITIONS = 65;
const MONTGOMERY_INVERSE = invert(1n << 256n);

/** a + bω with a + bλ ≡ 0 (mod r) and norm r: the greatest common divisor of r and ω − λ. */
const PRIME: Eisenstein = (() => {
  let [a, b]: Eisenstein[] = [
    [R, 0n],
    [-LAMBDA, 1n],
  ];
  while (norm(b!) !== 0n) [a, b] = [b!, remainder(a!, b!)];
  return a!;
})();

/** Small b, a in Z[ω] with b ≡ t·a (mod r), a ≢ 0, as digits of their coordinates. Even coordinates cost the guest an addition each: the fewest of those that are near. */
function halfSize(t: bigint): SignedDigits[] {
  const [short, long] = reduce([[1n, 0n], remainder([t, 0n], PRIME)], [[0n, 0n], PRIME]);
  let best: SignedDigits[] | undefined;
  let fewest = 5;
  const small: Eisenstein[] = [-1n, 0n, 1n].flatMap((i) => [-1n, 0n, 1n].map((j): Eisenstein => [i, j]));
  for (const c of small)
    for (const d of small) {
      const a = plus(times(c, short[0]), times(d, long[0]));
      const b = plus(times(c, short[1]), times(d, long[1]));
      if (norm(a) === 0n) continue;
      const digits = [...b, ...a].map((coordinate) => signedDigits(coordinate, POSITIONS));
      if (!digits.every((digit) => digit !== undefined)) continue;
      const even = digits.reduce((sum, digit) => sum + digit!.correction, 0);
      if (even >= fewest) continue;
      fewest = even;
      best = digits as SignedDigits[];
    }
  return best!;
}

function readPoint(parameters: Uint32Array, at: number): Point {
  const value = (i: number) => mod(fromWords(parameters, i) * MONTGOMERY_INVERSE);
  return { x: value(at), y: value(at + 8) };
}

/** Answers 0x57500081. */
export function addition(parameters: Uint32Array): Uint32Array {
  const walk = new Walk(BN254, new AnswerWords());
  walk.point = readPoint(parameters, 0);
  walk.add(readPoint(parameters, 16));
  return walk.answer.finish();
}

/** Answers 0x57500082. */
export function multiplication(parameters: Uint32Array): Uint32Array {
  const point = readPoint(parameters, 0);
  const k = fromWords(parameters, 16) % R;
  const product = multiply(BN254, k, point);
  const digits = halfSize(mod(-k, R));
  const answer = new AnswerWords();
  answer.word(digits.reduce((sum, digit, i) => sum | (digit.correction << i), 0));
  answer.word(0);
  answer.point(product!, P);
  for (const { bits } of digits) answer.number(bits, 3);

  const walk = new Walk(BN254, answer);
  const scalars = new FourScalars(walk, BETA, [point, product], digits);
  walk.point = scalars.at(POSITIONS - 1);
  walk.run(Array.from({ length: POSITIONS - 1 }, (_, i) => ({ t: scalars.at(POSITIONS - 2 - i), doubling: true })));
  scalars.correct();
  return answer.finish();
}
