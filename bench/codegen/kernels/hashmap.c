/* FNV-1a hash map with open addressing: insertions, look-ups, deletions. */
#include "kernel.h"
#define SIZE 4096
struct entry { u32 key, value; u8 state; };
static struct entry map[SIZE];
static NOINLINE u32 hash(u32 key) {
  u32 h = 2166136261u;
  for (int i = 0; i < 4; i++) h = (h ^ (key >> (8 * i) & 255)) * 16777619u;
  return h;
}
static NOINLINE struct entry *find(u32 key, int make) {
  u32 i = hash(key) & (SIZE - 1);
  struct entry *grave = 0;
  for (;; i = (i + 1) & (SIZE - 1)) {
    struct entry *e = &map[i];
    if (e->state == 0) {
      if (!make) return 0;
      if (grave) e = grave;
      e->key = key; e->value = 0; e->state = 1;
      return e;
    }
    if (e->state == 2) { if (!grave) grave = e; }
    else if (e->key == key) return e;
  }
}
u32 run(void) {
  u32 h = 0;
  for (int i = 0; i < 3000; i++) find(rnd() & 2047, 1)->value += i;
  for (u32 i = 0; i < 1000; i++) { struct entry *e = find(i, 0); if (e) e->state = 2; }
  for (u32 i = 0; i < 2500; i++) { struct entry *e = find(i, 0); if (e) h = mix(h, e->value); }
  return h;
}
