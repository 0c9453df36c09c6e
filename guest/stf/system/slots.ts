/** Fixed slots of `system/` and `tree/` in the state transition function's block (`sdk/memory.ts`): 32 KiB each, after the EVM's. */
import { STF_SLOTS } from "../../sdk/memory";

export const SYSTEM_SLOTS: usize = STF_SLOTS + 0x8000;
export const TREE_SLOTS: usize = STF_SLOTS + 0x10000;
