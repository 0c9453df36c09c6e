/* Mandelbrot set in fixed point (4.28), 40 by 30. */
#include "kernel.h"
static i32 mul(i32 a, i32 b) { return ((i64)a * b) >> 28; }
u32 run(void) {
  u32 h = 0;
  for (int y = 0; y < 30; y++)
    for (int x = 0; x < 40; x++) {
      i32 cr = (x - 28) * (1 << 28) / 16, ci = (y - 15) * (1 << 24), zr = 0, zi = 0;
      cr = (x - 28) * (1 << 24);
      int n = 0;
      for (; n < 40; n++) {
        i32 a = mul(zr, zr), b = mul(zi, zi);
        if (a + b > 4 << 28 || a + b < 0) break;
        zi = 2 * mul(zr, zi) + ci;
        zr = a - b + cr;
      }
      h = mix(h, n);
    }
  return h;
}
