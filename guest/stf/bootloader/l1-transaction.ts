/** A transaction from L1: a priority operation, or a protocol upgrade (`process_l1_transaction`). It is always included; what it cannot pay for reverts. */
import { u256Add, u256Sub } from "../../sdk/u256";
import { OK, OUT_OF_ERGS } from "../system/status";
import { Resources, beginInfiniteErgs, endInfiniteErgs } from "../system/resources";
import { emitL1TxLog, finishFrame, startFrame } from "../system/io";
import { OUT_OF_ERGS_WITH_INFINITE, internal } from "../system/internal";
import { Metadata } from "../system/metadata";
import { copyU256, isZeroU256, lessU256, setU256 } from "../system/bytes";
import { BOOTLOADER_SLOTS } from "../system/layout";
import { BOOTLOADER_ADDRESS } from "./account-call";
import { L1_INTRINSIC_GAS, L1_INTRINSIC_NATIVE, L1_INTRINSIC_PUBDATA, L1_NATIVE_PRICE, UPGRADE_NATIVE_PER_GAS } from "./constants";
import { interact, mint } from "./interaction";
import { UPGRADE_TX_FAILED, VALID } from "./invalid";
import { Outcome } from "./outcome";
import { setFixedPrices, setPrices } from "./prices";
import { ADDRESS_RANGE, DEPOSITED_TOO_LOW, FEE_OVERFLOW, MINT_FAILED } from "./reasons";
import { Budget, grantResources, pubdataNative, settleGas } from "./resources";
import { FROM, MAX_FEE, RESERVED_0, RESERVED_1, TO, Transaction, VALUE } from "./transaction";
import { TRANSACTION_HASH, hashTransaction } from "./transaction-hash";
import { RunResult } from "./runner";
import { multiplyByU64 } from "./wide";

const NATIVE_PRICE: usize = BOOTLOADER_SLOTS + 0x580;
const GAS_PER_PUBDATA: usize = BOOTLOADER_SLOTS + 0x5a0;
const COST: usize = BOOTLOADER_SLOTS + 0x5c0;
const FEE: usize = BOOTLOADER_SLOTS + 0x5e0;
const REFUND: usize = BOOTLOADER_SLOTS + 0x600;

/** @param isPriority a priority operation, not an upgrade. @returns VALID (the result is in `Outcome`) or why the block goes on without it */
export function processL1Transaction(isPriority: bool): u32 {
  setU256(GAS_PER_PUBDATA, Transaction.gasPerPubdataLimit);
  if (isPriority) {
    setU256(NATIVE_PRICE, L1_NATIVE_PRICE);
    setPrices(MAX_FEE, NATIVE_PRICE, GAS_PER_PUBDATA);
  } else {
    setFixedPrices(UPGRADE_NATIVE_PER_GAS, GAS_PER_PUBDATA);
  }
  const invalid = grantResources(L1_INTRINSIC_GAS, L1_INTRINSIC_PUBDATA, L1_INTRINSIC_NATIVE);
  if (invalid) return invalid;

  // L1 checked that the deposit covers value and fee; the product is a u128 there.
  if (!multiplyByU64(MAX_FEE, Transaction.gasLimit, COST) || load<u64>(COST, 16) | load<u64>(COST, 24)) internal(FEE_OVERFLOW);
  if (u256Add(COST, VALUE)) internal(FEE_OVERFLOW);
  if (lessU256(RESERVED_0, COST)) internal(DEPOSITED_TOO_LOW);

  if (hashTransaction() == OK) {
    run();
  } else {
    Resources.ergs = u64.MAX_VALUE;
    Resources.native = u64.MAX_VALUE;
    hashTransaction();
    Resources.ergs = 0;
    Resources.native = 0;
    Outcome.set(false, 0, 0);
  }

  Outcome.gasUsed = settleGas(pubdataNative(0));
  Outcome.nativeUsed = 0;
  if (!multiplyByU64(MAX_FEE, Outcome.gasUsed, FEE)) internal(FEE_OVERFLOW);
  Resources.ergs = u64.MAX_VALUE;
  Resources.native = u64.MAX_VALUE;
  if (mint(BOOTLOADER_ADDRESS, FEE)) internal(MINT_FAILED);

  if (!Outcome.success && !isPriority) return UPGRADE_TX_FAILED;
  // What was deposited and is neither fee nor value that arrived.
  copyU256(RESERVED_0, REFUND);
  if (u256Sub(REFUND, FEE)) internal(FEE_OVERFLOW);
  if (Outcome.success && u256Sub(REFUND, VALUE)) internal(FEE_OVERFLOW);
  if (!isZeroU256(REFUND)) {
    if (load<u32>(RESERVED_1, 20) | load<u32>(RESERVED_1, 24) | load<u32>(RESERVED_1, 28)) internal(ADDRESS_RANGE);
    if (mint(RESERVED_1, REFUND)) internal(MINT_FAILED);
  }
  emitL1TxLog(TRANSACTION_HASH, Outcome.success);
  return VALID;
}

/** The body in a frame that is rolled back where it fails, out of native or pubdata included. */
function run(): void {
  const outer = startFrame();
  if (runBody() == OK) {
    finishFrame(outer, !Outcome.success);
    return;
  }
  Resources.ergs = 0;
  finishFrame(outer, true);
  Outcome.set(false, 0, 0);
}

/** @returns OK or OUT_OF_NATIVE, with the native resources that the original has then */
function runBody(): i32 {
  copyU256(FROM, Metadata.origin);
  copyU256(MAX_FEE, Metadata.gasPrice);
  const frame = startFrame();
  if (!isZeroU256(VALUE)) {
    const ergs = beginInfiniteErgs();
    const status = mint(FROM, VALUE);
    endInfiniteErgs(ergs);
    if (status == OUT_OF_ERGS) internal(OUT_OF_ERGS_WITH_INFINITE);
    if (status) return status;
  }
  // The call works on a copy of the resources: out of native leaves those before it.
  const before = Resources.native;
  const status = interact(FROM, TO, VALUE, Transaction.data, Transaction.dataLength, false);
  if (status) {
    Resources.native = before;
    return status;
  }
  finishFrame(frame, RunResult.reverted);
  Outcome.set(!RunResult.reverted, RunResult.returnData, RunResult.returnLength);
  Resources.native += Budget.withheldNative;
  if (Resources.native < pubdataNative(0)) Outcome.success = false;
  return OK;
}
