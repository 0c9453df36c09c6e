/** A witness in memory: recorded from a program, to be looked at, damaged and checked. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Delegation } from "../../emulator/isa/table.ts";
import { configByName, type MachineConfig } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { parseRaw } from "../../emulator/tape/tape.ts";
import { type CallFile, WitnessChecker } from "../../emulator/trace/check.ts";
import type { RunClaim } from "../../emulator/trace/check-join.ts";
import {
  bytesPerCall,
  DELEGATION_NAMES,
  DELEGATION_PARTS,
  type DelegationPart,
  PART,
} from "../../emulator/trace/layout.ts";
import { Recorder } from "../../emulator/trace/recorder.ts";
import { claimOf } from "../../host/trace/write.ts";

export interface TraceProgram {
  image: Uint8Array;
  config: MachineConfig;
  tape: Uint32Array;
}

export interface MemoryTrace {
  claim: RunClaim;
  tape: Uint32Array;
  chunks: Uint8Array[];
  calls: Record<Delegation, Record<DelegationPart, Uint8Array>>;
  touched: Uint8Array;
}

export function tracedVector(folder: string): TraceProgram {
  const read = (file: string) => readFileSync(join(folder, file));
  const expected = JSON.parse(read("expected.json").toString());
  return {
    image: new Uint8Array(read("image.bin")),
    config: configByName(expected.config),
    tape: parseRaw(read("tape.hex").toString()),
  };
}

const concat = (pieces: Uint8Array[]) => new Uint8Array(Buffer.concat(pieces));

export function recordTrace({ image, config, tape }: TraceProgram, chunkRows: number): MemoryTrace {
  let rows: Uint8Array[] = [];
  const chunks: Uint8Array[] = [];
  const pieces = {} as Record<Delegation, Record<DelegationPart, Uint8Array[]>>;
  for (const name of DELEGATION_NAMES)
    pieces[name] = { write_timestamp: [], register_accesses: [], indirect_reads: [], indirect_writes: [] };
  const sink = {
    rows: (bytes: Uint8Array) => void rows.push(bytes.slice()),
    delegation: (name: Delegation, _: number, parts: Readonly<Record<DelegationPart, Uint8Array>>) => {
      for (const part of DELEGATION_PARTS) pieces[name][part].push(parts[part].slice());
    },
  };
  const recorder = new Recorder(image, config, new ReplayTape(tape), sink, chunkRows);
  while (!recorder.finished) {
    recorder.recordChunk();
    chunks.push(concat(rows));
    rows = [];
  }
  const touched = concat([...recorder.touchedWords()]);
  const calls = {} as MemoryTrace["calls"];
  for (const name of DELEGATION_NAMES) {
    const parts = DELEGATION_PARTS.map((part) => [part, concat(pieces[name][part])]);
    calls[name] = Object.fromEntries(parts);
  }
  const claim = claimOf(recorder, touched.length / PART.touched);
  return { claim, tape, chunks, calls, touched };
}

export function callFile(name: Delegation, parts: Record<DelegationPart, Uint8Array>): CallFile {
  const size = bytesPerCall(name);
  const calls = Math.floor(parts.write_timestamp.length / size.write_timestamp);
  return {
    files: calls === 0 ? [] : [calls],
    timestamp: (call) => {
      const at = call * size.write_timestamp;
      return [5, 4, 3, 2, 1, 0].reduce((value, i) => 256 * value + parts.write_timestamp[at + i], 0);
    },
    read: (from, count) => {
      const cut = DELEGATION_PARTS.map((part) => [
        part,
        parts[part].subarray(from * size[part], (from + count) * size[part]),
      ]);
      return Object.fromEntries(cut);
    },
  };
}

const checkers = new WeakMap<TraceProgram, Map<string, WitnessChecker>>();

/** By which of the checker's ways rows are looked at, as far as they can be. */
export const WAYS = {
  /** the fast loop */
  fast: {},
  /** every row by the loop that decides */
  careful: { careful: true },
  /** blocks as code of their own, of different lengths: what a long one refuses is seen by short ones */
  blocks: { blockRows: 12 },
  shortBlocks: { blockRows: 3 },
} as const;
export type Way = keyof typeof WAYS;

/** @throws CheckRefusal */
export function checkMemoryTrace(
  program: TraceProgram,
  trace: MemoryTrace,
  chunkRows: number,
  way: Way = "fast",
): void {
  const known = checkers.get(program) ?? new Map<string, WitnessChecker>();
  checkers.set(program, known);
  const key = `${chunkRows} ${way}`;
  const checker = known.get(key) ?? new WitnessChecker(program.image, program.config, { chunkRows, ...WAYS[way] });
  known.set(key, checker);
  const { claim, tape, chunks, touched } = trace;
  const calls = { blake2s: callFile("blake2s", trace.calls.blake2s), u256: callFile("u256", trace.calls.u256) };
  checker.check({ claim, tape, calls, rows: (chunk) => [chunks[chunk]], touched: () => [touched] });
}
