/**
 * Blake2s compressions over a state block: 24 words (8 of state, 16 of extended state), 128-byte aligned, in RAM.
 *
 * PROVING = 1: ten delegation calls each. PROVING = 0: the function of RFC 7693 section 3.2 in software.
 * Meaning of the delegation: zksync-airbender v0.3.1, `risc_v_simulator/src/delegations/blake2_round_function_with_compression_mode.rs`.
 * The message is read in place: 16 words at a 4-byte aligned address in RAM that do not overlap the state block.
 */
import { blake2sRound } from "./machine";

const LAST: u32 = 1;
const RIGHT: u32 = 2;
const COMPRESSION: u32 = 4;

const IV0: u32 = 0x6a09e667;
const IV1: u32 = 0xbb67ae85;
const IV2: u32 = 0x3c6ef372;
const IV3: u32 = 0xa54ff53a;
const IV4: u32 = 0x510e527f;
const IV5: u32 = 0x9b05688c;
const IV6: u32 = 0x1f83d9ab;
const IV7: u32 = 0x5be0cd19;
/** IV0 with the parameter block of an unkeyed 32-byte digest. */
const IV0_CONFIGURED: u32 = IV0 ^ 0x01010020;

/** The state of an empty message. */
export function blake2sInit(state: usize): void {
  store<u32>(state, IV0_CONFIGURED, 0);
  store<u32>(state, IV1, 4);
  store<u32>(state, IV2, 8);
  store<u32>(state, IV3, 12);
  store<u32>(state, IV4, 16);
  store<u32>(state, IV5, 20);
  store<u32>(state, IV6, 24);
  store<u32>(state, IV7, 28);
}

// @ts-ignore: decorator
@inline
function tenRounds(state: usize, message: usize, control: u32): void {
  blake2sRound(state, message, 1 << 0, control);
  blake2sRound(state, message, 1 << 1, control);
  blake2sRound(state, message, 1 << 2, control);
  blake2sRound(state, message, 1 << 3, control);
  blake2sRound(state, message, 1 << 4, control);
  blake2sRound(state, message, 1 << 5, control);
  blake2sRound(state, message, 1 << 6, control);
  blake2sRound(state, message, 1 << 7, control);
  blake2sRound(state, message, 1 << 8, control);
  blake2sRound(state, message, 1 << 9, control | LAST);
}

/**
 * One block of a message. @param total bytes of the message up to and including this block (messages are below 4 GiB)
 * @param last whether it is the message's last block (padded with zeros)
 */
export function blake2sBlock(state: usize, message: usize, total: u32, last: bool): void {
  if (PROVING) {
    store<u32>(state, IV4 ^ total, 32 + 48);
    store<u32>(state, last ? ~IV6 : IV6, 32 + 56);
    tenRounds(state, message, 0);
  } else {
    compress(state, message, total, last);
  }
}

/** A message that fits one block, hashed from the initial state: for two children of a tree that lie side by side, `length` is 64. */
// @ts-ignore: decorator
@inline
export function blake2sSingle(state: usize, message: usize, length: u32): void {
  blake2sInit(state);
  blake2sBlock(state, message, length, true);
}

/**
 * The parent of two tree nodes: Blake2s-256 of 64 bytes, of which 32 are the state's first 8 words (a digest left there by the call before)
 * and 32 are at `sibling`. The result replaces the state. @param right whether the node in the state is the right child.
 * The delegation reads 16 words at `sibling`: the 8 after it must be RAM too; they do not matter.
 */
export function blake2sParent(state: usize, sibling: usize, right: bool): void {
  if (PROVING) {
    tenRounds(state, sibling, COMPRESSION | (right ? RIGHT : 0));
  } else {
    // the state block's extended part is free here: the pair goes there as the message
    const pair = state + 32;
    memory.copy(pair + (right ? 32 : 0), state, 32);
    memory.copy(pair + (right ? 0 : 32), sibling, 32);
    blake2sInit(state);
    compress(state, pair, 64, true);
  }
}

// The permutations of RFC 7693 section 2.7, as byte offsets into the message, one byte each.
// prettier-ignore
const SIGMA: usize = memory.data<u8>([
  0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60,
  56, 40, 16, 32, 36, 60, 52, 24, 4, 48, 0, 8, 44, 28, 20, 12,
  44, 32, 48, 0, 20, 8, 60, 52, 40, 56, 12, 24, 28, 4, 36, 16,
  28, 36, 12, 4, 52, 48, 44, 56, 8, 24, 20, 40, 16, 0, 60, 32,
  36, 0, 20, 28, 8, 16, 40, 60, 56, 4, 44, 48, 24, 32, 12, 52,
  8, 48, 24, 40, 0, 44, 32, 12, 16, 52, 28, 20, 60, 56, 4, 36,
  48, 20, 4, 60, 56, 52, 16, 40, 0, 28, 24, 12, 36, 8, 32, 44,
  52, 44, 28, 56, 48, 4, 12, 36, 20, 0, 60, 16, 32, 24, 8, 40,
  24, 60, 56, 36, 44, 12, 0, 32, 48, 8, 52, 28, 4, 16, 40, 20,
  40, 8, 32, 16, 28, 24, 4, 20, 60, 44, 36, 56, 12, 48, 52, 0,
]);

// @ts-ignore: decorator
@inline
function word(message: usize, sigma: usize, index: usize): u32 {
  return load<u32>(message + <usize>load<u8>(sigma + index));
}

/** The compression function in software. */
function compress(state: usize, message: usize, total: u32, last: bool): void {
  let v0 = load<u32>(state, 0);
  let v1 = load<u32>(state, 4);
  let v2 = load<u32>(state, 8);
  let v3 = load<u32>(state, 12);
  let v4 = load<u32>(state, 16);
  let v5 = load<u32>(state, 20);
  let v6 = load<u32>(state, 24);
  let v7 = load<u32>(state, 28);
  let v8 = IV0;
  let v9 = IV1;
  let v10 = IV2;
  let v11 = IV3;
  let v12 = IV4 ^ total;
  let v13 = IV5;
  let v14 = last ? ~IV6 : IV6;
  let v15 = IV7;
  const end = SIGMA + 160;
  for (let s = SIGMA; s != end; s += 16) {
    v0 += v4 + word(message, s, 0);
    v12 = rotr<u32>(v12 ^ v0, 16);
    v8 += v12;
    v4 = rotr<u32>(v4 ^ v8, 12);
    v0 += v4 + word(message, s, 1);
    v12 = rotr<u32>(v12 ^ v0, 8);
    v8 += v12;
    v4 = rotr<u32>(v4 ^ v8, 7);
    v1 += v5 + word(message, s, 2);
    v13 = rotr<u32>(v13 ^ v1, 16);
    v9 += v13;
    v5 = rotr<u32>(v5 ^ v9, 12);
    v1 += v5 + word(message, s, 3);
    v13 = rotr<u32>(v13 ^ v1, 8);
    v9 += v13;
    v5 = rotr<u32>(v5 ^ v9, 7);
    v2 += v6 + word(message, s, 4);
    v14 = rotr<u32>(v14 ^ v2, 16);
    v10 += v14;
    v6 = rotr<u32>(v6 ^ v10, 12);
    v2 += v6 + word(message, s, 5);
    v14 = rotr<u32>(v14 ^ v2, 8);
    v10 += v14;
    v6 = rotr<u32>(v6 ^ v10, 7);
    v3 += v7 + word(message, s, 6);
    v15 = rotr<u32>(v15 ^ v3, 16);
    v11 += v15;
    v7 = rotr<u32>(v7 ^ v11, 12);
    v3 += v7 + word(message, s, 7);
    v15 = rotr<u32>(v15 ^ v3, 8);
    v11 += v15;
    v7 = rotr<u32>(v7 ^ v11, 7);
    v0 += v5 + word(message, s, 8);
    v15 = rotr<u32>(v15 ^ v0, 16);
    v10 += v15;
    v5 = rotr<u32>(v5 ^ v10, 12);
    v0 += v5 + word(message, s, 9);
    v15 = rotr<u32>(v15 ^ v0, 8);
    v10 += v15;
    v5 = rotr<u32>(v5 ^ v10, 7);
    v1 += v6 + word(message, s, 10);
    v12 = rotr<u32>(v12 ^ v1, 16);
    v11 += v12;
    v6 = rotr<u32>(v6 ^ v11, 12);
    v1 += v6 + word(message, s, 11);
    v12 = rotr<u32>(v12 ^ v1, 8);
    v11 += v12;
    v6 = rotr<u32>(v6 ^ v11, 7);
    v2 += v7 + word(message, s, 12);
    v13 = rotr<u32>(v13 ^ v2, 16);
    v8 += v13;
    v7 = rotr<u32>(v7 ^ v8, 12);
    v2 += v7 + word(message, s, 13);
    v13 = rotr<u32>(v13 ^ v2, 8);
    v8 += v13;
    v7 = rotr<u32>(v7 ^ v8, 7);
    v3 += v4 + word(message, s, 14);
    v14 = rotr<u32>(v14 ^ v3, 16);
    v9 += v14;
    v4 = rotr<u32>(v4 ^ v9, 12);
    v3 += v4 + word(message, s, 15);
    v14 = rotr<u32>(v14 ^ v3, 8);
    v9 += v14;
    v4 = rotr<u32>(v4 ^ v9, 7);
  }
  store<u32>(state, load<u32>(state, 0) ^ v0 ^ v8, 0);
  store<u32>(state, load<u32>(state, 4) ^ v1 ^ v9, 4);
  store<u32>(state, load<u32>(state, 8) ^ v2 ^ v10, 8);
  store<u32>(state, load<u32>(state, 12) ^ v3 ^ v11, 12);
  store<u32>(state, load<u32>(state, 16) ^ v4 ^ v12, 16);
  store<u32>(state, load<u32>(state, 20) ^ v5 ^ v13, 20);
  store<u32>(state, load<u32>(state, 24) ^ v6 ^ v14, 24);
  store<u32>(state, load<u32>(state, 28) ^ v7 ^ v15, 28);
}
