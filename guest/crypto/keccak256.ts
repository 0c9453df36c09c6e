/**
 * Keccak-f[1600] and Keccak-256 (the pre-standard padding 0x01, as Ethereum uses it).
 *
 * One source for both modes: lanes are u64. In V8 they are machine words; our compiler splits them, and a rotation by a constant is six
 * instructions. Bit interleaving would save about 430 instructions a permutation (a rotation by one half is free of shifts, theta's are
 * cheaper) and cost about 1,000 for the usual block of 136 bytes: declined.
 *
 * Lane complementing (Keccak implementation overview, section 2.2): lanes be, bi, go, ki, mi, sa are kept inverted between
 * permutations, so that chi needs one `not` a plane instead of five. RV32IM has no `andn`.
 *
 * A round is row-wise: one output plane needs five input lanes, so D and the plane (20 words) are all that lives at once. The next column parities are
 * read back from the new state at the round's end, except those of the fourth plane and one column of the third, which wait in registers: D dies as the
 * fifth plane is loaded, so there is room. Measured, for a digest's last permutation: no column of the third plane 12,278 instructions, one 12,256, two 12,349; everything
 * kept up to date costs 9 % more than reading all back. The state and its twin take turns, 200 bytes apart.
 *
 * All reading goes by one pointer and all writing by another of the same value that the compiler cannot know (`SELF`): else it forwards what was stored to where it is
 * read, too many values live at once, and they are spilled (14,354 for a whole permutation).
 *
 * The last round of a digest computes only the four lanes that are wanted, a fifth of it.
 *
 * A context is 408 bytes, 8-byte aligned: state, twin, the number of bytes absorbed into the current block, and the context's address.
 */
import { KECCAK_SLOT } from "./slots";

/** Bytes of a context. */
export const KECCAK_CONTEXT: usize = 408;

const FILLED: usize = 400;
/** The context's own address, unknown to the compiler: what `keccakPermute` writes by. */
const SELF: usize = 404;
const RATE: u32 = 136;

// prettier-ignore
const ROUND_CONSTANTS: usize = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
  0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
  0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
  0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
]);
const ROUND_CONSTANTS_END: usize = ROUND_CONSTANTS + 192;
/** Where the constants of the last two rounds are. */
const LAST_ROUNDS: usize = ROUND_CONSTANTS + 176;

/**
 * Keccak-f[1600] in place, with the complemented lanes; `s` is a context. `last`: only the digest's four lanes are computed in the last round.
 */
export function keccakPermute(s: usize, last: bool): void {
  const w = load<usize>(s, SELF);
  const stop = last ? LAST_ROUNDS : 0;
  let ca: u64 = load<u64>(s, 0) ^ load<u64>(s, 40) ^ load<u64>(s, 80) ^ load<u64>(s, 120) ^ load<u64>(s, 160);
  let ce: u64 = load<u64>(s, 8) ^ load<u64>(s, 48) ^ load<u64>(s, 88) ^ load<u64>(s, 128) ^ load<u64>(s, 168);
  let ci: u64 = load<u64>(s, 16) ^ load<u64>(s, 56) ^ load<u64>(s, 96) ^ load<u64>(s, 136) ^ load<u64>(s, 176);
  let co: u64 = load<u64>(s, 24) ^ load<u64>(s, 64) ^ load<u64>(s, 104) ^ load<u64>(s, 144) ^ load<u64>(s, 184);
  let cu: u64 = load<u64>(s, 32) ^ load<u64>(s, 72) ^ load<u64>(s, 112) ^ load<u64>(s, 152) ^ load<u64>(s, 192);
  let d_a: u64, d_e: u64, d_i: u64, d_o: u64, d_u: u64;
  let a: u64, e: u64, i: u64, o: u64, u: u64, n: u64, t: u64;
  for (let rc = ROUND_CONSTANTS; rc != ROUND_CONSTANTS_END; rc += 16) {
    // even round: from the state to its twin, 200 bytes on
    d_a = cu ^ rotl<u64>(ce, 1);
    d_e = ca ^ rotl<u64>(ci, 1);
    d_i = ce ^ rotl<u64>(co, 1);
    d_o = ci ^ rotl<u64>(cu, 1);
    d_u = co ^ rotl<u64>(ca, 1);

    a = load<u64>(s, 0) ^ d_a;
    e = rotl<u64>(load<u64>(s, 48) ^ d_e, 44);
    i = rotl<u64>(load<u64>(s, 96) ^ d_i, 43);
    o = rotl<u64>(load<u64>(s, 144) ^ d_o, 21);
    u = rotl<u64>(load<u64>(s, 192) ^ d_u, 14);
    store<u64>(w, a ^ (e | i) ^ load<u64>(rc, 0), 200);
    store<u64>(w, e ^ (~i | o), 208);
    store<u64>(w, i ^ (o & u), 216);
    store<u64>(w, o ^ (u | a), 224);
    store<u64>(w, u ^ (a & e), 232);

    a = rotl<u64>(load<u64>(s, 24) ^ d_o, 28);
    e = rotl<u64>(load<u64>(s, 72) ^ d_u, 20);
    i = rotl<u64>(load<u64>(s, 80) ^ d_a, 3);
    o = rotl<u64>(load<u64>(s, 128) ^ d_e, 45);
    u = rotl<u64>(load<u64>(s, 176) ^ d_i, 61);
    store<u64>(w, a ^ (e | i), 240);
    store<u64>(w, e ^ (i & o), 248);
    store<u64>(w, i ^ (o | ~u), 256);
    store<u64>(w, o ^ (u | a), 264);
    store<u64>(w, u ^ (a & e), 272);

    a = rotl<u64>(load<u64>(s, 8) ^ d_e, 1);
    e = rotl<u64>(load<u64>(s, 56) ^ d_i, 6);
    i = rotl<u64>(load<u64>(s, 104) ^ d_o, 25);
    o = rotl<u64>(load<u64>(s, 152) ^ d_u, 8);
    u = rotl<u64>(load<u64>(s, 160) ^ d_a, 18);
    n = ~o;
    store<u64>(w, a ^ (e | i), 280);
    store<u64>(w, e ^ (i & o), 288);
    store<u64>(w, i ^ (n & u), 296);
    store<u64>(w, n ^ (u | a), 304);
    cu = u ^ (a & e);
    store<u64>(w, cu, 312);

    a = rotl<u64>(load<u64>(s, 32) ^ d_u, 27);
    e = rotl<u64>(load<u64>(s, 40) ^ d_a, 36);
    i = rotl<u64>(load<u64>(s, 88) ^ d_e, 10);
    o = rotl<u64>(load<u64>(s, 136) ^ d_i, 15);
    u = rotl<u64>(load<u64>(s, 184) ^ d_o, 56);
    n = ~o;
    ca = a ^ (e & i);
    store<u64>(w, ca, 320);
    ce = e ^ (i | o);
    store<u64>(w, ce, 328);
    ci = i ^ (n | u);
    store<u64>(w, ci, 336);
    co = n ^ (u & a);
    store<u64>(w, co, 344);
    t = u ^ (a | e);
    store<u64>(w, t, 352);
    cu ^= t;

    a = rotl<u64>(load<u64>(s, 16) ^ d_i, 62);
    e = rotl<u64>(load<u64>(s, 64) ^ d_o, 55);
    i = rotl<u64>(load<u64>(s, 112) ^ d_u, 39);
    o = rotl<u64>(load<u64>(s, 120) ^ d_a, 41);
    u = rotl<u64>(load<u64>(s, 168) ^ d_e, 2);
    n = ~e;
    t = a ^ (n & i);
    store<u64>(w, t, 360);
    ca ^= t ^ load<u64>(s, 200) ^ load<u64>(s, 240) ^ load<u64>(s, 280);
    t = n ^ (i | o);
    store<u64>(w, t, 368);
    ce ^= t ^ load<u64>(s, 208) ^ load<u64>(s, 248) ^ load<u64>(s, 288);
    t = i ^ (o & u);
    store<u64>(w, t, 376);
    ci ^= t ^ load<u64>(s, 216) ^ load<u64>(s, 256) ^ load<u64>(s, 296);
    t = o ^ (u | a);
    store<u64>(w, t, 384);
    co ^= t ^ load<u64>(s, 224) ^ load<u64>(s, 264) ^ load<u64>(s, 304);
    t = u ^ (a & e);
    store<u64>(w, t, 392);
    cu ^= t ^ load<u64>(s, 232) ^ load<u64>(s, 272);

    if (rc == stop) {
      // only four lanes of the last round are wanted
      a = load<u64>(s, 200) ^ cu ^ rotl<u64>(ce, 1);
      e = rotl<u64>(load<u64>(s, 248) ^ ca ^ rotl<u64>(ci, 1), 44);
      i = rotl<u64>(load<u64>(s, 296) ^ ce ^ rotl<u64>(co, 1), 43);
      o = rotl<u64>(load<u64>(s, 344) ^ ci ^ rotl<u64>(cu, 1), 21);
      u = rotl<u64>(load<u64>(s, 392) ^ co ^ rotl<u64>(ca, 1), 14);
      store<u64>(w, a ^ (e | i) ^ load<u64>(rc, 8), 0);
      store<u64>(w, e ^ (~i | o), 8);
      store<u64>(w, i ^ (o & u), 16);
      store<u64>(w, o ^ (u | a), 24);
      return;
    }

    // odd round: back
    d_a = cu ^ rotl<u64>(ce, 1);
    d_e = ca ^ rotl<u64>(ci, 1);
    d_i = ce ^ rotl<u64>(co, 1);
    d_o = ci ^ rotl<u64>(cu, 1);
    d_u = co ^ rotl<u64>(ca, 1);

    a = load<u64>(s, 200) ^ d_a;
    e = rotl<u64>(load<u64>(s, 248) ^ d_e, 44);
    i = rotl<u64>(load<u64>(s, 296) ^ d_i, 43);
    o = rotl<u64>(load<u64>(s, 344) ^ d_o, 21);
    u = rotl<u64>(load<u64>(s, 392) ^ d_u, 14);
    store<u64>(w, a ^ (e | i) ^ load<u64>(rc, 8), 0);
    store<u64>(w, e ^ (~i | o), 8);
    store<u64>(w, i ^ (o & u), 16);
    store<u64>(w, o ^ (u | a), 24);
    store<u64>(w, u ^ (a & e), 32);

    a = rotl<u64>(load<u64>(s, 224) ^ d_o, 28);
    e = rotl<u64>(load<u64>(s, 272) ^ d_u, 20);
    i = rotl<u64>(load<u64>(s, 280) ^ d_a, 3);
    o = rotl<u64>(load<u64>(s, 328) ^ d_e, 45);
    u = rotl<u64>(load<u64>(s, 376) ^ d_i, 61);
    store<u64>(w, a ^ (e | i), 40);
    store<u64>(w, e ^ (i & o), 48);
    store<u64>(w, i ^ (o | ~u), 56);
    store<u64>(w, o ^ (u | a), 64);
    store<u64>(w, u ^ (a & e), 72);

    a = rotl<u64>(load<u64>(s, 208) ^ d_e, 1);
    e = rotl<u64>(load<u64>(s, 256) ^ d_i, 6);
    i = rotl<u64>(load<u64>(s, 304) ^ d_o, 25);
    o = rotl<u64>(load<u64>(s, 352) ^ d_u, 8);
    u = rotl<u64>(load<u64>(s, 360) ^ d_a, 18);
    n = ~o;
    store<u64>(w, a ^ (e | i), 80);
    store<u64>(w, e ^ (i & o), 88);
    store<u64>(w, i ^ (n & u), 96);
    store<u64>(w, n ^ (u | a), 104);
    cu = u ^ (a & e);
    store<u64>(w, cu, 112);

    a = rotl<u64>(load<u64>(s, 232) ^ d_u, 27);
    e = rotl<u64>(load<u64>(s, 240) ^ d_a, 36);
    i = rotl<u64>(load<u64>(s, 288) ^ d_e, 10);
    o = rotl<u64>(load<u64>(s, 336) ^ d_i, 15);
    u = rotl<u64>(load<u64>(s, 384) ^ d_o, 56);
    n = ~o;
    ca = a ^ (e & i);
    store<u64>(w, ca, 120);
    ce = e ^ (i | o);
    store<u64>(w, ce, 128);
    ci = i ^ (n | u);
    store<u64>(w, ci, 136);
    co = n ^ (u & a);
    store<u64>(w, co, 144);
    t = u ^ (a | e);
    store<u64>(w, t, 152);
    cu ^= t;

    a = rotl<u64>(load<u64>(s, 216) ^ d_i, 62);
    e = rotl<u64>(load<u64>(s, 264) ^ d_o, 55);
    i = rotl<u64>(load<u64>(s, 312) ^ d_u, 39);
    o = rotl<u64>(load<u64>(s, 320) ^ d_a, 41);
    u = rotl<u64>(load<u64>(s, 368) ^ d_e, 2);
    n = ~e;
    t = a ^ (n & i);
    store<u64>(w, t, 160);
    ca ^= t ^ load<u64>(s, 0) ^ load<u64>(s, 40) ^ load<u64>(s, 80);
    t = n ^ (i | o);
    store<u64>(w, t, 168);
    ce ^= t ^ load<u64>(s, 8) ^ load<u64>(s, 48) ^ load<u64>(s, 88);
    t = i ^ (o & u);
    store<u64>(w, t, 176);
    ci ^= t ^ load<u64>(s, 16) ^ load<u64>(s, 56) ^ load<u64>(s, 96);
    t = o ^ (u | a);
    store<u64>(w, t, 184);
    co ^= t ^ load<u64>(s, 24) ^ load<u64>(s, 64) ^ load<u64>(s, 104);
    t = u ^ (a & e);
    store<u64>(w, t, 192);
    cu ^= t ^ load<u64>(s, 32) ^ load<u64>(s, 72);
  }
}

/** Makes `context` (KECCAK_CONTEXT bytes, 8-byte aligned) the state of an empty message. */
export function keccakInit(context: usize): void {
  store<u64>(context, 0, 0);
  store<u64>(context, -1, 8);
  store<u64>(context, -1, 16);
  store<u64>(context, 0, 24);
  store<u64>(context, 0, 32);
  store<u64>(context, 0, 40);
  store<u64>(context, 0, 48);
  store<u64>(context, 0, 56);
  store<u64>(context, -1, 64);
  store<u64>(context, 0, 72);
  store<u64>(context, 0, 80);
  store<u64>(context, 0, 88);
  store<u64>(context, -1, 96);
  store<u64>(context, 0, 104);
  store<u64>(context, 0, 112);
  store<u64>(context, 0, 120);
  store<u64>(context, 0, 128);
  store<u64>(context, -1, 136);
  store<u64>(context, 0, 144);
  store<u64>(context, 0, 152);
  store<u64>(context, -1, 160);
  store<u64>(context, 0, 168);
  store<u64>(context, 0, 176);
  store<u64>(context, 0, 184);
  store<u64>(context, 0, 192);
  store<u32>(context, 0, FILLED);
  store<usize>(context, context, SELF);
}

/** Absorbs `length` bytes at any address. */
export function keccakUpdate(context: usize, message: usize, length: u32): void {
  let filled = load<u32>(context, FILLED);
  while (length) {
    const take = min(length, RATE - filled);
    absorb(context + filled, message, take);
    filled += take;
    message += take;
    length -= take;
    if (filled == RATE) {
      keccakPermute(context, false);
      filled = 0;
    }
  }
  store<u32>(context, filled, FILLED);
}

/** Pads, and writes the 32 bytes of the digest to `to` (4-byte aligned). The context has to be initialised before it is used again. */
export function keccakFinish(context: usize, to: usize): void {
  const end = context + load<u32>(context, FILLED);
  store<u8>(end, load<u8>(end) ^ 0x01);
  store<u8>(context, load<u8>(context, RATE - 1) ^ 0x80, RATE - 1);
  keccakPermute(context, true);
  store<u64>(to, load<u64>(context));
  store<u64>(to, ~load<u64>(context, 8), 8);
  store<u64>(to, ~load<u64>(context, 16), 16);
  store<u64>(to, load<u64>(context, 24), 24);
}

/** Keccak-256 of `length` bytes at any address into 32 bytes at `to` (4-byte aligned; may be the message's place). */
export function keccak256(message: usize, length: u32, to: usize): void {
  keccakInit(KECCAK_SLOT);
  keccakUpdate(KECCAK_SLOT, message, length);
  keccakFinish(KECCAK_SLOT, to);
}

/** state ^= message, by words as far as the state's alignment lets it; a misaligned message is read as aligned words and shifted. */
function absorb(state: usize, message: usize, length: u32): void {
  const end = message + length;
  if (!PROVING) {
    while (message + 8 <= end) {
      store<u64>(state, load<u64>(state) ^ load<u64>(message));
      message += 8;
      state += 8;
    }
  } else {
    while (message < end && state & 3) {
      store<u8>(state, load<u8>(state) ^ load<u8>(message));
      message++;
      state++;
    }
    const shift: u32 = (<u32>message & 3) << 3;
    if (shift == 0) {
      while (message + 16 <= end) {
        store<u32>(state, load<u32>(state, 0) ^ load<u32>(message, 0), 0);
        store<u32>(state, load<u32>(state, 4) ^ load<u32>(message, 4), 4);
        store<u32>(state, load<u32>(state, 8) ^ load<u32>(message, 8), 8);
        store<u32>(state, load<u32>(state, 12) ^ load<u32>(message, 12), 12);
        message += 16;
        state += 16;
      }
      while (message + 4 <= end) {
        store<u32>(state, load<u32>(state) ^ load<u32>(message));
        message += 4;
        state += 4;
      }
    } else if (message + 4 <= end) {
      let from = message & ~3;
      let word = load<u32>(from) >> shift;
      do {
        from += 4;
        const above = load<u32>(from);
        store<u32>(state, load<u32>(state) ^ (word | (above << (32 - shift))));
        word = above >> shift;
        message += 4;
        state += 4;
      } while (message + 4 <= end);
    }
  }
  while (message < end) {
    store<u8>(state, load<u8>(state) ^ load<u8>(message));
    message++;
    state++;
  }
}
