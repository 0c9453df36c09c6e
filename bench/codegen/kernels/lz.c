/* LZ77 compression with a hash of three bytes, and decompression, of 8 KiB. */
#include "kernel.h"
static u8 in[8192], packed[16384], out[8192];
static u16 last[4096];
static NOINLINE int pack(const u8 *p, int n, u8 *o) {
  u8 *s = o;
  int i = 0;
  while (i < n) {
    int best = 0, from = 0;
    if (i + 3 < n) {
      u32 k = (p[i] << 16 | p[i + 1] << 8 | p[i + 2]) * 2654435761u >> 20;
      from = last[k];
      last[k] = i;
      if (from < i) while (best < 255 && i + best < n && p[from + best] == p[i + best]) best++;
    }
    if (best >= 4) { *o++ = 1; *o++ = best; *o++ = (i - from) >> 8; *o++ = i - from; i += best; }
    else { *o++ = 0; *o++ = p[i++]; }
  }
  return o - s;
}
static NOINLINE int unpack(const u8 *p, int n, u8 *o) {
  u8 *s = o;
  for (int i = 0; i < n;) {
    if (p[i]) {
      int len = p[i + 1];
      const u8 *f = o - (p[i + 2] << 8 | p[i + 3]);
      while (len--) *o++ = *f++;
      i += 4;
    } else { *o++ = p[i + 1]; i += 2; }
  }
  return o - s;
}
u32 run(void) {
  for (int i = 0; i < 8192; i++) in[i] = (rnd() & 63) < 8 ? rnd() & 15 : in[i > 100 ? i - 97 : 0] + (i == 5);
  int n = pack(in, 8192, packed);
  int m = unpack(packed, n, out);
  u32 h = n;
  for (int i = 0; i < m; i++) h = mix(h, out[i]);
  return h;
}
