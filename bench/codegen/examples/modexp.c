/* examples/modexp: 256-bit modular exponentiation on the U256 delegation, every quotient hinted. */
#include "example.h"
enum { ADD = 1, SUB = 2, LOW = 8, HIGH = 16, EQUAL = 32, COPY = 128 };
#define NUMBER(name) static u32 name[8] ALIGNED(32)
NUMBER(modulus); NUMBER(quotient); NUMBER(remainder_); NUMBER(left); NUMBER(right); NUMBER(scratch); NUMBER(base); NUMBER(exponent); NUMBER(result);
INLINE void set_word(u32 *a, u32 word) {
  a[0] = word;
  for (int i = 1; i < 8; i++) a[i] = 0;
}
static void assert_reduced(u32 *value) {
  u256(scratch, value, COPY);
  require(u256(scratch, modulus, SUB) != 0);
}
static void mul_mod(u32 *a, u32 *b) {
  read_words(quotient, 8);
  read_words(remainder_, 8);
  assert_reduced(remainder_);
  u256(left, a, COPY);
  u256(left, b, LOW);
  u256(right, quotient, COPY);
  u256(right, modulus, LOW);
  u32 carry = u256(right, remainder_, ADD);
  require(u256(left, right, EQUAL) != 0);
  u256(left, a, COPY);
  u256(left, b, HIGH);
  u256(right, quotient, COPY);
  u256(right, modulus, HIGH);
  set_word(scratch, carry);
  carry = u256(right, scratch, ADD);
  require(carry == 0 && u256(left, right, EQUAL) != 0);
  u256(a, remainder_, COPY);
}
u32 run(void) {
  read_words(modulus, 8);
  read_words(base, 8);
  read_words(exponent, 8);
  assert_reduced(base);
  set_word(result, 1);
  assert_reduced(result);
  int started = 0;
  for (int bit = 255; bit >= 0; bit--) {
    if (started) mul_mod(result, result);
    if (exponent[bit >> 5] >> (bit & 31) & 1) {
      mul_mod(result, base);
      started = 1;
    }
  }
  commit(result);
}
