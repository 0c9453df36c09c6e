/**
 * Integers a + bω with ω² + ω + 1 = 0, and shortest vectors of their lattices of rank 2: what half-size scalars for secp256k1 come from,
 * whose endomorphism λ is such an ω. Euclidean, so Gauss's reduction of rank 2 works as over the integers.
 */

export type Eisenstein = readonly [a: bigint, b: bigint];
export type Vector = readonly [Eisenstein, Eisenstein];

export function times([a, b]: Eisenstein, [c, d]: Eisenstein): Eisenstein {
  return [a * c - b * d, a * d + b * c - b * d];
}

export function plus([a, b]: Eisenstein, [c, d]: Eisenstein): Eisenstein {
  return [a + c, b + d];
}

export function minus([a, b]: Eisenstein, [c, d]: Eisenstein): Eisenstein {
  return [a - c, b - d];
}

export function conjugate([a, b]: Eisenstein): Eisenstein {
  return [a - b, -b];
}

export function norm([a, b]: Eisenstein): bigint {
  return a * a - a * b + b * b;
}

function roundedQuotient(a: bigint, d: bigint): bigint {
  const twice = 2n * a + d;
  const q = twice / (2n * d);
  return twice % (2n * d) < 0n ? q - 1n : q;
}

/** The element nearest to z / d for a positive integer d, coordinate by coordinate. */
function divideRounded(z: Eisenstein, d: bigint): Eisenstein {
  const a = roundedQuotient(z[0], d);
  const b = roundedQuotient(z[1], d);
  // one of the neighbours may be nearer, as the lattice is hexagonal
  let best: Eisenstein = [a, b];
  let least: bigint | undefined;
  for (const da of [-1n, 0n, 1n])
    for (const db of [-1n, 0n, 1n]) {
      const candidate: Eisenstein = [a + da, b + db];
      const distance = norm([z[0] - candidate[0] * d, z[1] - candidate[1] * d]);
      if (least === undefined || distance < least) {
        least = distance;
        best = candidate;
      }
    }
  return best;
}

/** z - (nearest multiple of m) */
export function remainder(z: Eisenstein, m: Eisenstein): Eisenstein {
  return minus(z, times(divideRounded(times(z, conjugate(m)), norm(m)), m));
}

function length([x, y]: Vector): bigint {
  return norm(x) + norm(y);
}

/** A reduced basis, shorter vector first: its length squared is at most √(3/2 · N(determinant)). */
export function reduce(u: Vector, v: Vector): [Vector, Vector] {
  let [short, long] = length(u) <= length(v) ? [u, v] : [v, u];
  for (;;) {
    const product = plus(times(long[0], conjugate(short[0])), times(long[1], conjugate(short[1])));
    const m = divideRounded(product, length(short));
    long = [minus(long[0], times(m, short[0])), minus(long[1], times(m, short[1]))];
    if (length(long) >= length(short)) return [short, long];
    [short, long] = [long, short];
  }
}
