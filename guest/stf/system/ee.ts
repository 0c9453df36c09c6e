/** Execution environments: whose cost rules an access follows (`zk_ee/src/execution_environment_type.rs`). */

/** The system itself: no ergs. */
// @ts-ignore: decorator
@inline export const NO_EE: u32 = 0;
// @ts-ignore: decorator
@inline export const EVM_EE: u32 = 1;
