/** Walks through a sum of points as `guest/crypto/curve/affine.ts` does, and writes down the slopes that it reads, in that order. */
import {
  add,
  addMixed,
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
  toAffine,
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
   * Many steps at once, with three batches of inversions instead of one or two a step: a block has hundreds of signatures.
   * Where a step meets a special case, all are taken one by one.
   */
  run(steps: readonly Step[]): void {
    if (this.#runTogether(steps)) return;
    for (const { t, doubling } of steps) {
      if (doubling) this.doubleAndAdd(t);
      else this.add(t);
    }
  }

  #runTogether(steps: readonly Step[]): boolean {
    const { p } = this.curve;
    const points = this.#pointsOf(steps);
    const first =
      points &&
      invertAll(
        steps.map(({ t }, i) => mod(t!.x - points[i]!.x, p)),
        p,
      );
    if (!points || !first) return false;
    const slopes = steps.map(({ t }, i) => ((t!.y - points[i]!.y + p) * first[i]!) % p);
    const middles = steps.map(({ t }, i) => mod(slopes[i]! * slopes[i]! - points[i]!.x - t!.x, p));
    const second = invertAll(
      middles.map((x, i) => mod(points[i]!.x - x, p)),
      p,
    );
    if (!second) return false;
    steps.forEach(({ doubling }, i) => {
      this.answer.fieldElement(slopes[i]!, p);
      if (doubling) this.answer.fieldElement((2n * points[i]!.y * second[i]!) % p, p);
    });
    this.point = points[steps.length];
    return true;
  }

  /** The accumulator before each step and after the last, or undefined where one of them or of the points added is infinity. */
  #pointsOf(steps: readonly Step[]): Point[] | undefined {
    if (!this.point) return undefined;
    const { p } = this.curve;
    let sum: Jacobian = [this.point.x, this.point.y, 1n];
    const sums = [sum];
    for (const { t, doubling } of steps) {
      if (!t) return undefined;
      sum = addMixed(this.curve, doubling ? doubleJacobian(this.curve, sum) : sum, t);
      sums.push(sum);
    }
    const inverses = invertAll(
      sums.map(([, , z]) => z),
      p,
    );
    return inverses && sums.map((jacobian, i) => toAffine(this.curve, jacobian, inverses[i]!));
  }

  #follow(lambda: bigint, s: Point, t: Point): void {
    const { p } = this.curve;
    this.answer.fieldElement(lambda, p);
    const x = mod(lambda * lambda - s.x - t.x, p);
    this.point = { x, y: mod(lambda * (s.x - x) - s.y, p) };
  }
}

const COMB_ROWS = 9;
const COMB_SPACING = 29;
const combs = new Map<Curve, Point[]>();

/** The generator's multiples 2^(29j)·G that the comb is made of. */
function combRows(curve: Curve): Point[] {
  let rows = combs.get(curve);
  if (!rows) {
    rows = [curve.generator];
    while (rows.length < COMB_ROWS) {
      let point: MaybePoint = rows[rows.length - 1];
      for (let i = 0; i < COMB_SPACING; i++) point = add(curve, point, point);
      rows.push(point!);
    }
    combs.set(curve, rows);
  }
  return rows;
}

const combPoints = new Map<Curve, Map<number, Point>>();

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
    const point = this.#combPoint(positive ? index : index ^ ((1 << COMB_ROWS) - 1));
    return positive ? point : negate(this.curve, point)!;
  }

  #combPoint(index: number): Point {
    let known = combPoints.get(this.curve);
    if (!known) combPoints.set(this.curve, (known = new Map()));
    let point = known.get(index);
    if (!point) {
      let sum: MaybePoint;
      combRows(this.curve).forEach((row, i) => {
        sum = add(this.curve, sum, (index >> i) & 1 ? row : negate(this.curve, row));
      });
      point = sum!;
      known.set(index, point);
    }
    return point;
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
