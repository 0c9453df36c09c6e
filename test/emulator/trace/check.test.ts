/** The checker accepts what the recorder makes, whole and in chunks of every size; its field arithmetic is the one that is written down. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FULL } from "../../../emulator/machine/config.ts";
import { ADDRESS_SPACE, ROM_SIZE } from "../../../emulator/machine/layout.ts";
import { checkCapacities } from "../../../emulator/trace/check.ts";
import type { RunClaim } from "../../../emulator/trace/check-join.ts";
import { ENTRY } from "../../../emulator/trace/check-layout.ts";
import {
  beginProducts,
  type Challenge,
  keyOf,
  multiply,
  ONE,
  type Quartic,
  randomChallenge,
} from "../../../emulator/trace/field.ts";
import { multiplyListCode, multiplyTouchedCode } from "../../../emulator/trace/field-code.ts";
import { CHUNK_ROWS, MEMORY, PART, ROW } from "../../../emulator/trace/layout.ts";
import { ModuleBuilder } from "../../../emulator/wasm/builder.ts";
import { shared } from "../../lib/shared.ts";
import { callFile, checkMemoryTrace, recordTrace, tracedVector, WAYS, type Way } from "../../lib/trace.ts";

const NO_PARTS = {
  register_accesses: new Uint8Array(),
  indirect_reads: new Uint8Array(),
  indirect_writes: new Uint8Array(),
};
const folder = shared("vectors/traces");
const programs = folder
  ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "touched_words.bin")))
  : [];

describe.skipIf(!folder)("accepts what is recorded", () => {
  test.each(programs)("%s in the prover's chunks", (name) => {
    const program = tracedVector(join(folder!, name));
    checkMemoryTrace(program, recordTrace(program, CHUNK_ROWS), CHUNK_ROWS);
  });

  // delegations and the end fall on every place of a chunk
  test.each(programs.filter((name) => name !== "two-chunks"))("%s in small chunks", (name) => {
    const program = tracedVector(join(folder!, name));
    for (const rows of [2 ** 7 - 1, 2 ** 10 - 1, 2 ** 12 - 1]) {
      const trace = recordTrace(program, rows);
      expect(trace.claim.chunks).toBe(Math.ceil(trace.claim.cycles / rows));
      for (const way of Object.keys(WAYS) as Way[]) checkMemoryTrace(program, trace, rows, way);
    }
  });
});

describe("the generated memory argument is the one on bigints", () => {
  const places = { challenge: 0, products: 0x400 };
  const entriesAt = 0x1000;
  const module = new ModuleBuilder();
  module.importMemory(1);
  module.addFunction(["i32", "i32"], [], multiplyListCode(places), "list");
  module.addFunction(["i32", "i32"], [], multiplyTouchedCode(places), "touched");
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()), { env: { memory } });
  const view = new DataView(memory.buffer);
  const timestamps = [0, 1, 2, 3, 4].map((i) => (i === 4 ? 0n : 2n ** 38n - 5n * BigInt(i + 1)));
  const values = [0xffffffff, 0xfffffffe, 0x12345678, 0, 1];

  const compare = (kind: "list" | "touched", end: number, challenge: Challenge, factors: readonly Quartic[][]) => {
    const products = beginProducts(memory.buffer, places, challenge);
    (exports[kind] as (at: number, end: number) => void)(entriesAt, end);
    const expected = factors.flatMap((keys) => keys.reduce(multiply, ONE));
    expect([...products].map((limb) => limb % 2147483647n)).toEqual(expected);
  };

  test("over a chunk's list", () => {
    const challenge = randomChallenge();
    const [reads, writes]: Quartic[][] = [[], []];
    let at = entriesAt;
    for (const place of [0, 7, 31, MEMORY, MEMORY + 2 ** 28 - 1, MEMORY + 0x12345])
      for (const [i, timestamp] of timestamps.entries()) {
        const [value, lastValue, last] = [values[i], 77777 * i, 2n ** 33n + BigInt(i)];
        view.setUint32(at + ENTRY.place, place, true);
        view.setUint32(at + ENTRY.value, value, true);
        view.setBigUint64(at + ENTRY.timestamp, timestamp, true);
        view.setUint32(at + ENTRY.lastValue, lastValue, true);
        view.setBigUint64(at + ENTRY.lastTimestamp, last, true);
        at += ENTRY.size;
        reads.push(keyOf(challenge, place, timestamp, value));
        writes.push(keyOf(challenge, place, last, lastValue));
      }
    compare("list", at, challenge, [reads, writes]);
  });

  test("over the list of touched words", () => {
    const challenge = randomChallenge();
    const [reads, writes]: Quartic[][] = [[], []];
    let at = entriesAt;
    for (const address of [0, ROM_SIZE, ADDRESS_SPACE - 4, 0x345678])
      for (const [i, timestamp] of timestamps.entries()) {
        view.setUint32(at, address, true);
        view.setUint32(at + 4, values[i], true);
        view.setBigUint64(at + 8, timestamp, true);
        at += PART.touched;
        reads.push(keyOf(challenge, MEMORY + address / 4, timestamp, values[i]));
        writes.push(keyOf(challenge, MEMORY + address / 4, 0n, 0));
      }
    compare("touched", at, challenge, [reads, writes]);
  });
});

describe("words of the tape", () => {
  const csr = (rd: number, rs1: number) => ((0x7c0 << 20) | (rs1 << 15) | (1 << 12) | (rd << 7) | 0x73) >>> 0;
  // addi x10, x0, 5, many times; twice: a word read into x11, x10 written; j .
  const words = [...new Array(70).fill(0x00500513), csr(11, 0), csr(0, 10), csr(11, 0), csr(0, 10), 0x0000006f];
  const image = new Uint8Array(Uint32Array.from(words).buffer);
  const program = { image, config: FULL, tape: Uint32Array.of(7, 8) };
  const damaged = (row: number, ...fields: readonly number[]) => {
    const trace = recordTrace(program, 127);
    const view = new DataView(trace.chunks[0].buffer, trace.chunks[0].byteOffset);
    for (const field of fields) view.setUint32(row * ROW.size + field, 99, true);
    return trace;
  };

  // the first 64 rows are for the careful loop, as registers are new to the chunk; and so is row 70, where x11 is; the fast loop looks at the others
  test.each([
    ["a row that reads none has one", /tape-word/, 73, [ROW.tapeWord]],
    ["one that is not what is read", /result/, 72, [ROW.tapeWord]],
    [
      "one that is not on the tape",
      /word 1 of the tape is 0x00000008, the rows read 0x00000063/,
      72,
      [ROW.tapeWord, ROW.thirdNew],
    ],
  ])("%s", (_, message, row, fields) => {
    for (const way of Object.keys(WAYS) as Way[])
      expect(() => checkMemoryTrace(program, damaged(row), 127, way)).not.toThrow();
    for (const way of Object.keys(WAYS) as Way[])
      expect(() => checkMemoryTrace(program, damaged(row, ...fields), 127, way)).toThrow(message);
  });
});

test("more chunks than the prover has timestamps for", () => {
  const none = callFile("blake2s", { write_timestamp: new Uint8Array(), ...NO_PARTS });
  const claim = { chunks: 2 ** 14, delegations: { blake2s: 0, u256: 0 } } as unknown as RunClaim;
  const calls = { blake2s: none, u256: none };
  expect(() => checkCapacities(claim, calls)).not.toThrow();
  expect(() => checkCapacities({ ...claim, chunks: 2 ** 14 + 1 }, calls)).toThrow(/16385 chunks/);
});
