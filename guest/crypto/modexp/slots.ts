/** Fixed memory of this room: the upper half of the block that BN254 has the lower half of. */
import { PAIRING_SLOTS } from "../../sdk/memory";

export const MODEXP_SLOTS: usize = PAIRING_SLOTS + 0x8000;
