/** Hot blocks get code of their own, which takes rows of every kind, and loses them where it must; that it accepts nothing else is for the tests of all ways. */
import { describe, expect, test } from "vitest";
import { FULL } from "../../../emulator/machine/config.ts";
import { randomChallenge } from "../../../emulator/trace/field.ts";
import { ROW } from "../../../emulator/trace/layout.ts";
import { CheckRefusal } from "../../../emulator/trace/refusal.ts";
import { RecordingChecker } from "../../../host/trace/recording-checker.ts";
import { assemble, END, image, loadImmediate } from "../../lib/assemble.ts";
import { checkMemoryTrace, type MemoryTrace, recordTrace, type TraceProgram, WAYS, type Way } from "../../lib/trace.ts";

const [COUNT, LIMIT, RAM, ROM, A, B, C, D] = [5, 6, 8, 9, 16, 17, 18, 19];
/** Times that a loop is gone through. */
const TIMES = 20_000;

/** Straight code of every kind, twelve instructions long. */
const KINDS = [
  assemble("lw", { rd: A, rs1: RAM, imm: 4 }),
  assemble("addi", { rd: B, rs1: A, imm: 77 }),
  assemble("sb", { rs1: RAM, rs2: B, imm: 6 }),
  assemble("lh", { rd: C, rs1: RAM, imm: 6 }),
  assemble("lui", { rd: D, imm: 0x12345000 }),
  assemble("xor", { rd: B, rs1: B, rs2: D }),
  assemble("sh", { rs1: RAM, rs2: B, imm: 8 }),
  assemble("lw", { rd: A, rs1: ROM, imm: 8 }),
  assemble("lbu", { rd: C, rs1: ROM, imm: 9 }),
  assemble("add", { rd: A, rs1: A, rs2: C }),
  assemble("sw", { rs1: RAM, rs2: A, imm: 12 }),
  assemble("sub", { rd: 0, rs1: A, rs2: 0 }),
];

/** A loop over instructions. */
function loop(body: readonly number[], times = TIMES): Uint8Array {
  const setUp = [...loadImmediate(LIMIT, times), ...loadImmediate(RAM, 0x30_0000)];
  const next = assemble("addi", { rd: COUNT, rs1: COUNT, imm: 1 });
  const leave = assemble("beq", { rs1: COUNT, rs2: LIMIT, imm: 8 });
  const again = assemble("jal", { imm: -4 * (body.length + 2) });
  return image(setUp, [...body], next, leave, again, END);
}

/** Rows come in pieces, so that blocks are cut. */
class InPieces extends RecordingChecker {
  override rows(bytes: Uint8Array): void {
    const cut = ROW.size * 1001;
    for (let at = 0; at < bytes.length; at += cut) super.rows(bytes.subarray(at, at + cut));
  }
}

/** Blocks that there are after a program's first chunk. */
function blocksOf(program: Uint8Array): number {
  const run = new InPieces({ image: program, config: FULL, tape: new Uint32Array() });
  run.chunk(randomChallenge());
  return run.checker.blocks;
}

test("a long block that is hot is made, and every kind of row is taken", () => {
  const body = Array.from({ length: 8 }, () => KINDS).flat();
  expect(blocksOf(loop(body))).toBe(1);
});

test("of one that is too long a part is", () => {
  const body = Array.from({ length: 92 }, () => KINDS).flat();
  expect(blocksOf(loop(body))).toBe(1);
});

test("a short one is not", () => {
  expect(blocksOf(loop(KINDS))).toBe(0);
});

/**
 * One of 2039 rows is looked at. Here that is for long the same row of a block, which is made; then a jump behind the block, which is looked at for the first time; then that row again.
 */
test("a block is made once, whenever its jump is looked at", () => {
  const [TURNS, INNER, LINK] = [20, 21, 1];
  const block = Array.from({ length: 8 }, () => KINDS).flat();
  const routine = [
    assemble("addi", { rd: COUNT, imm: 0 }),
    ...block,
    assemble("addi", { rd: A, rs1: A, imm: 1 }),
    assemble("addi", { rd: TURNS, rs1: INNER }),
    assemble("addi", { rd: TURNS, rs1: TURNS, imm: -1 }),
    assemble("bne", { rs1: TURNS, imm: -4 }),
    assemble("addi", { rd: COUNT, rs1: COUNT, imm: 1 }),
    assemble("beq", { rs1: COUNT, rs2: LIMIT, imm: 8 }),
    assemble("jal", { imm: -4 * (block.length + 6) }),
    assemble("jalr", { rs1: LINK }),
  ];
  // rows of an iteration are 101 and two for each inner turn
  const phases: readonly (readonly [inner: number, iterations: number])[] = [
    [969, 200],
    [970, 40],
    [968, 40],
    [969, 400],
  ];
  const words = [...loadImmediate(RAM, 0x30_0000), ...loadImmediate(TURNS, 990), assemble("addi", { rd: INNER })];
  words.push(assemble("addi", { rd: TURNS, rs1: TURNS, imm: -1 }), assemble("bne", { rs1: TURNS, imm: -4 }));
  for (const [i, [inner, iterations]] of phases.entries()) {
    words.push(assemble("addi", { rd: INNER, imm: inner }), assemble("addi", { rd: LIMIT, imm: iterations }));
    const behind = 3 * (phases.length - i - 1) + 1;
    words.push(assemble("jal", { rd: LINK, imm: 4 * (behind + 1) }));
  }
  expect(blocksOf(image(words, END, routine))).toBe(1);
});

test("a block that finds a new word each time is given up", () => {
  const body = Array.from({ length: 8 }, () => KINDS).flat();
  const push = [assemble("sw", { rs1: RAM, rs2: A, imm: 64 }), assemble("addi", { rd: RAM, rs1: RAM, imm: 4 })];
  expect(blocksOf(loop([...push, ...body]))).toBe(0);
});

/**
 * All registers but x0, and so many rows that no more are looked at by the careful loop at once; then x0, as the last one of a block of three, and again. Code that takes x0 for 0 must
 * not be entered where it was believed to be another number.
 */
test("x0 that is said not to be 0", () => {
  const FIRST = 104;
  const all = Array.from({ length: FIRST }, (_, i) => i % 32 || 1).map((r) =>
    assemble("add", { rd: r, rs1: r, rs2: r }),
  );
  const reads = Array.from({ length: 4 }, () => assemble("and", { rd: A, rs1: 0, rs2: 31 }));
  const program = { image: image(all, reads, END), config: FULL, tape: new Uint32Array() };
  const trace = recordTrace(program, 127);
  rowsOf(trace).setUint32(FIRST * ROW.size + ROW.rs1Value, 5, true);
  expect(refusals(program, trace)).toEqual([expect.stringContaining(`x0 was left as 0x00000005 by cycle ${FIRST},`)]);
});

/** What the checker says in all its ways: one message, if they agree. */
function refusals(program: TraceProgram, trace: MemoryTrace): string[] {
  const said = (Object.keys(WAYS) as Way[]).map((way) => {
    try {
      checkMemoryTrace(program, trace, 127, way);
      return `accepted by ${way}`;
    } catch (error) {
      if (error instanceof CheckRefusal) return error.message;
      throw error;
    }
  });
  return [...new Set(said)];
}

function rowsOf({ chunks: [first] }: MemoryTrace): DataView {
  return new DataView(first.buffer, first.byteOffset, first.byteLength);
}

test("every byte of rows that blocks took before", () => {
  const program = { image: loop(KINDS, 8), config: FULL, tape: new Uint32Array() };
  const trace = recordTrace(program, 127);
  const rows = rowsOf(trace);
  const round = KINDS.length + 3;
  const from = 4 + 6 * round;
  for (let row = from; row < from + round; row++)
    for (let byte = 0; byte < ROW.size; byte++) {
      const at = row * ROW.size + byte;
      const right = rows.getUint8(at);
      rows.setUint8(at, right ^ (1 << (byte % 8)));
      expect(refusals(program, trace), `row ${row}, byte ${byte}`).toEqual([expect.stringMatching(`^cycle ${row},`)]);
      rows.setUint8(at, right);
    }
  expect(refusals(program, trace)).toEqual([
    "accepted by fast",
    "accepted by careful",
    "accepted by blocks",
    "accepted by shortBlocks",
  ]);
});

/**
 * Addresses that are not right, in rows that would be if only some of their bits were looked at: recorded from a program with right ones, and made to fit.
 * Only the last time, so that a block takes such rows before.
 */
describe("addresses", () => {
  const TOP = 20;
  const setUp = [...loadImmediate(RAM, 0x30_0000), ...loadImmediate(TOP, 0x3fff_fffc)];
  const before = [
    ...setUp,
    // what else registers hold does not matter, but they are known; the first row is that of the word at 0
    assemble("lw", { rd: C, rs1: 0, imm: 0 }),
    assemble("sw", { rs1: TOP, rs2: 0, imm: 0 }),
    assemble("sw", { rs1: RAM, rs2: 0, imm: 4 }),
    assemble("sw", { rs1: RAM, rs2: 0, imm: 8 }),
    ...[...Array(100).keys()].map((i) => assemble("add", { rd: D, rs1: i % 32, rs2: i % 32 })),
  ];
  // the first one of a block of three
  const at = before.length - (before.length % 3);
  const programWith = (last: number) => ({
    image: image(before.slice(0, at), last, assemble("add", { rd: D, rs1: D, rs2: D }), END),
    config: FULL,
    tape: new Uint32Array(),
  });
  const word = (rows: DataView, field: number, value: number) => rows.setUint32(at * ROW.size + field, value, true);
  /** As an access of the word at 0, which the first of these rows loads from the ROM. */
  const atZero = (rows: DataView, place: number, timestamp: number, plus: number) => {
    word(rows, place, 0x8000_0000);
    word(rows, timestamp, 4 * (setUp.length + 1) + plus);
  };
  const [first] = setUp;

  test.each<[string, number, number, (rows: DataView) => void]>([
    [
      "a load between words",
      assemble("lw", { rd: A, rs1: RAM, imm: 4 }),
      assemble("lw", { rd: A, rs1: RAM, imm: 6 }),
      () => {},
    ],
    [
      "a load between half words",
      assemble("lh", { rd: A, rs1: RAM, imm: 4 }),
      assemble("lh", { rd: A, rs1: RAM, imm: 5 }),
      () => {},
    ],
    [
      "a store between words",
      assemble("sw", { rs1: RAM, rs2: A, imm: 4 }),
      assemble("sw", { rs1: RAM, rs2: A, imm: 6 }),
      () => {},
    ],
    [
      "a load behind the RAM",
      assemble("lw", { rd: A, rs1: TOP, imm: 0 }),
      assemble("lw", { rd: A, rs1: TOP, imm: 4 }),
      (rows) => {
        atZero(rows, ROW.secondPlace, ROW.secondTimestamp, 1);
        word(rows, ROW.thirdNew, first);
      },
    ],
    [
      "a store behind the RAM",
      assemble("sw", { rs1: TOP, rs2: A, imm: 0 }),
      assemble("sw", { rs1: TOP, rs2: A, imm: 4 }),
      (rows) => {
        atZero(rows, ROW.thirdPlace, ROW.thirdTimestamp, 1);
        word(rows, ROW.thirdOld, first);
      },
    ],
  ])("%s", (_, right, wrong, damage) => {
    const trace = recordTrace(programWith(right), 127);
    damage(rowsOf(trace));
    expect(refusals(programWith(wrong), trace)).toEqual([
      expect.stringContaining("address: misaligned, out of bounds"),
    ]);
  });
});
