/* Blake2s-256 on the delegation: ten calls a block, the message compressed where it lies. */
#pragma once
#include "example.h"
static u32 blake_state[24] ALIGNED(128);
static const u32 IV[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
INLINE void blake2s_init(u32 *state) {
  state[0] = 0x6a09e667 ^ 0x01010020;
  for (int i = 1; i < 8; i++) state[i] = IV[i];
}
INLINE void ten_rounds(u32 *state, const u32 *message, u32 control) {
  for (int i = 0; i < 9; i++) blake2s_round(state, message, 1 << i, control);
  blake2s_round(state, message, 1 << 9, control | 1);
}
static NOINLINE void blake2s_block(u32 *state, const u32 *message, u32 total, int last) {
  state[20] = 0x510e527f ^ total;
  state[22] = last ? ~0x1f83d9ab : 0x1f83d9ab;
  ten_rounds(state, message, 0);
}
/* `length` bytes at words; the digest is the first 8 words of blake_state. */
static inline void blake2s256(const u32 *words, u32 length) {
  static u32 buffer[16];
  blake2s_init(blake_state);
  u32 total = 0;
  while (length - total > 64) {
    total += 64;
    blake2s_block(blake_state, words, total, 0);
    words += 16;
  }
  u32 rest = length - total;
  memcpy(buffer, words, rest);
  memset((u8 *)buffer + rest, 0, 64 - rest);
  blake2s_block(blake_state, buffer, length, 1);
}
