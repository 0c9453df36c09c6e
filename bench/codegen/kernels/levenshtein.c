/* Edit distance of two strings of 200 bytes. */
#include "kernel.h"
static u8 a[200], b[200];
static u32 row[201];
static NOINLINE u32 distance(int n, int m) {
  for (int j = 0; j <= m; j++) row[j] = j;
  for (int i = 1; i <= n; i++) {
    u32 diagonal = row[0];
    row[0] = i;
    for (int j = 1; j <= m; j++) {
      u32 up = row[j], best = diagonal + (a[i - 1] != b[j - 1]);
      if (up + 1 < best) best = up + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      row[j] = best;
      diagonal = up;
    }
  }
  return row[m];
}
u32 run(void) {
  for (int i = 0; i < 200; i++) a[i] = rnd() & 3, b[i] = rnd() & 3;
  return distance(200, 200) * 1000 + distance(150, 180);
}
