/** The recorder against every witness that the original's tracer recorded (`../shared/vectors/traces`), byte by byte. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configByName } from "../../../emulator/machine/config.ts";
import { ReplayTape } from "../../../emulator/tape/device.ts";
import { parseRaw } from "../../../emulator/tape/tape.ts";
import { CHUNK_ROWS, DELEGATION_PARTS, DELEGATIONS, ROW } from "../../../emulator/trace/layout.ts";
import { Recorder } from "../../../emulator/trace/recorder.ts";
import { shared } from "../../lib/shared.ts";

const folder = shared("vectors/traces");
const programs = folder
  ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "touched_words.bin")))
  : [];

/** Parts of a chunk that a vector stores: file, chunk, first row (negative: from the end). */
function storedParts(name: string, expected: { cycles: number }): [file: string, chunk: number, row: number][] {
  if (existsSync(join(folder!, name, "rows.bin")))
    return [
      ["rows.bin", 0, 0],
      ["rows_last16_of_chunk0.bin", 0, CHUNK_ROWS - 16],
    ];
  const end = expected.cycles - 200;
  return [0, 1].flatMap((chunk): [string, number, number][] => [
    [`chunk${chunk}_first.bin`, chunk, 0],
    [`chunk${chunk}_last.bin`, chunk, CHUNK_ROWS - 2000],
    ...(chunk === 1 ? [["rows_around_end.bin", 1, end - CHUNK_ROWS] as [string, number, number]] : []),
  ]);
}

function record(name: string) {
  const read = (file: string) => readFileSync(join(folder!, name, file));
  const expected = JSON.parse(read("expected.json").toString());
  const chunks: { sha256: string; realRows: number; kept: Map<string, Buffer> }[] = [];
  const delegations: Record<string, Buffer[]> = {};
  const wanted = storedParts(name, expected).map(([file, chunk, row]) => ({ file, chunk, row, bytes: read(file) }));
  let hash = createHash("sha256");
  let row = 0;
  let kept = new Map<string, Buffer>();
  const tape = new ReplayTape(parseRaw(read("tape.hex").toString()));
  const recorder = new Recorder(read("image.bin"), configByName(expected.config), tape, {
    rows(bytes) {
      hash.update(bytes);
      for (const part of wanted) {
        if (part.chunk !== chunks.length) continue;
        const [from, to] = [part.row, part.row + part.bytes.length / ROW.size];
        const [first, last] = [Math.max(from, row), Math.min(to, row + bytes.length / ROW.size)];
        if (first >= last) continue;
        const piece = bytes.slice((first - row) * ROW.size, (last - row) * ROW.size);
        kept.set(part.file, Buffer.concat([kept.get(part.file) ?? Buffer.alloc(0), piece]));
      }
      row += bytes.length / ROW.size;
    },
    delegation(delegation, _calls, parts) {
      for (const part of DELEGATION_PARTS)
        (delegations[`${DELEGATIONS[delegation].csr}_0_${part}`] ??= []).push(Buffer.from(parts[part]));
    },
  });
  while (!recorder.finished) {
    const { realRows } = recorder.recordChunk();
    expect(row).toBe(CHUNK_ROWS);
    chunks.push({ sha256: hash.digest("hex"), realRows, kept });
    hash = createHash("sha256");
    kept = new Map();
    row = 0;
  }
  return { expected, recorder, chunks, delegations, wanted, read };
}

describe.skipIf(!folder)("witness of the original's tracer", () => {
  test.each(programs)("%s", (name) => {
    const { expected, recorder, chunks, delegations, wanted, read } = record(name);
    for (const { file, chunk, bytes } of wanted) expect(chunks[chunk].kept.get(file)?.equals(bytes), file).toBe(true);
    expect(chunks.map(({ sha256, realRows }) => ({ sha256, realRows }))).toEqual(
      expected.chunks.map((chunk: { sha256_all_rows: string; real_rows: number }) => ({
        sha256: chunk.sha256_all_rows,
        realRows: chunk.real_rows,
      })),
    );
    expect(recorder.cycles).toBe(expected.cycles);
    const files = readdirSync(join(folder!, name)).filter((file) => file.startsWith("delegation_"));
    expect(Object.keys(delegations).map((key) => `delegation_${key}.bin`)).toEqual(expect.arrayContaining(files));
    for (const [key, pieces] of Object.entries(delegations))
      expect(Buffer.concat(pieces).equals(read(`delegation_${key}.bin`)), key).toBe(true);
    expect(Buffer.concat([...recorder.touchedWords()]).equals(read("touched_words.bin"))).toBe(true);
    expect(recorder.finalRegisters()).toEqual(
      expected.final_registers.map((r: { value: string; last_access_timestamp: number }) => ({
        value: Number(r.value),
        timestamp: r.last_access_timestamp,
      })),
    );
  });
});
