/**
 * The text form of a tape: what a person reads and writes. Line by line, `#` begins a comment.
 *
 *     query 5 preimage 0x00000001 0x00000002    # id or name, then the parameters (annotation only: parameters are not on the tape)
 *       len                                     # the number of words that follow in this query
 *       0x0000002a 42 -1                        # words: hex or decimal, negative as two's complement
 *       u64 0x1122334455667788                  # two words, low first
 *       u256 0x2a                               # eight words, low first
 *       bytes "hello" 0x0102                    # 4 bytes a word, little-endian, the last word padded with 0
 *
 * Words before the first `query` belong to no query. Printing and parsing are inverse to each other.
 */
import { InputError } from "../../errors.ts";
import type { QueryNames, Tape, TapeQuery } from "./tape.ts";

const WORDS_PER_LINE = 8;
const hex = (word: number) => "0x" + (word >>> 0).toString(16).padStart(8, "0");

export function printText(tape: Tape, names: QueryNames = {}): string {
  const lines: string[] = [];
  for (const query of tape.queries) {
    for (const comment of query.comments ?? []) lines.push(`# ${comment}`.trimEnd());
    if (query.id !== undefined) {
      const name = names[query.id];
      const parameters = query.parameters.map((word) => ` ${hex(word)}`).join("");
      lines.push(`query ${query.id}${name ? ` ${name}` : ""}${parameters}`);
    } else if (lines.length > 0) lines.push("query none");
    let words = query.words;
    if (words.length > 0 && words[0] === words.length - 1) {
      lines.push("  len");
      words = words.slice(1);
    }
    for (let i = 0; i < words.length; i += WORDS_PER_LINE)
      lines.push(
        "  " +
          words
            .slice(i, i + WORDS_PER_LINE)
            .map(hex)
            .join(" "),
      );
  }
  return lines.join("\n") + "\n";
}

interface Draft {
  id?: number;
  parameters: number[];
  words: number[];
  comments: string[];
  /** index of the word that `len` stands for */
  count?: number;
}

const TOKEN = /\s*(#.*|"(?:[^"\\]|\\.)*"|[^\s#"]+)/y;

function tokensOf(line: string): { tokens: string[]; comment?: string } {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (;;) {
    const match = TOKEN.exec(line);
    if (!match) break;
    if (match[1].startsWith("#")) return { tokens, comment: match[1].slice(1).trim() };
    tokens.push(match[1]);
  }
  return { tokens };
}

/** @throws InputError with the line's number */
export function parseText(text: string, names: QueryNames = {}): Tape {
  const idByName = new Map(Object.entries(names).map(([id, name]) => [name, Number(id)]));
  const drafts: Draft[] = [{ parameters: [], words: [], comments: [] }];
  let comments: string[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    const fail = (what: string): never => {
      throw new InputError(what, `tape, line ${index + 1}`, "`windproof tape show` writes the text form as it must be");
    };
    const { tokens, comment } = tokensOf(line);
    if (tokens.length === 0) {
      if (comment !== undefined) comments.push(comment);
      return;
    }
    if (tokens[0] === "query") {
      drafts.push(parseHeader(tokens, idByName, comments, fail));
    } else {
      // a comment above plain words stays with their query
      drafts.at(-1)!.comments.push(...comments);
      parseWords(tokens, drafts.at(-1)!, fail);
    }
    comments = [];
  });
  return { queries: drafts.filter(({ id, words }) => id !== undefined || words.length > 0).map(finish) };
}

type Fail = (what: string) => never;

function parseHeader(tokens: string[], idByName: Map<string, number>, comments: string[], fail: Fail): Draft {
  const [, first, ...rest] = tokens;
  if (first === undefined) return fail("`query` needs an id, a name, or `none`");
  if (first === "none") return { parameters: [], words: [], comments };
  const isNumber = /^[0-9]/.test(first);
  const id = isNumber ? word(first, fail) : idByName.get(first);
  if (id === undefined) return fail(`unknown query name "${first}"; write its id as a number`);
  // behind an id, the name is for the reader
  if (isNumber && rest.length > 0 && !/^[-0-9]/.test(rest[0])) rest.shift();
  return { id, parameters: rest.map((token) => word(token, fail)), words: [], comments };
}

function parseWords(tokens: string[], draft: Draft, fail: Fail): void {
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === "len") {
      if (draft.count !== undefined) fail("`len` stands twice in one query");
      draft.count = draft.words.length;
      draft.words.push(0);
    } else if (token === "u64" || token === "u256") {
      const value = tokens[++i] ?? fail(`${token} needs a number`);
      draft.words.push(...wide(value, token === "u64" ? 2 : 8, fail));
    } else if (token === "bytes") {
      const bytes: number[] = [];
      while (i + 1 < tokens.length) bytes.push(...bytesOf(tokens[++i], fail));
      for (let k = 0; k < bytes.length; k += 4)
        draft.words.push(
          (bytes[k] | ((bytes[k + 1] ?? 0) << 8) | ((bytes[k + 2] ?? 0) << 16) | ((bytes[k + 3] ?? 0) << 24)) >>> 0,
        );
    } else draft.words.push(word(token, fail));
  }
}

function word(token: string, fail: Fail): number {
  const value = integer(token, fail);
  if (value < -(2n ** 31n) || value >= 2n ** 32n)
    return fail(`${token} does not fit a word of 32 bits; use u64 or u256 for wider values`);
  return Number(BigInt.asUintN(32, value));
}

function wide(token: string, words: number, fail: Fail): number[] {
  const value = integer(token, fail);
  const bits = BigInt(32 * words);
  if (value >= 2n ** bits || value < -(2n ** (bits - 1n))) return fail(`${token} does not fit ${bits} bits`);
  const all = BigInt.asUintN(Number(bits), value);
  return Array.from({ length: words }, (_, i) => Number((all >> BigInt(32 * i)) & 0xffffffffn));
}

function integer(token: string, fail: Fail): bigint {
  const match = /^(-?)(0x[0-9a-fA-F_]+|[0-9][0-9_]*)$/.exec(token);
  if (!match) return fail(`"${token}" is no number; words are decimal or 0x and hex digits`);
  const value = BigInt(match[2].replaceAll("_", ""));
  return match[1] ? -value : value;
}

function bytesOf(token: string, fail: Fail): number[] {
  if (token.startsWith('"')) {
    try {
      return [...new TextEncoder().encode(JSON.parse(token) as string)];
    } catch {
      return fail(`${token} is no string; escapes are those of JSON`);
    }
  }
  const digits = /^0x((?:[0-9a-fA-F]{2})*)$/.exec(token)?.[1];
  if (digits === undefined) return fail(`"${token}" is neither a string nor 0x and pairs of hex digits`);
  return (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

function finish(draft: Draft): TapeQuery {
  const words = draft.words.slice();
  if (draft.count !== undefined) words[draft.count] = words.length - draft.count - 1;
  return {
    ...(draft.id === undefined ? {} : { id: draft.id }),
    parameters: draft.parameters,
    words,
    ...(draft.comments.length ? { comments: draft.comments } : {}),
  };
}
