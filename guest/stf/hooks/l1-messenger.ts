/** The L1 messenger at 0x8008, `sendToL1(bytes)` (`system_hooks/src/l1_messenger.rs`). */
import { OK, OUT_OF_NATIVE } from "../system/status";
import { chargeErgs } from "../system/resources";
import { emitEvent, emitL1Message } from "../system/io";
import { L1_MESSENGER } from "../system/addresses";
import { bigEndian32, copyU256, isZeroU256, setU256, wordToU256, wordToU32 } from "../system/bytes";
import { SYSTEM_CONTRACT_STEP_ERGS } from "./costs";
import { HookCall } from "./call";
import { Scratch } from "./scratch";

/** sendToL1(bytes) */
const SEND_TO_L1: u32 = 0x62f84b24;

/** keccak256("L1MessageSent(address,bytes32,bytes)") as U256 words */
// @ts-ignore: decorator
@lazy const TOPIC: usize = memory.data<u32>([
  0xaa9ce241, 0x8ba82c7f, 0xbe2c6ca6, 0x5bce2d53, 0x081d9229, 0xaf137fab, 0x91f4201f, 0x3a36e472,
]);

/** @returns OK (result in `HookCall`) or OUT_OF_NATIVE */
export function l1MessengerHook(): i32 {
  if (!isZeroU256(HookCall.value) || HookCall.isDelegate) {
    HookCall.revert();
    return OK;
  }
  const status = sendToL1();
  if (status == OUT_OF_NATIVE) return status;
  if (status) HookCall.revert();
  return OK;
}

/** OK, or the status that failed; a call that is not well formed reverts here. */
function sendToL1(): i32 {
  const status = chargeErgs(SYSTEM_CONTRACT_STEP_ERGS);
  if (status) return status;
  const calldata = HookCall.calldata;
  const length = HookCall.calldataLength;
  HookCall.revert();
  if (length < 4 || bigEndian32(calldata) != SEND_TO_L1 || HookCall.isStatic) return OK;
  // Only Solidity's strict encoding is taken: one offset of 32, the whole a multiple of 32.
  if (length < 68 || wordToU32(calldata + 4, 0) != 32) return OK;
  const messageLength = wordToU32(calldata + 36, u32.MAX_VALUE);
  if (messageLength > length - 68 || ((length - 4) & 31) != 0) return OK;

  const messageHash = Scratch.reserve(32);
  const sent = emitL1Message(HookCall.caller, calldata + 68, messageLength, messageHash);
  if (sent) return sent;

  const topics = Scratch.reserve(96);
  copyU256(TOPIC, topics);
  copyU256(HookCall.caller, topics + 32);
  wordToU256(messageHash, topics + 64);
  const self = Scratch.reserve(32);
  setU256(self, L1_MESSENGER);
  const logged = emitEvent(HookCall.ee, self, topics, 3, calldata + 4, length - 4);
  if (logged) return logged;
  HookCall.succeed(messageHash, 32);
  return OK;
}
