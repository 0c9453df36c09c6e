/** The hashes, exported for hashes.test.ts. */
export { keccak256, keccakInit, keccakUpdate, keccakFinish } from "../../../guest/crypto/keccak256";
export { sha256 } from "../../../guest/crypto/sha256";
export { ripemd160 } from "../../../guest/crypto/ripemd160";
export { blake2s256, blake2sStart, blake2sUpdate, blake2sEnd } from "../../../guest/crypto/blake2s";
export { blake2sParent, blake2sSingle } from "../../../guest/sdk/blake2s-round";
export { copy } from "../../../guest/sdk/copy";
