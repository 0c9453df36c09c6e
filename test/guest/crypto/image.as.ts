/**
 * All of the room in one program, for image.test.ts: folds what it computes into one word. Hashes run over every alignment, as a proving
 * image must not access memory misaligned, which V8 would not notice.
 */
import { blake2s256 } from "../../../guest/crypto/blake2s";
import { keccak256, keccakFinish, keccakInit, keccakUpdate } from "../../../guest/crypto/keccak256";
import { p256Verify } from "../../../guest/crypto/p256/verify";
import { ripemd160 } from "../../../guest/crypto/ripemd160";
import { ecrecover } from "../../../guest/crypto/secp256k1/recover";
import { sha256 } from "../../../guest/crypto/sha256";
import { addMod, divRem, mulMod } from "../../../guest/crypto/u256/modular";
import { blake2sParent } from "../../../guest/sdk/blake2s-round";
import { finish } from "../../../guest/sdk/machine";
import { PROGRAM_SLOTS } from "../../../guest/sdk/memory";

/** digest, r, s, parity of a secp256k1 signature; digest, r, s, x, y of a P-256 one: the test writes them */
const SIGNATURE: usize = PROGRAM_SLOTS;
const P256_SIGNATURE: usize = PROGRAM_SLOTS + 0x100;
const MESSAGE: usize = PROGRAM_SLOTS + 0x1000;
const OUTPUT: usize = PROGRAM_SLOTS + 0x2000;
const CONTEXT: usize = PROGRAM_SLOTS + 0x3000;
const NODE: usize = PROGRAM_SLOTS + 0x4000;

let folded: u32 = 0;

function fold(at: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 4) folded = rotl<u32>(folded, 5) ^ load<u32>(at + i);
}

function hash(message: usize, length: u32): void {
  keccak256(message, length, OUTPUT);
  fold(OUTPUT, 32);
  sha256(message, length, OUTPUT);
  fold(OUTPUT, 32);
  ripemd160(message, length, OUTPUT);
  fold(OUTPUT, 20);
  blake2s256(message, length, OUTPUT);
  fold(OUTPUT, 32);
  keccakInit(CONTEXT);
  keccakUpdate(CONTEXT, message, length & 15);
  keccakUpdate(CONTEXT, message + 1, length);
  keccakFinish(CONTEXT, OUTPUT);
  fold(OUTPUT, 32);
}

export function main(): void {
  for (let i: usize = 0; i < 512; i++) store<u8>(MESSAGE + i, <u8>(i * 37 + 11));
  for (let alignment: usize = 0; alignment < 4; alignment++) {
    for (let length: u32 = 0; length < 150; length += 7) hash(MESSAGE + alignment, length);
  }
  blake2sParent(NODE, MESSAGE, true);
  blake2sParent(NODE, MESSAGE, false);
  fold(NODE, 32);
  divRem(MESSAGE, MESSAGE + 32, OUTPUT, OUTPUT + 32);
  fold(OUTPUT, 64);
  mulMod(MESSAGE, MESSAGE + 32, MESSAGE + 64, OUTPUT);
  fold(OUTPUT, 32);
  addMod(MESSAGE, MESSAGE + 32, MESSAGE + 64, OUTPUT);
  fold(OUTPUT, 32);
  const parity = load<u32>(SIGNATURE, 96);
  const found = ecrecover(SIGNATURE, parity, SIGNATURE + 32, SIGNATURE + 64, OUTPUT);
  fold(OUTPUT, 32);
  const at = P256_SIGNATURE;
  const good = p256Verify(at, at + 32, at + 64, at + 96, at + 128);
  const bad = p256Verify(at + 32, at + 32, at + 64, at + 96, at + 128);
  finish(folded, u32(found), good, bad, 0, 0, 0, 0);
}
