/* xxHash64 of 8 KiB. */
#include "kernel.h"
#define P1 0x9E3779B185EBCA87ULL
#define P2 0xC2B2AE3D27D4EB4FULL
#define P3 0x165667B19E3779F9ULL
#define P4 0x85EBCA77C2B2AE63ULL
static u64 data[1024];
static u64 round1(u64 a, u64 x) { return rotl64(a + x * P2, 31) * P1; }
static NOINLINE u64 hash(const u64 *p, int n) {
  u64 a = P1 + P2, b = P2, c = 0, d = -P1;
  for (int i = 0; i < n; i += 4) {
    a = round1(a, p[i]); b = round1(b, p[i + 1]); c = round1(c, p[i + 2]); d = round1(d, p[i + 3]);
  }
  u64 h = rotl64(a, 1) + rotl64(b, 7) + rotl64(c, 12) + rotl64(d, 18);
  h = (h ^ round1(0, a)) * P1 + P4;
  h = (h ^ round1(0, b)) * P1 + P4;
  h = (h ^ round1(0, c)) * P1 + P4;
  h = (h ^ round1(0, d)) * P1 + P4;
  h += n * 8;
  h ^= h >> 33; h *= P2; h ^= h >> 29; h *= P3; h ^= h >> 32;
  return h;
}
u32 run(void) {
  for (int i = 0; i < 1024; i++) data[i] = (u64)rnd() << 32 | rnd();
  u64 h = hash(data, 1024);
  return h ^ h >> 32;
}
