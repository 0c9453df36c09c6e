/**
 * Damages a witness in ways that a checker which compares many bytes at once could miss: changes that make up for each other, timestamps and values of other
 * places, jumps to other code, whole rows. Each is put into one row; it returns false where there is nothing to do.
 */
import { ROW } from "../../emulator/trace/layout.ts";
import type { Mutation, Random } from "./mutate-trace.ts";
import type { MemoryTrace, TraceProgram } from "./trace.ts";

type Damage = (rows: DataView, at: number, random: Random, program: TraceProgram) => boolean;

const NAMED = 0xffff;
const ACCESSES = [
  {
    value: ROW.rs1Value,
    stamp: ROW.rs1Timestamp,
    place: (v: DataView, at: number) => v.getUint16(at + ROW.rs1Index, true),
  },
  {
    value: ROW.secondValue,
    stamp: ROW.secondTimestamp,
    place: (v: DataView, at: number) => v.getUint32(at + ROW.secondPlace, true),
  },
  {
    value: ROW.thirdOld,
    stamp: ROW.thirdTimestamp,
    place: (v: DataView, at: number) => v.getUint32(at + ROW.thirdPlace, true),
  },
] as const;
const PLACES = [ROW.secondPlace, ROW.thirdPlace] as const;
const WORDS = [
  ROW.rs1Value,
  ROW.secondValue,
  ROW.secondPlace,
  ROW.thirdOld,
  ROW.thirdNew,
  ROW.thirdPlace,
  ROW.tapeWord,
] as const;

const stampAt = (rows: DataView, at: number) => rows.getUint32(at, true) + 2 ** 32 * rows.getUint16(at + 4, true);
function setStamp(rows: DataView, at: number, stamp: number): boolean {
  const before = stampAt(rows, at);
  if (stamp < 0 || stamp === before) return false;
  rows.setUint32(at, stamp % 2 ** 32, true);
  rows.setUint16(at + 4, Math.floor(stamp / 2 ** 32), true);
  return true;
}
function setWord(rows: DataView, at: number, value: number): boolean {
  if (rows.getUint32(at, true) === value >>> 0) return false;
  rows.setUint32(at, value, true);
  return true;
}
const pick = <T>(items: readonly T[], random: Random): T => items[random(items.length)];
/** The next access of a place behind a row. */
function nextAccess(
  rows: DataView,
  at: number,
  place: number,
): { at: number; access: (typeof ACCESSES)[number] } | undefined {
  for (let next = at + ROW.size; next < rows.byteLength; next += ROW.size)
    for (const access of ACCESSES) if (access.place(rows, next) === place) return { at: next, access };
  return undefined;
}

export const ROW_DAMAGES: Readonly<Record<string, Damage>> = {
  // what is written is another value, and the next access of the place reads that
  "written-value-and-next-read"(rows, at, random) {
    const place = rows.getUint32(at + ROW.thirdPlace, true);
    const next = place === 0 ? undefined : nextAccess(rows, at, place);
    if (!next) return false;
    const flip = 1 << random(31);
    setWord(rows, at + ROW.thirdNew, rows.getUint32(at + ROW.thirdNew, true) ^ flip);
    return setWord(rows, next.at + next.access.value, rows.getUint32(next.at + next.access.value, true) ^ flip);
  },
  "same-bit-in-two-fields"(rows, at, random) {
    const [a, b] = [pick(WORDS, random), pick(WORDS, random)];
    const flip = 1 << random(31);
    if (a === b) return false;
    setWord(rows, at + a, rows.getUint32(at + a, true) ^ flip);
    return setWord(rows, at + b, rows.getUint32(at + b, true) ^ flip);
  },
  "one-more-and-one-less"(rows, at, random) {
    const [a, b] = [pick(WORDS, random), pick(WORDS, random)];
    const by = 1 << random(31);
    if (a === b) return false;
    setWord(rows, at + a, rows.getUint32(at + a, true) + by);
    return setWord(rows, at + b, rows.getUint32(at + b, true) - by);
  },
  // as one number of 64 bits: the borrow of the lower word makes up for the upper one's change
  "a-value-and-the-word-above-it"(rows, at, random) {
    const low = at + 4 * random(ROW.size / 4 - 1);
    const value = rows.getBigUint64(low, true);
    const changed = BigInt.asUintN(64, value + (random(2) ? 1n : -1n) * (1n << BigInt(random(64))));
    rows.setBigUint64(low, changed, true);
    return changed !== value;
  },
  "timestamps-of-two-accesses-swapped"(rows, at, random) {
    const [a, b] = [pick(ACCESSES, random), pick(ACCESSES, random)];
    const [first, second] = [stampAt(rows, at + a.stamp), stampAt(rows, at + b.stamp)];
    setStamp(rows, at + b.stamp, first);
    return setStamp(rows, at + a.stamp, second);
  },
  "a-timestamp-of-another-row"(rows, at, random) {
    const other = ROW.size * random(rows.byteLength / ROW.size);
    return setStamp(rows, at + pick(ACCESSES, random).stamp, stampAt(rows, other + pick(ACCESSES, random).stamp));
  },
  "a-timestamp-moved"(rows, at, random) {
    const { stamp } = pick(ACCESSES, random);
    const by = pick([1, -1, 4, -4, 2 ** 24, 2 ** 32, -(2 ** 32)], random);
    return setStamp(rows, at + stamp, stampAt(rows, at + stamp) + by);
  },
  "a-timestamp-that-stands-for-none"(rows, at, random) {
    return setStamp(rows, at + pick(ACCESSES, random).stamp, pick([0, 2 ** 48 - 1, 2 ** 47], random));
  },
  "all-ones-where-the-first-timestamp-and-index-are"(rows, at) {
    rows.setBigUint64(at + ROW.rs1Timestamp, 2n ** 64n - 1n, true);
    return true;
  },
  "x0-written"(rows, at, random) {
    if (rows.getUint32(at + ROW.thirdPlace, true) !== 0) return false;
    return setWord(rows, at + pick([ROW.thirdNew, ROW.thirdOld], random), 1 << random(31));
  },
  "another-place"(rows, at, random) {
    const place = at + pick(PLACES, random);
    const named = rows.getUint32(place, true);
    return setWord(rows, place, pick([0, 31, named ^ 1, named ^ 0x8000_0000, 0x8000_0000, named + 1], random));
  },
  "another-index-of-rs1"(rows, at, random) {
    const before = rows.getUint16(at + ROW.rs1Index, true);
    const after = pick([0, 31, before ^ 1, before + 32, NAMED], random);
    rows.setUint16(at + ROW.rs1Index, after, true);
    return after !== before;
  },
  "pc-misaligned"(rows, at, random) {
    return setWord(rows, at + ROW.pc, rows.getUint32(at + ROW.pc, true) + 1 + random(3));
  },
  "pc-of-other-code"(rows, at, random, { image }) {
    return setWord(rows, at + ROW.pc, 4 * random(image.length / 4));
  },
  "pc-outside-the-image"(rows, at, random, { image }) {
    return setWord(
      rows,
      at + ROW.pc,
      pick([image.length, 2 ** 21 - 4, 2 ** 21, 2 ** 30, 2 ** 32 - 4, 2 ** 32 - 1], random),
    );
  },
  // from here on the program is a row behind, or ahead
  "a-jump-into-the-middle"(rows, at, random) {
    const by = random(2) ? 4 : -4;
    for (let row = at; row < rows.byteLength; row += ROW.size)
      rows.setUint32(row + ROW.pc, rows.getUint32(row + ROW.pc, true) + by, true);
    return true;
  },
  "another-row-in-its-place"(rows, at, random) {
    const other = ROW.size * random(rows.byteLength / ROW.size);
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    const [mine, theirs] = [bytes.slice(at, at + ROW.size), bytes.slice(other, other + ROW.size)];
    bytes.set(theirs, at);
    return Buffer.compare(mine, theirs) !== 0;
  },
  "two-rows-exchanged"(rows, at, random) {
    const other = ROW.size * random(rows.byteLength / ROW.size);
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    const [mine, theirs] = [bytes.slice(at, at + ROW.size), bytes.slice(other, other + ROW.size)];
    bytes.set(theirs, at);
    bytes.set(mine, other);
    return Buffer.compare(mine, theirs) !== 0;
  },
  "rs1-and-rs2-exchanged"(rows, at) {
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    const before = bytes.slice(at, at + ROW.size);
    const [v1, v2] = [rows.getUint32(at + ROW.rs1Value, true), rows.getUint32(at + ROW.secondValue, true)];
    const [t1, t2] = [stampAt(rows, at + ROW.rs1Timestamp), stampAt(rows, at + ROW.secondTimestamp)];
    const [i1, i2] = [rows.getUint16(at + ROW.rs1Index, true), rows.getUint32(at + ROW.secondPlace, true)];
    setWord(rows, at + ROW.rs1Value, v2);
    setWord(rows, at + ROW.secondValue, v1);
    setStamp(rows, at + ROW.rs1Timestamp, t2);
    setStamp(rows, at + ROW.secondTimestamp, t1);
    rows.setUint16(at + ROW.rs1Index, i2 & NAMED, true);
    rows.setUint32(at + ROW.secondPlace, i1, true);
    return Buffer.compare(before, bytes.subarray(at, at + ROW.size)) !== 0;
  },
  noise(rows, at, random) {
    for (let i = 0; i < ROW.size; i++) rows.setUint8(at + i, random(256));
    return true;
  },
};

/** Rows that matter more than others: of a chunk the first and the last, of the program the last, and what comes behind it. */
export function pickRow(trace: MemoryTrace, random: Random): { chunk: number; row: number } {
  const rows = trace.chunks[0].length / ROW.size;
  const chunk = random(trace.chunks.length);
  const end = (trace.claim.cycles - 1) % rows;
  const last = trace.chunks.length - 1;
  const choice = random(8);
  if (choice === 0) return { chunk, row: random(2) };
  if (choice === 1) return { chunk, row: rows - 1 - random(2) };
  if (choice === 2) return { chunk: last, row: Math.max(0, Math.min(rows - 1, end - 1 + random(3))) };
  return { chunk, row: random(rows) };
}

/** @returns undefined where that row cannot be damaged so */
export function damageRow(
  program: TraceProgram,
  trace: MemoryTrace,
  name: string,
  { chunk, row }: { chunk: number; row: number },
  random: Random,
): Mutation | undefined {
  const bytes = trace.chunks[chunk].slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!ROW_DAMAGES[name](view, row * ROW.size, random, program)) return undefined;
  const chunks = trace.chunks.map((other, i) => (i === chunk ? bytes : other));
  return { name: `rows.${name}`, trace: { ...trace, chunks } };
}
