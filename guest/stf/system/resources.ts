/**
 * The active pair of resources: ergs (256 = 1 EVM gas) and native (a model of proving cost), after `zk_ee/src/reference_implementations/mod.rs`
 * and `docs/double_resource_accounting.md` of zksync-os.
 *
 * One pair is active at a time and lives in two globals; a frame that waits keeps its pair in its own record. What the original passes as
 * `&mut resources` is this pair.
 */
import { OK, OUT_OF_ERGS, OUT_OF_NATIVE } from "./status";

// @ts-ignore: decorator
@inline export const ERGS_PER_GAS: u64 = 256;

@unmanaged
export abstract class Resources {
  static ergs: u64 = 0;
  static native: u64 = 0;
}

/**
 * Charges native, then ergs. As in the original, what is not enough becomes 0, and when both are short the answer is the native one
 * (the ergs are charged all the same).
 */
export function charge(ergs: u64, native: u64): i32 {
  if (Resources.native < native) {
    Resources.native = 0;
    chargeErgs(ergs);
    return OUT_OF_NATIVE;
  }
  Resources.native -= native;
  return chargeErgs(ergs);
}

/** @returns OK or OUT_OF_ERGS (and ergs = 0) */
// @ts-ignore: decorator
@inline
export function chargeErgs(ergs: u64): i32 {
  if (Resources.ergs < ergs) {
    Resources.ergs = 0;
    return OUT_OF_ERGS;
  }
  Resources.ergs -= ergs;
  return OK;
}

/** @returns OK or OUT_OF_NATIVE (and native = 0) */
// @ts-ignore: decorator
@inline
export function chargeNative(native: u64): i32 {
  if (Resources.native < native) {
    Resources.native = 0;
    return OUT_OF_NATIVE;
  }
  Resources.native -= native;
  return OK;
}

/**
 * `with_infinite_ergs`: `const saved = beginInfiniteErgs(); …; endInfiniteErgs(saved);`. Native is charged as ever, ergs come back as they were.
 */
// @ts-ignore: decorator
@inline
export function beginInfiniteErgs(): u64 {
  const saved = Resources.ergs;
  Resources.ergs = u64.MAX_VALUE;
  return saved;
}

// @ts-ignore: decorator
@inline
export function endInfiniteErgs(saved: u64): void {
  Resources.ergs = saved;
}
