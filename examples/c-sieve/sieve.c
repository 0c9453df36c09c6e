/*
 * Counts the primes below a number from the tape: a module that no AssemblyScript compiler made.
 *
 * Built with clang 19 and its linker, and checked in as sieve.wasm:
 *   clang --target=wasm32 -O3 -mbulk-memory -nostdlib -Wl,--no-entry -Wl,--export=main -o sieve.wasm sieve.c
 */
typedef unsigned u32;

__attribute__((import_module("windproof"), import_name("tape_read"))) u32 tape_read(void);
__attribute__((import_module("windproof"), import_name("finish"))) void finish(u32, u32, u32, u32, u32, u32, u32, u32);

#define LIMIT 200000

static unsigned char composite[LIMIT];

__attribute__((visibility("default"))) void run(void) __asm__("main");

void run(void) {
  u32 n = tape_read();
  if (n > LIMIT) __builtin_trap();
  u32 count = 0;
  u32 last = 0;
  for (u32 i = 2; i < n; i++) {
    if (composite[i]) continue;
    count++;
    last = i;
    for (unsigned long long j = (unsigned long long)i * i; j < n; j += i) composite[j] = 1;
  }
  finish(count, last, 0, 0, 0, 0, 0, 0);
}
