/** Who pays, and when: the fee is taken before the body runs, what was not used is given back after it (`process_transaction.rs`, `paymaster_helper.rs`). */
import { u256Sub } from "../../sdk/u256";
import { NUMERIC_BOUNDS } from "../system/status";
import { Resources, beginInfiniteErgs, endInfiniteErgs } from "../system/resources";
import { NO_EE, balance, transfer } from "../system/io";
import { internal } from "../system/internal";
import { bigEndian32, isSmall, isZeroBytes, isZeroU256, lessU256, u256ToWord, wordToU256 } from "../system/bytes";
import { BOOTLOADER_SLOTS } from "../system/layout";
import { RunResult } from "./runner";
import { BOOTLOADER_ADDRESS, NO_VALUE, callAccount } from "./account-call";
import { Sender, statusAsInvalid } from "./account";
import { ERC20_ALLOWANCE, ERC20_APPROVE, PAYMASTER_APPROVAL_BASED, PAYMASTER_GENERAL, PAYMASTER_VALIDATE_AND_PAY, PAY_FOR_TRANSACTION, PREPARE_FOR_PAYMASTER } from "./constants";
import { interact } from "./interaction";
import {
  INVALID_RETURNDATA_LENGTH,
  LACK_OF_FUND_FOR_MAX_FEE,
  OUT_OF_NATIVE_DURING_VALIDATION,
  RECEIVED_INSUFFICIENT_FEES,
  REVERT_IN_VALIDATION,
  VALID,
  withValues,
} from "./invalid";
import { ADDRESS_RANGE, BOOTLOADER_BALANCE, FEE_OVERFLOW, REFUND_FAILED, UNFINISHED_PAYMASTER_FLOW } from "./reasons";
import { FROM, MAX_FEE, PAYMASTER, Transaction } from "./transaction";
import { multiplyByU64 } from "./wide";

const BEFORE: usize = BOOTLOADER_SLOTS + 0x360;
const RECEIVED: usize = BOOTLOADER_SLOTS + 0x380;
const REQUIRED: usize = BOOTLOADER_SLOTS + 0x3a0;
const AMOUNT: usize = BOOTLOADER_SLOTS + 0x3c0;
const TOKEN: usize = BOOTLOADER_SLOTS + 0x3e0;
const ALLOWANCE: usize = BOOTLOADER_SLOTS + 0x400;
/** selector and two words, 4-byte aligned so that the words are too */
const CALL: usize = BOOTLOADER_SLOTS + 0x420;

/** Balance of the bootloader with infinite ergs. @returns a status */
function bootloaderBalance(out: usize): i32 {
  const ergs = beginInfiniteErgs();
  const status = balance(NO_EE, BOOTLOADER_ADDRESS, out);
  endInfiniteErgs(ergs);
  return status;
}

/** Takes the fee of gas price (U256) times gas limit from the sender or its paymaster. @returns VALID or why not */
export function ensurePayment(gasPrice: usize): u32 {
  let status = bootloaderBalance(BEFORE);
  if (status) return statusAsInvalid(status);
  if (!multiplyByU64(gasPrice, Transaction.gasLimit, REQUIRED)) internal(FEE_OVERFLOW);

  const payer = isZeroU256(PAYMASTER) ? FROM : PAYMASTER;
  const invalid = payer == PAYMASTER ? payByPaymaster() : payBySender();
  if (invalid) return invalid;

  status = bootloaderBalance(RECEIVED);
  if (status) return statusAsInvalid(status);
  if (u256Sub(RECEIVED, BEFORE)) internal(BOOTLOADER_BALANCE);
  if (lessU256(RECEIVED, REQUIRED)) return withValues(RECEIVED_INSUFFICIENT_FEES, RECEIVED, REQUIRED);
  u256Sub(RECEIVED, REQUIRED);
  if (isZeroU256(RECEIVED)) return VALID;
  const ergs = beginInfiniteErgs();
  status = transfer(Sender.ee, BOOTLOADER_ADDRESS, payer, RECEIVED);
  endInfiniteErgs(ergs);
  if (status == NUMERIC_BOUNDS) internal(BOOTLOADER_BALANCE);
  return status ? statusAsInvalid(status) : VALID;
}

function payBySender(): u32 {
  if (Sender.isAbstract) {
    if (callAccount(PAY_FOR_TRANSACTION, FROM)) return OUT_OF_NATIVE_DURING_VALIDATION;
    return RunResult.reverted ? REVERT_IN_VALIDATION : VALID;
  }
  if (!multiplyByU64(MAX_FEE, Transaction.gasLimit, AMOUNT) || load<u64>(AMOUNT, 16) | load<u64>(AMOUNT, 24)) internal(FEE_OVERFLOW);
  let status = transfer(Sender.ee, FROM, BOOTLOADER_ADDRESS, AMOUNT);
  if (status == NUMERIC_BOUNDS) {
    status = balance(Sender.ee, FROM, RECEIVED);
    return status ? statusAsInvalid(status) : withValues(LACK_OF_FUND_FOR_MAX_FEE, AMOUNT, RECEIVED);
  }
  return status ? statusAsInvalid(status) : VALID;
}

/** The paymaster flow, as far as the original has it: after `validateAndPay` it stops with `todo!()`, so no block with such a transaction is provable. */
function payByPaymaster(): u32 {
  const invalid = Sender.isAbstract ? prepareContract() : prepareEoa();
  if (invalid) return invalid;
  if (callAccount(PAYMASTER_VALIDATE_AND_PAY, PAYMASTER)) return OUT_OF_NATIVE_DURING_VALIDATION;
  if (RunResult.reverted) return REVERT_IN_VALIDATION;
  internal(UNFINISHED_PAYMASTER_FLOW);
  return VALID;
}

function prepareContract(): u32 {
  if (callAccount(PREPARE_FOR_PAYMASTER, FROM)) return OUT_OF_NATIVE_DURING_VALIDATION;
  return RunResult.reverted ? REVERT_IN_VALIDATION : VALID;
}

/** What the default account does before a paymaster pays: in the approval-based flow it approves the paymaster for a token. */
function prepareEoa(): u32 {
  const input = Transaction.paymasterInput;
  const length = Transaction.paymasterInputLength;
  if (length < 4) return REVERT_IN_VALIDATION;
  const selector = bigEndian32(input);
  if (selector == PAYMASTER_GENERAL) return VALID;
  if (selector != PAYMASTER_APPROVAL_BASED || length < 68) return REVERT_IN_VALIDATION;
  if (!isZeroBytes(input + 4, 12)) internal(ADDRESS_RANGE);
  wordToU256(input + 4, TOKEN);
  wordToU256(input + 36, ALLOWANCE);

  let invalid = tokenCall(ERC20_ALLOWANCE, FROM, PAYMASTER);
  if (invalid) return invalid;
  if (!lessU256(AMOUNT, ALLOWANCE)) return VALID;
  // Some tokens want the allowance set to zero first.
  invalid = tokenCall(ERC20_APPROVE, PAYMASTER, NO_VALUE);
  if (invalid) return invalid;
  if (!isSmall(AMOUNT, 1)) return REVERT_IN_VALIDATION;
  invalid = tokenCall(ERC20_APPROVE, PAYMASTER, ALLOWANCE);
  if (invalid) return invalid;
  return isSmall(AMOUNT, 1) ? VALID : REVERT_IN_VALIDATION;
}

/** Calls the token from the sender with two word arguments; the returned word goes to AMOUNT. */
function tokenCall(selector: u32, first: usize, second: usize): u32 {
  store<u32>(CALL, bswap<u32>(selector));
  u256ToWord(first, CALL + 4);
  u256ToWord(second, CALL + 36);
  if (interact(FROM, TOKEN, NO_VALUE, CALL, 68, true)) return OUT_OF_NATIVE_DURING_VALIDATION;
  if (RunResult.reverted) return REVERT_IN_VALIDATION;
  if (RunResult.returnLength != 32) return INVALID_RETURNDATA_LENGTH;
  wordToU256(RunResult.returnData, AMOUNT);
  return VALID;
}

/** Gives `gas` times the gas price back to who paid. The bootloader holds it: anything but success is an internal error. */
export function refund(gas: u64, gasPrice: usize): void {
  if (!multiplyByU64(gasPrice, gas, AMOUNT)) internal(FEE_OVERFLOW);
  const ergs = Resources.ergs;
  const native = Resources.native;
  Resources.ergs = u64.MAX_VALUE;
  Resources.native = u64.MAX_VALUE;
  if (transfer(Sender.ee, BOOTLOADER_ADDRESS, isZeroU256(PAYMASTER) ? FROM : PAYMASTER, AMOUNT)) internal(REFUND_FAILED);
  Resources.ergs = ergs;
  Resources.native = native;
}
