/** Why `execute` returns, and what an opcode that runs outside of the loop answers (a stack pointer, or one of these). */

/** RETURN, STOP, SELFDESTRUCT: `frame.output` */
export const ENDED_OK: u32 = 1;
/** REVERT: `frame.output`; the ergs left are the caller's */
export const ENDED_REVERT: u32 = 2;
/** any failure: no output, no ergs left */
export const ENDED_ERROR: u32 = 3;
/** `Request` holds a call */
export const WANTS_CALL: u32 = 4;
/** `Request` holds a creation */
export const WANTS_CREATE: u32 = 5;
/** native ran out: the transaction fails */
export const FATAL_NATIVE: u32 = 6;

/** What lies above is a pointer. */
export const LAST_EXIT: u32 = 31;

/** Exit for a status that is not OK. */
// @ts-ignore: decorator
@inline
export function failure(status: i32): u32 {
  return status == 2 ? FATAL_NATIVE : ENDED_ERROR;
}
