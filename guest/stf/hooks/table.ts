/** Which address below 2^16 has a hook in this build (`system_hooks/src/lib.rs`). */
import { P256_PRECOMPILE, SYSTEM_CONTRACTS } from "../flavour";
import { CONTRACT_DEPLOYER, L1_MESSENGER, L2_BASE_TOKEN } from "../system/addresses";
import { contractDeployerHook } from "./contract-deployer";
import { l1MessengerHook } from "./l1-messenger";
import { l2BaseTokenHook } from "./l2-base-token";
import { Scratch } from "./scratch";
import {
  bn254AddHook,
  bn254MulHook,
  bn254PairingHook,
  ecrecoverHook,
  endPrecompile,
  identityHook,
  mockHook,
  modexpHook,
  p256Hook,
  ripemd160Hook,
  sha256Hook,
} from "./precompiles";

/** Whether a call to this address goes to a hook. `address` is below 2^16. */
export function hasHook(address: u32): bool {
  if (address <= 0x0a) return address != 0;
  if (P256_PRECOMPILE && address == 0x100) return true;
  if (SYSTEM_CONTRACTS) return address == CONTRACT_DEPLOYER || address == L1_MESSENGER || address == L2_BASE_TOKEN;
  return false;
}

/** Runs the hook of an address that has one, over `HookCall`. @returns OK (the result is in `HookCall`) or OUT_OF_NATIVE */
export function callHook(address: u32): i32 {
  Scratch.reset();
  switch (address) {
    case 0x01:
      return endPrecompile(ecrecoverHook());
    case 0x02:
      return endPrecompile(sha256Hook());
    case 0x03:
      return endPrecompile(ripemd160Hook());
    case 0x04:
      return endPrecompile(identityHook());
    case 0x05:
      return endPrecompile(modexpHook());
    case 0x06:
      return endPrecompile(bn254AddHook());
    case 0x07:
      return endPrecompile(bn254MulHook());
    case 0x08:
      return endPrecompile(bn254PairingHook());
    case 0x09:
      return endPrecompile(mockHook(213));
    case 0x0a:
      return endPrecompile(mockHook(193));
    case 0x100:
      return endPrecompile(p256Hook());
    case CONTRACT_DEPLOYER:
      return contractDeployerHook();
    case L1_MESSENGER:
      return l1MessengerHook();
    default:
      return l2BaseTokenHook();
  }
}
