/* Primes below 30,000. */
#include "kernel.h"
static u8 composite[30000];
u32 run(void) {
  u32 h = 0, n = 0;
  for (u32 i = 2; i < 30000; i++) {
    if (composite[i]) continue;
    n++;
    h = mix(h, i);
    for (u32 j = i * i; i < 174 && j < 30000; j += i) composite[j] = 1;
  }
  return h + n;
}
