/* Keccak-f[1600], 20 permutations. */
#include "kernel.h"
static const u64 RC[24] = {1ULL,0x8082ULL,0x800000000000808aULL,0x8000000080008000ULL,0x808bULL,0x80000001ULL,0x8000000080008081ULL,0x8000000000008009ULL,0x8aULL,0x88ULL,0x80008009ULL,0x8000000aULL,0x8000808bULL,0x800000000000008bULL,0x8000000000008089ULL,0x8000000000008003ULL,0x8000000000008002ULL,0x8000000000000080ULL,0x800aULL,0x800000008000000aULL,0x8000000080008081ULL,0x8000000000008080ULL,0x80000001ULL,0x8000000080008008ULL};
static const int R[24] = {1,3,6,10,15,21,28,36,45,55,2,14,27,41,56,8,25,43,62,18,39,61,20,44};
static const int P[24] = {10,7,11,17,18,3,5,16,8,21,24,4,15,23,19,13,12,2,20,14,22,9,6,1};
static u64 s[25];
static NOINLINE void permute(void) {
  for (int r = 0; r < 24; r++) {
    u64 c[5];
    for (int i = 0; i < 5; i++) c[i] = s[i] ^ s[i + 5] ^ s[i + 10] ^ s[i + 15] ^ s[i + 20];
    for (int i = 0; i < 5; i++) {
      u64 t = c[(i + 4) % 5] ^ rotl64(c[(i + 1) % 5], 1);
      for (int j = 0; j < 25; j += 5) s[j + i] ^= t;
    }
    u64 t = s[1];
#pragma clang loop unroll(full)
    for (int i = 0; i < 24; i++) {
      u64 b = s[P[i]];
      s[P[i]] = rotl64(t, R[i]);
      t = b;
    }
    for (int j = 0; j < 25; j += 5) {
      u64 a0 = s[j], a1 = s[j + 1], a2 = s[j + 2], a3 = s[j + 3], a4 = s[j + 4];
      s[j] = a0 ^ (~a1 & a2); s[j + 1] = a1 ^ (~a2 & a3); s[j + 2] = a2 ^ (~a3 & a4); s[j + 3] = a3 ^ (~a4 & a0); s[j + 4] = a4 ^ (~a0 & a1);
    }
    s[0] ^= RC[r];
  }
}
u32 run(void) {
  for (int i = 0; i < 20; i++) { s[i] ^= rnd(); permute(); }
  return (u32)s[0] ^ (u32)(s[24] >> 32);
}
