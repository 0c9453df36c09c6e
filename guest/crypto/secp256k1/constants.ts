/** Constants of the curve, little-endian. Written by scripts/make-curve-constants.ts. */

/** The field's prime: m, m⁻¹ mod 2^256, 2^512 mod m */
// prettier-ignore
export const FIELD: usize = memory.data<u64>([
  0xfffffffefffffc2f, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
  0x27c7f6e22ddacacf, 0x434ddc0123db5fa6, 0x63b93d3d6a0d489e, 0x3642e6faeaac7c66,
  0x000007a2000e90a1, 0x0000000000000001, 0x0000000000000000, 0x0000000000000000,
], 32);
/** The group's order: m, m⁻¹ mod 2^256, 2^512 mod m */
// prettier-ignore
export const ORDER: usize = memory.data<u64>([
  0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff,
  0xb4f20099aa774ec1, 0xaf5ae537cb4613db, 0x7680cf3ed83054a1, 0x261776f29b6b106c,
  0x896cf21467d7d140, 0x741496c20e7cf878, 0xe697f5e45bcd07c6, 0x9d671cd581c69bc5,
], 32);
/** a and b, in Montgomery form modulo the field's prime */
// prettier-ignore
export const COEFFICIENTS: usize = memory.data<u64>([
  0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
  0x0000000700001ab7, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
], 32);
/** 2 · 2^256, 2^233 · 2^256, 2^261 - 1 modulo the order: `readGeneratorScalar` */
// prettier-ignore
export const GENERATOR_SCALAR: usize = memory.data<u64>([
  0x805b42e65f937d7e, 0x8aa24632a16ebf88, 0x0000000000000002, 0x0000000000000000,
  0xd66146ff0f7b62e1, 0xdea27a79eaeb2639, 0x8d378bcd2febc8b6, 0x937d813ace39ab03,
  0x05b42e65f937d7df, 0xaa24632a16ebf888, 0x0000000000000028, 0x0000000000000000,
], 32);
/** β with λ·(x, y) = (βx, y), in Montgomery form modulo the field's prime */
// prettier-ignore
export const BETA: usize = memory.data<u64>([
  0x58a4361c8e81894e, 0x03fde1631c4b80af, 0xf8e98978d02e3905, 0x7a4a36aebcbb3d53,
], 32);
/** λ, in Montgomery form modulo the order */
// prettier-ignore
export const LAMBDA: usize = memory.data<u64>([
  0xf07deb3dc9926c9e, 0x2c93e7ad83c6944c, 0x73a9660652697d91, 0x532840178558d639,
], 32);
/** For k ≡ k₁ + k₂·λ: ⌊2^384 · b₂ / n⌋, ⌊-2^384 · b₁ / n⌋, -b₁ and -b₂ in Montgomery form modulo the order */
// prettier-ignore
export const DECOMPOSITION: usize = memory.data<u64>([
  0xe893209a45dbb030, 0x3daa8a1471e8ca7f, 0xe86c90e49284eb15, 0x3086d221a7d46bcd,
  0x1571b4ae8ac47f71, 0x221208ac9df506c6, 0x6f547fa90abfe4c4, 0xe4437ed6010e8828,
  0xc50468d00ad9263c, 0x1b1c8205faa6ed42, 0x1571b4ae8ac47f71, 0x221208ac9df506c6,
  0x0cac5e506a144696, 0x1e8a8dc5f3ba5939, 0x176cdf65ba244fce, 0xc25575eb8e173580,
], 32);
