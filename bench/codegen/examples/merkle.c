/* examples/merkle: a leaf is in a Merkle tree; the Blake2s delegation, the child left in place. */
#include "blake2s.h"
static u32 sibling[16] ALIGNED(64);
u32 run(void) {
  u32 depth = read_below(65);
  u64 index = tape_read();
  index |= (u64)tape_read() << 32;
  blake2s_init(blake_state);
  read_words(blake_state, 8);
  for (u32 level = 0; level < depth; level++) {
    read_words(sibling, 8);
    ten_rounds(blake_state, sibling, 4 | (index >> level & 1 ? 2 : 0));
  }
  commit(blake_state);
}
