/** Constants of the curve, little-endian. Written by scripts/make-curve-constants.ts. */

/** The field's prime: m, m⁻¹ mod 2^256, 2^512 mod m */
// prettier-ignore
export const FIELD: usize = memory.data<u64>([
  0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001,
  0xffffffffffffffff, 0xfffffffeffffffff, 0xffffffffffffffff, 0x00000000fffffffd,
  0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd,
], 32);
/** The group's order: m, m⁻¹ mod 2^256, 2^512 mod m */
// prettier-ignore
export const ORDER: usize = memory.data<u64>([
  0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000,
  0x332e375511ff43b1, 0xb736bbf7828b2d1b, 0xaf0188133a773909, 0x9f2f99cc5629d7e3,
  0x83244c95be79eea2, 0x4699799c49bd6fa6, 0x2845b2392b6bec59, 0x66e12d94f3d95620,
], 32);
/** a and b, in Montgomery form modulo the field's prime */
// prettier-ignore
export const COEFFICIENTS: usize = memory.data<u64>([
  0xfffffffffffffffc, 0x00000003ffffffff, 0x0000000000000000, 0xfffffffc00000004,
  0xd89cdf6229c4bddf, 0xacf005cd78843090, 0xe5a220abf7212ed6, 0xdc30061d04874834,
], 32);
/** 2 · 2^256, 2^233 · 2^256, 2^261 - 1 modulo the order: `readGeneratorScalar` */
// prettier-ignore
export const GENERATOR_SCALAR: usize = memory.data<u64>([
  0x188c6a7a0739b55e, 0x86320aa4b1d0c2f6, 0x0000000000000000, 0x00000001fffffffe,
  0xfb52282336634e13, 0xa5ba5b27fcafae66, 0x71e43c508b647256, 0xbf37fccd03232de8,
  0x88c6a7a0739b55df, 0x6320aa4b1d0c2f61, 0x0000000000000008, 0x0000001fffffffe0,
], 32);
