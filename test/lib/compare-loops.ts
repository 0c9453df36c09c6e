/**
 * The checker's ways to look at rows held against each other, on rows of random programs, right and damaged: all accept and report the same, or all refuse in the
 * same words.
 */
import { isDeepStrictEqual } from "node:util";
import type { Delegation } from "../../emulator/isa/table.ts";
import { CONFIGS } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { ChunkChecker, type ChunkReport } from "../../emulator/trace/check-chunk.ts";
import { randomChallenge } from "../../emulator/trace/field.ts";
import {
  bytesPerCall,
  DELEGATION_NAMES,
  DELEGATION_PARTS,
  type DelegationPart,
  ROW,
} from "../../emulator/trace/layout.ts";
import { Recorder } from "../../emulator/trace/recorder.ts";
import { ROW_DAMAGES } from "./mutate-rows.ts";
import { Random, randomProgram } from "./random-program.ts";
import { WAYS } from "./trace.ts";

type Parts = Record<DelegationPart, Uint8Array>;
interface Chunk {
  rows: Uint8Array;
  calls: Record<Delegation, { calls: number; parts: Parts }>;
}

/** The chunks of a program's run up to where it has no witness; `most` at most. */
function chunksOf(image: Uint8Array, random: Random, chunkRows: number, most: number): Chunk[] {
  const config = CONFIGS.full;
  let rows: Uint8Array[] = [];
  let pieces: [Delegation, number, Parts][] = [];
  const sink = {
    rows: (bytes: Uint8Array) => void rows.push(bytes.slice()),
    delegation(name: Delegation, calls: number, parts: Readonly<Parts>) {
      const copies = DELEGATION_PARTS.map((part) => [part, parts[part].slice()]);
      pieces.push([name, calls, Object.fromEntries(copies)]);
    },
  };
  const tape = Uint32Array.from({ length: 1000 }, () => random.word());
  const recorder = new Recorder(image, config, new ReplayTape(tape), sink, chunkRows);
  const chunks: Chunk[] = [];
  try {
    while (chunks.length < most && !recorder.finished) {
      recorder.recordChunk();
      const calls = {} as Chunk["calls"];
      for (const name of DELEGATION_NAMES) {
        const own = pieces.filter(([of]) => of === name);
        const parts = DELEGATION_PARTS.map((part) => [
          part,
          new Uint8Array(Buffer.concat(own.map(([, , p]) => p[part]))),
        ]);
        calls[name] = { calls: own.reduce((sum, [, count]) => sum + count, 0), parts: Object.fromEntries(parts) };
      }
      chunks.push({ rows: new Uint8Array(Buffer.concat(rows)), calls });
      rows = [];
      pieces = [];
    }
  } catch (error) {
    if ((error as Error).name !== "UnprovableRun") throw error;
  }
  return chunks;
}

const challenge = randomChallenge();

function answer(checker: ChunkChecker, index: number, { rows, calls }: Chunk): ChunkReport | string {
  const given: Partial<Record<Delegation, boolean>> = {};
  try {
    checker.begin(index, (name, limit) => {
      if (given[name] || calls[name].calls === 0) return undefined;
      given[name] = limit > 0;
      return calls[name];
    });
    checker.rows(rows);
    return checker.end(challenge);
  } catch (error) {
    if ((error as Error).name !== "CheckRefusal") throw error;
    return (error as Error).message;
  }
}

/** A few bits of one call are not as they were. */
function damageCall(chunk: Chunk, random: Random): Chunk | undefined {
  const name = random.pick(DELEGATION_NAMES);
  const part = random.pick(DELEGATION_PARTS);
  const { calls, parts } = chunk.calls[name];
  if (calls === 0) return undefined;
  const bytes = parts[part].slice();
  const at = random.below(calls) * bytesPerCall(name)[part] + random.below(bytesPerCall(name)[part]);
  bytes[at] ^= 1 << random.below(8);
  return { ...chunk, calls: { ...chunk.calls, [name]: { calls, parts: { ...parts, [part]: bytes } } } };
}

function damage(chunk: Chunk, image: Uint8Array, random: Random): Chunk | undefined {
  if (random.chance(10)) return damageCall(chunk, random);
  const rows = chunk.rows.slice();
  const view = new DataView(rows.buffer);
  const below = (n: number) => random.below(n);
  const name = random.pick(Object.keys(ROW_DAMAGES));
  const at = ROW.size * below(rows.length / ROW.size);
  const program = { image, config: CONFIGS.full, tape: new Uint32Array() };
  return ROW_DAMAGES[name](view, at, below, program) ? { ...chunk, rows } : undefined;
}

/**
 * @param damages to each program's rows
 * @returns what is wrong, and how many rows and damages were looked at
 */
export function compareLoops(seed: number, damages: number): { wrong?: string; rows: number; refused: number } {
  const random = new Random(seed);
  const chunkRows = 300 + random.below(3000);
  const image = randomProgram(random, 100 + random.below(500), CONFIGS.full);
  const chunks = chunksOf(image, random, chunkRows, 3);
  const checkers = Object.entries(WAYS).map(
    ([way, options]) => [way, new ChunkChecker(image, CONFIGS.full, { chunkRows, ...options })] as const,
  );
  /** @returns what all say, or what is wrong */
  const compare = (i: number, chunk: Chunk): { same?: ChunkReport | string; wrong?: string } => {
    const said = checkers.map(([way, checker]) => [way, answer(checker, i, chunk)] as const);
    const [, same] = said[0];
    if (said.every(([, other]) => isDeepStrictEqual(same, other))) return { same };
    return { wrong: said.map(([way, a]) => `${way} "${typeof a === "string" ? a : "accepted"}"`).join(", ") };
  };
  const counts = { rows: chunks.length * chunkRows, refused: 0 };
  for (const [i, chunk] of chunks.entries()) {
    const found = compare(i, chunk);
    if (found.wrong) return { wrong: `reports of chunk ${i} differ: ${found.wrong}`, ...counts };
    if (typeof found.same === "string") return { wrong: `a right chunk is refused: ${found.same}`, ...counts };
    for (let n = 0; n < damages; n++) {
      const damaged = damage(chunk, image, random);
      if (!damaged) continue;
      const { same, wrong } = compare(i, damaged);
      if (wrong) return { wrong: `chunk ${i}, damage ${n}: ${wrong}`, ...counts };
      if (typeof same === "string") counts.refused++;
    }
  }
  return { ...counts };
}
