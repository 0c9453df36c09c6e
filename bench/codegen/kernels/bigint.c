/* Product of two 2,048-bit numbers by schoolbook, 20 times. */
#include "kernel.h"
#define N 64
static u32 a[N], b[N], c[2 * N];
static NOINLINE void multiply(void) {
  for (int i = 0; i < 2 * N; i++) c[i] = 0;
  for (int i = 0; i < N; i++) {
    u32 carry = 0;
    for (int j = 0; j < N; j++) {
      u64 t = (u64)a[i] * b[j] + c[i + j] + carry;
      c[i + j] = t;
      carry = t >> 32;
    }
    c[i + N] = carry;
  }
}
u32 run(void) {
  u32 h = 0;
  for (int i = 0; i < N; i++) a[i] = rnd(), b[i] = rnd();
  for (int k = 0; k < 20; k++) {
    multiply();
    for (int i = 0; i < N; i++) a[i] ^= c[i + N / 2];
    h = mix(h, c[N]);
  }
  return h;
}
