/* Modular exponentiation by Montgomery multiplication, 256 bits. */
#include "kernel.h"
#define N 8
static const u32 M[N] = {0xffffffed,0xffffffff,0xffffffff,0xffffffff,0xffffffff,0xffffffff,0xffffffff,0x7fffffff};
static u32 inverse;
static NOINLINE void montgomery(u32 *r, const u32 *a, const u32 *b) {
  u32 t[N + 2];
  for (int i = 0; i < N + 2; i++) t[i] = 0;
  for (int i = 0; i < N; i++) {
    u64 c = 0;
    for (int j = 0; j < N; j++) { c += (u64)a[j] * b[i] + t[j]; t[j] = c; c >>= 32; }
    c += t[N]; t[N] = c; t[N + 1] = c >> 32;
    u32 m = t[0] * inverse;
    c = (u64)m * M[0] + t[0]; c >>= 32;
    for (int j = 1; j < N; j++) { c += (u64)m * M[j] + t[j]; t[j - 1] = c; c >>= 32; }
    c += t[N]; t[N - 1] = c; t[N] = t[N + 1] + (u32)(c >> 32);
  }
  u32 d[N], borrow = 0;
  for (int i = 0; i < N; i++) { u64 x = (u64)t[i] - M[i] - borrow; d[i] = x; borrow = x >> 63; }
  for (int i = 0; i < N; i++) r[i] = t[N] >= borrow ? d[i] : t[i];
}
u32 run(void) {
  u32 x[N], r[N];
  inverse = 1;
  for (int i = 0; i < 5; i++) inverse *= 2 - M[0] * inverse;
  inverse = -inverse;
  for (int i = 0; i < N; i++) x[i] = rnd() >> 1, r[i] = i == 0 ? 38 : 0;
  for (int bit = 254; bit >= 0; bit--) {
    montgomery(r, r, r);
    if (bit & 5) montgomery(r, r, x);
  }
  u32 h = 0;
  for (int i = 0; i < N; i++) h = mix(h, r[i]);
  return h;
}
