/** Fixed words of the EVM in `EVM_SLOTS` (`system/layout.ts`): U256 each. */
import { EVM_SLOTS } from "../system/layout";

/** all bits set, for NOT */
export const ONES: usize = EVM_SLOTS;
/** free for one opcode */
export const SCRATCH: usize = EVM_SLOTS + 32;
export const SCRATCH_2: usize = EVM_SLOTS + 64;
/** of `request.ts` */
export const CALLEE: usize = EVM_SLOTS + 96;
export const VALUE: usize = EVM_SLOTS + 128;
export const SALT: usize = EVM_SLOTS + 160;
/** address of the contract that is or was being deployed */
export const DEPLOYED: usize = EVM_SLOTS + 192;
/** up to 4 topics of a LOG in their order, contiguous */
export const TOPICS: usize = EVM_SLOTS + 224;
/** bytes that are hashed to an address (85), and a hash: 128 */
export const DERIVATION: usize = EVM_SLOTS + 352;

export function initSlots(): void {
  for (let i: usize = 0; i < 32; i += 4) store<u32>(ONES + i, 0xffffffff);
}
