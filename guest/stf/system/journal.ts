/**
 * Undo log of a transaction, and frames over it. Where the original keeps a history of records for each element (`history_map/mod.rs`), a record here is
 * changed in place, and its former state is logged once a snapshot: to roll a frame back is to take the log back to the frame's begin.
 *
 * A snapshot number is taken at each frame's begin and each transaction's; it never decreases, so after an inner frame the outer one logs again.
 * Entries are 64 bytes: 32 of value, six words, and the record's address with the kind in its low bits (records are 32-byte aligned). The log grows downwards: the
 * last entry is at `IoMemory.journal`, the first one ends at `IoMemory.end`.
 * The journal also is the list of what a transaction touched: what is counted as its pubdata (`iter_altered_since_commit`).
 */
import { u256Copy } from "../../sdk/u256";
import { IoMemory, keep } from "./arena";
import { BALANCE, CODE, DEPLOYED_IN, FLAGS, NONCE, SNAPSHOT, TOUCHED } from "./account";
import { SLOT_FLAGS, SLOT_SNAPSHOT, SLOT_TOUCHED } from "./slot";
import { FRAME_DEPTH, JOURNAL_FULL, internal } from "./internal";

// @ts-ignore: decorator
@inline export const ENTRY: usize = 64;
/** Record address with the kind in the low two bits. */
// @ts-ignore: decorator
@inline export const ENTRY_RECORD: usize = 60;
// @ts-ignore: decorator
@inline export const KIND_SLOT: usize = 0;
// @ts-ignore: decorator
@inline export const KIND_ACCOUNT: usize = 1;
// @ts-ignore: decorator
@inline export const KIND_TRANSIENT: usize = 2;

const FRAME: usize = 16;
/** Frames nest as calls do (1024), with a few of the bootloader's around. */
const FRAMES: usize = 2200;

/** Offset of a transient slot's snapshot in its record. */
// @ts-ignore: decorator
@inline export const TRANSIENT_SNAPSHOT: usize = 64;

@unmanaged
export abstract class Journal {
  static frames: usize = 0;
  static frameTop: usize = 0;
  static snapshot: u32 = 1;
}

export function initJournal(): void {
  Journal.frames = keep(FRAMES * FRAME, 16);
  Journal.frameTop = Journal.frames;
}

/** What is done is final: nothing before can be rolled back. */
export function commitJournal(): void {
  shrinkTo(IoMemory.end);
  Journal.frameTop = Journal.frames;
  Journal.snapshot += 1;
}

/** Takes the log back, to where its last entry is at `entry`. */
function shrinkTo(entry: usize): void {
  if (IoMemory.journal < IoMemory.clean) IoMemory.clean = IoMemory.journal;
  IoMemory.journal = entry;
}

// @ts-ignore: decorator
@inline
function push(): usize {
  const entry = IoMemory.journal - ENTRY;
  if (entry < IoMemory.top) internal(JOURNAL_FULL);
  IoMemory.journal = entry;
  return entry;
}

/** Before a storage slot's record is changed. */
// @ts-ignore: decorator
@inline
export function logSlot(slot: usize): void {
  const snapshot = Journal.snapshot;
  const last = load<u32>(slot, SLOT_SNAPSHOT);
  if (last == snapshot) return;
  const entry = push();
  u256Copy(entry, slot);
  store<u32>(entry, last, 32);
  store<u32>(entry, load<u32>(slot, SLOT_TOUCHED), 36);
  store<u32>(entry, load<u32>(slot, SLOT_FLAGS), 40);
  store<u32>(entry, <u32>slot | <u32>KIND_SLOT, ENTRY_RECORD);
  store<u32>(slot, snapshot, SLOT_SNAPSHOT);
}

/** Before an account's record is changed. */
export function logAccount(account: usize): void {
  const snapshot = Journal.snapshot;
  const last = load<u32>(account, SNAPSHOT);
  if (last == snapshot) return;
  const entry = push();
  u256Copy(entry, account + BALANCE);
  store<u32>(entry, last, 32);
  store<u32>(entry, load<u32>(account, TOUCHED), 36);
  store<u32>(entry, load<u32>(account, FLAGS), 40);
  store<u32>(entry, load<u32>(account, DEPLOYED_IN), 44);
  store<u32>(entry, load<u32>(account, NONCE), 48);
  store<u32>(entry, load<u32>(account, NONCE + 4), 52);
  store<u32>(entry, load<u32>(account, CODE), 56);
  store<u32>(entry, <u32>account | <u32>KIND_ACCOUNT, ENTRY_RECORD);
  store<u32>(account, snapshot, SNAPSHOT);
}

/** Before a transient slot's value is changed. */
export function logTransient(slot: usize): void {
  const snapshot = Journal.snapshot;
  const last = load<u32>(slot, TRANSIENT_SNAPSHOT);
  if (last == snapshot) return;
  const entry = push();
  u256Copy(entry, slot);
  store<u32>(entry, last, 32);
  store<u32>(entry, <u32>slot | <u32>KIND_TRANSIENT, ENTRY_RECORD);
  store<u32>(slot, snapshot, TRANSIENT_SNAPSHOT);
}

/** Begins a frame. `lastEvent` is the newest event, `logs` how many logs there are now. @returns the frame's handle */
export function pushFrame(lastEvent: u32, logs: u32): u32 {
  const frame = Journal.frameTop;
  if (frame >= Journal.frames + FRAMES * FRAME) internal(FRAME_DEPTH);
  Journal.frameTop = frame + FRAME;
  store<u32>(frame, <u32>IoMemory.journal, 0);
  store<u32>(frame, lastEvent, 4);
  store<u32>(frame, logs, 8);
  Journal.snapshot += 1;
  return <u32>frame;
}

/** Frames end in the reverse order of their begins. */
// @ts-ignore: decorator
@inline
export function popFrame(handle: u32): void {
  Journal.frameTop = <usize>handle;
}

/** Takes everything back to what it was when the frame began. */
export function rollBack(handle: u32): void {
  const first = <usize>load<u32>(<usize>handle);
  for (let entry = IoMemory.journal; entry < first; entry += ENTRY) {
    const tagged = <usize>load<u32>(entry, ENTRY_RECORD);
    const record = tagged & ~3;
    const kind = tagged & 3;
    if (kind == KIND_SLOT) {
      u256Copy(record, entry);
      store<u32>(record, load<u32>(entry, 32), SLOT_SNAPSHOT);
      store<u32>(record, load<u32>(entry, 36), SLOT_TOUCHED);
      store<u32>(record, load<u32>(entry, 40), SLOT_FLAGS);
    } else if (kind == KIND_ACCOUNT) {
      u256Copy(record + BALANCE, entry);
      store<u32>(record, load<u32>(entry, 32), SNAPSHOT);
      store<u32>(record, load<u32>(entry, 36), TOUCHED);
      store<u32>(record, load<u32>(entry, 40), FLAGS);
      store<u32>(record, load<u32>(entry, 44), DEPLOYED_IN);
      store<u32>(record, load<u32>(entry, 48), NONCE);
      store<u32>(record, load<u32>(entry, 52), NONCE + 4);
      store<u32>(record, load<u32>(entry, 56), CODE);
    } else {
      u256Copy(record, entry);
      store<u32>(record, load<u32>(entry, 32), TRANSIENT_SNAPSHOT);
    }
  }
  shrinkTo(first);
}
