/**
 * Valid jump destinations, found when they are jumped to.
 *
 * The original analyses a contract's whole code at every call (and charges 6 native a byte, which the runner charges still). Few destinations are ever taken, so here:
 * a bitmap of known ones per contract and block; for an unknown one, first a look at the 32 bytes before it — if no PUSH there reaches so far, the byte
 * is an instruction. Only where one might reach (its data or an instruction: 1 in 6 destinations of Solidity code) the code is walked, from where the last walk
 * stopped, so that walks cost at most one pass over the code in a block, whatever the code does.
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
/** Records and bitmaps: a bit a byte of all code that a block runs. */
const REGION_BYTES: usize = 1 << 26;

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

/** Where to go on after the JUMPDEST at `offset`, 0 if it is none. */
// @ts-ignore: decorator
@inline
export function destination(jumps: Jumps, offset: u32): usize {
  if (offset >= jumps.length) return 0;
  if (!((load<u32>(jumps.map + ((offset >> 5) << 2)) >> (offset & 31)) & 1) && !findDestination(jumps, offset)) return 0;
  return jumps.code + offset + 1;
}

// @ts-ignore: decorator
@inline
function setKnown(jumps: Jumps, offset: u32): void {
  const word = jumps.map + ((offset >> 5) << 2);
  store<u32>(word, load<u32>(word) | (1 << (offset & 31)));
}

function findDestination(jumps: Jumps, offset: u32): bool {
  const at = jumps.code + offset;
  if (load<u8>(at) != JUMPDEST || offset < jumps.walked) return false;
  // a PUSHn at distance d covers the byte if n >= d
  const reach = offset < 32 ? offset : 32;
  let distance: u32 = 1;
  while (distance <= reach) {
    const pushed = <u32>load<u8>(at - distance) - <u32>(PUSH1 - 1);
    if (pushed <= 32 && pushed >= distance) break;
    distance++;
  }
  if (distance > reach) {
    setKnown(jumps, offset);
    return true;
  }
  // walk on, noting every destination, to the first instruction beyond it
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
