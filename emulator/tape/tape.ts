/**
 * A tape: the words that a guest read from the oracle, in order, and, where it is known, which words answer which query.
 * The raw form is what the prover takes: 8 hex digits a word, most significant first, no separators.
 */
import { InputError } from "../../errors.ts";

/** One query and its answer. */
export interface TapeQuery {
  /** Undefined for words that no query is known for (a raw tape, a program that just reads). */
  readonly id?: number;
  readonly parameters: readonly number[];
  /** All words that were read, a leading count included. */
  readonly words: readonly number[];
  /** Comment lines that stand above it in the text form. */
  readonly comments?: readonly string[];
}

export interface Tape {
  readonly queries: readonly TapeQuery[];
}

/** Names of queries by id; the emulator itself knows none. */
export type QueryNames = Readonly<Record<number, string>>;

export function tapeWords(tape: Tape): Uint32Array {
  return Uint32Array.from(tape.queries.flatMap((query) => query.words as number[]));
}

/** A tape of which nothing but the words is known. */
export function tapeOfWords(words: ArrayLike<number>): Tape {
  return { queries: words.length === 0 ? [] : [{ parameters: [], words: Array.from(words, (word) => word >>> 0) }] };
}

const DIGITS = 8;

/** @throws InputError for anything but hex digits (white space between words is let through), or an incomplete word */
export function parseRaw(text: string): Uint32Array {
  const digits = /\s/.test(text) ? text.replace(/\s+/g, "") : text;
  const bad = /[^0-9a-fA-F]/.exec(digits);
  if (bad)
    throw new InputError(
      `"${bad[0]}" is no hex digit`,
      `raw tape, digit ${bad.index}`,
      "the raw form is 8 hex digits a word and nothing else",
    );
  if (digits.length % DIGITS !== 0)
    throw new InputError(
      `${digits.length} digits are not whole words of ${DIGITS}`,
      "raw tape",
      "the file is cut short or a digit is missing: make it again",
    );
  const words = new Uint32Array(digits.length / DIGITS);
  for (let i = 0; i < words.length; i++) words[i] = Number.parseInt(digits.slice(DIGITS * i, DIGITS * (i + 1)), 16);
  return words;
}

export function printRaw(words: ArrayLike<number>): string {
  const out: string[] = [];
  for (let i = 0; i < words.length; i++) out.push((words[i] >>> 0).toString(16).padStart(DIGITS, "0"));
  return out.join("");
}

/** Where a word of the tape is, for people: "word 3 of 12 of query 5 (preimage), query 17 of the tape". */
export function describePosition(tape: Tape, wordIndex: number, names: QueryNames = {}): string {
  let before = 0;
  for (const [i, query] of tape.queries.entries()) {
    if (wordIndex < before + query.words.length) {
      const place = `word ${wordIndex} of the tape`;
      if (query.id === undefined) return place;
      return `${place}: word ${wordIndex - before} of the ${query.words.length} that answer ${queryTitle(query, names)}, query number ${i}`;
    }
    before += query.words.length;
  }
  const last = tape.queries.at(-1);
  const after = last?.id === undefined ? "" : `, behind the answer to ${queryTitle(last, names)}`;
  return `the end of the tape (${before} words)${after}`;
}

/** "preimage (query 5)" or "query 5". */
export function queryTitle(query: TapeQuery, names: QueryNames): string {
  if (query.id === undefined) return "no query";
  const name = names[query.id];
  return name ? `${name} (query ${query.id})` : `query ${query.id}`;
}
