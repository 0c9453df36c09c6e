/* examples/c-sieve: its own source, with the tape and the end of the run by instructions in place of imports. */
#include "example.h"
#define LIMIT 200000
static u8 composite[LIMIT];
u32 run(void) {
  u32 n = tape_read();
  require(n <= LIMIT);
  u32 count = 0, last = 0;
  for (u32 i = 2; i < n; i++) {
    if (composite[i]) continue;
    count++;
    last = i;
    for (u64 j = (u64)i * i; j < n; j += i) composite[j] = 1;
  }
  finish(count, last, 0, 0, 0, 0, 0, 0);
}
