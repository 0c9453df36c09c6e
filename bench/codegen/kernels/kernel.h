/* What every kernel gets: fixed-size integers, a generator of test data, and main's shape. No library: both compilers see the same source. */
#pragma once
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;
#define NOINLINE __attribute__((noinline))
static u32 seed = 12345;
static inline u32 rnd(void) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}
static inline u32 mix(u32 h, u32 x) { return (h ^ x) * 16777619u; }
static inline u32 rotl(u32 x, int n) { return (x << n) | (x >> (32 - n)); }
static inline u32 rotr(u32 x, int n) { return (x >> n) | (x << (32 - n)); }
static inline u64 rotl64(u64 x, int n) { return (x << n) | (x >> (64 - n)); }
void *memcpy(void *, const void *, __SIZE_TYPE__);
void *memset(void *, int, __SIZE_TYPE__);
u32 run(void);
