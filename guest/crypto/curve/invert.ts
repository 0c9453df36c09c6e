/**
 * Inverses modulo an odd number below 2^256, for forward mode: Bernstein and Yang's division steps ("Fast constant-time gcd computation and modular inversion", 2019) by batches of
 * 30, in variable time, as in libsecp256k1's `modinv32`. Numbers are nine signed limbs of 30 bits; for (f, g) = (modulus, a) the steps make g 0 and f ±1, and
 * d·a ≡ f, e·a ≡ g hold all the time. A third of the time of raising to the power p - 2.
 */
import { CURVE_SLOT } from "../slots";

const LIMBS: usize = 9;
const BATCH: i32 = 30;
const MASK: i32 = 0x3fffffff;

// i64 each limb, so that no product needs a conversion
const F: usize = CURVE_SLOT + 0x3000;
const G: usize = CURVE_SLOT + 0x3080;
const D: usize = CURVE_SLOT + 0x3100;
const E: usize = CURVE_SLOT + 0x3180;
const M: usize = CURVE_SLOT + 0x3200;
/** a number with zeros above it */
const WORDS: usize = CURVE_SLOT + 0x3280;

// what a batch of steps does: f' = (u·f + v·g) / 2^30, g' = (q·f + r·g) / 2^30
let u: i64 = 0;
let v: i64 = 0;
let q: i64 = 0;
let r: i64 = 0;

/**
 * to = 1 / a modulo an odd `modulus` that has no factor with it in common; 0 for 0. `a` is below the modulus; any of the places may be the same.
 * @param inverse the modulus' own inverse mod 2^32
 */
export function invert(to: usize, a: usize, modulus: usize, inverse: u32): void {
  split(M, modulus);
  split(F, modulus);
  split(G, a);
  memory.fill(D, 0, 8 * LIMBS);
  memory.fill(E, 0, 8 * LIMBS);
  store<i64>(E, 1);
  let length = LIMBS;
  let eta: i32 = -1;
  while (true) {
    eta = divisionSteps(eta, <u32>load<i64>(F), <u32>load<i64>(G));
    updateCoefficients(inverse & MASK);
    updateNumbers(length);
    if (isZero(G, length)) break;
    length = shorten(length);
  }
  normalize(load<i64>(F + 8 * (length - 1)) >> 63);
  join(to);
}

/** 30 division steps on the lowest bits of f and g: sets u, v, q, r. @returns the new eta, -δ */
function divisionSteps(eta: i32, f: u32, g: u32): i32 {
  let u0: u32 = 1;
  let v0: u32 = 0;
  let q0: u32 = 0;
  let r0: u32 = 1;
  let left = BATCH;
  while (true) {
    const zeros = <i32>ctz<u32>(g | (<u32>-1 << left));
    g >>= zeros;
    u0 <<= zeros;
    v0 <<= zeros;
    eta -= zeros;
    left -= zeros;
    if (left == 0) break;
    if (eta < 0) {
      eta = -eta;
      let t = f;
      f = g;
      g = 0 - t;
      t = u0;
      u0 = q0;
      q0 = 0 - t;
      t = v0;
      v0 = r0;
      r0 = 0 - t;
    }
    // f·(f² - 2) ≡ -1 / f mod 64: up to six bits of g go at once, but not beyond where eta changes its sign
    const limit = min<i32>(eta + 1, left);
    const w = f * g * (f * f - 2) & ((<u32>-1 >> (32 - limit)) & 63);
    g += f * w;
    q0 += u0 * w;
    r0 += v0 * w;
  }
  u = <i64>(<i32>u0);
  v = <i64>(<i32>v0);
  q = <i64>(<i32>q0);
  r = <i64>(<i32>r0);
  return eta;
}

/** (d, e) = (u·d + v·e, q·d + r·e) / 2^30 mod the modulus, both in (-2·modulus, modulus). @param inverse of the modulus mod 2^30 */
function updateCoefficients(inverse: i32): void {
  const isNegativeD = load<i64>(D + 8 * (LIMBS - 1)) >> 63;
  const isNegativeE = load<i64>(E + 8 * (LIMBS - 1)) >> 63;
  let di = load<i64>(D);
  let ei = load<i64>(E);
  let cd = u * di + v * ei;
  let ce = q * di + r * ei;
  // so many times the modulus are added that the lowest limbs become 0
  let md = (u & isNegativeD) + (v & isNegativeE);
  let me = (q & isNegativeD) + (r & isNegativeE);
  md -= <i64>((inverse * <i32>cd + <i32>md) & MASK);
  me -= <i64>((inverse * <i32>ce + <i32>me) & MASK);
  const m0 = load<i64>(M);
  cd = (cd + m0 * md) >> BATCH;
  ce = (ce + m0 * me) >> BATCH;
  for (let at: usize = 8; at < 8 * LIMBS; at += 8) {
    di = load<i64>(D + at);
    ei = load<i64>(E + at);
    const m = load<i64>(M + at);
    cd += u * di + v * ei + m * md;
    ce += q * di + r * ei + m * me;
    store<i64>(D - 8 + at, cd & MASK);
    store<i64>(E - 8 + at, ce & MASK);
    cd >>= BATCH;
    ce >>= BATCH;
  }
  store<i64>(D + 8 * (LIMBS - 1), cd);
  store<i64>(E + 8 * (LIMBS - 1), ce);
}

/** (f, g) = (u·f + v·g, q·f + r·g) / 2^30, which is exact. */
function updateNumbers(length: usize): void {
  let fi = load<i64>(F);
  let gi = load<i64>(G);
  let cf = (u * fi + v * gi) >> BATCH;
  let cg = (q * fi + r * gi) >> BATCH;
  for (let at: usize = 8; at < 8 * length; at += 8) {
    fi = load<i64>(F + at);
    gi = load<i64>(G + at);
    cf += u * fi + v * gi;
    cg += q * fi + r * gi;
    store<i64>(F - 8 + at, cf & MASK);
    store<i64>(G - 8 + at, cg & MASK);
    cf >>= BATCH;
    cg >>= BATCH;
  }
  store<i64>(F - 8 + 8 * length, cf);
  store<i64>(G - 8 + 8 * length, cg);
}

function isZero(at: usize, length: usize): bool {
  let bits: i64 = 0;
  for (let i: usize = 0; i < 8 * length; i += 8) bits |= load<i64>(at + i);
  return bits == 0;
}

/** One limb fewer where the highest ones are only signs. */
function shorten(length: usize): usize {
  if (length < 2) return length;
  const top = 8 * (length - 1);
  const f = load<i64>(F + top);
  const g = load<i64>(G + top);
  if (f != f >> 63 || g != g >> 63) return length;
  store<i64>(F - 8 + top, load<i64>(F - 8 + top) | (f << BATCH));
  store<i64>(G - 8 + top, load<i64>(G - 8 + top) | (g << BATCH));
  return length - 1;
}

/** D into [0, modulus), or its opposite if `sign` is -1. */
function normalize(sign: i64): void {
  addModulus();
  for (let at: usize = 0; at < 8 * LIMBS; at += 8) store<i64>(D + at, (load<i64>(D + at) ^ sign) - sign);
  carry();
  addModulus();
  carry();
}

function addModulus(): void {
  const isNegative = load<i64>(D + 8 * (LIMBS - 1)) >> 63;
  for (let at: usize = 0; at < 8 * LIMBS; at += 8) store<i64>(D + at, load<i64>(D + at) + (load<i64>(M + at) & isNegative));
}

function carry(): void {
  for (let at: usize = 0; at < 8 * (LIMBS - 1); at += 8) {
    const limb = load<i64>(D + at);
    store<i64>(D + 8 + at, load<i64>(D + 8 + at) + (limb >> BATCH));
    store<i64>(D + at, limb & MASK);
  }
}

/** to = the limbs of a number of eight words. */
function split(to: usize, a: usize): void {
  memory.copy(WORDS, a, 32);
  store<u64>(WORDS, 0, 32);
  for (let bit: usize = 0; bit < 270; bit += 30, to += 8)
    store<i64>(to, <i64>(load<u64>(WORDS + ((bit >> 5) << 2)) >> (bit & 31)) & MASK);
}

/** to = D, a number of eight words; it is not negative. */
function join(to: usize): void {
  let have: u64 = 0;
  let bits: u64 = 0;
  let from = D;
  for (let at: usize = 0; at < 32; at += 4) {
    while (bits < 32) {
      have |= load<u64>(from) << bits;
      bits += 30;
      from += 8;
    }
    store<u32>(to + at, <u32>have);
    have >>= 32;
    bits -= 32;
  }
}
