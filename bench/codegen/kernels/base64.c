/* Base64 there and back, 6,000 bytes. */
#include "kernel.h"
static const char A[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static u8 in[6000], text[8000], out[6000], inverse[256];
static NOINLINE int encode(const u8 *p, int n, u8 *o) {
  u8 *s = o;
  for (int i = 0; i + 2 < n; i += 3) {
    u32 v = p[i] << 16 | p[i + 1] << 8 | p[i + 2];
    *o++ = A[v >> 18]; *o++ = A[v >> 12 & 63]; *o++ = A[v >> 6 & 63]; *o++ = A[v & 63];
  }
  return o - s;
}
static NOINLINE int decode(const u8 *p, int n, u8 *o) {
  u8 *s = o;
  for (int i = 0; i < n; i += 4) {
    u32 a = inverse[p[i]], b = inverse[p[i + 1]], c = inverse[p[i + 2]], d = inverse[p[i + 3]];
    if ((a | b | c | d) & 64) return -1;
    u32 v = a << 18 | b << 12 | c << 6 | d;
    *o++ = v >> 16; *o++ = v >> 8; *o++ = v;
  }
  return o - s;
}
u32 run(void) {
  for (int i = 0; i < 256; i++) inverse[i] = 64;
  for (int i = 0; i < 64; i++) inverse[(u8)A[i]] = i;
  for (int i = 0; i < 6000; i++) in[i] = rnd();
  int n = decode(text, encode(in, 6000, text), out);
  u32 h = n;
  for (int i = 0; i < n; i++) h = mix(h, out[i]);
  return h;
}
