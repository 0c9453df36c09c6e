/** The record of a pair (P, Q) during a pairing: offsets into 32-byte aligned memory of the arena. */

/** Q, x then y */
export const PAIR_Q: usize = 0;
/** −y of Q */
export const PAIR_NEGATED_Y: usize = 128;
/** T, x then y */
export const PAIR_T: usize = 192;
export const PAIR_NUMERATOR: usize = 320;
export const PAIR_DENOMINATOR: usize = 384;
/** forward: product of the denominators up to this pair's */
export const PAIR_PRODUCT: usize = 448;
/** −x/y and 1/y of P */
export const PAIR_X: usize = 512;
export const PAIR_Y: usize = 544;
/** u32: 0 if P is infinity: then Q is only checked */
export const PAIR_HAS_LINES: usize = 576;
export const PAIR_SIZE: usize = 608;
