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
/**
 * Native resources are counted in every build: even an "unlimited" one is cut to `MAX_NATIVE_COMPUTATIONAL` = 2^36 a transaction
 * (`basic_bootloader/src/bootloader/gas_helpers.rs`), and a modexp-heavy transaction can reach that. But to run out of native is fatal to the
 * whole transaction, so the check may be late (at a call, an io, the end of a frame); only the sum must be exact.
 */
// @ts-ignore: decorator
@inline export const COUNT_NATIVE: bool = true;
/** P-256 verification at 0x100: the feature `p256_precompile`. */
// @ts-ignore: decorator
@inline export const P256_PRECOMPILE: bool = P256 != 0;
/** Whether results go to the host: always in forward mode, in proving mode only where the build asks for it (REPORT = 1). */
// @ts-ignore: decorator
@inline export const REPORTS: bool = !PROVING || (isDefined(REPORT) ? REPORT != 0 : false);
