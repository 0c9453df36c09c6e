/**
 * Internal errors: what the original answers with `InternalError` or a panic. They cannot come from a valid block, so the run ends:
 * proving makes it unprovable, forward tells the host the reason first.
 */
import { unprovable } from "../../sdk/machine";

/** The host throws an error that names `reason` (the constants below and those of the other rooms, listed in `host/forward`). */
@external("windproof", "internal_error")
declare function internalError(reason: u32): void;

/** Why. Ranges: 1–99 resources and frames (runner, EVM), 100–199 io, 200–299 tree, 300–399 hooks, 400–499 bootloader. */
// @ts-ignore: decorator
@inline export const OUT_OF_ERGS_WITH_INFINITE: u32 = 1;
// @ts-ignore: decorator
@inline export const NATIVE_GIVEN_BACK_TWICE: u32 = 2;
// @ts-ignore: decorator
@inline export const UNSUPPORTED_EE: u32 = 3;
// @ts-ignore: decorator
@inline export const NONCE_OF_DEPLOYED: u32 = 4;
// @ts-ignore: decorator
@inline export const DEPLOYMENT_TRANSFER: u32 = 5;
// @ts-ignore: decorator
@inline export const CALL_BAD_MODIFIER: u32 = 6;
// @ts-ignore: decorator
@inline export const HEAP_EXHAUSTED: u32 = 7;
// @ts-ignore: decorator
@inline export const RETURN_MEMORY_FULL: u32 = 8;
// @ts-ignore: decorator
@inline export const IO_MEMORY: u32 = 100;
// @ts-ignore: decorator
@inline export const FRAME_DEPTH: u32 = 101;
// @ts-ignore: decorator
@inline export const BAD_INITIAL_SLOT: u32 = 102;
// @ts-ignore: decorator
@inline export const BAD_PREIMAGE: u32 = 103;
// @ts-ignore: decorator
@inline export const BALANCE_NOT_WARM: u32 = 104;
// @ts-ignore: decorator
@inline export const DECONSTRUCTION_BALANCE: u32 = 105;
// @ts-ignore: decorator
@inline export const BAD_ACCOUNT: u32 = 106;
// @ts-ignore: decorator
@inline export const TOO_MANY_LOGS: u32 = 107;
// @ts-ignore: decorator
@inline export const FINISH_OUT_OF_RESOURCES: u32 = 108;
// @ts-ignore: decorator
@inline export const JOURNAL_FULL: u32 = 109;
// @ts-ignore: decorator
@inline export const FOREIGN_ACCOUNT_SLOT: u32 = 110;
// @ts-ignore: decorator
@inline export const TREE_MISMATCH: u32 = 200;

/** Ends the run. Does not return. */
export function internal(reason: u32): void {
  if (!PROVING) internalError(reason);
  unprovable();
  unreachable();
}
