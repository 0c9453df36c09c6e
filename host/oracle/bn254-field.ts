/** BN254's fields in bigints, for the hints of guest/crypto/bn254: Fp, Fp2 = Fp[u]/(u² + 1), Fp12 = Fp2[w]/(w⁶ − ξ), ξ = 9 + u. */

export const P = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
export const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** the curve's parameter */
export const X = 4965661367192848881n;

export type Fp2 = readonly [bigint, bigint];
/** six coefficients of powers of w */
export type Fp12 = readonly Fp2[];

export function mod(a: bigint, m = P): bigint {
  const r = a % m;
  return r < 0n ? r + m : r;
}

export function power(base: bigint, exponent: bigint, m = P): bigint {
  let result = 1n;
  for (let b = mod(base, m), e = exponent; e > 0n; e >>= 1n, b = (b * b) % m) if (e & 1n) result = (result * b) % m;
  return result;
}

/** a⁻¹ mod m by Euclid; a and m coprime. */
export function invert(a: bigint, m = P): bigint {
  let [r0, r1] = [m, mod(a, m)];
  let [s0, s1] = [0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1] = [r1, r0 - q * r1];
    [s0, s1] = [s1, s0 - q * s1];
  }
  if (r0 !== 1n) throw new RangeError("no inverse");
  return mod(s0, m);
}

export const fp2 = {
  zero: [0n, 0n] as Fp2,
  one: [1n, 0n] as Fp2,
  xi: [9n, 1n] as Fp2,
  isZero: (a: Fp2) => a[0] === 0n && a[1] === 0n,
  equal: (a: Fp2, b: Fp2) => a[0] === b[0] && a[1] === b[1],
  add: (a: Fp2, b: Fp2): Fp2 => [mod(a[0] + b[0]), mod(a[1] + b[1])],
  sub: (a: Fp2, b: Fp2): Fp2 => [mod(a[0] - b[0]), mod(a[1] - b[1])],
  neg: (a: Fp2): Fp2 => [mod(-a[0]), mod(-a[1])],
  conjugate: (a: Fp2): Fp2 => [a[0], mod(-a[1])],
  mul: (a: Fp2, b: Fp2): Fp2 => [mod(a[0] * b[0] - a[1] * b[1]), mod(a[0] * b[1] + a[1] * b[0])],
  scale: (a: Fp2, s: bigint): Fp2 => [mod(a[0] * s), mod(a[1] * s)],
  invert(a: Fp2): Fp2 {
    const n = invert(mod(a[0] * a[0] + a[1] * a[1]));
    return [mod(a[0] * n), mod(-a[1] * n)];
  },
  power(a: Fp2, exponent: bigint): Fp2 {
    let result = fp2.one;
    for (let b = a, e = exponent; e > 0n; e >>= 1n, b = fp2.mul(b, b)) if (e & 1n) result = fp2.mul(result, b);
    return result;
  },
};

/** ξ^(k(p^power − 1)/6) for k = 0…5: w^(p^power) = that for k = 1, times w */
export const frobeniusConstants: Fp2[][] = [1n, 2n, 3n].map((n) =>
  [0n, 1n, 2n, 3n, 4n, 5n].map((k) => fp2.power(fp2.xi, (k * (P ** n - 1n)) / 6n)),
);

export const fp12 = {
  one: [fp2.one, fp2.zero, fp2.zero, fp2.zero, fp2.zero, fp2.zero] as Fp12,
  equal: (a: Fp12, b: Fp12) => a.every((x, i) => fp2.equal(x, b[i]!)),
  mul(a: Fp12, b: Fp12): Fp12 {
    const re = new Array<bigint>(11).fill(0n);
    const im = new Array<bigint>(11).fill(0n);
    for (let i = 0; i < 6; i++) {
      const [a0, a1] = a[i]!;
      if (a0 === 0n && a1 === 0n) continue;
      for (let j = 0; j < 6; j++) {
        const [b0, b1] = b[j]!;
        if (b0 === 0n && b1 === 0n) continue;
        re[i + j]! += a0 * b0 - a1 * b1;
        im[i + j]! += a0 * b1 + a1 * b0;
      }
    }
    const result: Fp2[] = [];
    for (let k = 0; k < 6; k++) {
      const [x, y] = k < 5 ? [re[k + 6]!, im[k + 6]!] : [0n, 0n];
      result.push([mod(re[k]! + 9n * x - y), mod(im[k]! + 9n * y + x)]);
    }
    return result;
  },
  /** a^(p^n), n = 1…3 */
  frobenius(a: Fp12, n: number): Fp12 {
    return a.map((x, k) => fp2.mul(n & 1 ? fp2.conjugate(x) : x, frobeniusConstants[n - 1]![k]!));
  },
  /** a^(p⁶) */
  conjugate: (a: Fp12): Fp12 => a.map((x, k) => (k & 1 ? fp2.neg(x) : x)),
  power(a: Fp12, exponent: bigint): Fp12 {
    let result = fp12.one;
    for (let b = a, e = exponent; e > 0n; e >>= 1n, b = fp12.mul(b, b)) if (e & 1n) result = fp12.mul(result, b);
    return result;
  },
  /** a^exponent with the exponent's twelve digits in base p on the Frobenius images of a: 254 squarings and at most as many times three products. */
  powerByFrobenius(a: Fp12, exponent: bigint): Fp12 {
    const digits: bigint[] = [];
    for (let e = exponent; e > 0n; e /= P) digits.push(e % P);
    const groups: Fp12[][] = [];
    let image = a;
    for (let g = 0; g < digits.length; g += 4) {
      const table: Fp12[] = [fp12.one];
      for (let i = 0; i < 4; i++) {
        const size = table.length;
        for (let j = 0; j < size; j++) table.push(j ? fp12.mul(table[j]!, image) : image);
        image = fp12.frobenius(image, 1);
      }
      groups.push(table);
    }
    let result = fp12.one;
    for (let bit = 253n; bit >= 0n; bit--) {
      result = fp12.mul(result, result);
      groups.forEach((table, g) => {
        let index = 0;
        for (let i = 0; i < 4; i++) index |= Number(((digits[4 * g + i] ?? 0n) >> bit) & 1n) << i;
        if (index) result = fp12.mul(result, table[index]!);
      });
    }
    return result;
  },
  invert(a: Fp12): Fp12 {
    // a · (the product of its other eleven conjugates) is in Fp
    let others = fp12.frobenius(a, 1);
    let image = others;
    for (let i = 2; i < 12; i++) {
      image = fp12.frobenius(image, 1);
      others = fp12.mul(others, image);
    }
    const norm = fp12.mul(a, others)[0]![0];
    const n = invert(norm);
    return others.map((x) => fp2.scale(x, n));
  },
  /** The norm to Fp: a^((p¹² − 1)/(p − 1)). */
  norm(a: Fp12): bigint {
    let result = a;
    let image = a;
    for (let i = 1; i < 12; i++) {
      image = fp12.frobenius(image, 1);
      result = fp12.mul(result, image);
    }
    return result[0]![0];
  },
};
