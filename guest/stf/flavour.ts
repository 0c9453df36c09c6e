/** What the build flavour turns on, from the constants given to `asc --use` (README). All fold at compile time. */

/** Native resources are unlimited: the features `unlimited_native` of the original's evm-replay and server builds. */
// @ts-ignore: decorator
@inline export const UNLIMITED_NATIVE: bool = FLAVOUR != 0;
/** L1 messenger, base token and contract deployer are there: not `disable_system_contracts`. */
// @ts-ignore: decorator
@inline export const SYSTEM_CONTRACTS: bool = FLAVOUR != 1;
/** The public input is a batch's: `wrap-in-batch`. */
// @ts-ignore: decorator
@inline export const BATCH_INPUT: bool = FLAVOUR == 2;
/** Whether native resources are counted: an unlimited one cannot be seen in a public input. */
// @ts-ignore: decorator
@inline export const COUNT_NATIVE: bool = !(PROVING && UNLIMITED_NATIVE);
