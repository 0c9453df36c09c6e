/** Io's memory with a small region, for memory.test.ts: what is kept from below, and a journal of transient slots from above. */
import { IoMemory, initIoArena, keep } from "../../../../guest/stf/system/arena";
import { commitJournal, initJournal, logTransient, pushFrame, rollBack } from "../../../../guest/stf/system/journal";

export { keep } from "../../../../guest/stf/system/arena";

let record: usize = 0;

/** @returns the first free address */
export function init(bytes: usize): usize {
  initIoArena();
  initJournal();
  record = keep(96, 32);
  IoMemory.end = IoMemory.top + bytes;
  IoMemory.journal = IoMemory.end;
  IoMemory.clean = IoMemory.end;
  return IoMemory.top;
}

/** As many entries in the journal, one a frame. @returns the first frame */
export function write(entries: u32): u32 {
  memory.fill(record, 0xff, 64);
  const first = pushFrame(0, 0);
  logTransient(record);
  for (let i: u32 = 1; i < entries; i++) {
    pushFrame(0, 0);
    logTransient(record);
  }
  return first;
}

export function undo(frame: u32): void {
  rollBack(frame);
}

export function commit(): void {
  commitJournal();
}

/** Whether memory between the addresses is zero. */
export function isZero(from: usize, to: usize): bool {
  for (let at = from; at < to; at += 4) if (load<u32>(at)) return false;
  return true;
}
