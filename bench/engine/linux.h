/* System calls of Linux without a library. */
static int call(int number, int a, const void *b, int c) {
  register int a0 __asm__("a0") = a;
  register const void *a1 __asm__("a1") = b;
  register int a2 __asm__("a2") = c;
  register int a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
  return a0;
}
