/**
 * Calls of account abstraction: `method(bytes32 txHash, bytes32 signedHash, Transaction)`, the transaction in place behind a header that is written before it
 * (`paymaster_helper.rs`: `call_account_method`). The caller is the bootloader.
 */
import { BOOTLOADER } from "../system/addresses";
import { setU256 } from "../system/bytes";
import { BOOTLOADER_SLOTS } from "../system/layout";
import { CALL_HEADER, TRANSACTION_OFFSET_IN_CALL } from "./constants";
import { interact } from "./interaction";
import { Transaction } from "./transaction";
import { SIGNED_HASH, TRANSACTION_HASH } from "./transaction-hash";

/** U256 */
export const BOOTLOADER_ADDRESS: usize = BOOTLOADER_SLOTS + 0x320;
/** U256: zero, never written */
export const NO_VALUE: usize = BOOTLOADER_SLOTS + 0x340;

export function initAccountCall(): void {
  setU256(BOOTLOADER_ADDRESS, BOOTLOADER);
}

/** @returns OK (the result is in `RunResult`, what is left of the resources is active) or OUT_OF_NATIVE */
export function callAccount(selector: u32, account: usize): i32 {
  const start = Transaction.base - CALL_HEADER;
  store<u32>(start, bswap<u32>(selector));
  memory.copy(start + 4, TRANSACTION_HASH, 32);
  memory.copy(start + 36, SIGNED_HASH, 32);
  memory.fill(start + 68, 0, 28);
  store<u32>(start + 96, bswap<u32>(TRANSACTION_OFFSET_IN_CALL));
  return interact(BOOTLOADER_ADDRESS, account, NO_VALUE, start, CALL_HEADER + Transaction.length, true);
}
