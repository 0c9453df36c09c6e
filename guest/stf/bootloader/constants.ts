/** `basic_bootloader/src/bootloader/constants.rs` and the constants it takes from elsewhere. */

export const MAX_TRANSACTION_BYTES: u32 = 1 << 23;
/** Bytes kept free before a transaction: selector, two hashes and an offset of an account-abstraction call. */
export const CALL_HEADER: u32 = 4 + 3 * 32;
/** Offset of the transaction in that call's arguments. */
export const TRANSACTION_OFFSET_IN_CALL: u32 = 0x60;

export const MAX_BLOCK_GAS_LIMIT: u64 = u64.MAX_VALUE / 256;
/** `zk_ee/src/system/constants.rs` */
export const MAX_NATIVE_COMPUTATIONAL: u64 = 1 << 36;

export const L1_INTRINSIC_GAS: u64 = 11_000;
export const L1_INTRINSIC_PUBDATA: u64 = 88;
export const L1_INTRINSIC_NATIVE: u64 = 10_000;
export const L1_NATIVE_PRICE: u64 = 10;
export const UPGRADE_NATIVE_PER_GAS: u64 = 10_000;

export const L2_INTRINSIC_GAS: u64 = 18_000;
export const L2_INTRINSIC_PUBDATA: u64 = 0;
export const L2_INTRINSIC_NATIVE: u64 = 4_000;
export const DEPLOYMENT_EXTRA_GAS: u64 = 32_000;
export const CALLDATA_ZERO_BYTE_GAS: u64 = 4;
export const CALLDATA_NON_ZERO_BYTE_GAS: u64 = 16;
/** `evm_interpreter/src/native_resource_constants.rs` */
export const COPY_BYTE_NATIVE: u64 = 1;
/** EIP-3860 */
export const INITCODE_WORD_GAS: u64 = 2;
export const MAX_INITCODE_SIZE: u32 = 0xc000;
/** What a transaction that cannot say it (any but EIP-712) accepts as gas per pubdata. */
export const DEFAULT_GAS_PER_PUBDATA: u64 = 1;

/** Selectors of account abstraction and of the ERC-20 calls of the approval-based paymaster flow. */
export const VALIDATE: u32 = 0x202bcce7;
export const EXECUTE: u32 = 0xdf9c1589;
export const PREPARE_FOR_PAYMASTER: u32 = 0xa28c1aee;
export const PAY_FOR_TRANSACTION: u32 = 0xe2f318e3;
export const PAYMASTER_APPROVAL_BASED: u32 = 0x949431dc;
export const PAYMASTER_GENERAL: u32 = 0x8c5a3445;
export const PAYMASTER_VALIDATE_AND_PAY: u32 = 0x038a24bc;
export const ERC20_ALLOWANCE: u32 = 0xdd62ed3e;
export const ERC20_APPROVE: u32 = 0x095ea7b3;
