/** The registers and what the default calling convention makes of them. */

export const NAMES: readonly string[] =
  "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(" ");

export const ZERO = 0;
export const RA = 1;
export const SP = 2;
export const GP = 3;
export const TP = 4;
export const A0 = 10;

const list = (names: string): number[] => names.split(" ").map((n) => NAMES.indexOf(n));

/** Where arguments and results go by default: more than the ABI's eight, for 64-bit values come in pairs. */
export const ARGUMENTS: readonly number[] = list("a0 a1 a2 a3 a4 a5 a6 a7 t0 t1 t2 t3 t4 t5");
/** Takes no part in the default convention, which tail calls keep to, and need not be saved: free where a function has ended. */
export const TAIL_SCRATCH = NAMES.indexOf("t6");
/** Whoever uses one of these gives it back as it was. */
export const SAVED: readonly number[] = list("s0 s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11");

/** Sets of registers are bit masks. */
export const maskOf = (registers: Iterable<number>): number => {
  let mask = 0;
  for (const r of registers) mask |= 1 << r;
  return mask >>> 0;
};
export const SAVED_MASK = maskOf(SAVED);
/** All that allocation may use: everything but zero and sp. */
export const ALLOCATABLE_MASK = (0xffff_ffff & ~maskOf([ZERO, SP])) >>> 0;
/** What a call destroys when nothing better is known. */
export const CLOBBERED_MASK = (ALLOCATABLE_MASK & ~SAVED_MASK) >>> 0;

export function popcount(mask: number): number {
  let n = 0;
  for (let m = mask >>> 0; m !== 0; m = (m & (m - 1)) >>> 0) n++;
  return n;
}
