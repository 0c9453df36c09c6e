/** What a frame asks of the runner: a call or a contract creation. Static, for one request is open at a time. */
import { CALLEE, SALT, VALUE } from "./slots";

/** How a call is made (`CallModifier`, without the static bit, which the frame carries on). */
export const CALL_PLAIN: u32 = 0;
export const CALL_DELEGATE: u32 = 1;
export const CALL_CODE: u32 = 2;

@unmanaged
export abstract class Request {
  /** one of CALL_PLAIN, CALL_DELEGATE, CALL_CODE */
  static scheme: u32 = CALL_PLAIN;
  static isStatic: bool = false;
  /** ergs that the caller wants to pass at most */
  static ergs: u64 = 0;
  /** calldata, or initcode */
  static input: usize = 0;
  static inputLength: u32 = 0;
  /** of a creation: CREATE2, with the salt */
  static isCreate2: bool = false;

  /** U256: whom to call */
  @inline static get callee(): usize {
    return CALLEE;
  }
  /** U256 */
  @inline static get value(): usize {
    return VALUE;
  }
  /** U256 */
  @inline static get salt(): usize {
    return SALT;
  }
}
