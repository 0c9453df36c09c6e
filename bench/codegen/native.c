/* The native side's run-time: what a cross toolchain's library would bring. Copies by words, eight at a time. */
#include "kernels/kernel.h"
typedef __SIZE_TYPE__ size;
void *memcpy(void *to, const void *from, size n) {
  u8 *d = to;
  const u8 *s = from;
  if ((((size)d ^ (size)s) & 3) == 0) {
    for (; n && ((size)d & 3); n--) *d++ = *s++;
    for (; n >= 32; n -= 32, d += 32, s += 32) {
      const u32 *f = (const u32 *)s;
      u32 *t = (u32 *)d, a = f[0], b = f[1], c = f[2], e = f[3], g = f[4], h = f[5], i = f[6], j = f[7];
      t[0] = a; t[1] = b; t[2] = c; t[3] = e; t[4] = g; t[5] = h; t[6] = i; t[7] = j;
    }
    for (; n >= 4; n -= 4, d += 4, s += 4) *(u32 *)d = *(const u32 *)s;
  }
  for (; n; n--) *d++ = *s++;
  return to;
}
void *memset(void *to, int x, size n) {
  u8 *d = to;
  u32 w = (u8)x * 0x01010101u;
  for (; n && ((size)d & 3); n--) *d++ = x;
  for (; n >= 16; n -= 16, d += 16) { u32 *t = (u32 *)d; t[0] = w; t[1] = w; t[2] = w; t[3] = w; }
  for (; n >= 4; n -= 4, d += 4) *(u32 *)d = w;
  for (; n; n--) *d++ = x;
  return to;
}
extern u32 data_start[], data_end[], data_load[];
__attribute__((naked, section(".start"))) void start(void) {
  __asm__("lui sp, 0x40000\n call begin\n 1: j 1b");
}
u32 begin(void) {
  for (u32 *d = data_start, *s = data_load; d < data_end;) *d++ = *s++;
  return run();
}
