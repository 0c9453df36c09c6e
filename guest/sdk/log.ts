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
  if (!PROVING) {
    const text = String.UTF8.encode(message);
    hostLog(changetype<usize>(text), text.byteLength);
    return;
  }
  // Not by String.UTF8.encode: it stores pairs of bytes at odd addresses, which the machine refuses.
  const length = utf8(message, false);
  tapeWrite(UART);
  tapeWrite(((length + 3) >>> 2) + 1);
  tapeWrite(length);
  utf8(message, true);
}

let pending: u32 = 0;
let filled: u32 = 0;

function putByte(byte: u32): void {
  pending |= byte << (filled << 3);
  if (++filled == 4) flush();
}

function flush(): void {
  if (filled != 0) tapeWrite(pending);
  pending = 0;
  filled = 0;
}

/** Bytes of the message in UTF-8, which are written to the oracle, four a word, if `out`. */
function utf8(message: string, out: bool): u32 {
  let bytes: u32 = 0;
  for (let i = 0; i < message.length; i++) {
    const point = <u32>message.codePointAt(i);
    if (point > 0xffff) i++;
    const more: u32 = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    bytes += more + 1;
    if (!out) continue;
    // Lead bytes: 0…, 110…, 1110…, 11110…; then six bits a byte.
    putByte(more == 0 ? point : (((0xff00 >>> (more + 1)) & 0xff) | (point >>> (6 * more))));
    for (let k = more; k > 0; k--) putByte(0x80 | ((point >>> (6 * (k - 1))) & 0x3f));
  }
  if (out) flush();
  return bytes;
}
