/** The contract deployer at 0x8006: `setBytecodeDetailsEVM`, for protocol upgrades only (`system_hooks/src/contract_deployer.rs`). */
import { OK, OUT_OF_NATIVE } from "../system/status";
import { chargeErgs } from "../system/resources";
import { setBytecodeDetails } from "../system/io";
import { COMPLEX_UPGRADER } from "../system/addresses";
import { bigEndian32, isSmall, isZeroBytes, isZeroU256, wordToU256, wordToU32 } from "../system/bytes";
import { SYSTEM_CONTRACT_STEP_ERGS } from "./costs";
import { HookCall } from "./call";
import { Scratch } from "./scratch";

/** setBytecodeDetailsEVM(address,bytes32,uint32,bytes32) */
const SET_BYTECODE_DETAILS: u32 = 0xf6eca0b0;
/** EIP-170 */
const MAX_CODE_SIZE: u32 = 0x6000;

/** @returns OK (result in `HookCall`) or OUT_OF_NATIVE */
export function contractDeployerHook(): i32 {
  if (!isZeroU256(HookCall.value) || HookCall.isDelegate) {
    HookCall.revert();
    return OK;
  }
  const status = deployerCall();
  if (status == OUT_OF_NATIVE) return status;
  if (status) HookCall.revert();
  return OK;
}

function deployerCall(): i32 {
  const status = chargeErgs(SYSTEM_CONTRACT_STEP_ERGS);
  if (status) return status;
  const calldata = HookCall.calldata;
  HookCall.revert();
  if (HookCall.calldataLength < 132 || bigEndian32(calldata) != SET_BYTECODE_DETAILS || HookCall.isStatic) return OK;
  if (!isSmall(HookCall.caller, COMPLEX_UPGRADER)) return OK;
  if (!isZeroBytes(calldata + 4, 12)) return OK;
  const length = wordToU32(calldata + 68, u32.MAX_VALUE);
  if (length > MAX_CODE_SIZE) return OK;

  const address = Scratch.reserve(32);
  wordToU256(calldata + 4, address);
  const hashes = Scratch.reserve(64);
  memory.copy(hashes, calldata + 36, 32);
  memory.copy(hashes + 32, calldata + 100, 32);
  const set = setBytecodeDetails(address, hashes, length, 0, hashes + 32, length);
  if (set) return set;
  HookCall.succeed(hashes, 0);
  return OK;
}
