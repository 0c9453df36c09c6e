/**
 * From a request (`evm/request.ts`) to a frame that can run, or to a result at once: account reads and charges, passing of ergs, transfer, hooks, address derivation,
 * collisions. After `run_call_preparation`, `external_call_before_vm`, `handle_requested_deployment` of `runner.rs` and `prepare_for_deployment` of
 * `evm_interpreter/src/ee_trait_impl.rs`.
 */
import { u256Copy, u256IsZero, u256Zero } from "../../sdk/u256";
import { spendKeccak } from "../evm/copies";
import { deriveCreate, deriveCreate2 } from "../evm/derive";
import { Frame, frameAt, holdCode, MAX_DEPTH, returnBuffer, takeReturnMemory, writeReturnMemory } from "../evm/frame";
import { allButOne64th } from "../evm/gas";
import { jumpsOf, jumpsOfInitcode } from "../evm/jumps";
import { CALL_CODE, CALL_DELEGATE, CALL_PLAIN, Request } from "../evm/request";
import { DEPLOYED } from "../evm/slots";
import { above32 } from "../evm/words";
import { HookCall } from "../hooks/call";
import { callHook, hasHook } from "../hooks/table";
import { accountBalance, accountBytecodeLength, accountNonce } from "../system/account";
import { lessU256 } from "../system/bytes";
import { DEPLOYMENT_TRANSFER, internal, NONCE_OF_DEPLOYED, UNSUPPORTED_EE } from "../system/internal";
import { EVM_EE, finishFrame, incrementNonce, Io, NO_EE, readAccount, readAccountCode, startFrame, transfer } from "../system/io";
import { beginInfiniteErgs, chargeErgs, chargeNative, endInfiniteErgs, ERGS_PER_GAS, Resources } from "../system/resources";
import { NUMERIC_BOUNDS, OK, OUT_OF_NATIVE } from "../system/status";

/** `evm_interpreter/src/gas_constants.rs` */
const CALLVALUE_ERGS: u64 = 9000 * ERGS_PER_GAS;
const NEWACCOUNT_ERGS: u64 = 25000 * ERGS_PER_GAS;
const STIPEND_ERGS: u64 = 2300 * ERGS_PER_GAS;
const PREPROCESSING_BYTE_NATIVE: u64 = 6;
/** Below it an address may have a hook. */
const SPECIAL_ADDRESSES: u32 = 0x10000;

/** What a launch came to. A frame waits at the asked depth. */
export const LAUNCHED: i32 = 0;
/** A result without a frame: `Done`. */
export const DONE: i32 = 1;
/** `CallFailedToExecute`: the caller could not pay for the call. */
export const NOT_EXECUTED: i32 = 2;
/** Native ran out. */
export const FATAL: i32 = 3;

/** A call or creation that is over: how, and how many bytes of return data are in the return buffer. */
@unmanaged
export abstract class Done {
  static success: bool = false;
  static length: u32 = 0;
}

@unmanaged
export abstract class Launch {
  /** rules of whoever started the run */
  static initialEe: u32 = NO_EE;
}

export function done(success: bool, length: u32): i32 {
  Done.success = success;
  Done.length = length;
  return DONE;
}

/** A done call whose io frame is open; the caller gets back what it kept. */
function doneInFrame(handle: u32, kept: u64, success: bool): i32 {
  finishFrame(handle, !success);
  Resources.ergs += kept;
  return done(success, 0);
}

/** `caller` is whoever calls (U256), `callersCaller` whoever called that one (for DELEGATECALL; 0 for the entry). */
export function launchCall(ee: u32, depth: u32, caller: usize, callersCaller: usize): i32 {
  const callee = Request.callee;
  const isEntry = depth == 0;
  const low = load<u32>(callee);
  const isSpecial = low < SPECIAL_ADDRESSES && !above32(callee) && hasHook(low);

  // the entry's access to the callee is part of the intrinsic cost
  const ergs = Resources.ergs;
  if (isEntry) Resources.ergs = u64.MAX_VALUE;
  const read = readAccountCode(ee, callee);
  if (read == OUT_OF_NATIVE) return FATAL;
  if (read != OK) return NOT_EXECUTED;
  if (isEntry) Resources.ergs = ergs;
  const code = Io.code;
  const codeLength = Io.codeLength;

  const isDelegate = Request.scheme == CALL_DELEGATE;
  const transfers = !isDelegate && !u256IsZero(Request.value);
  let stipend: u64 = 0;
  if (!isEntry && transfers) {
    if (chargeErgs(CALLVALUE_ERGS) != OK) return NOT_EXECUTED;
    stipend = STIPEND_ERGS;
    if (Request.scheme == CALL_PLAIN && isEmpty(Io.account) && chargeErgs(NEWACCOUNT_ERGS) != OK) return NOT_EXECUTED;
  }
  // `is_transfer_allowed`: CALLCODE transfers to itself, so that a static frame may
  if (transfers && Request.isStatic && Request.scheme == CALL_PLAIN) return NOT_EXECUTED;

  let kept: u64 = 0;
  if (!isEntry) {
    const most = allButOne64th(Resources.ergs);
    const passed = Request.ergs < most ? Request.ergs : most;
    kept = Resources.ergs - passed;
    Resources.ergs = passed + stipend;
  }

  const handle = startFrame();
  if (transfers) {
    const saved = beginInfiniteErgs();
    const status = transfer(NO_EE, caller, Request.scheme == CALL_CODE ? caller : callee, Request.value);
    endInfiniteErgs(saved);
    if (status == NUMERIC_BOUNDS) {
      if (ee != EVM_EE) internal(UNSUPPORTED_EE);
      return doneInFrame(handle, kept, false);
    }
    if (status != OK) return FATAL;
  }
  if (codeLength == 0 && !isSpecial) return doneInFrame(handle, kept, true);
  if (depth > MAX_DEPTH) return doneInFrame(handle, kept, false);
  if (isSpecial) return runHook(ee, low, caller, handle, kept);

  const frame = frameAt(depth);
  u256Copy(frame.address, Request.scheme == CALL_PLAIN ? callee : caller);
  u256Copy(frame.caller, isDelegate ? callersCaller : caller);
  u256Copy(frame.value, Request.value);
  frame.calldata = Request.input;
  frame.calldataLength = Request.inputLength;
  frame.isStatic = Request.isStatic;
  frame.isConstructor = false;
  frame.code = code;
  frame.jumps = changetype<usize>(jumpsOf(code, codeLength));
  return launch(frame, codeLength, handle, kept);
}

/** The last of a launch: the frame's code is charged for as if it were analysed here. */
function launch(frame: Frame, codeLength: u32, handle: u32, kept: u64): i32 {
  frame.pc = frame.code;
  frame.codeLength = codeLength;
  frame.handle = handle;
  frame.kept = kept;
  return chargeNative(PREPROCESSING_BYTE_NATIVE * codeLength) == OK ? LAUNCHED : FATAL;
}

// @ts-ignore: decorator
@inline
function isEmpty(account: usize): bool {
  return accountNonce(account) == 0 && accountBytecodeLength(account) == 0 && u256IsZero(accountBalance(account));
}

function runHook(ee: u32, address: u32, caller: usize, handle: u32, kept: u64): i32 {
  HookCall.ee = ee;
  HookCall.caller = caller;
  HookCall.value = Request.value;
  HookCall.calldata = Request.input;
  HookCall.calldataLength = Request.inputLength;
  HookCall.isStatic = Request.isStatic;
  HookCall.isDelegate = Request.scheme != CALL_PLAIN;
  if (callHook(address) == OUT_OF_NATIVE) return FATAL;
  let length = HookCall.returnLength;
  if (length) {
    length = writeReturnMemory(length);
    takeReturnMemory(length);
    memory.copy(returnBuffer, HookCall.returnData, length);
  }
  finishFrame(handle, HookCall.reverted);
  Resources.ergs += kept;
  return done(!HookCall.reverted, length);
}

/** `nonce` is of the entry's deployer, before the transaction; a frame that creates uses its account's, and raises it. */
export function launchCreate(depth: u32, deployer: usize, nonce: u64): i32 {
  const isEntry = depth == 0;
  // nothing below costs ergs but the constructor's share
  const ergs = beginInfiniteErgs();
  if (readAccount(EVM_EE, deployer) != OK) return FATAL;
  const hasValue = !u256IsZero(Request.value);
  if (hasValue && lessU256(accountBalance(Io.account), Request.value)) {
    endInfiniteErgs(ergs);
    return done(false, 0);
  }
  if (!isEntry) {
    const status = incrementNonce(EVM_EE, deployer, 1);
    if (status == NUMERIC_BOUNDS) {
      endInfiniteErgs(ergs);
      return done(false, 0);
    }
    if (status != OK) return FATAL;
    nonce = Io.oldNonce;
  }
  if (Request.isCreate2) {
    if (spendKeccak(Request.inputLength) != OK) return FATAL;
    deriveCreate2(deployer, Request.salt, Request.input, Request.inputLength, DEPLOYED);
  } else {
    deriveCreate(deployer, nonce, DEPLOYED);
  }
  if (readAccount(EVM_EE, DEPLOYED) != OK) return FATAL;
  const forConstructor = allButOne64th(ergs);
  const kept = ergs - forConstructor;
  if (accountBytecodeLength(Io.account) != 0 || accountNonce(Io.account) != 0) {
    // a collision costs the constructor's share
    endInfiniteErgs(kept);
    return done(false, 0);
  }
  if (depth > MAX_DEPTH) {
    endInfiniteErgs(ergs);
    return done(false, 0);
  }

  const handle = startFrame();
  const status = incrementNonce(Launch.initialEe, DEPLOYED, 1);
  if (status == OUT_OF_NATIVE) return FATAL;
  if (status != OK) internal(NONCE_OF_DEPLOYED);
  if (hasValue) {
    const transferred = transfer(Launch.initialEe, deployer, DEPLOYED, Request.value);
    if (transferred == OUT_OF_NATIVE) return FATAL;
    if (transferred != OK) internal(DEPLOYMENT_TRANSFER);
  }
  // at the entry nobody is there to keep a share
  endInfiniteErgs(isEntry ? ergs : forConstructor);

  const frame = frameAt(depth);
  u256Copy(frame.address, DEPLOYED);
  u256Copy(frame.caller, deployer);
  u256Copy(frame.value, Request.value);
  frame.calldataLength = 0;
  frame.isStatic = false;
  frame.isConstructor = true;
  frame.code = holdCode(frame, Request.input, Request.inputLength);
  frame.jumps = changetype<usize>(jumpsOfInitcode(frame.code, Request.inputLength));
  return launch(frame, Request.inputLength, handle, isEntry ? 0 : kept);
}
