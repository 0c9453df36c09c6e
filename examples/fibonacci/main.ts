/** The n-th Fibonacci number modulo 2^64, n from the tape. The first provable program. */
import { commitWords, readU32 } from "windproof/guest";

export function main(): void {
  const n = readU32();
  let a: u64 = 0;
  let b: u64 = 1;
  for (let i: u32 = 0; i < n; i++) {
    const next = a + b;
    a = b;
    b = next;
  }
  commitWords(<u32>a, <u32>(a >> 32));
}
