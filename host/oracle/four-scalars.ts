/**
 * a·P + b·λP + c·R + d·λR for small scalars on a curve with an endomorphism λ·(x, y) = (βx, y): the tables and corrections of the walks of
 * `guest/crypto/secp256k1/check.ts` and `guest/crypto/bn254/g1-walk.ts`.
 */
import { type MaybePoint, negate } from "./curves.ts";
import type { SignedDigits, Walk } from "./walk.ts";

export class FourScalars {
  readonly #walk: Walk;
  readonly #digits: readonly SignedDigits[];
  /** P, λP, R, λR */
  readonly #points: readonly MaybePoint[];
  /** ±P ± λP ± R ± λR by the signs as bits, P's lowest, 1 for plus */
  readonly #table: MaybePoint[] = [];

  /** Writes the table's slopes. @param digits of a, b, c, d */
  constructor(walk: Walk, beta: bigint, [p, r]: readonly [MaybePoint, MaybePoint], digits: readonly SignedDigits[]) {
    this.#walk = walk;
    this.#digits = digits;
    const minus = (point: MaybePoint) => negate(walk.curve, point);
    const turn = (point: MaybePoint) => point && { x: (point.x * beta) % walk.curve.p, y: point.y };
    this.#points = [p, turn(p), r, turn(r)];
    const [pairsP, pairsR] = walk
      .addAll([
        [p, minus(turn(p))],
        [r, minus(turn(r))],
      ])
      // P - λP is the one addition: P + λP = -λ²P
      .map((difference, i) => {
        const sum = minus(turn(turn([p, r][i])));
        return [minus(sum), difference, minus(difference), sum];
      }) as [MaybePoint[], MaybePoint[]];
    const indices = [1, 3].flatMap((ofP) => [0, 1, 2, 3].map((ofR) => (ofR << 2) | ofP));
    const sums = walk.addAll(indices.map((index) => [pairsP[index & 3], pairsR[index >> 2]]));
    for (const [i, index] of indices.entries()) {
      this.#table[index] = sums[i];
      this.#table[index ^ 15] = minus(sums[i]);
    }
  }

  /** What the digits at a position add. */
  at(position: number): MaybePoint {
    const index = this.#digits.reduce(
      (bits, digit, i) => bits | (Number((digit.bits >> BigInt(position)) & 1n) << i),
      0,
    );
    return this.#table[index];
  }

  /** Takes back what made even scalars odd. */
  correct(): void {
    for (const [i, { correction }] of this.#digits.entries())
      if (correction) this.#walk.add(negate(this.#walk.curve, this.#points[i]));
  }
}
