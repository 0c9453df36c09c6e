/**
 * Gas on top of the active resources (`evm_interpreter/src/gas.rs`).
 *
 * While a frame runs, its gas is a 32-bit *window* in a local variable of the interpreter, and the native that its opcodes cost adds up in another: 2 instructions and
 * a branch an opcode instead of the 20 of 64-bit bookkeeping. `openWindow` takes gas out of `Resources.ergs`, `closeWindow` puts the rest back and charges the native.
 * It is exact: the window holds all gas there is up to 2^31 - 1, and the interpreter reopens it at a jump when native reaches 2^31. Between two such points
 * at most 2^28 native come together (48 KiB of code, 5,120 the dearest opcode), and every opcode costs at least 8 native a gas, so less than 2^29 gas go: the window cannot
 * run dry while there is gas outside it. Native may be found short later than it was, which nobody sees, for it is fatal to the whole transaction.
 */
import { charge, ERGS_PER_GAS, Resources } from "../system/resources";
import { OK, OUT_OF_ERGS, OUT_OF_NATIVE } from "../system/status";
import { extendMemory, Frame } from "./frame";

const HEAP_EXPANSION_BASE_NATIVE: u64 = 35;
const COPY_BASE_NATIVE: u64 = 80;

const WINDOW: u64 = 0x7fffffff;

/** What the interpreter sees as its gas when native ran out. No other gas gets that far below zero. */
export const FATAL_GAS: i32 = i32.MIN_VALUE;

/** Takes the window out of the active ergs. Nothing else may touch the ergs until it is closed. */
export function openWindow(): i32 {
  const total = Resources.ergs >> 8;
  const gas = total < WINDOW ? total : WINDOW;
  Resources.ergs -= gas << 8;
  return <i32>gas;
}

/** Puts the rest of the window back and charges what the opcodes' native added up to. @returns OK or OUT_OF_NATIVE */
export function closeWindow(gas: i32, native: u32): i32 {
  Resources.ergs += <u64>gas << 8;
  if (Resources.native < native) {
    Resources.native = 0;
    return OUT_OF_NATIVE;
  }
  Resources.native -= native;
  return OK;
}

/** Charges with the window closed. Gas beyond what ergs can say is out of ergs, native uncharged. */
export function spend(gas: u64, native: u64): i32 {
  if (gas >> 56) return OUT_OF_ERGS;
  return charge(gas * ERGS_PER_GAS, native);
}

/** What `size` bytes of memory (a multiple of 32) cost in all. */
// @ts-ignore: decorator
@inline
function memoryGas(size: u32): u64 {
  const words = <u64>(size >> 5);
  return 3 * words + ((words * words) >> 9);
}

/** Makes room for `length` bytes from `offset`, with the window closed. @returns OK, OUT_OF_ERGS (any failure of the frame) or OUT_OF_NATIVE */
export function growMemory(frame: Frame, offset: u32, length: u32): i32 {
  const end = <u64>offset + <u64>length;
  if (end <= <u64>frame.memorySize) return OK;
  if (end > 0xffffffff - 31) return OUT_OF_ERGS;
  const size = (<u32>end + 31) & ~31;
  const status = spend(memoryGas(size) - memoryGas(frame.memorySize), HEAP_EXPANSION_BASE_NATIVE + <u64>(size - frame.memorySize));
  if (status != OK) return status;
  return extendMemory(frame, size) ? OK : OUT_OF_ERGS;
}

/** Native of the window after `growMemoryInWindow`. */
export let nativeInWindow: u32 = 0;

/** Growth up to here (bytes) is charged inside the window: it still costs more than 8 native a gas, as the window demands. */
const SMALL_MEMORY: u32 = 8192;

/**
 * As `growMemory`, from inside the interpreter's loop. @returns the gas of the window, with its native in `nativeInWindow`; negative if the frame failed; FATAL_GAS
 */
export function growMemoryInWindow(frame: Frame, gas: i32, native: u32, offset: u32, length: u32): i32 {
  if (offset < SMALL_MEMORY - 32) {
    const before = frame.memorySize;
    const size = (offset + length + 31) & ~31;
    const words = size >> 5;
    const wordsBefore = before >> 5;
    const cost = <i32>(3 * (words - wordsBefore) + ((words * words) >> 9) - ((wordsBefore * wordsBefore) >> 9));
    if (cost <= gas && extendMemory(frame, size)) {
      nativeInWindow = native + <u32>HEAP_EXPANSION_BASE_NATIVE + (size - before);
      return gas - cost;
    }
  }
  nativeInWindow = 0;
  let status = closeWindow(gas, native);
  if (status == OK) status = growMemory(frame, offset, length);
  if (status == OK) return openWindow();
  return status == OUT_OF_NATIVE ? FATAL_GAS : -1;
}

/** A new window in the middle of a run. @returns its gas, or FATAL_GAS */
export function reopenWindow(gas: i32, native: u32): i32 {
  return closeWindow(gas, native) == OK ? openWindow() : FATAL_GAS;
}

/** Charges copying `length` bytes: 3 gas a word, 1 native a byte, besides `gas` and `native`. */
export function spendCopy(length: u32, gas: u64, native: u64): i32 {
  const words = (<u64>length + 31) >> 5;
  return spend(gas + 3 * words, native + COPY_BASE_NATIVE + <u64>length);
}

/** All but one 64th of the gas, in ergs (EIP-150). */
// @ts-ignore: decorator
@inline
export function allButOne64th(ergs: u64): u64 {
  return ergs - ((ergs >> 14) << 8);
}
