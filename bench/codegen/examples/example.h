/* What the SDK gives an example, for C: the tape, the end of the run, the delegations, limits that end the run. */
#pragma once
#include "../kernels/kernel.h"
#define INLINE static inline __attribute__((always_inline))
#define ALIGNED(n) __attribute__((aligned(n)))
INLINE u32 tape_read(void) { u32 x; __asm__ volatile("csrrw %0, 0x7c0, x0" : "=r"(x)); return x; }
INLINE __attribute__((noreturn)) void unprovable(void) { __asm__ volatile("csrrw x0, cycle, x0"); __builtin_unreachable(); }
INLINE void require(int condition) { if (__builtin_expect(!condition, 0)) unprovable(); }
/* a0…a7 are the output, s2…s9 zero. */
INLINE __attribute__((noreturn)) void finish(u32 a, u32 b, u32 c, u32 d, u32 e, u32 f, u32 g, u32 h) {
  register u32 a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c, a3 __asm__("a3") = d;
  register u32 a4 __asm__("a4") = e, a5 __asm__("a5") = f, a6 __asm__("a6") = g, a7 __asm__("a7") = h;
  __asm__ volatile("li s2, 0\n li s3, 0\n li s4, 0\n li s5, 0\n li s6, 0\n li s7, 0\n li s8, 0\n li s9, 0\n 1: j 1b"
                   :: "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a6), "r"(a7));
  __builtin_unreachable();
}
INLINE __attribute__((noreturn)) void commit(const u32 *w) { finish(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]); }
INLINE u32 read_below(u32 limit) { u32 x = tape_read(); require(x < limit); return x; }
INLINE void read_words(u32 *to, u32 words) { for (u32 *end = to + words; to < end;) *to++ = tape_read(); }
/* The delegation reads and writes memory behind the compiler's back. */
INLINE void blake2s_round(u32 *state, const u32 *message, u32 round, u32 control) {
  register u32 *a0 __asm__("a0") = state;
  register const u32 *a1 __asm__("a1") = message;
  register u32 a2 __asm__("a2") = round, a3 __asm__("a3") = control;
  __asm__ volatile("csrrw x0, 0x7c7, x0" :: "r"(a0), "r"(a1), "r"(a2), "r"(a3) : "memory");
}
INLINE u32 u256(u32 *a, const u32 *b, u32 operation) {
  register u32 *a0 __asm__("a0") = a;
  register const u32 *a1 __asm__("a1") = b;
  register u32 a2 __asm__("a2") = operation;
  __asm__ volatile("csrrw x0, 0x7ca, x0" : "+r"(a2) : "r"(a0), "r"(a1) : "memory");
  return a2;
}
INLINE u32 swap32(u32 x) { return __builtin_bswap32(x); }

/* Bytes with their length, as words: the message of the three hashes. */
static u32 message_words[1 << 18] ALIGNED(32);
static u32 message_length;
INLINE void read_bytes(void) {
  message_length = tape_read();
  require(message_length <= 1 << 20);
  read_words(message_words, (message_length + 3) >> 2);
}
