/** Native per gas and per byte of pubdata, from the prices of the block or of an L1 transaction. */
import { u256Add, u256MulLowChecked } from "../../sdk/u256";
import { divRem } from "../../crypto/u256/modular";
import { internal } from "../system/internal";
import { copyU256, isZeroU256, saturateU64, setU256 } from "../system/bytes";
import { BOOTLOADER_SLOTS } from "../system/layout";
import { NATIVE_PER_PUBDATA_OVERFLOW } from "./reasons";
import { Budget } from "./resources";

const QUOTIENT: usize = BOOTLOADER_SLOTS + 0x500;
const REMAINDER: usize = BOOTLOADER_SLOTS + 0x520;
const ONE: usize = BOOTLOADER_SLOTS + 0x540;
const PER_PUBDATA: usize = BOOTLOADER_SLOTS + 0x560;

// @ts-ignore: decorator
@inline function fits64(at: usize): bool {
  return (load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24)) == 0;
}

/** Native per gas = ⌈gas price / native price⌉ (both U256, the latter not 0), per pubdata = that times gas per pubdata; cut to 64 bits after the product was checked. */
export function setPrices(gasPrice: usize, nativePrice: usize, gasPerPubdata: usize): void {
  if (fits64(gasPrice) && fits64(nativePrice)) {
    const price = load<u64>(gasPrice);
    const native = load<u64>(nativePrice);
    const quotient = price / native;
    setU256(QUOTIENT, quotient + u64(quotient * native != price));
  } else {
    divRem(gasPrice, nativePrice, QUOTIENT, REMAINDER);
    setU256(ONE, 1);
    if (!isZeroU256(REMAINDER)) u256Add(QUOTIENT, ONE);
  }
  setNativePerGas(gasPerPubdata);
}

/** As `setPrices` with a given native per gas. */
export function setFixedPrices(nativePerGas: u64, gasPerPubdata: usize): void {
  setU256(QUOTIENT, nativePerGas);
  setNativePerGas(gasPerPubdata);
}

function setNativePerGas(gasPerPubdata: usize): void {
  Budget.nativePerGas = saturateU64(QUOTIENT);
  copyU256(gasPerPubdata, PER_PUBDATA);
  if (u256MulLowChecked(PER_PUBDATA, QUOTIENT)) internal(NATIVE_PER_PUBDATA_OVERFLOW);
  Budget.nativePerPubdata = saturateU64(PER_PUBDATA);
}
