/**
 * The runner: calls and deployments, nested to any depth, in one loop over the stack of frames (`basic_bootloader/src/bootloader/runner.rs`, there by recursion).
 *
 * `Resources` is always the pair of whoever is at work. What a caller keeps while its callee runs waits in the callee's record: `frame.kept`, ergs only, for
 * native is always passed whole. `launch.ts` prepares frames, this file runs and ends them.
 */
import { u256Copy } from "../../sdk/u256";
import { MAX_CODE_SIZE } from "../evm/calls";
import { initEvm } from "../evm/init";
import { ENDED_OK, ENDED_REVERT, FATAL_NATIVE, WANTS_CALL, WANTS_CREATE } from "../evm/exit";
import { callerOf, continueAfterCall, continueAfterCreate, Frame, frameOf, resetReturnMemory, returnBuffer, takeReturnMemory } from "../evm/frame";
import { execute } from "../evm/interpreter";
import { CALL_PLAIN, Request } from "../evm/request";
import { DEPLOYED } from "../evm/slots";
import { deployCode, EVM_EE, finishFrame } from "../system/io";
import { Resources } from "../system/resources";
import { OK, OUT_OF_NATIVE } from "../system/status";
import { Done, DONE, done, FATAL, Launch, LAUNCHED, launchCall, launchCreate } from "./launch";

/** How the entry ended. The return data lie in the return buffer until the next run. */
@unmanaged
export abstract class RunResult {
  static reverted: bool = false;
  static returnData: usize = 0;
  static returnLength: u32 = 0;
  /** U256: address of the contract that was deployed */
  @inline static get deployed(): usize {
    return DEPLOYED;
  }
}

/** Takes the EVM's memory. Once a block. */
export function initRunner(): void {
  initEvm();
}

/**
 * Calls `callee` from `caller` (U256, as is `value`) with all active resources, by the rules of `ee`. The frame of the transaction is the caller's business.
 * @returns OK, with the outcome in `RunResult` and what is left of the resources active, or OUT_OF_NATIVE
 */
export function runCall(ee: u32, caller: usize, callee: usize, value: usize, calldata: usize, length: u32): i32 {
  u256Copy(Request.callee, callee);
  u256Copy(Request.value, value);
  Request.scheme = CALL_PLAIN;
  Request.isStatic = false;
  Request.input = calldata;
  Request.inputLength = length;
  Launch.initialEe = ee;
  resetReturnMemory();
  return run(launchCall(ee, 0, caller, 0));
}

/** Deploys from `deployer`, whose nonce was `nonce` before the transaction, with `code` as initcode; else as `runCall`. */
export function runCreate(ee: u32, deployer: usize, value: usize, code: usize, length: u32, nonce: u64): i32 {
  u256Copy(Request.value, value);
  Request.isCreate2 = false;
  Request.input = code;
  Request.inputLength = length;
  Launch.initialEe = ee;
  resetReturnMemory();
  return run(launchCreate(0, deployer, nonce));
}

function finishRun(prepared: i32): i32 {
  if (prepared == FATAL) return OUT_OF_NATIVE;
  const executed = prepared == DONE;
  RunResult.reverted = !(executed && Done.success);
  RunResult.returnData = returnBuffer;
  RunResult.returnLength = executed ? Done.length : 0;
  return OK;
}

/** Runs the entry, if its launch came to a frame, to its end. */
function run(launched: i32): i32 {
  if (launched != LAUNCHED) return finishRun(launched);
  let depth: u32 = 0;
  let frame = frameOf(0);
  while (true) {
    let exit = execute(frame);
    if (exit == WANTS_CALL || exit == WANTS_CREATE) {
      const isCall = exit == WANTS_CALL;
      const answer = isCall
        ? launchCall(EVM_EE, depth + 1, frame.address, frame.caller)
        : launchCreate(depth + 1, frame.address, 0);
      if (answer == LAUNCHED) {
        depth++;
        frame = frameOf(depth);
        continue;
      }
      if (answer == FATAL) return OUT_OF_NATIVE;
      if (answer == DONE) {
        if (isCall) continueAfterCall(frame, Done.success, Done.length);
        else continueAfterCreate(frame, 0, Done.length);
        continue;
      }
      // NOT_EXECUTED is the caller's failure: it ends without data, its ergs as the attempt left them
      frame.outputLength = 0;
      exit = ENDED_REVERT;
    }
    if (exit == FATAL_NATIVE) return OUT_OF_NATIVE;
    const isConstructor = frame.isConstructor;
    if (isConstructor) {
      if (endConstructor(frame, exit) == FATAL) return OUT_OF_NATIVE;
    } else {
      endCall(frame, exit);
    }
    if (depth == 0) return finishRun(DONE);
    depth--;
    frame = callerOf(frame);
    if (isConstructor) continueAfterCreate(frame, Done.success ? DEPLOYED : 0, Done.length);
    else continueAfterCall(frame, Done.success, Done.length);
  }
}

/** Ends the io frame, moves the output where the caller finds it, and gives the caller its ergs back. */
function endCall(frame: Frame, exit: u32): void {
  finishFrame(frame.handle, exit != ENDED_OK);
  const length = exit <= ENDED_REVERT ? frame.outputLength : 0;
  if (length) {
    takeReturnMemory(length);
    memory.copy(returnBuffer, frame.output, length);
  }
  Resources.ergs += frame.kept;
  done(exit == ENDED_OK, length);
}

/** As `endCall`, and stores the code. @returns DONE or FATAL */
function endConstructor(frame: Frame, exit: u32): i32 {
  let success = exit == ENDED_OK;
  let length = exit <= ENDED_REVERT ? frame.outputLength : 0;
  if (success) {
    // EIP-3541, EIP-170. The code that was refused is what the creator sees as return data.
    if ((length && load<u8>(frame.output) == 0xef) || length > MAX_CODE_SIZE) {
      Resources.ergs = 0;
      success = false;
    } else {
      const status = deployCode(EVM_EE, frame.address, frame.output, length);
      if (status == OUT_OF_NATIVE) return FATAL;
      success = status == OK;
      length = 0;
    }
  }
  if (length) {
    takeReturnMemory(length);
    memory.copy(returnBuffer, frame.output, length);
  }
  finishFrame(frame.handle, !success);
  u256Copy(DEPLOYED, frame.address);
  Resources.ergs += frame.kept;
  return done(success, length);
}
