/** What a transaction may spend, and what its pubdata costs (`basic_bootloader/src/bootloader/gas_helpers.rs`). */
import { UNLIMITED_NATIVE } from "../flavour";
import { ERGS_PER_GAS, Resources } from "../system/resources";
import { internal } from "../system/internal";
import { pubdataUsed } from "../system/io";
import { CALLDATA_NON_ZERO_BYTE_GAS, CALLDATA_ZERO_BYTE_GAS, COPY_BYTE_NATIVE, MAX_NATIVE_COMPUTATIONAL } from "./constants";
import { OUT_OF_GAS_DURING_VALIDATION, OUT_OF_NATIVE_DURING_VALIDATION, VALID } from "./invalid";
import { INTRINSIC_PUBDATA_OVERFLOW, PUBDATA_OVERFLOW, REFUND_RANGE } from "./reasons";
import { Transaction } from "./transaction";

@unmanaged
export abstract class Budget {
  /** native per gas and native per byte of pubdata, both cut to 2^64 - 1 */
  static nativePerGas: u64 = 0;
  static nativePerPubdata: u64 = 0;
  /** native beyond the computational limit: kept back while the transaction runs, given back for pubdata and the refund */
  static withheldNative: u64 = 0;
}

// @ts-ignore: decorator
@inline export function saturatingMul(a: u64, b: u64): u64 {
  return b != 0 && a > u64.MAX_VALUE / b ? u64.MAX_VALUE : a * b;
}

/** Product, or an internal error where it passes 64 bits. */
export function checkedMul(a: u64, b: u64, reason: u32): u64 {
  if (b != 0 && a > u64.MAX_VALUE / b) internal(reason);
  return a * b;
}

/** Bytes of the calldata that are not zero. Four at a time: a byte is zero where neither its low 7 bits nor its top bit carry. */
function nonZeroBytes(at: usize, length: u32): u32 {
  let count: u32 = 0;
  const end = at + length;
  const words = at + (length & ~3);
  while (at < words) {
    const word = load<u32>(at);
    const marks = (((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word) & 0x80808080;
    count += ((marks >> 7) * 0x01010101) >> 24;
    at += 4;
  }
  while (at < end) count += <u32>(load<u8>(at++) != 0);
  return count;
}

/**
 * Sets the active resources from the transaction's gas limit, less intrinsic costs and calldata, and `Budget.withheldNative`.
 * `Budget.nativePerGas` and `nativePerPubdata` are set before. @returns VALID or why the transaction is not
 */
export function grantResources(intrinsicGas: u64, intrinsicPubdata: u64, intrinsicNative: u64): u32 {
  let native = UNLIMITED_NATIVE ? u64.MAX_VALUE : saturatingMul(Transaction.gasLimit, Budget.nativePerGas);
  const overhead = checkedMul(Budget.nativePerPubdata, intrinsicPubdata, INTRINSIC_PUBDATA_OVERFLOW);
  if (native < overhead) return OUT_OF_NATIVE_DURING_VALIDATION;
  native -= overhead;
  Budget.withheldNative = 0;
  if (native > MAX_NATIVE_COMPUTATIONAL) {
    Budget.withheldNative = native - MAX_NATIVE_COMPUTATIONAL;
    native = MAX_NATIVE_COMPUTATIONAL;
  }
  const nonZero = nonZeroBytes(Transaction.data, Transaction.dataLength);
  const calldataGas = <u64>(Transaction.dataLength - nonZero) * CALLDATA_ZERO_BYTE_GAS + <u64>nonZero * CALLDATA_NON_ZERO_BYTE_GAS;
  const spent = <u64>Transaction.dataLength * COPY_BYTE_NATIVE + intrinsicNative;
  if (native < spent) return OUT_OF_NATIVE_DURING_VALIDATION;
  const gas = calldataGas + intrinsicGas;
  if (gas > Transaction.gasLimit) return OUT_OF_GAS_DURING_VALIDATION;
  Resources.native = native - spent;
  Resources.ergs = checkedMul(Transaction.gasLimit - gas, ERGS_PER_GAS, REFUND_RANGE);
  return VALID;
}

/** Bytes of pubdata now, as a base for `pubdataNative`. Not counted where pubdata is free: a count goes over everything that the transaction touched. */
export function pubdataBase(): u64 {
  return Budget.nativePerPubdata == 0 ? 0 : pubdataUsed();
}

/** Native for the pubdata written since `base` bytes of it. */
export function pubdataNative(base: u64): u64 {
  if (Budget.nativePerPubdata == 0) return 0;
  return checkedMul(pubdataUsed() - base, Budget.nativePerPubdata, PUBDATA_OVERFLOW);
}

/** Takes what pubdata costs and all remaining ergs; answers the gas used, at least what the native spent is worth. */
export function settleGas(pubdata: u64): u64 {
  Resources.native -= pubdata;
  let used = Transaction.gasLimit - Resources.ergs / ERGS_PER_GAS;
  Resources.ergs = 0;
  if (!UNLIMITED_NATIVE && Budget.nativePerGas != 0) {
    const nativeUsed = saturatingMul(Transaction.gasLimit, Budget.nativePerGas) - Resources.native;
    const asGas = nativeUsed / Budget.nativePerGas;
    if (<i64>(asGas - used) > 0) used = asGas;
  }
  if (used > Transaction.gasLimit) internal(REFUND_RANGE);
  return used;
}
