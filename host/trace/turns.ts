/** Who makes which chunk: threads that share this memory take chunk after chunk, none too far ahead of what is joined. */

/** Chunks that may be ahead of the one that is to be joined next, for each thread: bounds the memory that reports take. */
export const AHEAD = 3;

/** Words: the next chunk to be taken, chunks that are joined, not 0 when no more are to be taken. */
const [NEXT, JOINED, STOPPED] = [0, 1, 2];

export class Turns {
  static readonly bytes = 12;
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #ahead: number;

  constructor(memory: SharedArrayBuffer, threads: number) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#ahead = AHEAD * threads;
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, STOPPED) !== 0;
  }
  /** No chunk is taken any more. */
  stop(): void {
    Atomics.store(this.#words, STOPPED, 1);
    Atomics.notify(this.#words, JOINED);
  }
  set joined(chunks: number) {
    Atomics.store(this.#words, JOINED, chunks);
    Atomics.notify(this.#words, JOINED);
  }

  /** The next chunk, which is then the caller's; undefined when it is to stop. */
  take(): number | undefined {
    return this.stopped ? undefined : Atomics.add(this.#words, NEXT, 1);
  }
  /** Whether the chunk must wait. When all are to stop none waits: what was taken is made. */
  isTooFar(chunk: number): boolean {
    return !this.stopped && chunk - Atomics.load(this.#words, JOINED) >= this.#ahead;
  }
  /** Blocks the thread as long as the chunk must wait. */
  wait(chunk: number): void {
    for (let joined = 0; this.isTooFar(chunk); ) {
      joined = Atomics.load(this.#words, JOINED);
      // `stop` may come in between
      if (this.isTooFar(chunk)) Atomics.wait(this.#words, JOINED, joined, 100);
    }
  }
}
