/** The hint for a P-256 verification: what `guest/crypto/p256/check.ts` reads and checks. */
import { add, invert, type MaybePoint, mod, multiply, negate, P256 } from "./curves.ts";
import { AnswerWords, GeneratorScalar, type SignedDigits, type Step, signedDigits, Walk } from "./walk.ts";
import { fromWords } from "./words.ts";

const { n, p, generator } = P256;
const POSITIONS = 129;
const [INFINITY, FOUND] = [1, 2];

type Vector = readonly [bigint, bigint];

/** Lagrange's reduction: a basis of the lattice of u and v, shortest vector first. */
function reduce(u: Vector, v: Vector): [Vector, Vector] {
  const dot = (s: Vector, t: Vector) => s[0] * t[0] + s[1] * t[1];
  for (;;) {
    if (dot(u, u) > dot(v, v)) [u, v] = [v, u];
    const d = dot(u, u);
    const twice = 2n * dot(u, v) + d;
    const m = twice >= 0n ? twice / (2n * d) : -((2n * d - 1n - twice) / (2n * d));
    if (m === 0n) return [u, v];
    v = [v[0] - m * u[0], v[1] - m * u[1]];
  }
}

/** Small a, b with b ≡ t·a (mod n), a ≠ 0, both odd if that is quickly found. */
export function halfSize(t: bigint): { digits: SignedDigits[]; a: bigint } {
  const [short, long] = reduce([1n, t], [0n, n]);
  let best: { digits: SignedDigits[]; a: bigint } | undefined;
  let fewest = 3;
  for (const [i, j] of [
    [1n, 0n],
    [0n, 1n],
    [1n, 1n],
    [1n, -1n],
  ] as const) {
    const [a, b] = [i * short[0] + j * long[0], i * short[1] + j * long[1]];
    const digits = [signedDigits(a, POSITIONS), signedDigits(b, POSITIONS)];
    if (a === 0n || !digits[0] || !digits[1]) continue;
    const even = digits[0].correction + digits[1].correction;
    if (even >= fewest) continue;
    fewest = even;
    best = { digits: digits as SignedDigits[], a };
  }
  return best!;
}

/** Answers HINT_P256: parameters z, r, s and the key's x and y (u256 each). */
export function verifyP256(parameters: Uint32Array): Uint32Array {
  const [z, r, s, x, y] = [0, 8, 16, 24, 32].map((at) => fromWords(parameters, at)) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const key = { x, y };
  const inverseS = invert(s, n);
  const sum = add(P256, multiply(P256, z * inverseS, generator), multiply(P256, r * inverseS, key));
  const { digits, a } = halfSize(mod(-r * inverseS, n));
  const e = new GeneratorScalar(P256, mod(-z * a * inverseS, n));

  const answer = new AnswerWords();
  answer.word(sum ? FOUND : INFINITY);
  answer.word(digits[0]!.correction | (digits[1]!.correction << 1));
  if (sum) answer.point(sum, p);
  for (const { bits } of digits) answer.number(bits, 5);
  e.write(answer);

  const walk = new Walk(P256, answer);
  const table: MaybePoint[] = [];
  const sums = walk.addAll([
    [sum, key],
    [sum, negate(P256, key)],
  ]);
  for (const [i, index] of [3, 1].entries()) {
    table[index] = sums[i];
    table[index ^ 3] = negate(P256, sums[i]);
  }
  const entry = (position: number) =>
    table[
      Number((digits[0]!.bits >> BigInt(position)) & 1n) | (Number((digits[1]!.bits >> BigInt(position)) & 1n) << 1)
    ];
  walk.point = entry(POSITIONS - 1);
  const steps: Step[] = [];
  for (let position = POSITIONS - 2; position >= 0; position--) {
    steps.push({ t: entry(position), doubling: true });
    if (position < GeneratorScalar.spacing && position > 0) steps.push({ t: e.at(position), doubling: false });
  }
  walk.run(steps);
  if (digits[0]!.correction) walk.add(negate(P256, sum));
  if (digits[1]!.correction) walk.add(negate(P256, key));
  return answer.finish();
}
