/* Canonical Huffman code: lengths, encoding and decoding of 6,000 symbols. */
#include "kernel.h"
static u8 in[6000], out[6000], bits[12000], len[64];
static u16 code[64], count[17], first[17], sorted[64];
static u32 freq[128];
static int parent[128];
static NOINLINE void lengths(void) {
  int n = 64;
  for (int i = 0; i < 128; i++) parent[i] = -1;
  for (int made = 64; made < 127; made++) {
    int a = -1, b = -1;
    for (int i = 0; i < made; i++) {
      if (parent[i] >= 0) continue;
      if (a < 0 || freq[i] < freq[a]) { b = a; a = i; }
      else if (b < 0 || freq[i] < freq[b]) b = i;
    }
    freq[made] = freq[a] + freq[b];
    parent[a] = parent[b] = made;
  }
  for (int i = 0; i < n; i++) {
    int l = 0;
    for (int p = i; parent[p] >= 0; p = parent[p]) l++;
    len[i] = l;
  }
}
static NOINLINE void codes(void) {
  for (int i = 0; i < 64; i++) count[len[i]]++;
  int c = 0, k = 0;
  for (int l = 1; l <= 16; l++) {
    c <<= 1;
    first[l] = c;
    for (int i = 0; i < 64; i++) if (len[i] == l) { code[i] = c++; sorted[k++] = i; }
  }
}
static NOINLINE u32 encode(void) {
  u32 at = 0;
  for (int i = 0; i < 6000; i++) {
    u32 c = code[in[i]];
    for (int b = len[in[i]] - 1; b >= 0; b--, at++) if (c >> b & 1) bits[at >> 3] |= 1 << (at & 7);
  }
  return at;
}
static NOINLINE void decode(void) {
  u32 at = 0;
  for (int i = 0; i < 6000; i++) {
    int c = 0, base = 0;
    for (int l = 1; l <= 16; l++) {
      c = c << 1 | (bits[at >> 3] >> (at & 7) & 1);
      at++;
      if (c - first[l] < count[l]) { out[i] = sorted[base + c - first[l]]; break; }
      base += count[l];
    }
  }
}
u32 run(void) {
  for (int i = 0; i < 64; i++) freq[i] = 1;
  for (int i = 0; i < 6000; i++) { in[i] = rnd() & rnd() & 63; freq[in[i]]++; }
  lengths(); codes();
  u32 h = encode();
  decode();
  for (int i = 0; i < 6000; i++) h = mix(h, out[i]);
  return h;
}
