/**
 * Valid jump destinations, found when they are jumped to.
 *
 * The original analyses a contract's whole code at every call (and charges 6 native a byte, which the runner charges still). Few destinations are ever taken, so here:
 * a bitmap of known ones per contract and block; for an unknown one, first a look at the 32 bytes before it: if no PUSH there reaches so far, the byte
 * is an instruction. Where one might reach (its data or an instruction: 1 in 6 destinations of Solidity code), the same is asked of that PUSH, and from the first
 * byte that is an instruction for sure the code is walked to the destination: some 250 cycles for each destination, 2,570 when the code was walked from its beginning.
 * Only code that is made for it leads back further than `FAR`; then it is walked from where the last walk stopped, so that such walks cost at most one
 * pass over the code in a block, whatever the code does.
 */
import { alloc } from "../../sdk/memory";
import { HEAP_EXHAUSTED, internal } from "../system/internal";
import { JUMPDEST, PUSH1 } from "./opcodes";

/** What is known of one code. */
@unmanaged
export class Jumps {
  code: usize;
  length: u32;
  /** bit i: offset i is a JUMPDEST and an instruction */
  map: usize;
  /** every destination below it is in the map; an instruction begins here */
  walked: u32;
  /** next record of the bucket */
  next: usize;
}

const RECORD_BYTES: usize = 20;
const BUCKETS: usize = 1024;
/**
 * Records and bitmaps: a bit a byte of all code that a block runs. 66 MiB are an eighth of io's region, which holds that code; initcode (at most 48 KiB, which cost
 * 35,000 gas) takes 0.18 bytes a gas: 22 MiB are 120 million gas of nothing but initcode, besides.
 */
const REGION_BYTES: usize = 88 << 20;

/** How far before a destination a sure instruction is looked for. */
const FAR: u32 = 256;

let buckets: usize = 0;
let bottom: usize = 0;
let top: usize = 0;
let end: usize = 0;

export function initJumps(): void {
  buckets = alloc(BUCKETS * 4, 4);
  top = bottom = alloc(REGION_BYTES, 4);
  end = top + REGION_BYTES;
}

/** Starts anew: another block, with other code at the same places. */
export function forgetJumps(): void {
  memory.fill(buckets, 0, BUCKETS * 4);
  memory.fill(bottom, 0, top - bottom);
  top = bottom;
}

function newRecord(code: usize, length: u32): Jumps {
  const record = changetype<Jumps>(top);
  const map = top + RECORD_BYTES;
  top = map + (((<usize>length + 31) >> 5) << 2);
  if (top > end) internal(HEAP_EXHAUSTED);
  record.code = code;
  record.length = length;
  record.map = map;
  return record;
}

/** The record of code that stays where it is for the block. */
export function jumpsOf(code: usize, length: u32): Jumps {
  const bucket = buckets + (((code >> 2) & (BUCKETS - 1)) << 2);
  let record = changetype<Jumps>(load<usize>(bucket));
  while (changetype<usize>(record) != 0) {
    if (record.code == code && record.length == length) return record;
    record = changetype<Jumps>(record.next);
  }
  record = newRecord(code, length);
  record.next = load<usize>(bucket);
  store<usize>(bucket, changetype<usize>(record));
  return record;
}

/** A record for code that will be gone with its frame: initcode. */
export function jumpsOfInitcode(code: usize, length: u32): Jumps {
  return newRecord(code, length);
}

/** Whether `offset` (in the code) is in the map of destinations. */
// @ts-ignore: decorator
@inline
export function isKnown(map: usize, offset: u32): bool {
  return ((load<u32>(map + ((offset >> 5) << 2)) >> (offset & 31)) & 1) != 0;
}

// @ts-ignore: decorator
@inline
function setKnown(jumps: Jumps, offset: u32): void {
  const word = jumps.map + ((offset >> 5) << 2);
  store<u32>(word, load<u32>(word) | (1 << (offset & 31)));
}

/** Looks at a destination (in the code) that is not known. */
export function findDestination(jumps: Jumps, offset: u32): bool {
  const code = jumps.code;
  if (load<u8>(code + offset) != JUMPDEST || offset < jumps.walked) return false;
  const first = firstBefore(jumps, offset);
  if (first != offset) {
    if (offset - first > FAR) return walk(jumps, offset);
    let pc = first;
    while (pc < offset) {
      const pushed = <u32>load<u8>(code + pc) - <u32>(PUSH1 - 1);
      pc += pushed <= 32 ? pushed + 1 : 1;
    }
    if (pc != offset) return false;
  }
  setKnown(jumps, offset);
  return true;
}

/** A place not behind `offset` where an instruction begins for sure, unless it is further away than `FAR`. */
function firstBefore(jumps: Jumps, offset: u32): u32 {
  const code = jumps.code;
  const floor = jumps.walked;
  let place = offset;
  let at = code + offset;
  // the byte before reaches with PUSH1, the one before that with PUSH2, … up to PUSH32 = 0x7f; above that a byte is negative
  let reaching = <i32>PUSH1;
  let end = reaching + <i32>min<u32>(32, place - floor);
  while (reaching < end) {
    at--;
    if (load<i8>(at) < reaching) {
      reaching++;
      continue;
    }
    place = at - code;
    if (offset - place > FAR) break;
    reaching = PUSH1;
    end = reaching + <i32>min<u32>(32, place - floor);
  }
  return place;
}

/** Walks on, noting every destination, to the first instruction beyond `offset`. */
function walk(jumps: Jumps, offset: u32): bool {
  let pc = jumps.walked;
  let found = false;
  while (pc <= offset) {
    const opcode = <u32>load<u8>(jumps.code + pc);
    if (opcode == JUMPDEST) {
      setKnown(jumps, pc);
      found = pc == offset;
    }
    const pushed = opcode - <u32>(PUSH1 - 1);
    pc += pushed <= 32 ? pushed + 1 : 1;
  }
  jumps.walked = pc;
  return found;
}
