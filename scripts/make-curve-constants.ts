/**
 * Writes guest/crypto/{secp256k1,p256}/{constants,comb}.ts from the curves' parameters (host/oracle/curves.ts).
 * Run it again after changing the comb's shape here and in guest/crypto/curve/relation.ts: `node scripts/make-curve-constants.ts`.
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  add,
  type Curve,
  invert,
  type MaybePoint,
  mod,
  multiply,
  negate,
  P256,
  type Point,
  SECP256K1,
  SECP256K1_BETA,
  SECP256K1_LAMBDA,
} from "../host/oracle/curves.ts";

const ROWS = 9;
const SPACING = 29;
const RADIX = 1n << 256n;

const crypto = join(dirname(dirname(fileURLToPath(import.meta.url))), "guest", "crypto");

function words(value: bigint): string {
  const limbs: string[] = [];
  for (let i = 0n; i < 4n; i++)
    limbs.push("0x" + ((value >> (64n * i)) & ((1n << 64n) - 1n)).toString(16).padStart(16, "0"));
  return limbs.join(", ");
}

function table(name: string, comment: string, values: bigint[]): string {
  const lines = values.map((value) => `  ${words(value)},`);
  return `/** ${comment} */\n// prettier-ignore\nexport const ${name}: usize = memory.data<u64>([\n${lines.join("\n")}\n], 32);\n`;
}

/** What `useModulus` takes. */
function modulus(name: string, what: string, m: bigint): string {
  return table(name, `${what}: m, m⁻¹ mod 2^256, 2^512 mod m`, [m, invert(m, RADIX), (RADIX * RADIX) % m]);
}

function constants(curve: Curve, extra: string): string {
  const montgomery = (value: bigint) => mod(value * RADIX, curve.p);
  return (
    "/** Constants of the curve, little-endian. Written by scripts/make-curve-constants.ts. */\n\n" +
    modulus("FIELD", "The field's prime", curve.p) +
    modulus("ORDER", "The group's order", curve.n) +
    table("COEFFICIENTS", "a and b, in Montgomery form modulo the field's prime", [
      montgomery(curve.a),
      montgomery(curve.b),
    ]) +
    table("GENERATOR_SCALAR", "2 · 2^256, 2^233 · 2^256, 2^261 - 1 modulo the order: `readGeneratorScalar`", [
      (2n * RADIX) % curve.n,
      ((1n << BigInt(SPACING * (ROWS - 1) + 1)) * RADIX) % curve.n,
      ((1n << BigInt(SPACING * ROWS)) - 1n) % curve.n,
    ]) +
    extra
  );
}

/** At the index of the lower rows' bits: the sum of ±2^(29j)·G, with the top row's sign +. */
function comb(curve: Curve): string {
  const rows: Point[] = [];
  for (let row = 0; row < ROWS; row++) rows.push(multiply(curve, 1n << BigInt(SPACING * row), curve.generator)!);
  const values: bigint[] = [];
  for (let index = 0; index < 1 << (ROWS - 1); index++) {
    let sum: MaybePoint = rows[ROWS - 1];
    for (let row = 0; row < ROWS - 1; row++)
      sum = add(curve, sum, (index >> row) & 1 ? rows[row] : negate(curve, rows[row]));
    values.push(mod(sum!.x * RADIX, curve.p), mod(sum!.y * RADIX, curve.p));
  }
  return (
    "/** Signed comb of the generator: see guest/crypto/curve/relation.ts. Written by scripts/make-curve-constants.ts. */\n\n" +
    table("COMB", `${values.length / 2} points, x and y in Montgomery form`, values)
  );
}

function write(name: string, curve: Curve, extra = ""): void {
  writeFileSync(join(crypto, name, "constants.ts"), constants(curve, extra));
  writeFileSync(join(crypto, name, "comb.ts"), comb(curve));
}

/**
 * A short basis (a, b) of the lattice a + b·λ ≡ 0 modulo secp256k1's order, as Euclid's algorithm on n and λ gives it (Guide to Elliptic Curve Cryptography, algorithm 3.74).
 */
const BASIS = [
  [0x3086d221a7d46bcde86c90e49284eb15n, -0xe4437ed6010e88286f547fa90abfe4c3n],
  [0x114ca50f7a8e2f3f657c1108d9d44cfd8n, 0x3086d221a7d46bcde86c90e49284eb15n],
] as const;

/** ⌊2^384 · b₂ / n⌋ and ⌊-2^384 · b₁ / n⌋, then -b₁ and -b₂ in Montgomery form modulo n. */
function decomposition(): bigint[] {
  const { n } = SECP256K1;
  const [[a1, b1], [a2, b2]] = BASIS;
  for (const [a, b] of BASIS) if (mod(a + b * SECP256K1_LAMBDA, n)) throw new Error("not a vector of the lattice");
  if (a1 * b2 - a2 * b1 !== n) throw new Error("not a basis of the lattice");
  return [(b2 << 384n) / n, (-b1 << 384n) / n, mod(-b1 * RADIX, n), mod(-b2 * RADIX, n)];
}

write(
  "secp256k1",
  SECP256K1,
  table("BETA", "β with λ·(x, y) = (βx, y), in Montgomery form modulo the field's prime", [
    mod(SECP256K1_BETA * RADIX, SECP256K1.p),
  ]) +
    table("LAMBDA", "λ, in Montgomery form modulo the order", [mod(SECP256K1_LAMBDA * RADIX, SECP256K1.n)]) +
    table(
      "DECOMPOSITION",
      "For k ≡ k₁ + k₂·λ: ⌊2^384 · b₂ / n⌋, ⌊-2^384 · b₁ / n⌋, -b₁ and -b₂ in Montgomery form modulo the order",
      decomposition(),
    ),
);
write("p256", P256);
