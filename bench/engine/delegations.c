/* The machine's delegations in software: what U256 and Blake2s compute (DESIGN section 3), without their checks of operands. */
#include "../codegen/kernels/kernel.h"
#include "linux.h"

enum { ADD = 1, SUB = 2, REVERSE_SUB = 4, LOW = 8, HIGH = 16, EQUAL = 32, CARRY = 64 };

static u32 subtract(u32 *to, const u32 *from, const u32 *take, u32 borrow) {
  for (int i = 0; i < 8; i++) {
    u64 d = (u64)from[i] - take[i] - borrow;
    to[i] = d;
    borrow = d >> 63;
  }
  return borrow;
}

static u32 multiply(u32 *a, const u32 *b, u32 high) {
  u32 product[16] = {0};
  for (int i = 0; i < 8; i++) {
    u64 carry = 0;
    for (int j = 0; j < 8; j++) {
      carry += (u64)a[i] * b[j] + product[i + j];
      product[i + j] = carry;
      carry >>= 32;
    }
    product[i + 8] = carry;
  }
  u32 above = 0;
  for (int i = 0; i < 8; i++) {
    a[i] = product[high ? i + 8 : i];
    above |= product[i + 8];
  }
  return !high && above;
}

u32 u256(u32 *a, const u32 *b, u32 operation) {
  u32 carry = (operation & CARRY) != 0;
  switch (operation & ~CARRY) {
    case ADD:
      for (int i = 0; i < 8; i++) {
        u64 sum = (u64)a[i] + b[i] + carry;
        a[i] = sum;
        carry = sum >> 32;
      }
      return carry;
    case SUB:
      return subtract(a, a, b, carry);
    case REVERSE_SUB:
      return subtract(a, b, a, carry);
    case LOW:
      return multiply(a, b, 0);
    case HIGH:
      return multiply(a, b, 1);
    case EQUAL: {
      u32 difference = 0;
      for (int i = 0; i < 8; i++) difference |= a[i] ^ b[i];
      return difference == 0;
    }
    default:
      for (int i = 0; i < 8; i++) {
        u64 sum = (u64)b[i] + carry;
        a[i] = sum;
        carry = sum >> 32;
      }
      return carry;
  }
}

static const u32 IV[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
static const u8 SIGMA[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

static u32 configured(int i) { return i ? IV[i] : IV[0] ^ 0x01010020; }

static inline void mix2(u32 *a, u32 *b, u32 *c, u32 *d, u32 x, u32 y) {
  *a += *b + x;
  *d = rotr(*d ^ *a, 16);
  *c += *d;
  *b = rotr(*b ^ *c, 12);
  *a += *b + y;
  *d = rotr(*d ^ *a, 8);
  *c += *d;
  *b = rotr(*b ^ *c, 7);
}

/* One round; `round` is one-hot; control: last round, the state is the right child, compression of two children. */
void blake2s(u32 *state, const u32 *message, u32 round, u32 control) {
  u32 *v = state + 8;
  u32 children[16];
  const u32 *m = message;
  u32 compression = control & 4;
  if (compression) {
    for (int i = 0; i < 8; i++) {
      children[i] = control & 2 ? message[i] : state[i];
      children[i + 8] = control & 2 ? state[i] : message[i];
    }
    m = children;
  }
  if (round == 1) {
    for (int i = 0; i < 8; i++) v[i] = compression ? configured(i) : state[i];
    for (int i = 0; i < 8; i++)
      if (compression || (i != 4 && i != 6)) v[i + 8] = IV[i];
    if (compression) {
      v[12] ^= 64;
      v[14] = ~v[14];
    }
  }
  int row = 0;
  for (u32 bit = round; bit > 1; bit >>= 1) row++;
  const u8 *s = SIGMA[row];
  for (int i = 0; i < 4; i++) mix2(v + i, v + 4 + i, v + 8 + i, v + 12 + i, m[s[2 * i]], m[s[2 * i + 1]]);
  for (int i = 0; i < 4; i++)
    mix2(v + i, v + 4 + ((i + 1) & 3), v + 8 + ((i + 2) & 3), v + 12 + ((i + 3) & 3), m[s[8 + 2 * i]], m[s[9 + 2 * i]]);
  if (control & 1)
    for (int i = 0; i < 8; i++) state[i] = (compression ? configured(i) : state[i]) ^ v[i] ^ v[i + 8];
}

/* Linux: writes the output registers in hex and ends. */
void finish(const u32 *registers) {
  char text[64];
  for (int i = 0; i < 64; i++) text[i] = "0123456789abcdef"[(registers[i / 8] >> (28 - 4 * (i % 8))) & 15];
  call(64, 1, text, 64);
  call(93, 0, 0, 0);
}
