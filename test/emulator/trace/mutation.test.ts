/** Every field of every kind of row, of every delegation witness and list, and every change of the structure: the checker refuses each. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DELEGATION_NAMES, DELEGATION_PARTS, ROW } from "../../../emulator/trace/layout.ts";
import { CheckRefusal } from "../../../emulator/trace/refusal.ts";
import { damageRow, pickRow, ROW_DAMAGES } from "../../lib/mutate-rows.ts";
import {
  kindOfRow,
  mutateCall,
  mutateRow,
  mutateTouched,
  ROW_FIELD_NAMES,
  STRUCTURES,
} from "../../lib/mutate-trace.ts";
import { Random } from "../../lib/random.ts";
import { shared } from "../../lib/shared.ts";
import { checkMemoryTrace, type MemoryTrace, recordTrace, type TraceProgram, tracedVector } from "../../lib/trace.ts";

const folder = shared("vectors/traces");
/** Small chunks: a few of each program are enough, and quick. */
const ROWS = 2 ** 10 - 1;

function refusal(program: TraceProgram, trace: MemoryTrace, careful = false): CheckRefusal {
  try {
    checkMemoryTrace(program, trace, ROWS, careful);
  } catch (error) {
    if (error instanceof CheckRefusal) return error;
    throw error;
  }
  throw new Error("the checker accepted it");
}

describe.skipIf(!folder).each(["isa", "blake2s", "u256"])("%s", (name) => {
  const program = folder ? tracedVector(join(folder, name)) : undefined!;
  const whole = folder ? recordTrace(program, ROWS) : undefined!;
  const generator = new Random(name.length);
  const random = (below: number) => generator.below(below);

  test("every field of every kind of row", () => {
    const byKind = new Map<string, [chunk: number, row: number][]>();
    for (let i = 0; i < 3000; i++) {
      const [chunk, row] = [random(whole.chunks.length), random(ROWS)];
      const kind = kindOfRow(program, whole, chunk, row);
      const places = byKind.get(kind) ?? [];
      if (places.length < 2) byKind.set(kind, [...places, [chunk, row]]);
    }
    for (const places of byKind.values())
      for (const [chunk, row] of places)
        for (let field = 0; field < ROW_FIELD_NAMES.length; field++) {
          const { name: what, kind, cycle, trace } = mutateRow(program, whole, field, chunk, row, random);
          const { place, message } = refusal(program, trace);
          const label = `${what} of ${kind} at ${cycle}: ${message}`;
          // what a chunk's first access of a place claims is believed until the next access, whose message names the first
          if (!message.includes(`by cycle ${cycle},`)) expect(place.cycle, label).toBe(cycle);
        }
  });

  test.each(Object.keys(ROW_DAMAGES))("rows: %s", (damage) => {
    for (let i = 0; i < 12; i++) {
      const mutation = damageRow(program, whole, damage, pickRow(whole, random), random);
      if (!mutation) continue;
      const { message } = refusal(program, mutation.trace);
      expect(refusal(program, mutation.trace, true).message).toBe(message);
    }
  });

  test("every part of delegation witnesses, and the list of touched words", () => {
    for (let i = 0; i < 8; i++) {
      for (const delegation of DELEGATION_NAMES)
        for (const part of DELEGATION_PARTS) {
          const mutation = mutateCall(whole, delegation, part, random);
          if (mutation) expect(refusal(program, mutation.trace).rule, mutation.name).toMatch(/delegation|memory-link/);
        }
      const mutation = mutateTouched(whole, random);
      if (mutation) expect(refusal(program, mutation.trace).rule).toBe("touched-words");
    }
  });

  test.each(Object.keys(STRUCTURES))("structure: %s", (structure) => {
    const damaged = STRUCTURES[structure](whole, random);
    if (damaged) expect(refusal(program, damaged).message).toMatch(/\w+: .*\w/);
  });
});

test("a row has no byte that is in no field", () => {
  expect(ROW_FIELD_NAMES).toHaveLength(14);
  expect(4 * 8 + 6 * 3 + 2 * 3).toBe(ROW.size);
});
