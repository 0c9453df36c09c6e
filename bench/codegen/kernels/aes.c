/* AES-128 by one table, 128 blocks. */
#include "kernel.h"
static u8 sbox[256];
static u32 T[256], key[44];
static u8 xtime(u8 x) { return x << 1 ^ (x >> 7) * 27; }
static void tables(void) {
  u8 p = 1, q = 1;
  do {
    p = p ^ xtime(p);
    q ^= q << 1; q ^= q << 2; q ^= q << 4; if (q & 128) q ^= 9;
    u8 x = q ^ (u8)(q << 1 | q >> 7) ^ (u8)(q << 2 | q >> 6) ^ (u8)(q << 3 | q >> 5) ^ (u8)(q << 4 | q >> 4);
    sbox[p] = x ^ 0x63;
  } while (p != 1);
  sbox[0] = 0x63;
  for (int i = 0; i < 256; i++) { u32 s = sbox[i], d = xtime(s); T[i] = d | s << 8 | s << 16 | (d ^ s) << 24; }
}
static void expand(void) {
  u8 rc = 1;
  for (int i = 0; i < 4; i++) key[i] = rnd();
  for (int i = 4; i < 44; i++) {
    u32 t = key[i - 1];
    if (i % 4 == 0) { t = rotr(t, 8); t = sbox[t & 255] | sbox[t >> 8 & 255] << 8 | sbox[t >> 16 & 255] << 16 | (u32)sbox[t >> 24] << 24; t ^= rc; rc = xtime(rc); }
    key[i] = key[i - 4] ^ t;
  }
}
static NOINLINE void encrypt(u32 *s) {
  u32 a = s[0] ^ key[0], b = s[1] ^ key[1], c = s[2] ^ key[2], d = s[3] ^ key[3];
  for (int r = 4; r < 40; r += 4) {
#define R(w, x, y, z, k) T[w & 255] ^ rotl(T[x >> 8 & 255], 8) ^ rotl(T[y >> 16 & 255], 16) ^ rotl(T[z >> 24], 24) ^ key[r + k]
    u32 e = R(a, b, c, d, 0), f = R(b, c, d, a, 1), g = R(c, d, a, b, 2), h = R(d, a, b, c, 3);
    a = e; b = f; c = g; d = h;
  }
#define L(w, x, y, z, k) (sbox[w & 255] | sbox[x >> 8 & 255] << 8 | sbox[y >> 16 & 255] << 16 | (u32)sbox[z >> 24] << 24) ^ key[40 + k]
  s[0] = L(a, b, c, d, 0); s[1] = L(b, c, d, a, 1); s[2] = L(c, d, a, b, 2); s[3] = L(d, a, b, c, 3);
}
u32 run(void) {
  u32 s[4] = {1, 2, 3, 4};
  tables();
  expand();
  for (int i = 0; i < 128; i++) encrypt(s);
  return s[0] ^ s[1] ^ s[2] ^ s[3];
}
