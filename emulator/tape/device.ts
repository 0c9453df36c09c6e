/** Tape devices: replay of recorded words, and a recorder around any other device that learns which query asked for what. */
import type { TapeDevice } from "../engine/engine.ts";
import type { Tape, TapeQuery } from "./tape.ts";

/** Answers from a list of words. Reading past the end answers -1 and moves nothing. */
export class ReplayTape implements TapeDevice {
  readonly words: Uint32Array;
  position = 0;

  constructor(words: Uint32Array) {
    this.words = words;
  }
  read(): number {
    return this.position < this.words.length ? this.words[this.position++] : -1;
  }
  write(): void {}
  seek(wordsRead: number): void {
    this.position = wordsRead;
  }
  get left(): number {
    return this.words.length - this.position;
  }
}

/** A group of traffic: what the guest wrote in a row, then what it read in a row. */
interface Exchange {
  written: number[];
  read: number[];
}

/**
 * Passes everything on and notes it. A query is, by the convention of the oracle protocol, its id, the number of parameter words, the words;
 * traffic that does not look so is kept as words of no query.
 */
export class RecordingTape implements TapeDevice {
  readonly #inner: TapeDevice;
  readonly #exchanges: Exchange[] = [];

  constructor(inner: TapeDevice) {
    this.#inner = inner;
  }
  read(): number {
    const word = this.#inner.read();
    if (word >= 0) {
      if (this.#exchanges.length === 0) this.#exchanges.push({ written: [], read: [] });
      this.#exchanges.at(-1)!.read.push(word);
    }
    return word;
  }
  write(word: number): void {
    const last = this.#exchanges.at(-1);
    if (last && last.read.length === 0) last.written.push(word);
    else this.#exchanges.push({ written: [word], read: [] });
    this.#inner.write(word);
  }

  /** Forgets what was noted behind this many words. */
  seek(wordsRead: number): void {
    let left = wordsRead;
    const keep = this.#exchanges.findIndex(({ read }) => {
      left -= read.length;
      return left < 0;
    });
    if (keep >= 0) {
      const last = this.#exchanges[keep];
      // the query itself was written before the words that are kept
      last.read.length += left;
      this.#exchanges.length = last.read.length > 0 ? keep + 1 : keep;
    }
    this.#inner.seek?.(wordsRead);
  }

  tape(): Tape {
    return { queries: this.#exchanges.flatMap(queriesOf) };
  }

  /** The query that the guest wrote last, whole or not: for a report of where a run stopped. */
  lastQuery(): TapeQuery | undefined {
    for (let i = this.#exchanges.length - 1; i >= 0; i--) {
      const query = queriesOf(this.#exchanges[i]).at(-1);
      if (query?.id !== undefined) return query;
    }
    return undefined;
  }
}

function queriesOf({ written, read }: Exchange): TapeQuery[] {
  const queries: { id: number; parameters: number[]; words: number[] }[] = [];
  for (let at = 0; at < written.length; ) {
    const count = written[at + 1];
    if (count === undefined || at + 2 + count > written.length) {
      // not the protocol: keep what was read
      return [{ parameters: [], words: read }];
    }
    queries.push({ id: written[at], parameters: written.slice(at + 2, at + 2 + count), words: [] });
    at += 2 + count;
  }
  const last = queries.at(-1);
  if (!last) return [{ parameters: [], words: read }];
  last.words = read;
  return queries;
}
