/** The thin U256 operations, exported for u256-ops.test.ts. */
import * as u256 from "../../../guest/sdk/u256";

export function add(a: usize, b: usize): u32 { return u256.u256Add(a, b); }
export function addCarry(a: usize, b: usize, c: u32): u32 { return u256.u256AddCarry(a, b, c); }
export function sub(a: usize, b: usize): u32 { return u256.u256Sub(a, b); }
export function subBorrow(a: usize, b: usize, c: u32): u32 { return u256.u256SubBorrow(a, b, c); }
export function subNegate(a: usize, b: usize): u32 { return u256.u256SubNegate(a, b); }
export function subNegateBorrow(a: usize, b: usize, c: u32): u32 { return u256.u256SubNegateBorrow(a, b, c); }
export function mulLow(a: usize, b: usize): u32 { u256.u256MulLow(a, b); return 0; }
export function mulLowChecked(a: usize, b: usize): u32 { return u256.u256MulLowChecked(a, b); }
export function mulHigh(a: usize, b: usize): u32 { u256.u256MulHigh(a, b); return 0; }
export function equal(a: usize, b: usize): u32 { return u256.u256Equal(a, b); }
export function copy(a: usize, b: usize): u32 { u256.u256Copy(a, b); return 0; }
export function copyIncrement(a: usize, b: usize): u32 { return u256.u256CopyIncrement(a, b); }
export function zero(a: usize, b: usize): u32 { u256.u256Zero(a); return 0; }
export function setWord(a: usize, b: usize, c: u32): u32 { u256.u256SetWord(a, c); return 0; }
export function copyWords(a: usize, b: usize): u32 { u256.u256CopyWords(a, b); return 0; }
export function isZero(a: usize, b: usize): u32 { return u32(u256.u256IsZero(a)); }
