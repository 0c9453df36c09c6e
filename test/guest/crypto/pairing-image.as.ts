/** A proving image over BN254 and modexp for pairing-image.test.ts: reads a call and its input from the tape, and gives the result's first words. */
import { bn254Add, bn254Mul, bn254Pairing } from "../../../guest/crypto/bn254";
import { modexp } from "../../../guest/crypto/modexp";
import { readWords } from "../../../guest/sdk/hints";
import { finish, tapeRead } from "../../../guest/sdk/machine";
import { PROGRAM_SLOTS } from "../../../guest/sdk/memory";

const INPUT: usize = PROGRAM_SLOTS;
const OUTPUT: usize = PROGRAM_SLOTS + 0x8000;

export function main(): void {
  const call = tapeRead();
  const a = tapeRead();
  const b = tapeRead();
  const c = tapeRead();
  readWords(INPUT, tapeRead());
  let result: i32 = 0;
  if (call == 6) result = i32(bn254Add(INPUT, OUTPUT));
  if (call == 7) result = i32(bn254Mul(INPUT, OUTPUT));
  if (call == 8) result = bn254Pairing(INPUT, a);
  if (call == 5) modexp(INPUT, a, INPUT + a, b, INPUT + a + b, c, OUTPUT);
  finish(
    result, load<u32>(OUTPUT, 0), load<u32>(OUTPUT, 4), load<u32>(OUTPUT, 8), load<u32>(OUTPUT, 12), load<u32>(OUTPUT, 32),
    load<u32>(OUTPUT, 56), load<u32>(OUTPUT, 60),
  );
}
