/**
 * `npm run fuzz -- trace`: witnesses damaged in random places, chunks of random length. The checker must refuse each, a damaged row at that row, and in the same words
 * when every row goes through the careful loop, or through blocks as far as there are any.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DELEGATION_NAMES, DELEGATION_PARTS, ROW } from "../../emulator/trace/layout.ts";
import { CheckRefusal } from "../../emulator/trace/refusal.ts";
import { compareLoops } from "../lib/compare-loops.ts";
import { damageRow, pickRow, ROW_DAMAGES } from "../lib/mutate-rows.ts";
import {
  type Mutation,
  mutateCall,
  mutateRow,
  mutateTouched,
  ROW_FIELD_NAMES,
  STRUCTURES,
} from "../lib/mutate-trace.ts";
import { Random } from "../lib/random.ts";
import { shared } from "../lib/shared.ts";
import {
  checkMemoryTrace,
  type MemoryTrace,
  recordTrace,
  type TraceProgram,
  tracedVector,
  WAYS,
  type Way,
} from "../lib/trace.ts";

/** Lengths of chunks: one that is the prover's in small, and others, so that chunks begin anywhere in the code. */
const CHUNK_ROWS = [2 ** 12 - 1, 1000, 1777];

/** @returns what is wrong with the checker's answer */
function judge(program: TraceProgram, { name, kind, cycle, trace }: Mutation, chunkRows: number): string | undefined {
  try {
    checkMemoryTrace(program, trace, chunkRows);
  } catch (error) {
    if (!(error instanceof CheckRefusal)) return `${name}: ${(error as Error).stack}`;
    for (const way of Object.keys(WAYS) as Way[]) {
      const said = answerOf(way, program, trace, chunkRows);
      if (said !== error.message) return `${name}: refused with "${error.message}", by ${way} with "${said}"`;
    }
    // what a chunk's first access of a place claims is believed until the next access, whose message names the first; a branch by it leads to another row
    const strayed = cycle !== undefined && error.rule === "pc" && error.place.cycle === cycle + 1;
    const named = error.place.cycle === cycle || error.message.includes(`by cycle ${cycle},`) || strayed;
    if (cycle !== undefined && !named)
      return `${name} of ${kind} at cycle ${cycle} was refused elsewhere: ${error.message}`;
    return undefined;
  }
  return `${name} of ${kind ?? "the witness"} at cycle ${cycle ?? "-"} was accepted`;
}

function answerOf(way: Way, program: TraceProgram, trace: MemoryTrace, chunkRows: number): string {
  try {
    checkMemoryTrace(program, trace, chunkRows, way);
    return "accepted";
  } catch (error) {
    return (error as Error).message;
  }
}

function mutate(program: TraceProgram, whole: MemoryTrace, generator: Random): Mutation | undefined {
  const random = (below: number) => generator.below(below);
  const choice = random(18);
  if (choice >= 10)
    return damageRow(program, whole, generator.pick(Object.keys(ROW_DAMAGES)), pickRow(whole, random), random);
  if (choice < 6) {
    const [chunk, row] = [random(whole.chunks.length), random(whole.chunks[0].length / ROW.size)];
    return mutateRow(program, whole, random(ROW_FIELD_NAMES.length), chunk, row, random);
  }
  if (choice === 6) return mutateTouched(whole, random);
  if (choice < 9) return mutateCall(whole, generator.pick(DELEGATION_NAMES), generator.pick(DELEGATION_PARTS), random);
  const name = generator.pick(Object.keys(STRUCTURES));
  const trace = STRUCTURES[name](whole, random);
  return trace && { name: `structure.${name}`, trace };
}

export async function fuzzTrace({ count, seed }: { count: number; seed: number }): Promise<number> {
  const folder = shared("vectors/traces");
  if (!folder) return 0;
  const names = readdirSync(folder).filter(
    (name) => name !== "two-chunks" && existsSync(join(folder, name, "touched_words.bin")),
  );
  let failed = 0;
  let refused = 0;
  for (const name of names) {
    const program = tracedVector(join(folder, name));
    const wholes = CHUNK_ROWS.map((chunkRows) => recordTrace(program, chunkRows));
    const generator = new Random(seed);
    for (let i = 0; i < count; i++) {
      const which = i % CHUNK_ROWS.length;
      const mutation = mutate(program, wholes[which], generator);
      if (!mutation) continue;
      const wrong = judge(program, mutation, CHUNK_ROWS[which]);
      if (wrong) {
        failed++;
        console.error(`${name}: ${wrong}`);
      } else refused++;
    }
  }
  const programs = Math.ceil(count / 10);
  let rows = 0;
  let damaged = 0;
  for (let i = 0; i < programs; i++) {
    const found = compareLoops(seed + i, 20);
    rows += found.rows;
    damaged += found.refused;
    if (found.wrong === undefined) continue;
    failed++;
    console.error(`random program ${seed + i}: ${found.wrong}`);
  }
  console.log(
    `${programs} random programs, ${rows} rows, ${damaged} damages refused: all ways say what the careful loop says`,
  );
  console.log(`${refused} damaged witnesses of ${names.length} programs refused, ${failed} not, or elsewhere`);
  return failed;
}
