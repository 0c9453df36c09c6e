/* Validation of UTF-8 and counting of code points. */
#include "kernel.h"
static u8 text[8192];
static NOINLINE int validate(const u8 *s, int n) {
  int count = 0;
  for (int i = 0; i < n; count++) {
    u8 c = s[i];
    if (c < 0x80) i++;
    else if (c >> 5 == 6) {
      if (i + 1 >= n || s[i + 1] >> 6 != 2 || c < 0xc2) return -1 - i;
      i += 2;
    } else if (c >> 4 == 14) {
      if (i + 2 >= n || s[i + 1] >> 6 != 2 || s[i + 2] >> 6 != 2) return -1 - i;
      u32 v = (c & 15) << 12 | (s[i + 1] & 63) << 6 | (s[i + 2] & 63);
      if (v < 0x800 || (v >= 0xd800 && v < 0xe000)) return -1 - i;
      i += 3;
    } else if (c >> 3 == 30) {
      if (i + 3 >= n || s[i + 1] >> 6 != 2 || s[i + 2] >> 6 != 2 || s[i + 3] >> 6 != 2) return -1 - i;
      u32 v = (c & 7) << 18 | (s[i + 1] & 63) << 12 | (s[i + 2] & 63) << 6 | (s[i + 3] & 63);
      if (v < 0x10000 || v > 0x10ffff) return -1 - i;
      i += 4;
    } else return -1 - i;
  }
  return count;
}
u32 run(void) {
  int n = 0;
  while (n < 8000) {
    u32 r = rnd(), k = r & 7;
    if (k < 4) text[n++] = 'a' + (r >> 8 & 15);
    else if (k < 6) { text[n++] = 0xc3; text[n++] = 0x80 | (r >> 8 & 63); }
    else if (k < 7) { text[n++] = 0xe2; text[n++] = 0x80 | (r >> 8 & 63); text[n++] = 0x80 | (r >> 16 & 63); }
    else { text[n++] = 0xf0; text[n++] = 0x9f; text[n++] = 0x80 | (r >> 8 & 63); text[n++] = 0x80 | (r >> 16 & 63); }
  }
  u32 h = 0;
  for (int i = 0; i < 5; i++) h = mix(h, validate(text, n - i));
  return h;
}
