/**
 * The two account models: an EOA signs with secp256k1 and is paid for by the bootloader; a contract that sends an EIP-712 transaction is asked through its methods
 * (`basic_bootloader/src/bootloader/account_models/`).
 */
import { OK, NUMERIC_BOUNDS, OUT_OF_ERGS, OUT_OF_NATIVE } from "../system/status";
import { ERGS_PER_GAS, Resources, charge, chargeErgs } from "../system/resources";
import { EVM_EE, Io, balance, finishFrame, incrementNonce, startFrame, transfer } from "../system/io";
import { readNonce } from "../system/io";
import { internal } from "../system/internal";
import { WASM_DEPLOY } from "../system/addresses";
import { recoverAddress } from "../system/hashes";
import { bigEndian32, copyU256, equalU256, isSmall, isZeroU256, lessU256, setU256, wordToU256 } from "../system/bytes";
import { BOOTLOADER_SLOTS } from "../system/layout";
import { u256Add } from "../../sdk/u256";
import { ECRECOVER_ERGS, ECRECOVER_NATIVE } from "../hooks/costs";
import { RunResult, runCreate } from "./runner";
import { callAccount } from "./account-call";
import { DEPLOYMENT_EXTRA_GAS, EXECUTE, INITCODE_WORD_GAS, MAX_INITCODE_SIZE, VALIDATE } from "./constants";
import { interact } from "./interaction";
import {
  CREATE_INIT_CODE_SIZE_LIMIT,
  INCORRECT_FROM,
  INVALID_MAGIC,
  INVALID_RETURNDATA_LENGTH,
  LACK_OF_FUND_FOR_MAX_FEE,
  MALLEABLE_SIGNATURE,
  NONCE_NOT_INCREASED,
  NONCE_OVERFLOW_IN_TRANSACTION,
  NONCE_TOO_HIGH,
  NONCE_TOO_LOW,
  NONCE_USED_ALREADY,
  OUT_OF_GAS_DURING_VALIDATION,
  OUT_OF_NATIVE_DURING_VALIDATION,
  REJECT_CALLER_WITH_CODE,
  REVERT_IN_VALIDATION,
  VALID,
  withNumbers,
  withValues,
} from "./invalid";
import { DEPLOYED_ADDRESS, Outcome } from "./outcome";
import { FEE_OVERFLOW, NONCE_MISMATCH, WASM_DEPLOYMENT } from "./reasons";
import { EIP_712, FROM, MAX_FEE, PAYMASTER, TO, Transaction, VALUE } from "./transaction";
import { SIGNED_HASH } from "./transaction-hash";
import { multiplyByU64 } from "./wide";

const BALANCE: usize = BOOTLOADER_SLOTS + 0x280;
const REQUIRED: usize = BOOTLOADER_SLOTS + 0x2a0;
const SIGNATURE_S: usize = BOOTLOADER_SLOTS + 0x2c0;

/** Half the order of secp256k1 as U256 words (EIP-2). */
const HALF_ORDER: usize = memory.data<u32>([
  0x681b20a0, 0xdfe92f46, 0x57a4501d, 0x5d576e73, 0xffffffff, 0xffffffff, 0xffffffff, 0x7fffffff,
]);

/** The sender, as the transaction found it. */
@unmanaged
export abstract class Sender {
  static ee: u32 = 0;
  static nonce: u64 = 0;
  static isContract: bool = false;
  /** an EIP-712 transaction from a contract: account abstraction */
  static isAbstract: bool = false;
}

/** A status of resources as the reason that ends a validation. */
export function statusAsInvalid(status: i32): u32 {
  return status == OUT_OF_ERGS ? OUT_OF_GAS_DURING_VALIDATION : OUT_OF_NATIVE_DURING_VALIDATION;
}

/** Initcode of a deployment by an EOA: EIP-3860's limit and cost. */
export function chargeInitcode(): u32 {
  if (Sender.isAbstract || !(Transaction.isDeployment || isSmall(TO, WASM_DEPLOY))) return VALID;
  const length = Transaction.dataLength;
  if (length > MAX_INITCODE_SIZE) return CREATE_INIT_CODE_SIZE_LIMIT;
  const status = chargeErgs(INITCODE_WORD_GAS * ((<u64>length + 31) >> 5) * ERGS_PER_GAS);
  return status ? statusAsInvalid(status) : VALID;
}

/** Before validation: an EOA's nonce is the next one, a contract's at least the account's. */
export function checkNonce(nonce: u64): u32 {
  if (Sender.isAbstract) return nonce < Sender.nonce ? NONCE_USED_ALREADY : VALID;
  if (nonce == Sender.nonce) return VALID;
  return withNumbers(nonce > Sender.nonce ? NONCE_TOO_HIGH : NONCE_TOO_LOW, nonce, Sender.nonce);
}

/** After validation: a contract account must have used the nonce up. */
export function checkNonceUsed(nonce: u64): u32 {
  if (!Sender.isAbstract) return VALID;
  const status = readNonce(Sender.ee, FROM);
  if (status) return statusAsInvalid(status);
  return Io.nonce > nonce ? VALID : NONCE_NOT_INCREASED;
}

export function validateAccount(): u32 {
  return Sender.isAbstract ? validateContract() : validateEoa();
}

/** What the sender must own: the value, and the most it can pay unless a paymaster does. */
function requiredBalance(): void {
  copyU256(VALUE, REQUIRED);
  if (Transaction.type == EIP_712 && !isZeroU256(PAYMASTER)) return;
  // max fee · gas limit is checked as a u128, the sum as a u256
  if (!multiplyByU64(MAX_FEE, Transaction.gasLimit, BALANCE) || load<u64>(BALANCE, 16) | load<u64>(BALANCE, 24)) internal(FEE_OVERFLOW);
  if (u256Add(REQUIRED, BALANCE)) internal(FEE_OVERFLOW);
}

function validateEoa(): u32 {
  // EIP-3607
  if (Sender.isContract) return REJECT_CALLER_WITH_CODE;
  requiredBalance();
  let status = balance(Sender.ee, FROM, BALANCE);
  if (status) return statusAsInvalid(status);
  if (lessU256(BALANCE, REQUIRED)) return withValues(LACK_OF_FUND_FOR_MAX_FEE, REQUIRED, BALANCE);

  const signature = Transaction.signature;
  wordToU256(signature + 32, SIGNATURE_S);
  if (lessU256(HALF_ORDER, SIGNATURE_S)) return MALLEABLE_SIGNATURE;
  status = charge(ECRECOVER_ERGS, ECRECOVER_NATIVE);
  if (status) return statusAsInvalid(status);
  const v: u32 = load<u8>(signature + 64);
  setU256(BALANCE, 0);
  if (v == 27 || v == 28) recoverAddress(SIGNED_HASH, v - 27, signature, signature + 32, BALANCE);
  // No key recovers to address 0 in the original either: it refuses a signature without a key whatever the sender says.
  if (isZeroU256(BALANCE) || !equalU256(BALANCE, FROM)) return withValues(INCORRECT_FROM, FROM, BALANCE);

  status = incrementNonce(Sender.ee, FROM, 1);
  if (status) return status == NUMERIC_BOUNDS ? NONCE_OVERFLOW_IN_TRANSACTION : statusAsInvalid(status);
  if (Io.oldNonce != Sender.nonce) internal(NONCE_MISMATCH);
  return VALID;
}

function validateContract(): u32 {
  if (callAccount(VALIDATE, FROM)) return OUT_OF_NATIVE_DURING_VALIDATION;
  if (RunResult.reverted) return REVERT_IN_VALIDATION;
  if (RunResult.returnLength != 32) return INVALID_RETURNDATA_LENGTH;
  return bigEndian32(RunResult.returnData) == VALIDATE ? VALID : INVALID_MAGIC;
}

/** Runs the transaction's body. The result is in `Outcome`. @returns OK or OUT_OF_NATIVE */
export function execute(): i32 {
  if (Sender.isAbstract) {
    const status = callAccount(EXECUTE, FROM);
    if (status) return status;
  } else if (Transaction.isDeployment || isSmall(TO, WASM_DEPLOY)) {
    return deploy();
  } else {
    const status = interact(FROM, TO, VALUE, Transaction.data, Transaction.dataLength, true);
    if (status) return status;
  }
  Outcome.set(!RunResult.reverted, RunResult.returnData, RunResult.returnLength);
  return OK;
}

/** A deployment by an EOA (`process_deployment`). Too few ergs for its extra cost take everything, native included. */
function deploy(): i32 {
  if (chargeErgs(DEPLOYMENT_EXTRA_GAS * ERGS_PER_GAS)) {
    Resources.native = 0;
    Outcome.set(false, 0, 0);
    return OK;
  }
  if (!Transaction.isDeployment) internal(WASM_DEPLOYMENT);
  const frame = startFrame();
  if (runCreate(EVM_EE, FROM, VALUE, Transaction.data, Transaction.dataLength, Sender.nonce)) return OUT_OF_NATIVE;
  finishFrame(frame, RunResult.reverted);
  Outcome.set(!RunResult.reverted, RunResult.returnData, RunResult.returnLength);
  if (!RunResult.reverted) {
    Outcome.deployed = true;
    copyU256(RunResult.deployed, DEPLOYED_ADDRESS);
  }
  return OK;
}
