/** The base token at 0x800a: `withdraw(address)` and `withdrawWithMessage(address,bytes)` (`system_hooks/src/l2_base_token.rs`). */
import { NUMERIC_BOUNDS, OK, OUT_OF_NATIVE } from "../system/status";
import { chargeErgs } from "../system/resources";
import { emitL1Message, updateBalance } from "../system/io";
import { internal } from "../system/internal";
import { L2_BASE_TOKEN } from "../system/addresses";
import { bigEndian32, isZeroBytes, setU256, u256ToWord, wordToU32 } from "../system/bytes";
import { SYSTEM_CONTRACT_STEP_ERGS } from "./costs";
import { HookCall } from "./call";
import { Scratch } from "./scratch";

/** Internal error: the call value is not on the base token's own balance. */
const BASE_TOKEN_SHORT: u32 = 301;
/** withdraw(address) */
const WITHDRAW: u32 = 0x51cff8d9;
/** withdrawWithMessage(address,bytes) */
const WITHDRAW_WITH_MESSAGE: u32 = 0x84bc3eb0;
/** finalizeEthWithdrawal(uint256,uint256,uint16,bytes,bytes32[]), first bytes of the message that L1 reads */
const FINALIZE_ETH_WITHDRAWAL: u32 = 0x6c0960f9;

/** @returns OK (result in `HookCall`) or OUT_OF_NATIVE */
export function l2BaseTokenHook(): i32 {
  if (HookCall.isDelegate) {
    HookCall.revert();
    return OK;
  }
  const status = withdraw();
  if (status == OUT_OF_NATIVE) return status;
  if (status) HookCall.revert();
  return OK;
}

function withdraw(): i32 {
  const status = chargeErgs(SYSTEM_CONTRACT_STEP_ERGS);
  if (status) return status;
  const calldata = HookCall.calldata;
  const length = HookCall.calldataLength;
  HookCall.revert();
  if (length < 4 || HookCall.isStatic) return OK;
  const selector = bigEndian32(calldata);

  if (selector == WITHDRAW) {
    if (length < 36) return OK;
    const burned = burn();
    if (burned) return burned;
    // Checked after the burn, as in the original: the revert rolls it back.
    if (!isZeroBytes(calldata + 4, 12)) return OK;
    return sendWithdrawal(calldata, 0, 0, false);
  }

  if (selector == WITHDRAW_WITH_MESSAGE) {
    if (length < 68) return OK;
    const offset = wordToU32(calldata + 36, u32.MAX_VALUE);
    if (offset > u32.MAX_VALUE - 36 || length < offset + 36) return OK;
    const extra = offset + 36;
    const extraLength = wordToU32(calldata + extra - 32, u32.MAX_VALUE);
    if (extraLength > length - extra) return OK;
    const burned = burn();
    if (burned) return burned;
    return sendWithdrawal(calldata, calldata + extra, extraLength, true);
  }
  return OK;
}

/** Takes the call's value from the base token's own balance. */
function burn(): i32 {
  const self = Scratch.reserve(32);
  setU256(self, L2_BASE_TOKEN);
  const status = updateBalance(HookCall.ee, self, HookCall.value, true);
  if (status == NUMERIC_BOUNDS) internal(BASE_TOKEN_SHORT);
  return status;
}

/** The message: selector, L1 receiver (20 bytes), value (32), and with a message the sender (20) and the message's bytes. */
function sendWithdrawal(calldata: usize, extra: usize, extraLength: u32, withMessage: bool): i32 {
  const message = Scratch.reserve(76 + extraLength);
  const value = Scratch.reserve(64);
  store<u32>(message, bswap<u32>(FINALIZE_ETH_WITHDRAWAL));
  memory.copy(message + 4, calldata + 16, 20);
  u256ToWord(HookCall.value, value);
  memory.copy(message + 24, value, 32);
  let length: u32 = 56;
  if (withMessage) {
    u256ToWord(HookCall.caller, value);
    memory.copy(message + 56, value + 12, 20);
    memory.copy(message + 76, extra, extraLength);
    length = 76 + extraLength;
  }
  const status = emitL1Message(HookCall.caller, message, length, value + 32);
  if (status) return status;
  HookCall.succeed(message, 0);
  return OK;
}
