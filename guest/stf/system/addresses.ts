/** Formal addresses (`system_hooks/src/addresses_constants.rs`): all below 2^16, so a number names them. */

export const BOOTLOADER: u32 = 0x8001;
export const CONTRACT_DEPLOYER: u32 = 0x8006;
export const L1_MESSENGER: u32 = 0x8008;
export const L2_BASE_TOKEN: u32 = 0x800a;
export const COMPLEX_UPGRADER: u32 = 0x800f;
/** A transaction to it asks for a wasm deployment, which this build does not have. */
export const WASM_DEPLOY: u32 = 0x9000;
