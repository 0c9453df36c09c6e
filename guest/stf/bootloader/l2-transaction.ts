/** A transaction of this chain: validation, payment, body, refund (`process_l2_transaction`). */
import { u256Add, u256Sub } from "../../sdk/u256";
import { OK } from "../system/status";
import { Resources, beginInfiniteErgs, chargeNative, endInfiniteErgs } from "../system/resources";
import { Io, NO_EE, finishFrame, readAccount, startFrame, storageTouch, touchAccount } from "../system/io";
import { accountNonce, accountVersion, isContract } from "../system/account";
import { internal } from "../system/internal";
import { Metadata } from "../system/metadata";
import { copyU256, isZeroU256, lessU256, saturateU64, wordToU256 } from "../system/bytes";
import { BOOTLOADER_SLOTS } from "../system/layout";
import { AccessList, accessListKey, openAccessList, openAccessListItem } from "./access-list";
import { Sender, chargeInitcode, checkNonce, checkNonceUsed, execute, statusAsInvalid, validateAccount } from "./account";
import { DEFAULT_GAS_PER_PUBDATA, L2_INTRINSIC_GAS, L2_INTRINSIC_NATIVE, L2_INTRINSIC_PUBDATA, MAX_BLOCK_GAS_LIMIT } from "./constants";
import { parseEe } from "./interaction";
import {
  BASE_FEE_GREATER_THAN_MAX_FEE,
  BLOCK_GAS_LIMIT_TOO_HIGH,
  CALLER_GAS_LIMIT_MORE_THAN_BLOCK,
  GAS_PER_PUBDATA_TOO_HIGH,
  INVALID_STRUCTURE,
  NONCE_OVERFLOW_IN_TRANSACTION,
  PRIORITY_FEE_GREATER_THAN_MAX_FEE,
  VALID,
} from "./invalid";
import { Outcome } from "./outcome";
import { ensurePayment, refund } from "./payment";
import { setPrices } from "./prices";
import { ZERO_NATIVE_PRICE } from "./reasons";
import { Budget, grantResources, pubdataBase, pubdataNative, settleGas } from "./resources";
import { EIP_712, FROM, MAX_FEE, NONCE, PRIORITY_FEE, Transaction } from "./transaction";
import { hashTransaction } from "./transaction-hash";

const GAS_PRICE: usize = BOOTLOADER_SLOTS + 0x480;
const KEY: usize = BOOTLOADER_SLOTS + 0x4a0;
const ADDRESS: usize = BOOTLOADER_SLOTS + 0x4c0;

/** @returns VALID (the result is in `Outcome`) or why the transaction is not part of the block's results */
export function processL2Transaction(): u32 {
  if (Metadata.gasLimit > MAX_BLOCK_GAS_LIMIT) return BLOCK_GAS_LIMIT_TOO_HIGH;
  if (Transaction.gasLimit > Metadata.gasLimit) return CALLER_GAS_LIMIT_MORE_THAN_BLOCK;
  let invalid = setGasPrice();
  if (invalid) return invalid;
  if (isZeroU256(Metadata.nativePrice)) internal(ZERO_NATIVE_PRICE);
  setPrices(GAS_PRICE, Metadata.nativePrice, Metadata.gasPerPubdata);

  invalid = grantResources(L2_INTRINSIC_GAS, L2_INTRINSIC_PUBDATA, L2_INTRINSIC_NATIVE);
  if (invalid) return invalid;
  const granted = Resources.native;

  const ergs = beginInfiniteErgs();
  let status = readAccount(NO_EE, FROM);
  endInfiniteErgs(ergs);
  if (status) return statusAsInvalid(status);
  Sender.isContract = isContract(Io.account);
  Sender.ee = parseEe(accountVersion(Io.account));
  Sender.nonce = accountNonce(Io.account);
  Sender.isAbstract = Sender.isContract && Transaction.type == EIP_712;

  invalid = chargeInitcode();
  if (invalid) return invalid;
  copyU256(FROM, Metadata.origin);
  copyU256(GAS_PRICE, Metadata.gasPrice);
  invalid = warmAccessList();
  if (invalid) return invalid;
  status = hashTransaction();
  if (status) return statusAsInvalid(status);

  invalid = validate();
  if (invalid) return invalid;
  const validationPubdata = pubdataBase();
  status = chargeNative(pubdataNative(0));
  if (status) return statusAsInvalid(status);

  // The body, in a frame that out of native (or too little of it for the pubdata) rolls back.
  const frame = startFrame();
  const native = Resources.native;
  if (execute() == OK) {
    if (Resources.native < pubdataNative(validationPubdata)) Outcome.success = false;
    finishFrame(frame, !Outcome.success);
  } else {
    Resources.native = native;
    Resources.ergs = 0;
    finishFrame(frame, true);
    Outcome.set(false, 0, 0);
  }

  Outcome.nativeUsed = granted - Resources.native;
  Resources.native += Budget.withheldNative;
  Outcome.gasUsed = settleGas(pubdataNative(validationPubdata));
  refund(Transaction.gasLimit - Outcome.gasUsed, GAS_PRICE);
  return VALID;
}

/** Base fee and the tip that the limits allow, in GAS_PRICE (EIP-1559; `charge_priority_fee`). */
function setGasPrice(): u32 {
  if (lessU256(MAX_FEE, PRIORITY_FEE)) return PRIORITY_FEE_GREATER_THAN_MAX_FEE;
  if (lessU256(MAX_FEE, Metadata.baseFee)) return BASE_FEE_GREATER_THAN_MAX_FEE;
  copyU256(MAX_FEE, GAS_PRICE);
  u256Sub(GAS_PRICE, Metadata.baseFee);
  if (lessU256(PRIORITY_FEE, GAS_PRICE)) copyU256(PRIORITY_FEE, GAS_PRICE);
  u256Add(GAS_PRICE, Metadata.baseFee);
  return VALID;
}

/** Parses the access list while it makes its accounts and slots warm, at the cost that EIP-2930 has. */
function warmAccessList(): u32 {
  if (!openAccessList()) return INVALID_STRUCTURE;
  for (let i: u32 = 0, count = AccessList.count; i < count; i++) {
    if (!openAccessListItem(i)) return INVALID_STRUCTURE;
    wordToU256(AccessList.address, ADDRESS);
    // Only the low 20 bytes of the word are the address; the rest is not looked at.
    store<u32>(ADDRESS, 0, 20);
    store<u64>(ADDRESS, 0, 24);
    let status = touchAccount(NO_EE, ADDRESS, true);
    if (status) return statusAsInvalid(status);
    for (let k: u32 = 0, keys = AccessList.keyCount; k < keys; k++) {
      const key = accessListKey(k);
      if (!key) return INVALID_STRUCTURE;
      wordToU256(key, KEY);
      status = storageTouch(NO_EE, ADDRESS, KEY, true);
      if (status) return statusAsInvalid(status);
    }
  }
  return VALID;
}

function validate(): u32 {
  const limit = Transaction.type == EIP_712 ? <u64>Transaction.gasPerPubdataLimit : DEFAULT_GAS_PER_PUBDATA;
  if (limit < saturateU64(Metadata.gasPerPubdata)) return GAS_PER_PUBDATA_TOO_HIGH;
  if (load<u64>(NONCE, 8) | load<u64>(NONCE, 16) | load<u64>(NONCE, 24)) return NONCE_OVERFLOW_IN_TRANSACTION;
  const nonce = load<u64>(NONCE);
  let invalid = checkNonce(nonce);
  if (!invalid) invalid = validateAccount();
  if (!invalid) invalid = checkNonceUsed(nonce);
  if (!invalid) invalid = ensurePayment(GAS_PRICE);
  return invalid;
}
