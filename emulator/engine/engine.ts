/**
 * What every engine offers. The interpreter is the reference; the translator to WebAssembly must be indistinguishable from it
 * in everything this interface shows, at every cycle limit.
 */
import type { DelegationCounts, MachineConfig } from "../machine/config.ts";
import type { Stop } from "../machine/stop.ts";

/** Where words of non-determinism come from, and where the guest's words for the oracle go. */
export interface TapeDevice {
  /** The next word (unsigned), or -1 when there is none: the run then stops as unprovable (`tape-exhausted`). */
  read(): number;
  /** A word that the guest wrote towards the oracle (unsigned). */
  write(word: number): void;
  /** Goes to this many words read; `Machine.restore` calls it. A device that cannot (a live oracle) leaves it out. */
  seek?(wordsRead: number): void;
}

/** A loaded image that can be run, stopped, looked at and run on. */
export interface Machine {
  readonly config: MachineConfig;
  /** x0…x31. Writing between runs is allowed; x0 stays 0. */
  readonly registers: Uint32Array;
  pc: number;
  /** Instructions executed so far, the first execution of the final jump to itself included. */
  readonly cycles: number;
  readonly delegations: DelegationCounts;
  readonly tapeWordsRead: number;
  /** Word at a 4-byte aligned byte address, ROM or RAM, 0 where nothing was written. */
  readWord(address: number): number;
  writeWord(address: number, value: number): void;
  /** Runs until the program ends, becomes unprovable, meets a breakpoint, or has executed `maxCycles` instructions in all. */
  run(options?: { maxCycles?: number }): Stop;
  /** Executes one instruction. */
  step(): Stop | undefined;
  readonly breakpoints: Set<number>;
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): void;
}

/** Everything that `restore` needs; plain data (structured-cloneable). The tape's position is in it as a count of words. */
export interface Snapshot {
  pc: number;
  registers: Uint32Array;
  cycles: number;
  delegations: DelegationCounts;
  tapeWordsRead: number;
  /** RAM pages (of `PAGE_SIZE` bytes, `machine/layout.ts`) that are not all zero: page number → bytes. */
  pages: Map<number, Uint8Array>;
}

export interface Engine {
  readonly name: "interpreter" | "translator";
  /** @throws InputError when the image is larger than ROM */
  load(image: Uint8Array, config: MachineConfig, tape: TapeDevice): Machine;
}
