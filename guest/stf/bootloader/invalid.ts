/** Why a transaction is not valid (`basic_bootloader/src/bootloader/errors.rs`): a number each, 0 is valid. The block goes on without it. */
import { REPORTS } from "../flavour";
import { copyU256, setU256 } from "../system/bytes";
import { BOOTLOADER_SLOTS } from "../system/layout";

/** U256: the two values that some of the reasons have, for the host only. */
export const DETAIL_1: usize = BOOTLOADER_SLOTS + 0x760;
export const DETAIL_2: usize = BOOTLOADER_SLOTS + 0x780;

/** Keeps a reason's values for the report. @returns the reason */
export function withValues(reason: u32, first: usize, second: usize): u32 {
  if (REPORTS) {
    copyU256(first, DETAIL_1);
    copyU256(second, DETAIL_2);
  }
  return reason;
}

/** As `withValues`, for numbers of 64 bits. */
export function withNumbers(reason: u32, first: u64, second: u64): u32 {
  if (REPORTS) {
    setU256(DETAIL_1, first);
    setU256(DETAIL_2, second);
  }
  return reason;
}

export const VALID: u32 = 0;
export const INVALID_ENCODING: u32 = 1;
export const INVALID_STRUCTURE: u32 = 2;
export const PRIORITY_FEE_GREATER_THAN_MAX_FEE: u32 = 3;
export const BASE_FEE_GREATER_THAN_MAX_FEE: u32 = 4;
export const CALLER_GAS_LIMIT_MORE_THAN_BLOCK: u32 = 6;
export const REJECT_CALLER_WITH_CODE: u32 = 8;
export const LACK_OF_FUND_FOR_MAX_FEE: u32 = 9;
export const NONCE_OVERFLOW_IN_TRANSACTION: u32 = 11;
export const NONCE_TOO_HIGH: u32 = 12;
export const NONCE_TOO_LOW: u32 = 13;
export const MALLEABLE_SIGNATURE: u32 = 14;
export const INCORRECT_FROM: u32 = 15;
export const CREATE_INIT_CODE_SIZE_LIMIT: u32 = 16;
export const GAS_PER_PUBDATA_TOO_HIGH: u32 = 19;
export const BLOCK_GAS_LIMIT_TOO_HIGH: u32 = 20;
export const UPGRADE_TX_NOT_FIRST: u32 = 21;
export const REVERT_IN_VALIDATION: u32 = 22;
export const RECEIVED_INSUFFICIENT_FEES: u32 = 23;
export const INVALID_MAGIC: u32 = 24;
export const INVALID_RETURNDATA_LENGTH: u32 = 25;
export const OUT_OF_GAS_DURING_VALIDATION: u32 = 26;
export const OUT_OF_NATIVE_DURING_VALIDATION: u32 = 27;
export const NONCE_USED_ALREADY: u32 = 28;
export const NONCE_NOT_INCREASED: u32 = 29;
export const UPGRADE_TX_FAILED: u32 = 34;
