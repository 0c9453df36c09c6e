/* A small stack machine interpreting a loop: dispatch by switch. */
#include "kernel.h"
enum { PUSH, ADD, SUB, MUL, DUP, SWAP, LOAD, STORE, JNZ, XOR, SHL, HALT };
static const u8 code[] = {PUSH, 200, STORE, 0, PUSH, 1, STORE, 1,
  LOAD, 1, PUSH, 7, MUL, LOAD, 0, ADD, PUSH, 3, XOR, DUP, PUSH, 2, SHL, SWAP, SUB, STORE, 1,
  LOAD, 0, PUSH, 1, SUB, DUP, STORE, 0, JNZ, 8, LOAD, 1, HALT};
static NOINLINE u32 interpret(const u8 *pc) {
  u32 stack[16], *sp = stack, mem[4] = {0};
  const u8 *start = pc;
  for (;;) switch (*pc++) {
    case PUSH: *sp++ = *pc++; break;
    case ADD: sp--; sp[-1] += sp[0]; break;
    case SUB: sp--; sp[-1] -= sp[0]; break;
    case MUL: sp--; sp[-1] *= sp[0]; break;
    case DUP: sp[0] = sp[-1]; sp++; break;
    case SWAP: { u32 t = sp[-1]; sp[-1] = sp[-2]; sp[-2] = t; break; }
    case LOAD: *sp++ = mem[*pc++]; break;
    case STORE: mem[*pc++] = *--sp; break;
    case JNZ: { u8 to = *pc++; if (*--sp) pc = start + to; break; }
    case XOR: sp--; sp[-1] ^= sp[0]; break;
    case SHL: sp--; sp[-1] <<= sp[0]; break;
    case HALT: return sp[-1];
  }
}
u32 run(void) {
  u32 h = 0;
  for (int i = 0; i < 20; i++) h = mix(h, interpret(code));
  return h;
}
