/** Short Weierstrass curves over bigints: what the host needs to find hints. Not constant-time: nothing here is secret. */
import { inverse } from "./inverse.ts";

export interface Point {
  x: bigint;
  y: bigint;
}

/** Infinity is undefined. */
export type MaybePoint = Point | undefined;

export interface Curve {
  /** field */
  p: bigint;
  a: bigint;
  b: bigint;
  /** order of the group, a prime */
  n: bigint;
  generator: Point;
}

/** SEC 2, section 2.4.1 */
export const SECP256K1: Curve = {
  p: 2n ** 256n - 2n ** 32n - 977n,
  a: 0n,
  b: 7n,
  n: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  generator: {
    x: 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
    y: 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
  },
};

/** A cube root of 1 modulo n, and the one modulo p that belongs to it: λ·(x, y) = (βx, y). */
export const SECP256K1_LAMBDA = 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72n;
export const SECP256K1_BETA = 0x7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501een;

/** SEC 2, section 2.4.2; NIST P-256 */
export const P256: Curve = {
  p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  a: -3n,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  generator: {
    x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  },
};

export function mod(a: bigint, m: bigint): bigint {
  const r = a % m;
  return r < 0n ? r + m : r;
}

export function power(base: bigint, exponent: bigint, m: bigint): bigint {
  let result = 1n;
  for (base = mod(base, m); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % m;
    base = (base * base) % m;
  }
  return result;
}

/** a⁻¹ mod m for a that has one. */
export function invert(a: bigint, m: bigint): bigint {
  const result = inverse(a, m);
  if (result === undefined) throw new RangeError(`${a} has no inverse modulo ${m}`);
  return result;
}

/** x³ + ax + b */
export function rightSide(curve: Curve, x: bigint): bigint {
  return mod(x * x * x + curve.a * x + curve.b, curve.p);
}

export function isOnCurve(curve: Curve, { x, y }: Point): boolean {
  return mod(y * y, curve.p) === rightSide(curve, x);
}

export function negate(curve: Curve, point: MaybePoint): MaybePoint {
  return point && { x: point.x, y: mod(-point.y, curve.p) };
}

/** dy / dx of the line through both points (the tangent where they are one), or undefined where it is vertical. */
export function slope(curve: Curve, s: Point, t: Point): bigint | undefined {
  if (s.x !== t.x) return mod((t.y - s.y) * invert(mod(t.x - s.x, curve.p), curve.p), curve.p);
  if (s.y !== t.y || s.y === 0n) return undefined;
  return mod((3n * s.x * s.x + curve.a) * invert(2n * s.y, curve.p), curve.p);
}

/** The third point on the line through both with this slope, mirrored: their sum. */
export function sumAlong({ p }: Curve, lambda: bigint, s: Point, t: Point): Point {
  const x = mod(lambda * lambda - s.x - t.x, p);
  return { x, y: mod(lambda * (s.x - x) - s.y, p) };
}

export function add(curve: Curve, s: MaybePoint, t: MaybePoint): MaybePoint {
  if (!s || !t) return s ?? t;
  const lambda = slope(curve, s, t);
  return lambda === undefined ? undefined : sumAlong(curve, lambda, s, t);
}

/** The slopes through many pairs of points by one inversion, or undefined where two of a pair have one x. */
export function slopes({ p }: Curve, pairs: readonly (readonly [Point, Point])[]): bigint[] | undefined {
  const inverses = invertAll(
    pairs.map(([s, t]) => mod(t.x - s.x, p)),
    p,
  );
  return inverses?.map((inverse, i) => mod((pairs[i]![1].y - pairs[i]![0].y) * inverse, p));
}

/** The inverses of all, or undefined where one of them is 0: one inversion and three multiplications each (Montgomery's trick). */
export function invertAll(values: readonly bigint[], m: bigint): bigint[] | undefined {
  const products: bigint[] = [];
  let product = 1n;
  for (const value of values) {
    products.push(product);
    product = (product * value) % m;
  }
  if (product === 0n) return undefined;
  let rest = invert(product, m);
  const inverses = products;
  for (let i = values.length - 1; i >= 0; i--) {
    inverses[i] = (products[i]! * rest) % m;
    rest = (rest * values[i]!) % m;
  }
  return inverses;
}

export type Jacobian = readonly [x: bigint, y: bigint, z: bigint];

export function doubleJacobian({ p, a }: Curve, [x, y, z]: Jacobian): Jacobian {
  const yy = (y * y) % p;
  const s = (4n * x * yy) % p;
  const zz = (z * z) % p;
  const m = mod(3n * x * x + a * zz * zz, p);
  const x3 = mod(m * m - 2n * s, p);
  return [x3, mod(m * (s - x3) - 8n * yy * yy, p), (2n * y * z) % p];
}

/** Adds an affine point. */
export function addMixed(curve: Curve, left: Jacobian, t: Point): Jacobian {
  const { p } = curve;
  const [x, y, z] = left;
  if (z === 0n) return [t.x, t.y, 1n];
  const zz = (z * z) % p;
  const h = mod(t.x * zz - x, p);
  const r = mod(t.y * zz * z - y, p);
  if (h === 0n) return r === 0n ? doubleJacobian(curve, left) : [1n, 1n, 0n];
  const hh = (h * h) % p;
  const v = (x * hh) % p;
  const x3 = mod(r * r - hh * h - 2n * v, p);
  return [x3, mod(r * (v - x3) - y * hh * h, p), (z * h) % p];
}

/** k · point for any integer k. */
export function multiply(curve: Curve, k: bigint, point: MaybePoint): MaybePoint {
  if (!point) return undefined;
  k = mod(k, curve.n);
  let sum: Jacobian = [1n, 1n, 0n];
  for (let bit = k.toString(2).length - 1; bit >= 0; bit--) {
    sum = doubleJacobian(curve, sum);
    if ((k >> BigInt(bit)) & 1n) sum = addMixed(curve, sum, point);
  }
  if (sum[2] === 0n) return undefined;
  return toAffine(curve, sum, invert(sum[2], curve.p));
}

export function toAffine({ p }: Curve, [x, y]: Jacobian, inverseZ: bigint): Point {
  const zz = (inverseZ * inverseZ) % p;
  return { x: (x * zz) % p, y: (y * zz * inverseZ) % p };
}

/** All of them by one inversion, or undefined where one is infinity. */
export function allAffine(curve: Curve, points: readonly Jacobian[]): Point[] | undefined {
  const inverses = invertAll(
    points.map(([, , z]) => z),
    curve.p,
  );
  return inverses && points.map((point, i) => toAffine(curve, point, inverses[i]!));
}
