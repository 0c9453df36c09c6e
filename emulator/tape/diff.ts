/** What differs between two tapes, query by query. */
import { describePosition, type QueryNames, queryTitle, type Tape, type TapeQuery } from "./tape.ts";

export interface TapeDifference {
  kind: "word" | "length" | "only-in-first" | "only-in-second";
  /** number of the query in the first and in the second tape */
  query: readonly [number, number];
  message: string;
}

const hex = (word: number) => "0x" + word.toString(16).padStart(8, "0");
const key = (query: TapeQuery) => `${query.id}:${query.parameters.join()}`;
/** How far ahead a query is looked for when the two tapes ask different things. */
const WINDOW = 64;

/** @returns an empty list if the tapes hold the same words for the same queries */
export function diffTapes(first: Tape, second: Tape, names: QueryNames = {}): TapeDifference[] {
  const differences: TapeDifference[] = [];
  const [a, b] = [first.queries, second.queries];
  let [i, j] = [0, 0];
  let wordsA = 0;
  const onlyFirst = () => {
    const message = `${queryTitle(a[i], names)} (query number ${i}, ${a[i].words.length} words) is only in the first tape`;
    differences.push({ kind: "only-in-first", query: [i, j], message });
    wordsA += a[i++].words.length;
  };
  const onlySecond = () => {
    const message = `${queryTitle(b[j], names)} (query number ${j}, ${b[j].words.length} words) is only in the second tape`;
    differences.push({ kind: "only-in-second", query: [i, j], message });
    j++;
  };
  while (i < a.length && j < b.length) {
    if (key(a[i]) === key(b[j])) {
      const difference = compareWords(a[i].words, b[j].words);
      if (difference) {
        const place = describePosition(first, wordsA + difference.at, names);
        differences.push({ kind: difference.kind, query: [i, j], message: `${place}: ${difference.message}` });
      }
      wordsA += a[i++].words.length;
      j++;
      continue;
    }
    const ahead = (list: readonly TapeQuery[], from: number, wanted: string) =>
      list.slice(from, from + WINDOW).findIndex((query) => key(query) === wanted);
    const inB = ahead(b, j, key(a[i]));
    const inA = ahead(a, i, key(b[j]));
    if (inB >= 0 && (inA < 0 || inB <= inA)) for (let n = 0; n < inB; n++) onlySecond();
    else if (inA >= 0) for (let n = 0; n < inA; n++) onlyFirst();
    else {
      onlyFirst();
      onlySecond();
    }
  }
  while (i < a.length) onlyFirst();
  while (j < b.length) onlySecond();
  return differences;
}

function compareWords(a: readonly number[], b: readonly number[]) {
  const at = a.findIndex((word, i) => i < b.length && word !== b[i]);
  if (at >= 0)
    return { kind: "word" as const, at, message: `${hex(a[at])} in the first tape, ${hex(b[at])} in the second` };
  if (a.length !== b.length)
    return {
      kind: "length" as const,
      at: Math.min(a.length, b.length),
      message: `${a.length} words in the first tape, ${b.length} in the second`,
    };
  return undefined;
}

/**
 * Whether a program asked what a tape says that it answers: the first query that begins at the same word and is another one.
 * @param recorded what a run asked for, by `RecordingTape`
 * @returns a sentence, or undefined if the tape names no queries or all agree
 */
export function firstMismatch(tape: Tape, recorded: Tape, names: QueryNames = {}): string | undefined {
  const startsOf = (queries: readonly TapeQuery[]) => {
    let at = 0;
    return queries.flatMap((query) => {
      const start = at;
      at += query.words.length;
      return query.words.length > 0 && query.id !== undefined ? [[start, query] as const] : [];
    });
  };
  const answers = new Map(startsOf(tape.queries));
  for (const [start, asked] of startsOf(recorded.queries)) {
    const answered = answers.get(start);
    if (!answered || answered.id === asked.id) continue;
    return `at word ${start} of the tape the program asks ${queryTitle(asked, names)}, but the tape answers ${queryTitle(answered, names)}`;
  }
  return undefined;
}
