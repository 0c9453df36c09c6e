/**
 * `windproof/guest`: what a provable program imports. Hashes and 256-bit arithmetic are in `windproof/guest/crypto/…`, one file each;
 * the machine's own operations in `windproof/guest/sdk/machine`.
 */
export { marker } from "./sdk/machine";
export { alloc, mark, release } from "./sdk/memory";
export { ask, askExactly } from "./sdk/oracle";
export { commit, commitWords } from "./sdk/output";
export { panic } from "./sdk/panic";
export { log, logNumber } from "./sdk/log";
export { readArray, readBelow, readBytes, readU32, readU64, readWords, Slice } from "./sdk/tape";
