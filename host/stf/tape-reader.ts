/** A recorded tape as a device: gives the words in order, takes what the guest writes and drops it, as the prover does. */
import type { TapeDevice } from "../../emulator/engine/engine.ts";

export class TapeReader implements TapeDevice {
  readonly #words: Uint32Array;
  position = 0;

  constructor(words: Uint32Array) {
    this.#words = words;
  }

  read(): number {
    return this.position < this.#words.length ? this.#words[this.position++] : -1;
  }

  write(): void {}

  seek(wordsRead: number): void {
    this.position = wordsRead;
  }
}
