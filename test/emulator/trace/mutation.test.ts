/** Every field of every kind of row, of every delegation witness and list, and every change of the structure: the checker refuses each. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Delegation } from "../../../emulator/isa/table.ts";
import { FULL } from "../../../emulator/machine/config.ts";
import { bytesPerCall, DELEGATION_NAMES, DELEGATION_PARTS, PART, ROW } from "../../../emulator/trace/layout.ts";
import { CheckRefusal } from "../../../emulator/trace/refusal.ts";
import { assemble, END, image, loadImmediate } from "../../lib/assemble.ts";
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
import {
  checkMemoryTrace,
  type MemoryTrace,
  recordTrace,
  type TraceProgram,
  tracedVector,
  WAYS,
  type Way,
} from "../../lib/trace.ts";

const folder = shared("vectors/traces");
/** Small chunks: a few of each program are enough, and quick. */
const ROWS = 2 ** 10 - 1;

function refusal(program: TraceProgram, trace: MemoryTrace, way?: Way): CheckRefusal {
  try {
    checkMemoryTrace(program, trace, ROWS, way);
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
          for (const way of Object.keys(WAYS) as Way[]) expect(refusal(program, trace, way).message).toBe(message);
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
      for (const way of Object.keys(WAYS) as Way[]) expect(refusal(program, mutation.trace, way).message).toBe(message);
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

  // the first calls are believed more than others, for they are the first accesses of places
  test.skipIf(name === "isa")("every byte of a delegation call", () => {
    const delegation = name as Delegation;
    const size = bytesPerCall(delegation);
    const hex = (view: DataView, at: number) => `0x${view.getUint32(at, true).toString(16).padStart(8, "0")}`;
    const call = whole.calls[delegation].write_timestamp.length / size.write_timestamp - 2;
    for (const part of DELEGATION_PARTS)
      for (let byte = 0; byte < size[part]; byte++) {
        const bytes = whole.calls[delegation][part].slice();
        const view = new DataView(bytes.buffer);
        const at = call * size[part] + byte;
        const word = at - (byte % 4);
        const right = hex(view, word);
        bytes[at] ^= 1 << (byte % 8);
        const damaged = { ...whole.calls[delegation], [part]: bytes };
        const { message, rule } = refusal(program, { ...whole, calls: { ...whole.calls, [delegation]: damaged } });
        expect(rule, `${part}, byte ${byte}`).toMatch(/delegation/);
        const isResult = (part === "register_accesses" || part === "indirect_writes") && (byte & 12) === 4;
        if (isResult) expect(message).toContain(`as ${right}, the witness says ${hex(view, word)}`);
      }
  });

  test.each(Object.keys(STRUCTURES))("structure: %s", (structure) => {
    const damaged = STRUCTURES[structure](whole, random);
    if (damaged) expect(refusal(program, damaged).message).toMatch(/\w+: .*\w/);
  });
});

/** Three calls of U256, the last one where the first was: what it accesses was accessed before, so that it is looked at fast. */
describe("a call behind others", () => {
  const [X10, X11, X12, ADD] = [10, 11, 12, 1];
  const [A, OTHER, B] = [0x30_0000, 0x30_0040, 0x30_0080];
  const START = [
    ...loadImmediate(X11, B),
    assemble("addi", { rd: X12, imm: 5 }),
    assemble("sw", { rs1: X11, rs2: X12 }),
  ];
  /** Words of a call, and where in them the operation is loaded: from the ROM, whose content no row shows. */
  const CALL = 4;
  const END_AT = START.length + 3 * CALL;
  const call = (pointer: number, operation: number) => [
    ...loadImmediate(X10, pointer),
    assemble("lw", { rd: X12, imm: 4 * operation }),
    assemble("u256"),
  ];
  const programWith = (last: number) => ({
    image: image(START, call(A, END_AT + 1), call(OTHER, END_AT + 1), call(A, END_AT + 2), END, ADD, last),
    config: FULL,
    tape: new Uint32Array(),
  });
  const trace = () => recordTrace(programWith(ADD), ROWS);

  test("with a wrong result", () => {
    const damaged = trace();
    const writes = new DataView(damaged.calls.u256.indirect_writes.buffer);
    writes.setUint32(2 * 8 * PART.write + 4, 77, true);
    expect(refusal(programWith(ADD), damaged).message).toContain(
      "word 0 of 8 is computed as 0x0000000a, the witness says 0x0000004d",
    );
  });

  test("that is refused, as if it had done nothing", () => {
    const damaged = trace();
    new DataView(damaged.chunks[0].buffer).setUint32((END_AT - 2) * ROW.size + ROW.thirdNew, 3, true);
    const registers = new DataView(damaged.calls.u256.register_accesses.buffer);
    const x12 = (2 * 3 + 2) * PART.register;
    registers.setUint32(x12, 3, true);
    registers.setUint32(x12 + 4, 2 ** 32 - 1, true);
    const writes = new DataView(damaged.calls.u256.indirect_writes.buffer);
    for (let word = 16; word < 24; word++)
      writes.setUint32(word * PART.write + 4, writes.getUint32(word * PART.write, true), true);
    expect(refusal(programWith(3), damaged).message).toMatch(
      new RegExp(`^cycle ${END_AT - 1}, .*call 2 of u256 in the chunk: .*operation x12 = 0x00000003 `),
    );
  });
});

test("a row has no byte that is in no field", () => {
  expect(ROW_FIELD_NAMES).toHaveLength(14);
  expect(4 * 8 + 6 * 3 + 2 * 3).toBe(ROW.size);
});
