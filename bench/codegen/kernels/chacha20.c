/* ChaCha20 key stream, 64 blocks. */
#include "kernel.h"
static u32 state[16], out[16];
#define Q(a, b, c, d) x[a] += x[b]; x[d] = rotl(x[d] ^ x[a], 16); x[c] += x[d]; x[b] = rotl(x[b] ^ x[c], 12); x[a] += x[b]; x[d] = rotl(x[d] ^ x[a], 8); x[c] += x[d]; x[b] = rotl(x[b] ^ x[c], 7)
static NOINLINE void block(void) {
  u32 x[16];
  for (int i = 0; i < 16; i++) x[i] = state[i];
  for (int i = 0; i < 10; i++) {
    Q(0, 4, 8, 12); Q(1, 5, 9, 13); Q(2, 6, 10, 14); Q(3, 7, 11, 15);
    Q(0, 5, 10, 15); Q(1, 6, 11, 12); Q(2, 7, 8, 13); Q(3, 4, 9, 14);
  }
  for (int i = 0; i < 16; i++) out[i] = x[i] + state[i];
}
u32 run(void) {
  for (int i = 0; i < 16; i++) state[i] = rnd();
  u32 h = 0;
  for (int i = 0; i < 64; i++) { block(); state[12]++; h = mix(h, out[i & 15]); }
  return h;
}
