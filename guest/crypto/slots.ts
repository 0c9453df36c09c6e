/** Where the crypto room keeps its scratch: fixed RAM addresses, so that they fold into the code. */
import { CRYPTO_SLOTS } from "../sdk/memory";

/** context of one-shot Keccak-256: 408 bytes */
export const KECCAK_SLOT: usize = CRYPTO_SLOTS;
/** context of one-shot Blake2s-256: 168 bytes, 128-byte aligned */
export const BLAKE2S_SLOT: usize = CRYPTO_SLOTS + 0x200;
/** state and block of SHA-256 and RIPEMD-160: 96 bytes each use */
export const DIGEST_SLOT: usize = CRYPTO_SLOTS + 0x300;
/** scratch of 256-bit arithmetic: 32 words of 32 bytes */
export const U256_SLOT: usize = CRYPTO_SLOTS + 0x400;
/** scratch of elliptic curves */
export const CURVE_SLOT: usize = CRYPTO_SLOTS + 0x1000;
/** message schedule of SHA-256, block of RIPEMD-160: 256 bytes */
export const SCHEDULE_SLOT: usize = CRYPTO_SLOTS + 0x800;
