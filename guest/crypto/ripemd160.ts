/** RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996), one-shot. Table-driven: the precompile is too rare to be worth 20 KB of unrolled code. */
import { copy } from "../sdk/copy";
import { padTail } from "./_md";
import { DIGEST_SLOT, SCHEDULE_SLOT } from "./slots";

const STATE: usize = DIGEST_SLOT;
const TAIL: usize = DIGEST_SLOT + 32;
const COPY: usize = SCHEDULE_SLOT;

// Message word (as a byte offset) and rotation of each step, left line then right line.
// prettier-ignore
const STEPS: usize = memory.data<u8>([
  0, 11, 4, 14, 8, 15, 12, 12, 16, 5, 20, 8, 24, 7, 28, 9, 32, 11, 36, 13, 40, 14, 44, 15, 48, 6, 52, 7, 56, 9, 60, 8,
  28, 7, 16, 6, 52, 8, 4, 13, 40, 11, 24, 9, 60, 7, 12, 15, 48, 7, 0, 12, 36, 15, 20, 9, 8, 11, 56, 7, 44, 13, 32, 12,
  12, 11, 40, 13, 56, 6, 16, 7, 36, 14, 60, 9, 32, 13, 4, 15, 8, 14, 28, 8, 0, 13, 24, 6, 52, 5, 44, 12, 20, 7, 48, 5,
  4, 11, 36, 12, 44, 14, 40, 15, 0, 14, 32, 15, 48, 9, 16, 8, 52, 9, 12, 14, 28, 5, 60, 6, 56, 8, 20, 6, 24, 5, 8, 12,
  16, 9, 0, 15, 20, 5, 36, 11, 28, 6, 48, 8, 8, 13, 40, 12, 56, 5, 4, 12, 12, 13, 32, 14, 44, 11, 24, 8, 60, 5, 52, 6,
  20, 8, 56, 9, 28, 9, 0, 11, 36, 13, 8, 15, 44, 15, 16, 5, 52, 7, 24, 7, 60, 8, 32, 11, 4, 14, 40, 14, 12, 12, 48, 6,
  24, 9, 44, 13, 12, 15, 28, 7, 0, 12, 52, 8, 20, 9, 40, 11, 56, 7, 60, 7, 32, 12, 48, 7, 16, 6, 36, 15, 4, 13, 8, 11,
  60, 9, 20, 7, 4, 15, 12, 11, 28, 8, 56, 6, 24, 6, 36, 14, 44, 12, 32, 13, 48, 5, 8, 14, 40, 13, 0, 13, 16, 7, 52, 5,
  32, 15, 24, 5, 16, 8, 4, 11, 12, 14, 44, 14, 60, 6, 0, 14, 20, 6, 48, 9, 8, 12, 52, 9, 36, 12, 28, 5, 40, 15, 56, 8,
  48, 8, 60, 5, 40, 12, 16, 9, 4, 12, 20, 5, 32, 14, 28, 6, 24, 8, 8, 13, 52, 6, 56, 5, 0, 15, 12, 13, 36, 11, 44, 11,
]);

/** RIPEMD-160 of `length` bytes at any address into 20 bytes at `to` (4-byte aligned). */
export function ripemd160(message: usize, length: u32, to: usize): void {
  store<u32>(STATE, 0x67452301, 0);
  store<u32>(STATE, 0xefcdab89, 4);
  store<u32>(STATE, 0x98badcfe, 8);
  store<u32>(STATE, 0x10325476, 12);
  store<u32>(STATE, 0xc3d2e1f0, 16);
  const whole = message + (length & ~63);
  for (let block = message; block != whole; block += 64) compress(block);
  const tail = padTail(TAIL, message, length, false);
  compress(TAIL);
  if (tail == 128) compress(TAIL + 64);
  copy(to, STATE, 20);
}

// A line's running values between its five rounds.
let a: u32 = 0;
let b: u32 = 0;
let c: u32 = 0;
let d: u32 = 0;
let e: u32 = 0;

/** The boolean function of round `which` (0…4); constant after inlining. */
// @ts-ignore: decorator
@inline
function mix(which: i32, x: u32, y: u32, z: u32): u32 {
  if (which == 0) return x ^ y ^ z;
  if (which == 1) return z ^ (x & (y ^ z));
  if (which == 2) return (x | ~y) ^ z;
  if (which == 3) return y ^ (z & (x ^ y));
  return x ^ (y | ~z);
}

/** 16 steps of a line. */
// @ts-ignore: decorator
@inline
function round(which: i32, block: usize, steps: usize, k: u32): void {
  let va = a;
  let vb = b;
  let vc = c;
  let vd = d;
  let ve = e;
  for (let at = steps; at != steps + 32; at += 2) {
    const sum = va + mix(which, vb, vc, vd) + load<u32>(block + <usize>load<u8>(at)) + k;
    const next = rotl<u32>(sum, load<u8>(at, 1)) + ve;
    va = ve;
    ve = vd;
    vd = rotl<u32>(vc, 10);
    vc = vb;
    vb = next;
  }
  a = va;
  b = vb;
  c = vc;
  d = vd;
  e = ve;
}

function start(): void {
  a = load<u32>(STATE, 0);
  b = load<u32>(STATE, 4);
  c = load<u32>(STATE, 8);
  d = load<u32>(STATE, 12);
  e = load<u32>(STATE, 16);
}

function compress(block: usize): void {
  if (PROVING && block & 3) {
    copy(COPY, block, 64);
    block = COPY;
  }
  start();
  round(0, block, STEPS, 0);
  round(1, block, STEPS + 32, 0x5a827999);
  round(2, block, STEPS + 64, 0x6ed9eba1);
  round(3, block, STEPS + 96, 0x8f1bbcdc);
  round(4, block, STEPS + 128, 0xa953fd4e);
  const la = a;
  const lb = b;
  const lc = c;
  const ld = d;
  const le = e;
  start();
  round(4, block, STEPS + 160, 0x50a28be6);
  round(3, block, STEPS + 192, 0x5c4dd124);
  round(2, block, STEPS + 224, 0x6d703ef3);
  round(1, block, STEPS + 256, 0x7a6d76e9);
  round(0, block, STEPS + 288, 0);
  const h0 = load<u32>(STATE, 0);
  store<u32>(STATE, load<u32>(STATE, 4) + lc + d, 0);
  store<u32>(STATE, load<u32>(STATE, 8) + ld + e, 4);
  store<u32>(STATE, load<u32>(STATE, 12) + le + a, 8);
  store<u32>(STATE, load<u32>(STATE, 16) + la + b, 12);
  store<u32>(STATE, h0 + lb + c, 16);
}
