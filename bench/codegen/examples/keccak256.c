/*
 * examples/keccak256: Keccak-256 of bytes on the tape. The guest's scheme: lanes complemented, rounds row-wise between the state and its twin, column parities carried
 * from round to round, four lanes only in the last round. What is read back and what waits in registers is left to the compiler.
 */
#include "example.h"
static const u64 RC[24] = {
  0x0000000000000001,0x0000000000008082,0x800000000000808a,0x8000000080008000,0x000000000000808b,0x0000000080000001,0x8000000080008081,0x8000000000008009,
  0x000000000000008a,0x0000000000000088,0x0000000080008009,0x000000008000000a,0x000000008000808b,0x800000000000008b,0x8000000000008089,0x8000000000008003,
  0x8000000000008002,0x8000000000000080,0x000000000000800a,0x800000008000000a,0x8000000080008081,0x8000000000008080,0x0000000080000001,0x8000000080008008};
static u64 A[25], B[25];
#define THETA() \
  da = cu ^ rotl64(ce, 1), de = ca ^ rotl64(ci, 1), di = ce ^ rotl64(co, 1), dof = ci ^ rotl64(cu, 1), du = co ^ rotl64(ca, 1)
#define FIRST(s, rc) \
  a = s[0] ^ da, e = rotl64(s[6] ^ de, 44), i = rotl64(s[12] ^ di, 43), o = rotl64(s[18] ^ dof, 21), u = rotl64(s[24] ^ du, 14)
#define ROUND(s, w, rc) do { \
  THETA(); FIRST(s, rc); \
  w[0] = a ^ (e | i) ^ rc; w[1] = e ^ (~i | o); w[2] = i ^ (o & u); w[3] = o ^ (u | a); w[4] = u ^ (a & e); \
  a = rotl64(s[3] ^ dof, 28), e = rotl64(s[9] ^ du, 20), i = rotl64(s[10] ^ da, 3), o = rotl64(s[16] ^ de, 45), u = rotl64(s[22] ^ di, 61); \
  w[5] = a ^ (e | i); w[6] = e ^ (i & o); w[7] = i ^ (o | ~u); w[8] = o ^ (u | a); w[9] = u ^ (a & e); \
  a = rotl64(s[1] ^ de, 1), e = rotl64(s[7] ^ di, 6), i = rotl64(s[13] ^ dof, 25), o = rotl64(s[19] ^ du, 8), u = rotl64(s[20] ^ da, 18); \
  n = ~o; w[10] = a ^ (e | i); w[11] = e ^ (i & o); w[12] = i ^ (n & u); w[13] = n ^ (u | a); w[14] = cu = u ^ (a & e); \
  a = rotl64(s[4] ^ du, 27), e = rotl64(s[5] ^ da, 36), i = rotl64(s[11] ^ de, 10), o = rotl64(s[17] ^ di, 15), u = rotl64(s[23] ^ dof, 56); \
  n = ~o; w[15] = ca = a ^ (e & i); w[16] = ce = e ^ (i | o); w[17] = ci = i ^ (n | u); w[18] = co = n ^ (u & a); w[19] = t = u ^ (a | e); cu ^= t; \
  a = rotl64(s[2] ^ di, 62), e = rotl64(s[8] ^ dof, 55), i = rotl64(s[14] ^ du, 39), o = rotl64(s[15] ^ da, 41), u = rotl64(s[21] ^ de, 2); \
  n = ~e; \
  w[20] = t = a ^ (n & i); ca ^= t ^ w[0] ^ w[5] ^ w[10]; \
  w[21] = t = n ^ (i | o); ce ^= t ^ w[1] ^ w[6] ^ w[11]; \
  w[22] = t = i ^ (o & u); ci ^= t ^ w[2] ^ w[7] ^ w[12]; \
  w[23] = t = o ^ (u | a); co ^= t ^ w[3] ^ w[8] ^ w[13]; \
  w[24] = t = u ^ (a & e); cu ^= t ^ w[4] ^ w[9]; } while (0)
static NOINLINE void permute(int last) {
  const u64 *stop = last ? RC + 22 : 0;
  u64 ca = A[0] ^ A[5] ^ A[10] ^ A[15] ^ A[20], ce = A[1] ^ A[6] ^ A[11] ^ A[16] ^ A[21], ci = A[2] ^ A[7] ^ A[12] ^ A[17] ^ A[22];
  u64 co = A[3] ^ A[8] ^ A[13] ^ A[18] ^ A[23], cu = A[4] ^ A[9] ^ A[14] ^ A[19] ^ A[24];
  u64 da, de, di, dof, du, a, e, i, o, u, n, t;
  for (const u64 *rc = RC; rc != RC + 24; rc += 2) {
    ROUND(A, B, rc[0]);
    if (rc == stop) {
      THETA(); FIRST(B, rc[1]);
      A[0] = a ^ (e | i) ^ rc[1]; A[1] = e ^ (~i | o); A[2] = i ^ (o & u); A[3] = o ^ (u | a);
      return;
    }
    ROUND(B, A, rc[1]);
  }
}
u32 run(void) {
  read_bytes();
  static const u8 INVERTED[6] = {1, 2, 8, 12, 17, 20};
  for (int k = 0; k < 6; k++) A[INVERTED[k]] = -1;
  const u32 *m = message_words;
  u32 length = message_length;
  u32 *s = (u32 *)A;
  for (; length >= 136; length -= 136, m += 34) {
    for (int k = 0; k < 34; k++) s[k] ^= m[k];
    permute(0);
  }
  for (u32 k = 0; k < length / 4; k++) s[k] ^= m[k];
  for (u32 k = length & ~3; k < length; k++) ((u8 *)A)[k] ^= ((const u8 *)m)[k];
  ((u8 *)A)[length] ^= 1;
  ((u8 *)A)[135] ^= 0x80;
  permute(1);
  A[1] = ~A[1];
  A[2] = ~A[2];
  commit(s);
}
