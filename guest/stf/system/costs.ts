/**
 * What io costs: `basic_system/src/system_implementation/flat_storage_model/cost_constants.rs`, `basic_system/src/cost_constants.rs` and
 * `evm_interpreter/src/gas_constants.rs` of zksync-os. Ergs are 256 a gas; native with delegations is cycles + 16 · Blake2s + 4 · U256.
 */

const ERGS: u64 = 256;

// @ts-ignore: decorator
@inline export const PREIMAGE_CACHE_GET_NATIVE: u64 = 500;
// @ts-ignore: decorator
@inline export const PREIMAGE_CACHE_SET_NATIVE: u64 = 500;
// @ts-ignore: decorator
@inline export const BLAKE2S_BASE_NATIVE: u64 = 800;
// @ts-ignore: decorator
@inline export const BLAKE2S_CHUNK_NATIVE: u64 = 340;

// @ts-ignore: decorator
@inline export const WARM_STORAGE_READ_NATIVE: u64 = 4000;
// @ts-ignore: decorator
@inline export const COLD_EXISTING_READ_NATIVE: u64 = 100_000 + 16 * 1320;
// @ts-ignore: decorator
@inline export const COLD_NEW_READ_NATIVE: u64 = 2 * COLD_EXISTING_READ_NATIVE;
// @ts-ignore: decorator
@inline export const EXISTING_WRITE_EXTRA_NATIVE: u64 = 40_000 + 16 * 660;
// @ts-ignore: decorator
@inline export const NEW_WRITE_EXTRA_NATIVE: u64 = 100_000 + 16 * 1300;

// @ts-ignore: decorator
@inline export const WARM_STORAGE_READ_ERGS: u64 = 100 * ERGS;
// @ts-ignore: decorator
@inline export const COLD_STORAGE_READ_EXTRA_ERGS: u64 = (2100 - 100) * ERGS;
// @ts-ignore: decorator
@inline export const ACCESS_LIST_SLOT_ERGS: u64 = 1900 * ERGS;
// @ts-ignore: decorator
@inline export const ACCESS_LIST_ACCOUNT_ERGS: u64 = 2400 * ERGS;
// @ts-ignore: decorator
@inline export const SSTORE_SET_EXTRA_ERGS: u64 = 19900 * ERGS;
// @ts-ignore: decorator
@inline export const SSTORE_RESET_EXTRA_ERGS: u64 = 2800 * ERGS;
/** A cold write costs 100 gas more than a cold read and a warm write together. */
// @ts-ignore: decorator
@inline export const COLD_WRITE_EXTRA_ERGS: u64 = 100 * ERGS;

// @ts-ignore: decorator
@inline export const WARM_ACCOUNT_ERGS: u64 = 100 * ERGS;
// @ts-ignore: decorator
@inline export const COLD_ACCOUNT_EXTRA_ERGS: u64 = (2600 - 100) * ERGS;
// @ts-ignore: decorator
@inline export const SELFBALANCE_ERGS: u64 = 5 * ERGS;
// @ts-ignore: decorator
@inline export const NEW_ACCOUNT_ERGS: u64 = 25000 * ERGS;
// @ts-ignore: decorator
@inline export const CODE_DEPOSIT_ERGS: u64 = 200 * ERGS;
// @ts-ignore: decorator
@inline export const ACCOUNT_ACCESS_NATIVE: u64 = 4000;
// @ts-ignore: decorator
@inline export const ACCOUNT_WRITE_EXTRA_NATIVE: u64 = 1000;

// @ts-ignore: decorator
@inline export const TRANSIENT_ERGS: u64 = 100 * ERGS;
// @ts-ignore: decorator
@inline export const TRANSIENT_NATIVE: u64 = 4000;

// @ts-ignore: decorator
@inline export const LOG_ERGS: u64 = 375 * ERGS;
// @ts-ignore: decorator
@inline export const LOG_TOPIC_ERGS: u64 = 375 * ERGS;
// @ts-ignore: decorator
@inline export const LOG_BYTE_ERGS: u64 = 8 * ERGS;
// @ts-ignore: decorator
@inline export const EVENT_BASE_NATIVE: u64 = 6000;
// @ts-ignore: decorator
@inline export const EVENT_TOPIC_NATIVE: u64 = 200;
// @ts-ignore: decorator
@inline export const EVENT_BYTE_NATIVE: u64 = 2;

// @ts-ignore: decorator
@inline export const KECCAK256_STATIC_ERGS: u64 = 30 * ERGS;
// @ts-ignore: decorator
@inline export const KECCAK256_WORD_ERGS: u64 = 6 * ERGS;
const KECCAK256_BASE_NATIVE: u64 = 2_500;
const KECCAK256_ROUND_NATIVE: u64 = 17_500;

/** Native cost of the Keccak-256 of `length` bytes: rounds are chunks of 136, at least one. */
export function keccak256Native(length: u32): u64 {
  const rounds: u32 = length ? (length + 135) / 136 : 1;
  return <u64>rounds * KECCAK256_ROUND_NATIVE + KECCAK256_BASE_NATIVE;
}

/** Native cost of the Blake2s-256 of `length` bytes, as a preimage is charged: no chunk at all for an empty one. */
export function blake2sNative(length: u32): u64 {
  return <u64>((length + 63) >> 6) * BLAKE2S_CHUNK_NATIVE + BLAKE2S_BASE_NATIVE;
}
