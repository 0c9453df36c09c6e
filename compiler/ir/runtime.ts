/**
 * The run-time system: routines that code generation calls, written in the IR's text form. Only those that a program uses are linked.
 * Names begin with `rt.`; arguments and results are words.
 */
import type { Func } from "./function.ts";
import { parseFuncs } from "./text.ts";

const BITS = `
func $rt.clz "clz" (i32) {
b0(x: i32):
  zero = i32.const #0
  sixteen = i32.const #16
  t16 = i32.shr_u x, sixteen
  br t16, high(t16, zero), low(x, sixteen)
high(h: i32, hn: i32):
  jump b1(h, hn)
low(l: i32, ln: i32):
  jump b1(l, ln)
b1(x1: i32, n1: i32):
  eight = i32.const #8
  t8 = i32.shr_u x1, eight
  s8 = i32.add n1, eight
  br t8, b2(t8, n1), b2(x1, s8)
b2(x2: i32, n2: i32):
  four = i32.const #4
  t4 = i32.shr_u x2, four
  s4 = i32.add n2, four
  br t4, b3(t4, n2), b3(x2, s4)
b3(x3: i32, n3: i32):
  two = i32.const #2
  t2 = i32.shr_u x3, two
  s2 = i32.add n3, two
  br t2, b4(t2, n3), b4(x3, s2)
b4(x4: i32, n4: i32):
  one = i32.const #1
  t1 = i32.shr_u x4, one
  s1 = i32.add n4, one
  br t1, b5(t1, n4), b5(x4, s1)
b5(x5: i32, n5: i32):
  bit = i32.xor x5, one
  sum = i32.add n5, bit
  return sum
}
func $rt.ctz "ctz" (i32) {
b0(x: i32):
  zero = i32.const #0
  k32 = i32.const #32
  br x, some, none
none:
  return k32
some:
  k16 = i32.const #16
  h = i32.shl x, k16
  hs = i32.shr_u x, k16
  br h, b1(x, zero), b1(hs, k16)
b1(x1: i32, n1: i32):
  ff = i32.const #255
  b = i32.and x1, ff
  eight = i32.const #8
  t8 = i32.shr_u x1, eight
  s8 = i32.add n1, eight
  br b, b2(x1, n1), b2(t8, s8)
b2(x2: i32, n2: i32):
  k15 = i32.const #15
  c = i32.and x2, k15
  four = i32.const #4
  t4 = i32.shr_u x2, four
  s4 = i32.add n2, four
  br c, b3(x2, n2), b3(t4, s4)
b3(x3: i32, n3: i32):
  k3 = i32.const #3
  d = i32.and x3, k3
  two = i32.const #2
  t2 = i32.shr_u x3, two
  s2 = i32.add n3, two
  br d, b4(x3, n3), b4(t2, s2)
b4(x4: i32, n4: i32):
  one = i32.const #1
  e = i32.and x4, one
  f = i32.xor e, one
  sum = i32.add n4, f
  return sum
}
func $rt.popcnt "popcnt" (i32) {
b0(x: i32):
  k1 = i32.const #1
  m1 = i32.const #1431655765
  a = i32.shr_u x, k1
  b = i32.and a, m1
  c = i32.sub x, b
  k2 = i32.const #2
  m2 = i32.const #858993459
  d = i32.shr_u c, k2
  e = i32.and d, m2
  f = i32.and c, m2
  g = i32.add e, f
  k4 = i32.const #4
  h = i32.shr_u g, k4
  i = i32.add g, h
  m4 = i32.const #252645135
  j = i32.and i, m4
  k = i32.const #16843009
  l = i32.mul j, k
  k24 = i32.const #24
  m = i32.shr_u l, k24
  return m
}
`;

const DIVISION = `
func $rt.div_s "div_s" (i32) {
b0(a: i32, b: i32):
  k = i32.const #31
  sa = i32.shr_s a, k
  sb = i32.shr_s b, k
  xa = i32.xor a, sa
  ua = i32.sub xa, sa
  xb = i32.xor b, sb
  ub = i32.sub xb, sb
  q = i32.div_u ua, ub
  s = i32.xor sa, sb
  xq = i32.xor q, s
  r = i32.sub xq, s
  return r
}
func $rt.rem_s "rem_s" (i32) {
b0(a: i32, b: i32):
  k = i32.const #31
  sa = i32.shr_s a, k
  sb = i32.shr_s b, k
  xa = i32.xor a, sa
  ua = i32.sub xa, sa
  xb = i32.xor b, sb
  ub = i32.sub xb, sb
  q = i32.rem_u ua, ub
  xq = i32.xor q, sa
  r = i32.sub xq, sa
  return r
}
; 64 by 32 bits, u1 < v: quotient and remainder. Warren, Hacker's Delight, 9-4 (divlu).
func $rt.divlu "divlu" (i32, i32) {
b0(u1: i32, u0: i32, v0: i32):
  c16 = i32.const #16
  c1 = i32.const #1
  mask = i32.const #65535
  c31 = i32.const #31
  s = call $rt.clz v0 -> (i32)
  v = i32.shl v0, s
  vn1 = i32.shr_u v, c16
  vn0 = i32.and v, mask
  ua = i32.shl u1, s
  ub = i32.shr_u u0, c1
  us = i32.sub c31, s
  uc = i32.shr_u ub, us
  un32 = i32.or ua, uc
  un10 = i32.shl u0, s
  un1 = i32.shr_u un10, c16
  un0 = i32.and un10, mask
  q1a = i32.div_u un32, vn1
  q1p = i32.mul q1a, vn1
  r1a = i32.sub un32, q1p
  jump test1(q1a, r1a)
test1(q1: i32, r1: i32):
  q1big = i32.shr_u q1, c16
  br q1big, fix1, compare1
compare1:
  p1 = i32.mul q1, vn0
  rb1 = i32.shl r1, c16
  rc1 = i32.or rb1, un1
  over1 = i32.gt_u p1, rc1
  br over1, fix1, done1
fix1:
  q1m = i32.sub q1, c1
  r1m = i32.add r1, vn1
  r1big = i32.shr_u r1m, c16
  br r1big, finish1(q1m), test1(q1m, r1m)
done1:
  jump finish1(q1)
finish1(q1f: i32):
  w0 = i32.shl un32, c16
  w1 = i32.or w0, un1
  w2 = i32.mul q1f, v
  un21 = i32.sub w1, w2
  q0a = i32.div_u un21, vn1
  q0p = i32.mul q0a, vn1
  r0a = i32.sub un21, q0p
  jump test0(q0a, r0a)
test0(q0: i32, r0: i32):
  q0big = i32.shr_u q0, c16
  br q0big, fix0, compare0
compare0:
  p0 = i32.mul q0, vn0
  rb0 = i32.shl r0, c16
  rc0 = i32.or rb0, un0
  over0 = i32.gt_u p0, rc0
  br over0, fix0, done0
fix0:
  q0m = i32.sub q0, c1
  r0m = i32.add r0, vn1
  r0big = i32.shr_u r0m, c16
  br r0big, finish0(q0m), test0(q0m, r0m)
done0:
  jump finish0(q0)
finish0(q0f: i32):
  x0 = i32.shl un21, c16
  x1 = i32.or x0, un0
  x2 = i32.mul q0f, v
  x3 = i32.sub x1, x2
  rem = i32.shr_u x3, s
  y0 = i32.shl q1f, c16
  quotient = i32.add y0, q0f
  return quotient, rem
}
; Quotient and remainder of 64-bit numbers: low and high word each.
func $rt.i64.divrem "divrem" (i32, i32, i32, i32) {
b0(al: i32, ah: i32, bl: i32, bh: i32):
  zero = i32.const #0
  br bh, wide, narrow
narrow:
  br ah, two, one
one:
  q1 = i32.div_u al, bl
  r1 = i32.rem_u al, bl
  return q1, zero, r1, zero
two:
  qh = i32.div_u ah, bl
  rh = i32.rem_u ah, bl
  c16 = i32.const #16
  small = i32.shr_u bl, c16
  br small, general, digits
digits:
  mask = i32.const #65535
  d0 = i32.shl rh, c16
  d1 = i32.shr_u al, c16
  d2 = i32.or d0, d1
  d3 = i32.div_u d2, bl
  d4 = i32.rem_u d2, bl
  d5 = i32.shl d4, c16
  d6 = i32.and al, mask
  d7 = i32.or d5, d6
  d8 = i32.div_u d7, bl
  d9 = i32.rem_u d7, bl
  e0 = i32.shl d3, c16
  e1 = i32.or e0, d8
  return e1, qh, d9, zero
general:
  g = call $rt.divlu rh, al, bl -> (i32, i32)
  gr = result g #1
  return g, qh, gr, zero
wide:
  less = i32.lt_u ah, bh
  br less, tiny, full
tiny:
  return zero, zero, al, ah
full:
  c1 = i32.const #1
  c31 = i32.const #31
  n = call $rt.clz bh -> (i32)
  m = i32.sub c31, n
  v0 = i32.shl bh, n
  v1 = i32.shr_u bl, c1
  v2 = i32.shr_u v1, m
  v = i32.or v0, v2
  u1 = i32.shr_u ah, c1
  u2 = i32.shr_u al, c1
  u3 = i32.shl ah, c31
  u0 = i32.or u2, u3
  q = call $rt.divlu u1, u0, v -> (i32, i32)
  qs = i32.shr_u q, m
  nonzero = i32.ne qs, zero
  qd = i32.sub qs, nonzero
  ; remainder = a - qd * b
  pl = i32.mul qd, bl
  ph0 = i32.mulhu qd, bl
  ph1 = i32.mul qd, bh
  ph = i32.add ph0, ph1
  borrow = i32.lt_u al, pl
  rl = i32.sub al, pl
  rh0 = i32.sub ah, ph
  rh1 = i32.sub rh0, borrow
  same = i32.eq rh1, bh
  br same, low, high
low:
  gel = i32.ge_u rl, bl
  jump last(gel)
high:
  geh = i32.gt_u rh1, bh
  jump last(geh)
last(ge: i32):
  br ge, more, enough
more:
  q2 = i32.add qd, c1
  borrow2 = i32.lt_u rl, bl
  rl2 = i32.sub rl, bl
  rh2 = i32.sub rh1, bh
  rh3 = i32.sub rh2, borrow2
  return q2, zero, rl2, rh3
enough:
  return qd, zero, rl, rh1
}
func $rt.i64.div_u "i64.div_u" (i32, i32) {
b0(al: i32, ah: i32, bl: i32, bh: i32):
  q = call $rt.i64.divrem al, ah, bl, bh -> (i32, i32, i32, i32)
  qh = result q #1
  return q, qh
}
func $rt.i64.rem_u "i64.rem_u" (i32, i32) {
b0(al: i32, ah: i32, bl: i32, bh: i32):
  q = call $rt.i64.divrem al, ah, bl, bh -> (i32, i32, i32, i32)
  rl = result q #2
  rh = result q #3
  return rl, rh
}
func $rt.i64.negate_if "negate_if" (i32, i32) {
b0(al: i32, ah: i32, s: i32):
  xl = i32.xor al, s
  xh = i32.xor ah, s
  borrow = i32.lt_u xl, s
  rl = i32.sub xl, s
  rh0 = i32.sub xh, s
  rh = i32.sub rh0, borrow
  return rl, rh
}
func $rt.i64.div_s "i64.div_s" (i32, i32) {
b0(al: i32, ah: i32, bl: i32, bh: i32):
  k = i32.const #31
  sa = i32.shr_s ah, k
  sb = i32.shr_s bh, k
  ual = call $rt.i64.negate_if al, ah, sa -> (i32, i32)
  uah = result ual #1
  ubl = call $rt.i64.negate_if bl, bh, sb -> (i32, i32)
  ubh = result ubl #1
  ql = call $rt.i64.divrem ual, uah, ubl, ubh -> (i32, i32, i32, i32)
  qh = result ql #1
  s = i32.xor sa, sb
  rl = call $rt.i64.negate_if ql, qh, s -> (i32, i32)
  rh = result rl #1
  return rl, rh
}
func $rt.i64.rem_s "i64.rem_s" (i32, i32) {
b0(al: i32, ah: i32, bl: i32, bh: i32):
  k = i32.const #31
  sa = i32.shr_s ah, k
  sb = i32.shr_s bh, k
  ual = call $rt.i64.negate_if al, ah, sa -> (i32, i32)
  uah = result ual #1
  ubl = call $rt.i64.negate_if bl, bh, sb -> (i32, i32)
  ubh = result ubl #1
  q = call $rt.i64.divrem ual, uah, ubl, ubh -> (i32, i32, i32, i32)
  ql = result q #2
  qh = result q #3
  rl = call $rt.i64.negate_if ql, qh, sa -> (i32, i32)
  rh = result rl #1
  return rl, rh
}
`;

/** An access of any alignment: the test, the one instruction, or the bytes. */
function anyAlignment(op: string, bytes: number): string {
  const isStore = op.startsWith("store");
  const natural = bytes === 4 ? 2 : bytes === 2 ? 1 : 0;
  const access = (align: number): string =>
    isStore
      ? `  i32.${op} a, x align ${align}\n  return\n`
      : `  r${align} = i32.${op} a align ${align}\n  return r${align}\n`;
  const head = `func $rt.${op} "${op}" (${isStore ? "" : "i32"}) {\nb0(a: i32${isStore ? ", x: i32" : ""}):\n`;
  if (natural === 0) return `${head}${access(0)}}\n`;
  return `${head}  m = i32.const #${bytes - 1}\n  t = i32.and a, m\n  br t, slow, fast\nfast:\n${access(natural)}slow:\n${access(0)}}\n`;
}

const ACCESSES = [
  ["load", 4],
  ["load16_u", 2],
  ["load16_s", 2],
  ["load8_u", 1],
  ["load8_s", 1],
  ["store", 4],
  ["store16", 2],
  ["store8", 1],
] as const;

/** `n` words moved by loads and stores that follow each other, then a jump. */
function words(from: string, to: string, n: number, load: string, at: (i: number) => number): string {
  let out = "";
  for (let i = 0; i < n; i++) out += `  ${load}${i} = i32.load ${from} #${at(i)} align 2\n`;
  for (let i = 0; i < n; i++) out += `  i32.store ${to}, ${load}${i} #${at(i)} align 2\n`;
  return out;
}

// Words eight at a time when source and destination agree modulo 4; otherwise words are put together from two shifted halves.
const MEMORY = `
func $rt.memory.copy "memory.copy" () {
b0(to: i32, from: i32, n: i32):
  zero = i32.const #0
  one = i32.const #1
  three = i32.const #3
  four = i32.const #4
  k32 = i32.const #32
  distance = i32.sub to, from
  overlap = i32.lt_u distance, n
  br overlap, backward, forward
forward:
  end = i32.add to, n
  k8 = i32.const #8
  short = i32.lt_u n, k8
  br short, bytes(to, from), align(to, from)
align(ta: i32, fa: i32):
  mis = i32.and ta, three
  br mis, alignbyte, aligned(ta, fa)
alignbyte:
  ab = i32.load8_u fa
  i32.store8 ta, ab
  ta1 = i32.add ta, one
  fa1 = i32.add fa, one
  jump align(ta1, fa1)
aligned(t0: i32, f0: i32):
  fm = i32.and f0, three
  br fm, shifted, same
same:
  left0 = i32.sub end, t0
  big0 = i32.ge_u left0, k32
  br big0, wide(t0, f0), words(t0, f0)
wide(tw: i32, fw: i32):
${words("fw", "tw", 8, "w", (i) => 4 * i)}
  tw1 = i32.add tw, k32
  fw1 = i32.add fw, k32
  left1 = i32.sub end, tw1
  big1 = i32.ge_u left1, k32
  br big1, wide(tw1, fw1), words(tw1, fw1)
words(ts: i32, fs: i32):
  left2 = i32.sub end, ts
  some2 = i32.ge_u left2, four
  br some2, word, bytes(ts, fs)
word:
  w = i32.load fs align 2
  i32.store ts, w align 2
  ts1 = i32.add ts, four
  fs1 = i32.add fs, four
  jump words(ts1, fs1)
shifted:
  base = i32.sub f0, fm
  k3 = i32.const #3
  right = i32.shl fm, k3
  leftby = i32.sub zero, right
  first = i32.load base align 2
  minus4 = i32.const #-4
  length = i32.sub end, t0
  whole = i32.and length, minus4
  stop = i32.add t0, whole
  back = i32.sub fm, four
  jump pieces(t0, base, first)
pieces(tp: i32, fp: i32, low: i32):
  next = i32.load fp #4 align 2
  lo = i32.shr_u low, right
  hi = i32.shl next, leftby
  both = i32.or lo, hi
  i32.store tp, both align 2
  tp1 = i32.add tp, four
  fp1 = i32.add fp, four
  on = i32.ne tp1, stop
  br on, pieces(tp1, fp1, next), tail
tail:
  ft = i32.add fp1, fm
  jump bytes(tp1, ft)
bytes(tb: i32, fb: i32):
  anyleft = i32.ne tb, end
  br anyleft, byte, done
byte:
  b = i32.load8_u fb
  i32.store8 tb, b
  tb1 = i32.add tb, one
  fb1 = i32.add fb, one
  jump bytes(tb1, fb1)
done:
  return
backward:
  br distance, really, done2
done2:
  return
really:
  te = i32.add to, n
  fe = i32.add from, n
  bm = i32.or te, fe
  bmis = i32.and bm, three
  br bmis, backbytes(te, fe), backwords(te, fe)
backwords(tx: i32, fx: i32):
  bleft = i32.sub tx, to
  bsome = i32.ge_u bleft, four
  br bsome, backword, backbytes(tx, fx)
backword:
  tx1 = i32.sub tx, four
  fx1 = i32.sub fx, four
  bw = i32.load fx1 align 2
  i32.store tx1, bw align 2
  jump backwords(tx1, fx1)
backbytes(ty: i32, fy: i32):
  bany = i32.ne ty, to
  br bany, backbyte, done3
backbyte:
  ty1 = i32.sub ty, one
  fy1 = i32.sub fy, one
  bb = i32.load8_u fy1
  i32.store8 ty1, bb
  jump backbytes(ty1, fy1)
done3:
  return
}
func $rt.memory.fill "memory.fill" () {
b0(to: i32, x: i32, n: i32):
  one = i32.const #1
  three = i32.const #3
  four = i32.const #4
  k32 = i32.const #32
  end = i32.add to, n
  k8 = i32.const #8
  short = i32.lt_u n, k8
  br short, bytes(to), align(to)
align(ta: i32):
  mis = i32.and ta, three
  br mis, alignbyte, ready
alignbyte:
  i32.store8 ta, x
  ta1 = i32.add ta, one
  jump align(ta1)
ready:
  ff = i32.const #255
  xb = i32.and x, ff
  ones = i32.const #16843009
  word = i32.mul xb, ones
  left0 = i32.sub end, ta
  big0 = i32.ge_u left0, k32
  br big0, wide(ta), words(ta)
wide(tw: i32):
${[0, 4, 8, 12, 16, 20, 24, 28].map((o) => `  i32.store tw, word #${o} align 2`).join("\n")}
  tw1 = i32.add tw, k32
  left1 = i32.sub end, tw1
  big1 = i32.ge_u left1, k32
  br big1, wide(tw1), words(tw1)
words(ts: i32):
  left2 = i32.sub end, ts
  some2 = i32.ge_u left2, four
  br some2, one_word, bytes(ts)
one_word:
  i32.store ts, word align 2
  ts1 = i32.add ts, four
  jump words(ts1)
bytes(tb: i32):
  anyleft = i32.ne tb, end
  br anyleft, byte, done
byte:
  i32.store8 tb, x
  tb1 = i32.add tb, one
  jump bytes(tb1)
done:
  return
}
func $rt.table.fill "table.fill" () {
b0(to: i32, x: i32, n: i32):
  four = i32.const #4
  two = i32.const #2
  bytes = i32.shl n, two
  end = i32.add to, bytes
  jump loop(to)
loop(t: i32):
  some = i32.ne t, end
  br some, word, done
word:
  i32.store t, x align 2
  t1 = i32.add t, four
  jump loop(t1)
done:
  return
}
`;

const SOURCE = BITS + DIVISION + MEMORY + ACCESSES.map(([op, bytes]) => anyAlignment(op, bytes)).join("");

/** All routines by symbol, freshly parsed: callers change them. */
export function runtimeFunctions(): Map<string, Func> {
  return new Map(parseFuncs(SOURCE).map((f) => [f.symbol, f]));
}
