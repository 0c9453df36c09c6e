/* Substring search by Horspool in 16 KiB. */
#include "kernel.h"
static u8 text[16384];
static u8 skip[256];
static NOINLINE int count(const u8 *p, int m) {
  for (int i = 0; i < 256; i++) skip[i] = m;
  for (int i = 0; i < m - 1; i++) skip[p[i]] = m - 1 - i;
  int found = 0;
  for (int i = 0; i + m <= 16384; i += skip[text[i + m - 1]]) {
    int k = m - 1;
    while (k >= 0 && text[i + k] == p[k]) k--;
    if (k < 0) found++;
  }
  return found;
}
u32 run(void) {
  for (int i = 0; i < 16384; i++) text[i] = 'a' + (rnd() % 3 == 0) + (rnd() & 1);
  u32 h = 0;
  for (int i = 0; i < 10; i++) h = mix(h, count(text + 1000 * i, 4 + i));
  return h;
}
