/* examples/fibonacci: the n-th Fibonacci number modulo 2^64. */
#include "example.h"
u32 run(void) {
  u32 n = tape_read();
  u64 a = 0, b = 1;
  for (u32 i = 0; i < n; i++) {
    u64 next = a + b;
    a = b;
    b = next;
  }
  finish(a, a >> 32, 0, 0, 0, 0, 0, 0);
}
