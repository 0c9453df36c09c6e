/** The rarer PUSHes: what they cost and how they read the code. */
import * as op from "./opcodes";
import { load32 } from "./words";

const STEP = op.STEP_NATIVE;

/** Native of PUSH0…PUSH32 with the step. Data, because the rarer PUSHes share a case. */
export const PUSH_NATIVES: usize = memory.data<i32>([
  STEP + op.PUSH0_NATIVE, STEP + op.PUSH1_NATIVE, STEP + op.PUSH2_NATIVE, STEP + op.PUSH3_NATIVE, STEP + op.PUSH4_NATIVE, STEP + op.PUSH5_NATIVE,
  STEP + op.PUSH6_NATIVE, STEP + op.PUSH7_NATIVE, STEP + op.PUSH8_NATIVE, STEP + op.PUSH9_NATIVE, STEP + op.PUSH10_NATIVE, STEP + op.PUSH11_NATIVE,
  STEP + op.PUSH12_NATIVE, STEP + op.PUSH13_NATIVE, STEP + op.PUSH14_NATIVE, STEP + op.PUSH15_NATIVE, STEP + op.PUSH16_NATIVE, STEP + op.PUSH17_NATIVE,
  STEP + op.PUSH18_NATIVE, STEP + op.PUSH19_NATIVE, STEP + op.PUSH20_NATIVE, STEP + op.PUSH21_NATIVE, STEP + op.PUSH22_NATIVE, STEP + op.PUSH23_NATIVE,
  STEP + op.PUSH24_NATIVE, STEP + op.PUSH25_NATIVE, STEP + op.PUSH26_NATIVE, STEP + op.PUSH27_NATIVE, STEP + op.PUSH28_NATIVE, STEP + op.PUSH29_NATIVE,
  STEP + op.PUSH30_NATIVE, STEP + op.PUSH31_NATIVE, STEP + op.PUSH32_NATIVE,
]);

/** `count` bytes of code (1…32) as a word at `to`. The code is followed by zeroes, which is what a cut PUSH pushes. */
export function pushBytes(pc: usize, count: u32, to: usize): void {
  let at = to;
  let from = pc + count;
  const last = to + 32;
  while (count >= 4) {
    from -= 4;
    store<u32>(at, load32(from));
    at += 4;
    count -= 4;
  }
  if (count) {
    let word: u32 = 0;
    for (let p = pc; p < from; p++) word = (word << 8) | <u32>load<u8>(p);
    store<u32>(at, word);
    at += 4;
  }
  for (; at < last; at += 4) store<u32>(at, 0);
}
