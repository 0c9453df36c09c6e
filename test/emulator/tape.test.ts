/** Tapes: both forms, recording, differences. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { RecordingTape, ReplayTape } from "../../emulator/tape/device.ts";
import { diffTapes, firstMismatch } from "../../emulator/tape/diff.ts";
import { describePosition, parseRaw, printRaw, type Tape, tapeOfWords, tapeWords } from "../../emulator/tape/tape.ts";
import { parseText, printText } from "../../emulator/tape/text.ts";
import { InputError } from "../../errors.ts";
import { assemble, END, image } from "../lib/assemble.ts";

const word = fc.integer({ min: 0, max: 0xffffffff });
const NAMES = { 4: "storage", 5: "preimage" };

test("raw form: round trip", () => {
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect([...parseRaw(printRaw(words))]).toEqual(words);
    }),
  );
  expect(printRaw([1, 0xdeadbeef])).toBe("00000001deadbeef");
});

test.each(["0000000", "0000000g", "00000001 2"])("raw form: %s is refused", (text) => {
  expect(() => parseRaw(text)).toThrow(InputError);
});

const query = fc.record({
  id: word,
  parameters: fc.array(word, { maxLength: 4 }),
  words: fc.array(word, { maxLength: 20 }),
});
const counted = query.map((q) => ({ ...q, words: [q.words.length, ...q.words] }));

test("text form: round trip", () => {
  const known = query.map((q) => ({ ...q, id: 4 }));
  fc.assert(
    fc.property(fc.array(fc.oneof(query, counted, known)), (queries) => {
      const tape: Tape = { queries };
      expect(parseText(printText(tape, NAMES), NAMES)).toEqual(tape);
      expect([...tapeWords(parseText(printText(tape, NAMES)))]).toEqual([...tapeWords(tape)]);
    }),
  );
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect([...tapeWords(parseText(printText(tapeOfWords(words))))]).toEqual(words);
    }),
  );
});

test("text form: written by hand", () => {
  const tape = parseText(
    `# what the program needs
     query storage 0x2a 7   # the slot
       len 1 -1             # count
       u64 0x1122334455667788
     query 5 preimage
       len bytes "hey" 0x0102
       u256 -1
     query none
       0xffff_ffff 1_000`,
    NAMES,
  );
  expect(tape).toEqual({
    queries: [
      {
        id: 4,
        parameters: [42, 7],
        words: [4, 1, 0xffffffff, 0x55667788, 0x11223344],
        comments: ["what the program needs"],
      },
      { id: 5, parameters: [], words: [10, 0x01796568, 2, ...Array(8).fill(0xffffffff)] },
      { parameters: [], words: [0xffffffff, 1000] },
    ],
  });
  expect(parseText(printText(tape, NAMES), NAMES)).toEqual(tape);
});

test.each([
  ["1\n0x1ffffffff", /0x1ffffffff does not fit.*\n.*where: tape, line 2\n/],
  ["query nothing", /unknown query name "nothing".*\n.*where: tape, line 1\n/],
  ["12a", /"12a" is no number.*\n.*where: tape, line 1\n/],
  ["query", /`query` needs.*\n.*where: tape, line 1\n/],
  ["len 1\nlen", /`len` stands twice.*\n.*where: tape, line 2\n/],
  ["u64", /u64 needs a number.*\n.*where: tape, line 1\n/],
  ['bytes "\\q"', /no string/],
])("text form: %j is refused", (text, message) => {
  expect(() => parseText(text)).toThrow(message);
});

test("text form: anything is read or refused", () => {
  const tokens = fc.constantFrom(
    "query",
    "len",
    "bytes",
    "u64",
    "u256",
    "none",
    "0x1",
    "-1",
    '"a"',
    '"',
    "#",
    "\n",
    " ",
    "0x",
    "5",
    "\\",
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(tokens, { maxLength: 12 }).map((list) => list.join(" ")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const tape = parseText(text);
        expect(parseText(printText(tape))).toEqual(tape);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
    { numRuns: 2000 },
  );
});

test("a recorder learns queries", () => {
  // writes 5, 1, 77; reads two words; writes 6, 0; reads one
  const values = [5, 1, 77];
  const program = image(
    values.flatMap((value) => [assemble("addi", { rd: 5, imm: value }), assemble("tape", { rs1: 5 })]),
    assemble("tape", { rd: 6 }),
    assemble("tape", { rd: 7 }),
    assemble("addi", { rd: 5, imm: 6 }),
    assemble("tape", { rs1: 5 }),
    assemble("addi", { rd: 9, imm: 0 }),
    // the register is not x0, its value is 0
    assemble("tape", { rs1: 9 }),
    assemble("tape", { rd: 6 }),
    END,
  );
  const tape = new RecordingTape(new ReplayTape(Uint32Array.from([1, 2, 3])));
  expect(interpreter.load(program, FULL, tape).run().kind).toBe("finished");
  const expected = [
    { id: 5, parameters: [77], words: [1, 2] },
    { id: 6, parameters: [], words: [3] },
  ];
  expect(tape.tape()).toEqual({ queries: expected });
  expect(tape.lastQuery()).toEqual(expected[1]);
});

test("a recorder goes back", () => {
  const tape = new RecordingTape(new ReplayTape(Uint32Array.from([1, 2, 3, 4])));
  const ask = (id: number) => [id, 0].forEach((word) => void tape.write(word));
  ask(5);
  expect([tape.read(), tape.read()]).toEqual([1, 2]);
  ask(6);
  expect(tape.read()).toBe(3);
  tape.seek(1);
  expect(tape.tape().queries).toEqual([{ id: 5, parameters: [], words: [1] }]);
  expect(tape.read()).toBe(2);
  ask(7);
  expect(tape.read()).toBe(3);
  expect(tape.tape().queries.map(({ id, words }) => [id, ...words])).toEqual([
    [5, 1, 2],
    [7, 3],
  ]);
});

test("a program that asks another query than the tape answers", () => {
  const tape = parseText("query 4\n len 1 2\nquery 5\n len 3");
  expect(firstMismatch(tape, tape)).toBeUndefined();
  expect(firstMismatch(tapeOfWords(tapeWords(tape)), tape)).toBeUndefined();
  const other = parseText("query 4\n len 1 2\nquery 9\n len 3");
  expect(firstMismatch(tape, other, NAMES)).toBe(
    "at word 3 of the tape the program asks query 9, but the tape answers preimage (query 5)",
  );
});

test("where a word is", () => {
  const tape = parseText("query 4\n len 1 2\nquery 9\n len 3");
  expect(describePosition(tape, 4, NAMES)).toContain("word 1 of the 2 that answer query 9, query number 1");
  expect(describePosition(tape, 1, NAMES)).toContain("answer storage (query 4)");
  expect(describePosition(tape, 5, NAMES)).toBe("the end of the tape (5 words), behind the answer to query 9");
});

test("differences", () => {
  const base = "query 4 1\n len 1 2\nquery 5\n len 3\nquery 4 2\n len 9";
  const a = parseText(base);
  expect(diffTapes(a, parseText(base))).toEqual([]);
  const kinds = (text: string) => diffTapes(a, parseText(text)).map(({ kind, query }) => [kind, ...query]);
  expect(kinds(base.replace("len 3", "len 4"))).toEqual([["word", 1, 1]]);
  expect(kinds(base.replace("len 1 2", "3 1 2 3"))).toEqual([["word", 0, 0]]);
  expect(kinds(base.replace("query 5\n len 3\n", ""))).toEqual([["only-in-first", 1, 1]]);
  expect(kinds(`${base}\nquery 7`)).toEqual([["only-in-second", 3, 3]]);
  expect(kinds(base.replace("query 5", "query 6"))).toEqual([
    ["only-in-first", 1, 1],
    ["only-in-second", 2, 1],
  ]);
});
