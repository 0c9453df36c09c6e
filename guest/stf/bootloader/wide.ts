/** Products of U256 values that the fees need, with their overflow. */
import { u256MulLowChecked } from "../../sdk/u256";
import { copyU256, setU256 } from "../system/bytes";
import { BOOTLOADER_SLOTS } from "../system/layout";

const FACTOR: usize = BOOTLOADER_SLOTS + 0x300;

/** out = a · b for U256 a and u64 b. @returns false where it passes 256 bits. `out` ≠ `a`. */
export function multiplyByU64(a: usize, b: u64, out: usize): bool {
  setU256(FACTOR, b);
  copyU256(a, out);
  return !u256MulLowChecked(out, FACTOR);
}
