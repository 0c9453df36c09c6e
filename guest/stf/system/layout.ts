/**
 * Fixed slots of the state transition function inside `STF_SLOTS` (`sdk/memory.ts`), 32 KiB a room: a constant address costs one instruction where a pointer costs a load.
 * Large buffers come from the arena once, at start.
 */
import { STF_SLOTS } from "../../sdk/memory";

export const EVM_SLOTS: usize = STF_SLOTS;
export const SYSTEM_SLOTS: usize = STF_SLOTS + 0x8000;
export const TREE_SLOTS: usize = STF_SLOTS + 0x10000;
export const BOOTLOADER_SLOTS: usize = STF_SLOTS + 0x18000;
/** Where an item for the host is put together (`results.ts`), 256 bytes. */
export const RESULT_SLOTS: usize = BOOTLOADER_SLOTS + 0x7e00;
