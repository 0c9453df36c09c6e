/** `npm run fuzz -- trace`: witnesses damaged in random places; the checker must refuse each, and a damaged row at that row. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DELEGATION_NAMES, DELEGATION_PARTS, ROW } from "../../emulator/trace/layout.ts";
import { CheckRefusal } from "../../emulator/trace/refusal.ts";
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
import { checkMemoryTrace, type MemoryTrace, recordTrace, type TraceProgram, tracedVector } from "../lib/trace.ts";

const CHUNK_ROWS = 2 ** 12 - 1;

/** @returns what is wrong with the checker's answer */
function judge(program: TraceProgram, { name, kind, cycle, trace }: Mutation): string | undefined {
  try {
    checkMemoryTrace(program, trace, CHUNK_ROWS);
  } catch (error) {
    if (!(error instanceof CheckRefusal)) return `${name}: ${(error as Error).stack}`;
    // what a chunk's first access of a place claims is believed until the next access, whose message names the first
    const named = error.place.cycle === cycle || error.message.includes(`by cycle ${cycle},`);
    if (cycle !== undefined && !named)
      return `${name} of ${kind} at cycle ${cycle} was refused elsewhere: ${error.message}`;
    return undefined;
  }
  return `${name} of ${kind ?? "the witness"} at cycle ${cycle ?? "-"} was accepted`;
}

function mutate(program: TraceProgram, whole: MemoryTrace, generator: Random): Mutation | undefined {
  const random = (below: number) => generator.below(below);
  const choice = random(10);
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
    const whole = recordTrace(program, CHUNK_ROWS);
    const generator = new Random(seed);
    for (let i = 0; i < count; i++) {
      const mutation = mutate(program, whole, generator);
      if (!mutation) continue;
      const wrong = judge(program, mutation);
      if (wrong) {
        failed++;
        console.error(`${name}: ${wrong}`);
      } else refused++;
    }
  }
  console.log(`${refused} damaged witnesses of ${names.length} programs refused, ${failed} not, or elsewhere`);
  return failed;
}
