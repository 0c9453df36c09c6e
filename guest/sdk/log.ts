/**
 * Logging. Compiled in with the constant LOG=1 only (`windproof compile --use LOG=1`); without it a call is no instruction at all, in either mode.
 * The text of a message is static data all the same: write `if (LOG) log("…")` where that counts, and the compiler drops both.
 *
 * Proving images log as ZKsync OS's guest does: oracle query 0xFFFFFFFF (UART) with the bytes' number and the bytes as words. A proof does not see it.
 */
import { tapeWrite } from "./machine";

/** Forward mode: `length` bytes of UTF-8 at `text`. */
@external("windproof", "log")
declare function hostLog(text: usize, length: u32): void;

const UART: u32 = 0xffffffff;

// @ts-ignore: decorator
@inline
function enabled(): bool {
  return isDefined(LOG) ? LOG != 0 : false;
}

/** Logs a line. */
// @ts-ignore: decorator
@inline
export function log(message: string): void {
  if (enabled()) write(message);
}

/** Logs a line that ends with a number. */
// @ts-ignore: decorator
@inline
export function logNumber(message: string, value: u64): void {
  if (enabled()) write(message + value.toString());
}

function write(message: string): void {
  const text = String.UTF8.encode(message);
  const pointer = changetype<usize>(text);
  const length = <u32>text.byteLength;
  if (!PROVING) {
    hostLog(pointer, length);
    return;
  }
  const words = (length + 3) >>> 2;
  tapeWrite(UART);
  tapeWrite(words + 1);
  tapeWrite(length);
  for (let i: u32 = 0; i < words; i++) {
    let word: u32 = 0;
    for (let b: u32 = 0; b < 4 && 4 * i + b < length; b++) word |= (<u32>load<u8>(pointer + 4 * i + b)) << (8 * b);
    tapeWrite(word);
  }
}
