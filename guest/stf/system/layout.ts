/**
 * Fixed places in RAM of the state transition function. Everything else comes from the arena (`sdk/memory.ts`), which starts at 2^21 and must stay below `FIXED`.
 * Constant addresses cost one instruction where an arena pointer costs a load.
 */

/** Start of the fixed region. */
export const FIXED: usize = 0x2000_0000;
/** U256 slots of the bootloader (`bootloader/slots.ts`). */
export const BOOTLOADER_SLOTS: usize = FIXED;
/** A transaction as the oracle gives it, up to `MAX_TX_LEN_BYTES` = 2^23; the call header of account abstraction is written right before it. */
export const TRANSACTION: usize = FIXED + 0x0010_0000;
/** RLP payload of a transaction while it is hashed. */
export const RLP: usize = FIXED + 0x0100_0000;
/** Scratch memory of hooks. */
export const HOOK_SCRATCH: usize = FIXED + 0x0200_0000;
export const HOOK_SCRATCH_END: usize = FIXED + 0x0800_0000;
