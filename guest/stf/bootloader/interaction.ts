/** One call from the bootloader into the world (`run_single_interaction.rs`), and minting. */
import { OK, OUT_OF_NATIVE } from "../system/status";
import { beginInfiniteErgs, endInfiniteErgs } from "../system/resources";
import { EVM_EE, Io, NO_EE, finishFrame, readAccount, startFrame, updateBalance } from "../system/io";
import { accountVersion } from "../system/account";
import { internal } from "../system/internal";
import { UNSUPPORTED_EE } from "../system/internal";
import { RunResult, runCall } from "./runner";
import { MINT_FAILED } from "./reasons";

/** Rules of an account by its version byte: 0 none, 1 EVM; no other is in this build. */
export function parseEe(version: u32): u32 {
  if (version > 1) internal(UNSUPPORTED_EE);
  return version == 0 ? NO_EE : EVM_EE;
}

/**
 * Calls `callee` (U256) from `caller` with the active resources, in a frame of its own if asked for. The result is in `RunResult`, the resources that are left are active.
 * @returns OK or OUT_OF_NATIVE (the caller restores the resources it had)
 */
export function interact(caller: usize, callee: usize, value: usize, calldata: usize, length: u32, ownFrame: bool): i32 {
  const ergs = beginInfiniteErgs();
  const status = readAccount(NO_EE, caller);
  endInfiniteErgs(ergs);
  if (status) return status;
  const ee = parseEe(accountVersion(Io.account));
  const frame = ownFrame ? startFrame() : 0;
  if (runCall(ee, caller, callee, value, calldata, length)) return OUT_OF_NATIVE;
  if (ownFrame) finishFrame(frame, RunResult.reverted);
  return OK;
}

/** Adds to a balance out of nothing, with the rules of the EVM. @returns OK or what the resources answer */
export function mint(to: usize, amount: usize): i32 {
  const status = updateBalance(EVM_EE, to, amount, false);
  if (status > OUT_OF_NATIVE) internal(MINT_FAILED);
  return status;
}
