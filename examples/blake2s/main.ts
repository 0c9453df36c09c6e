/** Blake2s-256 of bytes on the tape: proves knowledge of a preimage. */
import { alloc, commit, readBytes } from "windproof/guest";
import { blake2s256 } from "windproof/guest/crypto/blake2s";

export function main(): void {
  const message = readBytes(1 << 20);
  const digest = alloc(32, 32);
  blake2s256(message.pointer, message.length, digest);
  commit(digest);
}
