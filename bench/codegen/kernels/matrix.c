/* Product of two 40 by 40 matrices of words. */
#include "kernel.h"
#define N 40
static i32 a[N][N], b[N][N], c[N][N];
static NOINLINE void multiply(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      i32 s = 0;
      for (int k = 0; k < N; k++) s += a[i][k] * b[k][j];
      c[i][j] = s;
    }
}
u32 run(void) {
  for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) a[i][j] = rnd(), b[i][j] = rnd();
  multiply();
  u32 h = 0;
  for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) h = mix(h, c[i][j]);
  return h;
}
