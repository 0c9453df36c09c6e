/** Costs of system functions: `basic_system/src/cost_constants.rs`. Ergs are 256 a gas; native with delegations is cycles + 4·u256 + 16·blake2s. */

export const ERGS_PER_GAS: u64 = 256;

export const KECCAK256_BASE_NATIVE: u64 = 2_500;
export const KECCAK256_ROUND_NATIVE: u64 = 17_500;

export const ECRECOVER_ERGS: u64 = 3000 * ERGS_PER_GAS;
export const ECRECOVER_NATIVE: u64 = 350_000 + 43_000 * 4;

export const SHA256_STATIC_ERGS: u64 = 60 * ERGS_PER_GAS;
export const SHA256_WORD_ERGS: u64 = 12 * ERGS_PER_GAS;
export const SHA256_BASE_NATIVE: u64 = 1_600;
export const SHA256_ROUND_NATIVE: u64 = 4_200;

export const RIPEMD160_STATIC_ERGS: u64 = 600 * ERGS_PER_GAS;
export const RIPEMD160_WORD_ERGS: u64 = 120 * ERGS_PER_GAS;
export const RIPEMD160_BASE_NATIVE: u64 = 1_600;
export const RIPEMD160_ROUND_NATIVE: u64 = 4_200;

export const IDENTITY_STATIC_ERGS: u64 = 15 * ERGS_PER_GAS;
export const IDENTITY_WORD_ERGS: u64 = 3 * ERGS_PER_GAS;
export const IDENTITY_BASE_NATIVE: u64 = 20;
export const IDENTITY_BYTE_NATIVE: u64 = 10;

export const MODEXP_MINIMAL_ERGS: u64 = 200 * ERGS_PER_GAS;
/** native per erg, with the feature `evm-compatibility` */
export const MODEXP_NATIVE_PER_ERG: u64 = 200;

export const BN254_ADD_ERGS: u64 = 150 * ERGS_PER_GAS;
export const BN254_ADD_NATIVE: u64 = 46_000 + 1_650 * 4;
export const BN254_MUL_ERGS: u64 = 6_000 * ERGS_PER_GAS;
export const BN254_MUL_NATIVE: u64 = 825_000 + 62_000 * 4;
export const BN254_PAIRING_STATIC_ERGS: u64 = 45_000 * ERGS_PER_GAS;
export const BN254_PAIRING_PAIR_ERGS: u64 = 34_000 * ERGS_PER_GAS;
/** the base and each pair cost the same native */
export const BN254_PAIRING_NATIVE: u64 = 13_000_000 + 500_000 * 4;

export const P256_VERIFY_ERGS: u64 = 5_000 * ERGS_PER_GAS;

/** What a system contract charges before it looks at its calldata. */
export const SYSTEM_CONTRACT_STEP_ERGS: u64 = 10;

/** Native cost of Keccak-256 over `length` bytes (`keccak256_native_cost`). */
// @ts-ignore: decorator
@inline export function keccakNative(length: u32): u64 {
  const rounds: u32 = length == 0 ? 1 : (length + 135) / 136;
  return <u64>rounds * KECCAK256_ROUND_NATIVE + KECCAK256_BASE_NATIVE;
}

/** Rounds of SHA-256 and RIPEMD-160 over `length` bytes, padding included. */
// @ts-ignore: decorator
@inline export function rounds64(length: u32): u64 {
  return (length >> 6) + ((length & 63) <= 55 ? 1 : 2);
}
