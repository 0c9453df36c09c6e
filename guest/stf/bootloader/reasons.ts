/** Internal errors of the bootloader (400–499, see `system/internal.ts`): no valid block leads here. */

export const TRANSACTION_SIZE: u32 = 400;
export const NATIVE_PER_PUBDATA_OVERFLOW: u32 = 401;
export const INTRINSIC_PUBDATA_OVERFLOW: u32 = 402;
export const FEE_OVERFLOW: u32 = 403;
export const DEPOSITED_TOO_LOW: u32 = 404;
export const ZERO_NATIVE_PRICE: u32 = 405;
export const NONCE_MISMATCH: u32 = 406;
export const PUBDATA_OVERFLOW: u32 = 407;
export const UNFINISHED_PAYMASTER_FLOW: u32 = 408;
export const BOOTLOADER_BALANCE: u32 = 409;
export const REFUND_FAILED: u32 = 410;
export const MINT_FAILED: u32 = 411;
export const COINBASE_TRANSFER: u32 = 412;
export const ADDRESS_RANGE: u32 = 413;
export const BASE_FEE_RANGE: u32 = 414;
export const REFUND_RANGE: u32 = 415;
export const WASM_DEPLOYMENT: u32 = 416;
export const ACCESS_LIST_LENGTH: u32 = 417;
