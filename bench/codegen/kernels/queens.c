/* Eight queens, all solutions, by bit masks. */
#include "kernel.h"
static u32 solve(u32 all, u32 columns, u32 left, u32 right) {
  if (columns == all) return 1;
  u32 n = 0;
  for (u32 free = all & ~(columns | left | right); free;) {
    u32 bit = free & -free;
    free ^= bit;
    n += solve(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return n;
}
u32 run(void) { return solve(255, 0, 0, 0) * 100 + solve(127, 0, 0, 0); }
