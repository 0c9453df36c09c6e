/** Runs a call with each of its hint words changed: it must stop, or give the honest result. */
import { expect } from "vitest";
import type { Guest } from "./guest.ts";
import { Unprovable } from "./machine.ts";

/**
 * @param run makes the call from scratch and answers with its result, comparable by `toEqual`
 * @param stride which words are changed: 1 all, n every n-th (with another start each bit)
 * @returns how many changed runs stopped
 */
export function forge(guest: Guest, run: () => unknown, stride = 1): number {
  const first = guest.state.wordsRead;
  const honest = run();
  const words = guest.state.wordsRead - first;
  expect(words).toBeGreaterThan(0);
  let stopped = 0;
  const changes: ((word: number) => number)[] = [
    (word) => word ^ 1,
    (word) => word ^ 0x80000000,
    (word) => (word + 1) >>> 0,
    () => 0,
    () => 0xffffffff,
  ];
  changes.forEach((change, kind) => {
    for (let target = kind % stride; target < words; target += stride) {
      const start = guest.state.wordsRead;
      guest.state.tamper = (word, index) => (index - start === target ? change(word) >>> 0 : word);
      try {
        expect(run(), `word ${target} of ${words}, change ${kind}`).toEqual(honest);
      } catch (error) {
        if (!(error instanceof Unprovable)) throw error;
        stopped++;
      } finally {
        guest.state.tamper = undefined;
      }
    }
  });
  return stopped;
}
