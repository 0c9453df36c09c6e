/* examples/sort: sorting checked by a hinted permutation; the digest of the sorted numbers. */
#include "blake2s.h"
#define LIMIT (1 << 20)
static u32 input[LIMIT] ALIGNED(32), sorted[LIMIT] ALIGNED(32);
static u8 taken[LIMIT];
u32 run(void) {
  u32 length = tape_read();
  require(length <= LIMIT);
  read_words(input, length);
  u32 previous = 0;
  for (u32 i = 0; i < length; i++) {
    u32 from = read_below(length);
    require(!taken[from]);
    taken[from] = 1;
    u32 value = input[from];
    require(value >= previous);
    previous = value;
    sorted[i] = value;
  }
  blake2s256(sorted, length << 2);
  commit(blake_state);
}
