/**
 * Ways to forge a tape: what a dishonest prover could hand to the guest instead of the oracle's answers.
 * Each mutation is drawn from a seed and says in words what it did, so that a case can be made again.
 */
import type { RecordedQuery } from "../oracle/device.ts";
import type { Random } from "./random.ts";

/** A tape and the queries it answers. */
export interface RecordedTape {
  tape: Uint32Array;
  queries: readonly RecordedQuery[];
}

export interface Mutation {
  kind: string;
  /** what was changed, with positions, for people */
  description: string;
  tape: Uint32Array;
}

/** Position and length of each answer, its length word included. */
export function answersOf({ tape, queries }: RecordedTape): { id: number; start: number; length: number }[] {
  const read = queries.filter(({ start }) => start < tape.length);
  return read.map(({ id, start }, i) => ({ id, start, length: (read[i + 1]?.start ?? tape.length) - start }));
}

/**
 * A position on the tape: half the time any word, half the time a word of any answer, so that the many words of block metadata do not take all the attempts.
 */
function somewhere(recorded: RecordedTape, random: Random): number {
  if (random.below(2) === 0) return random.below(recorded.tape.length);
  const { start, length } = random.pick(answersOf(recorded));
  return start + random.below(length);
}

type Mutator = (
  recorded: RecordedTape,
  random: Random,
  other: RecordedTape | undefined,
) => Omit<Mutation, "kind"> | undefined;

function flipBit(recorded: RecordedTape, random: Random): Omit<Mutation, "kind"> {
  const { tape } = recorded;
  const position = somewhere(recorded, random);
  const bit = random.below(32);
  const forged = tape.slice();
  forged[position] ^= 1 << bit;
  return { description: `bit ${bit} of word ${position} flipped`, tape: forged };
}

function replaceWord(recorded: RecordedTape, random: Random): Omit<Mutation, "kind"> | undefined {
  const { tape } = recorded;
  const position = somewhere(recorded, random);
  const value = random.pick([0, 1, 0xffffffff, random.word(), tape[random.below(tape.length)]]);
  if (tape[position] === value >>> 0) return undefined;
  const forged = tape.slice();
  forged[position] = value;
  return { description: `word ${position} replaced by 0x${(value >>> 0).toString(16)}`, tape: forged };
}

function replaceAnswer(tape: Uint32Array, at: { start: number; length: number }, answer: Uint32Array): Uint32Array {
  const forged = new Uint32Array(tape.length - at.length + answer.length);
  forged.set(tape.subarray(0, at.start));
  forged.set(answer, at.start);
  forged.set(tape.subarray(at.start + at.length), at.start + answer.length);
  return forged;
}

function swapAnswers(recorded: RecordedTape, random: Random): Omit<Mutation, "kind"> | undefined {
  const { tape } = recorded;
  const answers = answersOf(recorded);
  const first = random.pick(answers);
  const partners = answers.filter(
    ({ id, start, length }) => id === first.id && start !== first.start && length === first.length,
  );
  if (partners.length === 0) return undefined;
  const second = random.pick(partners);
  const forged = tape.slice();
  forged.set(tape.subarray(second.start, second.start + second.length), first.start);
  forged.set(tape.subarray(first.start, first.start + first.length), second.start);
  return {
    description: `answers at words ${first.start} and ${second.start} (query ${first.id}) swapped`,
    tape: forged,
  };
}

function truncate({ tape }: RecordedTape, random: Random): Omit<Mutation, "kind"> {
  const length = random.below(tape.length);
  return { description: `cut to ${length} of ${tape.length} words`, tape: tape.slice(0, length) };
}

function extend({ tape }: RecordedTape, random: Random): Omit<Mutation, "kind"> {
  const extra = 1 + random.below(64);
  const forged = new Uint32Array(tape.length + extra);
  forged.set(tape);
  for (let i = 0; i < extra; i++) forged[tape.length + i] = random.word();
  return { description: `${extra} words added at the end`, tape: forged };
}

function dropWord(recorded: RecordedTape, random: Random): Omit<Mutation, "kind"> {
  const { tape } = recorded;
  const position = somewhere(recorded, random);
  return {
    description: `word ${position} left out`,
    tape: replaceAnswer(tape, { start: position, length: 1 }, new Uint32Array()),
  };
}

function otherBlocksAnswer(
  recorded: RecordedTape,
  random: Random,
  other: RecordedTape | undefined,
): Omit<Mutation, "kind"> | undefined {
  if (!other) return undefined;
  const at = random.pick(answersOf(recorded));
  const candidates = answersOf(other).filter(({ id }) => id === at.id);
  if (candidates.length === 0) return undefined;
  const from = random.pick(candidates);
  const answer = other.tape.slice(from.start, from.start + from.length);
  return {
    description: `answer at word ${at.start} (query ${at.id}) taken from another block's tape (its word ${from.start})`,
    tape: replaceAnswer(recorded.tape, at, answer),
  };
}

/** Every kind of mutation; flips and replacements are drawn more often, as they have the most places to go. */
const MUTATORS: readonly (readonly [kind: string, weight: number, mutate: Mutator])[] = [
  ["bit flip", 5, flipBit],
  ["word", 4, replaceWord],
  ["swap", 2, swapAnswers],
  ["drop", 1, dropWord],
  ["truncate", 1, truncate],
  ["extend", 1, extend],
  ["other block", 2, otherBlocksAnswer],
];
const WEIGHTED = MUTATORS.flatMap(([kind, weight, mutate]) => Array.from({ length: weight }, () => ({ kind, mutate })));

/** A forged tape that differs from the recorded one. */
export function mutateTape(recorded: RecordedTape, random: Random, other?: RecordedTape): Mutation {
  for (;;) {
    const { kind, mutate } = random.pick(WEIGHTED);
    const mutation = mutate(recorded, random, other);
    if (mutation && !equal(mutation.tape, recorded.tape)) return { kind, ...mutation };
  }
}

function equal(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}
