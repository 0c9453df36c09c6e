/** What became of the running transaction: filled while it is processed, read by the block loop. */
import { BOOTLOADER_SLOTS } from "../system/layout";

/** U256: the deployed address, where there is one. */
export const DEPLOYED_ADDRESS: usize = BOOTLOADER_SLOTS + 0x120;

@unmanaged
export abstract class Outcome {
  static success: bool = false;
  static output: usize = 0;
  static outputLength: u32 = 0;
  static deployed: bool = false;
  static gasUsed: u64 = 0;
  static nativeUsed: u64 = 0;

  @inline static set(success: bool, output: usize, length: u32): void {
    Outcome.success = success;
    Outcome.output = output;
    Outcome.outputLength = length;
    Outcome.deployed = false;
  }
}
