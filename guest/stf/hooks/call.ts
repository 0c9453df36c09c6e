/**
 * A call to a system hook: what the runner gives and what it gets back. Static, for hooks never nest.
 * The active resources are the callee's; a hook charges them directly.
 */
@unmanaged
export abstract class HookCall {
  /** rules of the caller: `NO_EE` or `EVM_EE` */
  static ee: u32 = 0;
  /** U256 */
  static caller: usize = 0;
  /** U256 */
  static value: usize = 0;
  static calldata: usize = 0;
  static calldataLength: u32 = 0;
  /** the call is static (STATICCALL, or DELEGATECALL from a static frame) */
  static isStatic: bool = false;
  /** DELEGATECALL or CALLCODE, static or not */
  static isDelegate: bool = false;

  /** out: where the return data starts; in scratch memory of the hook, valid until the next hook call */
  static returnData: usize = 0;
  static returnLength: u32 = 0;
  /** out: the call failed; the runner rolls its frame back */
  static reverted: bool = false;

  /** Return data of `length` bytes at `data`, success. */
  @inline static succeed(data: usize, length: u32): void {
    HookCall.returnData = data;
    HookCall.returnLength = length;
    HookCall.reverted = false;
  }

  /** Failure without return data; remaining ergs stay. */
  @inline static revert(): void {
    HookCall.returnLength = 0;
    HookCall.reverted = true;
  }
}
