/* examples/sha256: SHA-256 of bytes on the tape, eight rounds a turn, rotations nested. */
#include "example.h"
static const u32 K[64] = {
  0x428a2f98,0x71374491,0xb5c0fbcf,0xe9b5dba5,0x3956c25b,0x59f111f1,0x923f82a4,0xab1c5ed5,0xd807aa98,0x12835b01,0x243185be,0x550c7dc3,0x72be5d74,0x80deb1fe,0x9bdc06a7,0xc19bf174,
  0xe49b69c1,0xefbe4786,0x0fc19dc6,0x240ca1cc,0x2de92c6f,0x4a7484aa,0x5cb0a9dc,0x76f988da,0x983e5152,0xa831c66d,0xb00327c8,0xbf597fc7,0xc6e00bf3,0xd5a79147,0x06ca6351,0x14292967,
  0x27b70a85,0x2e1b2138,0x4d2c6dfc,0x53380d13,0x650a7354,0x766a0abb,0x81c2c92e,0x92722c85,0xa2bfe8a1,0xa81a664b,0xc24b8b70,0xc76c51a3,0xd192e819,0xd6990624,0xf40e3585,0x106aa070,
  0x19a4c116,0x1e376c08,0x2748774c,0x34b0bcb5,0x391c0cb3,0x4ed8aa4a,0x5b9cca4f,0x682e6ff3,0x748f82ee,0x78a5636f,0x84c87814,0x8cc70208,0x90befffa,0xa4506ceb,0xbef9a3f7,0xc67178f2};
static u32 h[8], w[64];
INLINE u32 sum0(u32 x) { return rotr(rotr(rotr(x, 9) ^ x, 11) ^ x, 2); }
INLINE u32 sum1(u32 x) { return rotr(rotr(rotr(x, 14) ^ x, 5) ^ x, 6); }
INLINE u32 sigma0(u32 x) { return rotr(x, 7) ^ rotr(x, 18) ^ x >> 3; }
INLINE u32 sigma1(u32 x) { return rotr(x, 17) ^ rotr(x, 19) ^ x >> 10; }
#define ROUND(a, b, c, d, e, f, g, h, j) \
  h += sum1(e) + (g ^ (e & (f ^ g))) + K[i + j] + w[i + j]; d += h; h += sum0(a) + ((a & b) | (c & (a | b)))
static NOINLINE void compress(const u32 *block) {
  for (int i = 0; i < 16; i++) w[i] = swap32(block[i]);
  for (int i = 16; i < 64; i++) w[i] = sigma1(w[i - 2]) + w[i - 7] + sigma0(w[i - 15]) + w[i - 16];
  u32 a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], k = h[7];
  for (int i = 0; i < 64; i += 8) {
    ROUND(a, b, c, d, e, f, g, k, 0);
    ROUND(k, a, b, c, d, e, f, g, 1);
    ROUND(g, k, a, b, c, d, e, f, 2);
    ROUND(f, g, k, a, b, c, d, e, 3);
    ROUND(e, f, g, k, a, b, c, d, 4);
    ROUND(d, e, f, g, k, a, b, c, 5);
    ROUND(c, d, e, f, g, k, a, b, 6);
    ROUND(b, c, d, e, f, g, k, a, 7);
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
}
u32 run(void) {
  static const u32 START[8] = {0x6a09e667,0xbb67ae85,0x3c6ef372,0xa54ff53a,0x510e527f,0x9b05688c,0x1f83d9ab,0x5be0cd19};
  static u32 tail[32];
  read_bytes();
  for (int i = 0; i < 8; i++) h[i] = START[i];
  u32 length = message_length, whole = length & ~63, rest = length & 63, size = rest < 56 ? 64 : 128;
  for (u32 at = 0; at != whole; at += 64) compress(message_words + at / 4);
  memset(tail, 0, size);
  memcpy(tail, (u8 *)message_words + whole, rest);
  ((u8 *)tail)[rest] = 0x80;
  tail[size / 4 - 2] = swap32(length >> 29);
  tail[size / 4 - 1] = swap32(length << 3);
  compress(tail);
  if (size == 128) compress(tail + 16);
  for (int i = 0; i < 8; i++) h[i] = swap32(h[i]);
  commit(h);
}
