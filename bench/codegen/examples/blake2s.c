/* examples/blake2s: Blake2s-256 of bytes on the tape, by the delegation. */
#include "blake2s.h"
u32 run(void) {
  read_bytes();
  blake2s256(message_words, message_length);
  commit(blake_state);
}
