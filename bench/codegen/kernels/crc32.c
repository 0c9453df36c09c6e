/* CRC-32 by table of 16 KiB. */
#include "kernel.h"
static u32 t[256];
static u8 d[16384];
u32 run(void) {
  for (u32 i = 0; i < 256; i++) {
    u32 c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >> 1) : c >> 1;
    t[i] = c;
  }
  for (int i = 0; i < 16384; i++) d[i] = i * 7 ^ i >> 5;
  u32 c = ~0u;
  for (int i = 0; i < 16384; i++) c = t[(c ^ d[i]) & 255] ^ c >> 8;
  return ~c;
}
