/**
 * Calls of precompiles whose points and scalars meet in every way, in both modes: forward computes, proving checks hints, and both must come to one output. A proving run
 * that stops is a difference too: it would be a block that nobody can prove.
 */
import { bn254 } from "@noble/curves/bn254.js";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { ENGINE_NAMES } from "../../emulator/engine/engines.ts";
import { bytes32, concat, toHex } from "../conformance/crypto/cases.ts";
import { type Call, type CryptoGuest, cryptoGuest, type Operation, type Output } from "../conformance/crypto/guest.ts";
import { Random } from "../lib/random.ts";
import type { FuzzOptions } from "./main.ts";

const MASK = (1n << 256n) - 1n;
const words = (...values: bigint[]) => concat(...values.map((value) => bytes32(value & MASK)));

interface Field {
  ORDER: bigint;
  create(value: bigint): bigint;
  inv(value: bigint): bigint;
  sqrt(value: bigint): bigint;
}

/** What the curves of the library have in common. */
interface Point {
  x: bigint;
  y: bigint;
  is0(): boolean;
  add(other: Point): Point;
  negate(): Point;
  multiplyUnsafe(factor: bigint): Point;
  toAffine(): { x: bigint; y: bigint };
}
interface Curve {
  BASE: Point;
  ZERO: Point;
  Fp: Field;
  Fn: Field;
  CURVE(): { a: bigint; b: bigint };
  fromAffine(point: { x: bigint; y: bigint }): Point;
}

const CURVES = {
  secp256k1: secp256k1.Point as unknown as Curve,
  p256: p256.Point as unknown as Curve,
  bn254: bn254.G1.Point as unknown as Curve,
};

/** The endomorphisms' factors. */
const LAMBDAS = {
  secp256k1: 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72n,
  p256: 3n,
  bn254: 0xb3c4d79d41a917585bfc41088d8daaa78b17ea66b99c90ddn,
};
type CurveName = keyof typeof CURVES;

/** Numbers with few ones or few zeros, near powers of two, near the modulus, and any. */
function scalar(r: Random, name: CurveName, modulus: bigint): bigint {
  const near = (value: bigint) => value + BigInt(r.below(7)) - 3n;
  const value = r.pick([
    () => near(0n),
    () => near(modulus),
    () => near(modulus / 2n),
    () => near(1n << BigInt(r.below(257))),
    () => near(LAMBDAS[name]),
    () => near(LAMBDAS[name] * LAMBDAS[name]),
    () => r.bits(1 + r.below(256)),
    () => r.bits(32) << BigInt(r.below(225)),
    () => r.bits(256),
    () => MASK,
  ])();
  return value < 0n ? value + modulus : value & MASK;
}

/** A point whose abscissa has zeros or ones at an end, itself or in Montgomery form. */
function specialPoint(r: Random, { Fp, CURVE, fromAffine }: Curve): Point {
  const { a, b } = CURVE();
  const inverse = Fp.inv(Fp.create(1n << 256n));
  for (;;) {
    const number = r.pick([
      () => r.bits(1 + r.below(40)),
      () => {
        const zeros = 32 + r.below(200);
        return r.bits(252 - zeros) << BigInt(zeros);
      },
      () => Fp.ORDER - 1n - r.bits(1 + r.below(40)),
      () => MASK ^ r.bits(1 + r.below(220)),
    ])();
    const x = Fp.create(r.chance(60) ? number * inverse : number);
    try {
      const y = Fp.sqrt(Fp.create(x * x * x + a * x + b));
      return fromAffine({ x, y: r.chance(50) ? y : Fp.create(-y) });
    } catch {
      // no point has this abscissa
    }
  }
}

function point(r: Random, name: CurveName): Point {
  const curve = CURVES[name];
  if (r.chance(40)) return specialPoint(r, curve);
  const factor = curve.Fn.create(scalar(r, name, curve.Fn.ORDER));
  return factor === 0n ? curve.BASE : curve.BASE.multiplyUnsafe(factor);
}

const spoil = (r: Random, values: bigint[]): bigint[] => {
  if (r.chance(5)) values[r.below(values.length)] = r.pick([0n, 1n, MASK, r.bits(256)]);
  return values;
};

/** The key is Q = (s·R - z·G) / r: s and z are chosen so that Q, or Q + λQ + R + λR, is a point with a meaning. */
function recovery(r: Random): Uint8Array {
  const curve = CURVES.secp256k1;
  const { Fn } = curve;
  const k = Fn.create(scalar(r, "secp256k1", Fn.ORDER)) || 1n;
  const known = r.chance(60);
  const R = known ? curve.BASE.multiplyUnsafe(k) : specialPoint(r, curve);
  const x = R.toAffine().x;
  const ratio = r.pick([
    () => Fn.create(Fn.inv(1n + LAMBDAS.secp256k1) - 1n),
    () => Fn.create(scalar(r, "secp256k1", Fn.ORDER)),
    () => Fn.create(LAMBDAS.secp256k1),
  ])();
  let s = Fn.create(x * ratio);
  let z = 0n;
  if (known && r.chance(60)) {
    s = Fn.create(scalar(r, "secp256k1", Fn.ORDER));
    // Q = q·G
    z = Fn.create(s * k - x * scalar(r, "secp256k1", Fn.ORDER));
  }
  if (r.chance(20)) z = scalar(r, "secp256k1", Fn.ORDER);
  return words(...spoil(r, [z, 27n + (R.toAffine().y & 1n), x, s]));
}

/** The sum is X = u·G + v·Q: u, v and Q are chosen so that X, or X ± Q, is a point with a meaning. */
function verification(r: Random): Uint8Array {
  const curve = CURVES.p256;
  const { Fn } = curve;
  const v = Fn.create(scalar(r, "p256", Fn.ORDER)) || 1n;
  const u = r.chance(50) ? 0n : Fn.create(scalar(r, "p256", Fn.ORDER));
  let Q = point(r, "p256");
  const sign = r.pick([0n, 1n, -1n]);
  // X + sign·Q = T
  const divisor = Fn.create(v + sign);
  if (divisor !== 0n && r.chance(60)) {
    const rest = specialPoint(r, curve).add(curve.BASE.multiplyUnsafe(Fn.create(-u)));
    const found = rest.multiplyUnsafe(Fn.inv(divisor));
    if (!found.is0()) Q = found;
  }
  const X = Q.multiplyUnsafe(v).add(u ? curve.BASE.multiplyUnsafe(u) : curve.ZERO);
  const rValue = X.is0() ? 1n : Fn.create(X.toAffine().x) || 1n;
  const s = Fn.create(rValue * Fn.inv(v));
  const { x, y } = Q.toAffine();
  return words(...spoil(r, [Fn.create(u * s), rValue, s, x, y]));
}

const g1 = (r: Random): [bigint, bigint] => {
  if (r.chance(8)) return [0n, 0n];
  const { x, y } = point(r, "bn254").toAffine();
  return [x, y];
};

function addition(r: Random): Uint8Array {
  const a = g1(r);
  const b = r.chance(20) ? a : r.chance(20) ? ([a[0], a[1] && CURVES.bn254.Fp.ORDER - a[1]] as const) : g1(r);
  return words(...spoil(r, [...a, ...b]));
}

function multiplication(r: Random): Uint8Array {
  return words(...spoil(r, [...g1(r), scalar(r, "bn254", CURVES.bn254.Fn.ORDER)]));
}

/** Pairs whose product is 1 or not: e(aP, bQ) · e(-abP, Q), with points that are equal, opposite, infinity. */
function pairs(r: Random): Uint8Array {
  const { Fn, ORDER } = { Fn: bn254.G1.Point.Fn, ORDER: bn254.G1.Point.Fn.ORDER };
  const some = () => Fn.create(scalar(r, "bn254", ORDER)) || 1n;
  const values: bigint[] = [];
  const put = (p: bigint, q: bigint) => {
    const first = p ? bn254.G1.Point.BASE.multiplyUnsafe(p).toAffine() : { x: 0n, y: 0n };
    values.push(first.x, first.y);
    if (!q) return void values.push(0n, 0n, 0n, 0n);
    const { x, y } = bn254.G2.Point.BASE.multiplyUnsafe(q).toAffine();
    values.push(x.c1, x.c0, y.c1, y.c0);
  };
  let sum = 0n;
  for (let i = r.below(3); i > 0; i--) {
    const [p, q] = [r.chance(10) ? 0n : some(), r.chance(10) ? 0n : some()];
    put(p, q);
    sum = Fn.create(sum + p * q);
  }
  if (r.chance(60)) put(Fn.create(-sum), 1n);
  return words(...(values.length ? spoil(r, values) : values));
}

/** Numbers of any length up to 80 bytes, with leading zeros, powers of two, all ones; more of what has the length of one limb. */
function exponentiation(r: Random): Uint8Array {
  const bytes = (length: number): Uint8Array =>
    r.pick([
      () => r.bytes(length),
      () => new Uint8Array(length).fill(r.pick([0, 0xff])),
      () => Uint8Array.from({ length }, (_, i) => (i === r.below(length) ? 1 << r.below(8) : 0)),
      () => Uint8Array.from({ length }, (_, i) => (i < length / 2 ? 0xff : 0)),
      () => Uint8Array.from({ length }, (_, i) => (i < length / 2 ? 0 : r.below(256))),
    ])();
  const length = () => (r.chance(40) ? 32 : r.below(80));
  const parts = [bytes(length()), bytes(r.below(40)), bytes(length())];
  const input = concat(words(...parts.map((part) => BigInt(part.length))), ...parts);
  return r.chance(5) ? input.slice(0, r.below(input.length)) : input;
}

const KINDS: [Operation, (r: Random) => Uint8Array][] = [
  ["ecrecover", recovery],
  ["p256", verification],
  ["bn254Add", addition],
  ["bn254Mul", multiplication],
  ["bn254Pairing", pairs],
  ["modexp", exponentiation],
];

/** One call a seed: the seed names it. */
function randomCall(seed: number): Call {
  const r = new Random(seed);
  const [operation, input] = KINDS[seed % KINDS.length]!;
  return { operation, input: input(r) };
}

const show = (output: Output) => (output === undefined ? "failure" : toHex(output) || "nothing");

/** Compiled once a process. */
let guestOnce: Promise<CryptoGuest> | undefined;

export async function fuzzPrecompiles({ count, seed }: FuzzOptions): Promise<number> {
  guestOnce ??= cryptoGuest(ENGINE_NAMES[0]!);
  const guest = await guestOnce;
  const proving = (calls: Call[]): (Output | Error)[] => {
    try {
      return guest.proving(calls);
    } catch (error) {
      // which of them it was
      return calls.length === 1 ? [error as Error] : calls.flatMap((call) => proving([call]));
    }
  };
  let failed = 0;
  const results = new Map<string, number>();
  for (let at = 0; at < count; at += 300) {
    const calls = Array.from({ length: Math.min(300, count - at) }, (_, i) => randomCall(seed + at + i));
    const forward = await guest.forward(calls);
    proving(calls).forEach((output, i) => {
      const { operation, input } = calls[i]!;
      const kind = `${operation} ${output instanceof Error ? "stops" : output?.length ? (operation === "p256" || operation === "bn254Pairing" ? toHex(output.slice(-1)) : "answer") : show(output)}`;
      results.set(kind, (results.get(kind) ?? 0) + 1);
      const same = !(output instanceof Error) && show(output) === show(forward[i]);
      if (same) return;
      failed++;
      const what = output instanceof Error ? output.message : show(output);
      console.log(`seed ${seed + at + i} ${operation}(${toHex(input)}): forward ${show(forward[i])}, proving ${what}`);
    });
    if ((at / 300) % 10 === 9) console.error(`${at + 300} of ${count} calls, ${failed} differ`);
  }
  for (const [kind, number] of [...results].sort()) console.log(`  ${number} ${kind}`);
  console.log(`precompiles: ${count} calls, ${failed} differ`);
  return failed;
}
