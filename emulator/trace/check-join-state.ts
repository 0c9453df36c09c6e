/** What a run's chunks have left so far at every place: values and timestamps of last accesses, and how the list of touched words is held against them. */
import { ADDRESS_SPACE, PAGE_SIZE, PAGES } from "../machine/layout.ts";
import { reserve } from "../machine/memory.ts";
import { JOIN, JOIN_PAGES, joinModule, WINDOW_BYTES } from "./check-join-code.ts";
import { ENTRY } from "./check-layout.ts";
import { beginProducts, type Challenge } from "./field.ts";
import { MEMORY, PART } from "./layout.ts";
import type { FinalRegister } from "./recorder.ts";

type Walk = (at: number, end: number) => number;

let compiled: WebAssembly.Module | undefined;

export class JoinState {
  /** held for its own sake: see `MachineMemory` */
  readonly weight: ArrayBuffer | undefined;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #link: Walk;
  readonly #checkTouched: Walk;
  readonly #multiplyTouched: (at: number, end: number) => void;

  constructor() {
    const { memory, weight } = reserve(JOIN_PAGES);
    this.weight = weight;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    compiled ??= new WebAssembly.Module(joinModule());
    const { link, checkTouched, multiplyTouched } = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
    this.#link = link as Walk;
    this.#checkTouched = checkTouched as Walk;
    this.#multiplyTouched = multiplyTouched as () => void;
    this.clear();
  }

  /** Places of memory that were accessed. */
  get touched(): number {
    return this.#view.getUint32(JOIN.touched, true);
  }

  /** What was left at a place: see `ENTRY`. The timestamp is 0 where nobody was. */
  at(place: number): FinalRegister {
    const address = (place - MEMORY) * 4;
    const [value, timestamp] =
      place >= MEMORY
        ? [address, JOIN.timestamps + 2 * address]
        : [JOIN.registers + 16 * place, JOIN.registers + 16 * place + 8];
    return {
      value: this.#view.getUint32(value, true),
      timestamp: Number(this.#view.getBigUint64(timestamp, true)),
    };
  }

  /** Joins a chunk's list. @returns the byte where the first entry begins that does not go on from what was left; -1 if all do */
  link(list: Uint8Array): number {
    return this.#walk(this.#link, list, ENTRY.size);
  }

  /** Begins with the list of touched words. @returns what will be the products of the memory argument over it: teardown reads (four limbs), initialisation writes (four) */
  beginTouched(challenge: Challenge): BigUint64Array {
    return beginProducts(this.#bytes.buffer, JOIN, challenge);
  }

  /** The next entries of that list, which go into the products. @returns as `link`, of the first one that does not say what was left */
  addTouched(piece: Uint8Array): number {
    const walk = (at: number, end: number) => {
      const reached = this.#checkTouched(at, end);
      this.#multiplyTouched(at, reached);
      return reached;
    };
    return this.#walk(walk, piece, PART.touched);
  }

  #walk(walk: Walk, bytes: Uint8Array, size: number): number {
    const most = WINDOW_BYTES - (WINDOW_BYTES % size);
    for (let from = 0; from < bytes.length; from += most) {
      const piece = bytes.subarray(from, from + most);
      this.#bytes.set(piece, JOIN.window);
      const end = JOIN.window + piece.length;
      const reached = walk(JOIN.window | 0, end | 0) >>> 0;
      if (reached !== end) return from + reached - JOIN.window;
    }
    return -1;
  }

  /** For another run: as new. */
  clear(): void {
    const bytes = this.#bytes;
    for (let page = 0; page < PAGES; page++) {
      if (!bytes[JOIN.pages + page]) continue;
      const address = page * PAGE_SIZE;
      bytes.fill(0, address, address + PAGE_SIZE);
      bytes.fill(0, JOIN.timestamps + 2 * address, JOIN.timestamps + 2 * (address + PAGE_SIZE));
    }
    bytes.fill(0, 3 * ADDRESS_SPACE, JOIN.window);
    this.#view.setBigInt64(JOIN.last, -1n, true);
  }
}
