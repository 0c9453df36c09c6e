/** Walks through a sum of points as `guest/crypto/curve/affine.ts` does, and writes down the slopes that it reads, in that order. */
import {
  add,
  addMixed,
  allAffine,
  type Curve,
  doubleJacobian,
  invert,
  invertAll,
  type Jacobian,
  type MaybePoint,
  mod,
  negate,
  type Point,
  slope,
  slopes,
  sumAlong,
} from "./curves.ts";
import { toWords } from "./words.ts";

const RADIX = 1n << 256n;

/** Words of an answer, written one after the other. */
export class AnswerWords {
  readonly words: number[] = [];

  word(word: number): void {
    this.words.push(word >>> 0);
  }

  number(value: bigint, count = 8): void {
    this.words.push(...toWords(value, count));
  }

  /** In Montgomery form, as guests' fields have it. */
  fieldElement(value: bigint, p: bigint): void {
    this.number((value * RADIX) % p);
  }

  point(point: Point, p: bigint): void {
    this.fieldElement(point.x, p);
    this.fieldElement(point.y, p);
  }

  finish(): Uint32Array {
    if (this.words.length % 2) throw new Error("bug: an answer has an odd number of words");
    return Uint32Array.from(this.words);
  }
}

/** Adding `t`, or doubling and adding it. */
export interface Step {
  t: MaybePoint;
  doubling: boolean;
}

/** The guest's accumulator. */
export class Walk {
  point: MaybePoint;
  readonly curve: Curve;
  readonly answer: AnswerWords;

  constructor(curve: Curve, answer: AnswerWords) {
    this.curve = curve;
    this.answer = answer;
  }

  /** `addPoint` and `doublePoint`: the same function, as a tangent is a slope too. */
  add(t: MaybePoint): void {
    const p = this.point;
    if (p && t) {
      const lambda = slope(this.curve, p, t);
      if (lambda === undefined) this.point = undefined;
      else this.#follow(lambda, p, t);
    } else {
      this.point = p ?? t;
    }
  }

  /** Sums of many pairs, as if they were added one after the other. */
  addAll(pairs: readonly (readonly [MaybePoint, MaybePoint])[]): MaybePoint[] {
    const finite = pairs.filter(
      (pair): pair is readonly [Point, Point] => pair[0] !== undefined && pair[1] !== undefined,
    );
    const lambdas = finite.length === pairs.length ? slopes(this.curve, finite) : undefined;
    return pairs.map(([s, t], i) => {
      this.point = s;
      if (lambdas) this.#follow(lambdas[i]!, s!, t!);
      else this.add(t);
      return this.point;
    });
  }

  /** `doubleAndAdd` */
  doubleAndAdd(t: MaybePoint): void {
    const s = this.point;
    const { p } = this.curve;
    if (!s || !t || s.x === t.x) {
      this.add(s);
      this.add(t);
      return;
    }
    const first = slope(this.curve, s, t)!;
    this.answer.fieldElement(first, p);
    const x = mod(first * first - s.x - t.x, p);
    if (x === s.x) {
      this.point = undefined;
      return;
    }
    const second = mod(2n * s.y * invert(mod(s.x - x, p), p), p);
    this.answer.fieldElement(second, p);
    const lambda = mod(second - first, p);
    const x4 = mod(lambda * lambda - s.x - x, p);
    this.point = { x: x4, y: mod(lambda * (s.x - x4) - s.y, p) };
  }

  /**
   * Many steps at once, with three batches of inversions instead of one or two a step: a block has hundreds of signatures. The first steps are taken one by one as
   * long as they are special: leading zeros of all scalars add the opposite of the point. Where a later one is, so are all.
   */
  run(steps: readonly Step[]): void {
    let first = 0;
    while (first < steps.length && steps[first]!.t?.x === this.point?.x) this.#step(steps[first++]!);
    const rest = steps.slice(first);
    if (!this.#runTogether(rest)) for (const step of rest) this.#step(step);
  }

  #step({ t, doubling }: Step): void {
    if (doubling) this.doubleAndAdd(t);
    else this.add(t);
  }

  #runTogether(steps: readonly Step[]): boolean {
    const { p } = this.curve;
    const points = this.#pointsOf(steps);
    const lambdas =
      points &&
      slopes(
        this.curve,
        steps.map(({ t }, i) => [points[i]!, t!]),
      );
    if (!lambdas) return false;
    const middles = steps.map(({ t }, i) => mod(lambdas[i]! * lambdas[i]! - points[i]!.x - t!.x, p));
    const second = invertAll(
      middles.map((x, i) => mod(points[i]!.x - x, p)),
      p,
    );
    if (!second) return false;
    steps.forEach(({ doubling }, i) => {
      this.answer.fieldElement(lambdas[i]!, p);
      if (doubling) this.answer.fieldElement((2n * points[i]!.y * second[i]!) % p, p);
    });
    this.point = points[steps.length];
    return true;
  }

  /** The accumulator before each step and after the last, or undefined where one of them or of the points added is infinity. */
  #pointsOf(steps: readonly Step[]): Point[] | undefined {
    if (!this.point) return undefined;
    let sum: Jacobian = [this.point.x, this.point.y, 1n];
    const sums = [sum];
    for (const { t, doubling } of steps) {
      if (!t) return undefined;
      sum = addMixed(this.curve, doubling ? doubleJacobian(this.curve, sum) : sum, t);
      sums.push(sum);
    }
    return allAffine(this.curve, sums);
  }

  #follow(lambda: bigint, s: Point, t: Point): void {
    this.answer.fieldElement(lambda, this.curve.p);
    this.point = sumAlong(this.curve, lambda, s, t);
  }
}

const COMB_ROWS = 9;
const COMB_SPACING = 29;
const combs = new Map<Curve, readonly Point[]>();

/** The comb: Σ ±2^(29j)·G with plus for the highest row, by the other signs as bits, 1 for plus. */
function combOf(curve: Curve): readonly Point[] {
  let comb = combs.get(curve);
  if (!comb) {
    let row: Jacobian = [curve.generator.x, curve.generator.y, 1n];
    const rows = [row];
    while (rows.length < COMB_ROWS) {
      for (let i = 0; i < COMB_SPACING; i++) row = doubleJacobian(curve, row);
      rows.push(row);
    }
    const multiples = allAffine(curve, rows)!;
    const highest = multiples.pop()!;
    const all: Point[] = [multiples.reduce((sum, point) => add(curve, sum, negate(curve, point))!, highest)];
    for (const point of multiples) {
      const twice = add(curve, point, point)!;
      const pairs = all.map((other) => [other, twice] as const);
      all.push(...slopes(curve, pairs)!.map((lambda, i) => sumAlong(curve, lambda, ...pairs[i]!)));
    }
    combs.set(curve, (comb = all));
  }
  return comb;
}

/** The generator's scalar as `relation.ts` reads it. */
export class GeneratorScalar {
  readonly rows: number[] = [];
  readonly curve: Curve;

  /** @param e reduced modulo the order */
  constructor(curve: Curve, e: bigint) {
    this.curve = curve;
    const odd = e & 1n ? e : e - curve.n;
    const bits = (odd + (1n << BigInt(COMB_ROWS * COMB_SPACING)) - 1n) / 2n;
    for (let row = 0; row < COMB_ROWS; row++) {
      this.rows.push(Number((bits >> BigInt(row * COMB_SPACING)) & ((1n << BigInt(COMB_SPACING)) - 1n)));
    }
  }

  /** Nine rows and a word that is not used, which makes the answer's length even. */
  write(answer: AnswerWords): void {
    for (const row of this.rows) answer.word(row);
    answer.word(0);
  }

  /** The comb's point at a position. */
  at(position: number): Point {
    let index = 0;
    for (let row = 0; row < COMB_ROWS; row++) index |= ((this.rows[row]! >>> position) & 1) << row;
    // the opposite signs give the opposite point
    const positive = index >> (COMB_ROWS - 1) !== 0;
    const point = combOf(this.curve)[(positive ? index : ~index) & ((1 << (COMB_ROWS - 1)) - 1)]!;
    return positive ? point : negate(this.curve, point)!;
  }

  static readonly spacing = COMB_SPACING;
}

/** Digits of a small scalar: the bits, and 1 where it was made odd. */
export interface SignedDigits {
  bits: bigint;
  correction: number;
}

/** `readScalar`'s digits of k with `positions` of them, or undefined where k is too large. */
export function signedDigits(k: bigint, positions: number): SignedDigits | undefined {
  const correction = k & 1n ? 0 : 1;
  const odd = k + BigInt(correction);
  const limit = 1n << BigInt(positions);
  if (odd >= limit || odd <= -limit) return undefined;
  return { bits: (odd + limit - 1n) / 2n, correction };
}
