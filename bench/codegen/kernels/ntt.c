/* Number theoretic transform of 512 points over the prime 2013265921. */
#include "kernel.h"
#define P 2013265921u
#define N 512
static u32 a[N], w[N];
/* a * b / 2^32 mod P */
static inline u32 mul(u32 x, u32 y) {
  u64 t = (u64)x * y;
  u32 m = (u32)t * 2013265919u;
  u32 r = (t + (u64)m * P) >> 32;
  return r >= P ? r - P : r;
}
static inline u32 add(u32 x, u32 y) { u32 s = x + y; return s >= P ? s - P : s; }
static inline u32 sub(u32 x, u32 y) { return x >= y ? x - y : x + P - y; }
static NOINLINE void transform(void) {
  for (int half = N / 2, step = 1; half; half >>= 1, step <<= 1)
    for (int base = 0; base < N; base += 2 * half)
      for (int k = 0; k < half; k++) {
        u32 x = a[base + k], y = a[base + half + k];
        a[base + k] = add(x, y);
        a[base + half + k] = mul(sub(x, y), w[k * step]);
      }
}
u32 run(void) {
  u32 g = 1172168163u, x = 268435454u;
  for (int i = 0; i < N; i++) { a[i] = rnd() % P; w[i] = x; x = mul(x, g); }
  transform();
  transform();
  u32 h = 0;
  for (int i = 0; i < N; i++) h = mix(h, a[i]);
  return h;
}
