/** The machine's memory: one WebAssembly memory, image in ROM, views on it. What was never touched costs address space only. */
import { InputError } from "../../errors.ts";
import { GIVE_UP } from "../isa/decode.ts";
import { ENGINE, MEMORY_PAGES, PAGE_SIZE, PAGES, ROM_SIZE, UNWRITTEN, UNWRITTEN_SIZE } from "./layout.ts";

export interface MachineMemory {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** x0…x31 and the word that takes what is written to x0 */
  readonly registers: Uint32Array;
  /** by page: not 0 while nothing was written there */
  readonly unwritten: Uint8Array;
  /** held for `WEIGHT`'s sake alone */
  readonly weight: ArrayBuffer | undefined;
}

/**
 * V8 counts a plain memory's address space as JavaScript's own, and begins a collection for it: 2 to 6 ms of a run of 200. A shared one it does not count at all, so
 * machines that nobody holds any more would pile up, with all that they have written: each but the first ones holds a buffer of this size, which is never touched, to be counted
 * instead. (Of 2^22 bytes: 1000 machines in a row took 275 MB instead of 99.)
 */
const WEIGHT = 2 ** 25;
/** A run that is recorded and checked has so many memories. */
const UNCOUNTED = 4;
let made = 0;

function canShare(): boolean {
  try {
    return new WebAssembly.Memory({ initial: 0, maximum: 1, shared: true }).buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}
/** Whether the host has shared memories, as a browser may not: then all that are made here are shared ones, and modules that import them must say so. */
export const SHARES: boolean = canShare();

/**
 * The ROM behind the image holds `csrrw x0, cycle, x0`: the prover pads it so (`vectors/traces/README.md`), and a program can read it.
 * @param pages of the whole memory; a tracer has more behind the engines' area
 * @throws InputError when the image is empty, is not made of words, or is larger than ROM
 */
export function createMemory(image: Uint8Array, pages: number = MEMORY_PAGES): MachineMemory {
  if (image.length > ROM_SIZE)
    throw new InputError(
      `the image has ${image.length} bytes, the ROM ${ROM_SIZE}`,
      "image",
      "make the program or its static data smaller",
    );
  if (image.length === 0 || image.length % 4 !== 0)
    throw new InputError(
      `the image has ${image.length} bytes, which is not a positive multiple of 4`,
      "image",
      "give a flat binary (objcopy -O binary), padded to words",
    );
  const { memory, weight } = reserve(pages);
  const bytes = new Uint8Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  bytes.set(image);
  words.fill(GIVE_UP, image.length / 4, ROM_SIZE / 4);
  bytes.fill(UNWRITTEN, ENGINE.unwritten, ENGINE.unwritten + UNWRITTEN_SIZE);
  return {
    memory,
    bytes,
    words,
    registers: new Uint32Array(memory.buffer, ENGINE.registers, 33),
    unwritten: new Uint8Array(memory.buffer, ENGINE.unwritten, PAGES),
    weight,
  };
}

/** A memory, and what must be held as long as it is. @throws InputError when there is no room */
export function reserve(pages: number): Pick<MachineMemory, "memory" | "weight"> {
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: SHARES });
    const weight = SHARES && made >= UNCOUNTED ? new ArrayBuffer(WEIGHT) : undefined;
    made++;
    return { memory, weight };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(
      `an address space of ${Math.round(pages / 2 ** 14)} GiB cannot be reserved (it is address space, not memory)`,
      "this process",
      "lift the limit (ulimit -v), or use fewer machines at a time",
    );
  }
}

const isZero = (bytes: Uint8Array) => {
  const words = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  return words.every((word) => word === 0n);
};

/** RAM pages that are not all zero: page number → copy. */
export function savePages({ bytes, unwritten }: MachineMemory): Map<number, Uint8Array> {
  const pages = new Map<number, Uint8Array>();
  for (let page = 0; page < PAGES; page++) {
    if (unwritten[page]) continue;
    const content = bytes.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
    if (!isZero(content)) pages.set(page, content);
  }
  return pages;
}

/** Makes RAM what `savePages` saw. */
export function restorePages({ bytes, unwritten }: MachineMemory, pages: ReadonlyMap<number, Uint8Array>): void {
  for (let page = 0; page < PAGES; page++) {
    const content = pages.get(page);
    if (content) {
      bytes.set(content, page * PAGE_SIZE);
      unwritten[page] = 0;
    } else if (!unwritten[page]) {
      bytes.fill(0, page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
      unwritten[page] = UNWRITTEN;
    }
  }
}
