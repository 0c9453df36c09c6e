/** What io and resource operations answer, the same numbers everywhere (README, "Resources"). */

// @ts-ignore: decorator
@inline export const OK: i32 = 0;
/** The frame has not enough ergs (SystemError::OutOfErgs): an ordinary failure of the frame. */
// @ts-ignore: decorator
@inline export const OUT_OF_ERGS: i32 = 1;
/** SystemError::OutOfNativeResources: fatal to the whole transaction. */
// @ts-ignore: decorator
@inline export const OUT_OF_NATIVE: i32 = 2;
/** UpdateQueryError::NumericBoundsError: a balance or nonce would leave its range. */
// @ts-ignore: decorator
@inline export const NUMERIC_BOUNDS: i32 = 3;
