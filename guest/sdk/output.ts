/** Ending a run with an output: the eight words that the proof is about (x10…x17). A run that does not end here proves nothing. */
import { finish } from "./machine";

/** Commits 32 bytes at `words` (4-byte aligned) and ends. */
export function commit(words: usize): void {
  finish(
    load<u32>(words, 0),
    load<u32>(words, 4),
    load<u32>(words, 8),
    load<u32>(words, 12),
    load<u32>(words, 16),
    load<u32>(words, 20),
    load<u32>(words, 24),
    load<u32>(words, 28),
  );
}

/** Commits up to two numbers (the other words are 0) and ends. */
export function commitWords(first: u32, second: u32 = 0): void {
  finish(first, second, 0, 0, 0, 0, 0, 0);
}
