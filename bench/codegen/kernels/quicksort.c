/* Quicksort of 4,000 words, by recursion. */
#include "kernel.h"
static i32 a[4000];
static void sort(i32 *lo, i32 *hi) {
  while (lo < hi) {
    i32 p = lo[(hi - lo) / 2], *i = lo, *j = hi;
    while (i <= j) {
      while (*i < p) i++;
      while (*j > p) j--;
      if (i <= j) { i32 t = *i; *i++ = *j; *j-- = t; }
    }
    if (j - lo < hi - i) { sort(lo, j); lo = i; } else { sort(i, hi); hi = j; }
  }
}
u32 run(void) {
  for (int i = 0; i < 4000; i++) a[i] = rnd();
  sort(a, a + 3999);
  u32 h = 0;
  for (int i = 0; i < 4000; i++) h = mix(h, a[i]);
  return h;
}
