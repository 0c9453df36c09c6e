/* A kernel many times over: the program that every machine of the bench runs. REPEAT is given by the compiler's command line. */
#include "../codegen/kernels/kernel.h"
u32 kernel(void);
u32 run(void) {
  u32 sum = 0;
  for (u32 i = 0; i < REPEAT; i++) sum = sum * 31 + kernel();
  return sum;
}
