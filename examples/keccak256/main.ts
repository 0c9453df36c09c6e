/** Keccak-256 of bytes on the tape: proves knowledge of a preimage. */
import { alloc, commit, readBytes } from "windproof/guest";
import { keccak256 } from "windproof/guest/crypto/keccak256";

export function main(): void {
  const message = readBytes(1 << 20);
  const digest = alloc(32, 32);
  keccak256(message.pointer, message.length, digest);
  commit(digest);
}
