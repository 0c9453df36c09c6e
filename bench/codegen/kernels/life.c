/* Game of life, 48 by 48, 12 generations. */
#include "kernel.h"
#define N 48
static u8 g[2][N + 2][N + 2];
static NOINLINE void step(u8 (*a)[N + 2], u8 (*b)[N + 2]) {
  for (int y = 1; y <= N; y++)
    for (int x = 1; x <= N; x++) {
      int n = a[y - 1][x - 1] + a[y - 1][x] + a[y - 1][x + 1] + a[y][x - 1] + a[y][x + 1] + a[y + 1][x - 1] + a[y + 1][x] + a[y + 1][x + 1];
      b[y][x] = n == 3 || (n == 2 && a[y][x]);
    }
}
u32 run(void) {
  for (int y = 1; y <= N; y++) for (int x = 1; x <= N; x++) g[0][y][x] = rnd() & 1;
  for (int i = 0; i < 12; i += 2) { step(g[0], g[1]); step(g[1], g[0]); }
  u32 h = 0;
  for (int y = 1; y <= N; y++) for (int x = 1; x <= N; x++) h = mix(h, g[0][y][x]);
  return h;
}
