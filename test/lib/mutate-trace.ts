/**
 * Damages a witness in one place: every field of every kind of record, and its structure. Each mutation says where it is, so that a test can
 * hold the checker's message against it.
 */
import { findInstruction } from "../../emulator/isa/decode.ts";
import { type Delegation, INSTRUCTIONS } from "../../emulator/isa/table.ts";
import {
  bytesPerCall,
  DELEGATION_NAMES,
  DELEGATION_PARTS,
  DELEGATIONS,
  type DelegationPart,
  PART,
  ROW,
} from "../../emulator/trace/layout.ts";
import type { MemoryTrace, TraceProgram } from "./trace.ts";

export interface Mutation {
  /** what is damaged: `row.pc`, `structure.row-dropped`, … */
  name: string;
  /** kind of the instruction, for rows */
  kind?: string;
  /** the row that is damaged, over all chunks; the checker may point to this one or a later one that reads what was damaged */
  cycle?: number;
  trace: MemoryTrace;
}

/** Uniform in [0, below). */
export type Random = (below: number) => number;

function copy(trace: MemoryTrace): MemoryTrace {
  const calls = Object.fromEntries(
    DELEGATION_NAMES.map((name) => [name, { ...trace.calls[name] }]),
  ) as MemoryTrace["calls"];
  return { ...trace, claim: structuredClone(trace.claim), chunks: [...trace.chunks], calls };
}

const ROW_FIELDS: readonly (readonly [name: string, offset: number, bytes: number])[] = [
  ["pc", ROW.pc, 4],
  ["rs1Value", ROW.rs1Value, 4],
  ["rs1Timestamp", ROW.rs1Timestamp, 6],
  ["rs1Index", ROW.rs1Index, 2],
  ["secondValue", ROW.secondValue, 4],
  ["secondPlace", ROW.secondPlace, 4],
  ["secondTimestamp", ROW.secondTimestamp, 6],
  ["delegation", ROW.delegation, 2],
  ["thirdOld", ROW.thirdOld, 4],
  ["thirdNew", ROW.thirdNew, 4],
  ["thirdPlace", ROW.thirdPlace, 4],
  ["thirdTimestamp", ROW.thirdTimestamp, 6],
  ["padding", ROW.padding, 2],
  ["tapeWord", ROW.tapeWord, 4],
];
export const ROW_FIELD_NAMES: readonly string[] = ROW_FIELDS.map(([name]) => name);

/** Changes one byte in [at, at + bytes) by a random bit. */
function flip(bytes: Uint8Array, at: number, count: number, random: Random): Uint8Array {
  const changed = bytes.slice();
  changed[at + random(count)] ^= 1 << random(8);
  return changed;
}

const pcOf = (rows: Uint8Array, row: number) =>
  new DataView(rows.buffer, rows.byteOffset).getUint32(row * ROW.size + ROW.pc, true);

/** The kind of the instruction of a row, or "padding". */
export function kindOfRow(program: TraceProgram, trace: MemoryTrace, chunk: number, row: number): string {
  const rows = trace.chunks[chunk];
  const cycle = chunk * (rows.length / ROW.size) + row;
  if (cycle >= trace.claim.cycles) return "padding";
  const word = new DataView(program.image.buffer, program.image.byteOffset).getUint32(pcOf(rows, row), true);
  return INSTRUCTIONS[findInstruction(word)].effect.kind;
}

/** One field of one row. */
export function mutateRow(
  program: TraceProgram,
  trace: MemoryTrace,
  field: number,
  chunk: number,
  row: number,
  random: Random,
): Mutation {
  const [name, offset, bytes] = ROW_FIELDS[field];
  const damaged = copy(trace);
  damaged.chunks[chunk] = flip(trace.chunks[chunk], row * ROW.size + offset, bytes, random);
  const cycle = chunk * (trace.chunks[chunk].length / ROW.size) + row;
  return { name: `row.${name}`, kind: kindOfRow(program, trace, chunk, row), cycle, trace: damaged };
}

/** One byte of one part of a call. */
export function mutateCall(
  trace: MemoryTrace,
  name: Delegation,
  part: DelegationPart,
  random: Random,
): Mutation | undefined {
  const bytes = trace.calls[name][part];
  if (bytes.length === 0) return undefined;
  const damaged = copy(trace);
  damaged.calls[name][part] = flip(bytes, 0, bytes.length, random);
  return { name: `delegation.${name}.${part}`, trace: damaged };
}

export function mutateTouched(trace: MemoryTrace, random: Random): Mutation | undefined {
  if (trace.touched.length === 0) return undefined;
  return { name: "touched", trace: { ...copy(trace), touched: flip(trace.touched, 0, trace.touched.length, random) } };
}

const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

/** Item `at` of records of `size` bytes dropped, doubled, or swapped with the next. */
const RESHAPE: Readonly<Record<string, (bytes: Uint8Array, size: number, at: number) => Uint8Array>> = {
  dropped: (bytes, size, at) => join(bytes.subarray(0, at * size), bytes.subarray((at + 1) * size)),
  doubled: (bytes, size, at) => join(bytes.subarray(0, (at + 1) * size), bytes.subarray(at * size)),
  swapped: (bytes, size, at) => {
    const [a, b, c] = [at * size, (at + 1) * size, (at + 2) * size];
    return join(bytes.subarray(0, a), bytes.subarray(b, c), bytes.subarray(a, b), bytes.subarray(c));
  },
};

/** Changes of the structure; undefined where the witness has nothing of that kind. */
export const STRUCTURES: Readonly<Record<string, (trace: MemoryTrace, random: Random) => MemoryTrace | undefined>> = {};

const structures = STRUCTURES as Record<string, (trace: MemoryTrace, random: Random) => MemoryTrace | undefined>;

for (const [how, reshape] of Object.entries(RESHAPE)) {
  structures[`row-${how}`] = (trace, random) => {
    const damaged = copy(trace);
    const chunk = random(trace.chunks.length);
    const rows = trace.chunks[chunk];
    damaged.chunks[chunk] = reshape(rows, ROW.size, random(rows.length / ROW.size - 1));
    return damaged;
  };
  // the chunk keeps its length: what is missing or too much at the end is made up for
  structures[`row-${how}-same-length`] = (trace, random) => {
    const damaged = copy(trace);
    const chunk = random(trace.chunks.length);
    const rows = trace.chunks[chunk];
    const changed = reshape(rows, ROW.size, random(rows.length / ROW.size - 1));
    damaged.chunks[chunk] = join(changed, rows.subarray(rows.length - ROW.size)).subarray(0, rows.length);
    return damaged;
  };
  structures[`touched-${how}`] = (trace, random) => {
    const items = trace.touched.length / PART.touched;
    if (items < 2) return undefined;
    const touched = reshape(trace.touched, PART.touched, random(items - 1));
    return { ...copy(trace), touched };
  };
  structures[`touched-${how}-and-counted`] = (trace, random) => {
    const damaged = structures[`touched-${how}`](trace, random);
    if (damaged) damaged.claim.touchedWords = damaged.touched.length / PART.touched;
    return damaged;
  };
  for (const name of DELEGATION_NAMES)
    structures[`${name}-call-${how}`] = (trace, random) => {
      const size = bytesPerCall(name);
      const calls = trace.calls[name].write_timestamp.length / size.write_timestamp;
      if (calls < 2) return undefined;
      const damaged = copy(trace);
      const at = random(calls - 1);
      for (const part of DELEGATION_PARTS) damaged.calls[name][part] = reshape(trace.calls[name][part], size[part], at);
      damaged.claim.delegations = {
        ...damaged.claim.delegations,
        [name]: damaged.calls[name].write_timestamp.length / size.write_timestamp,
      };
      return damaged;
    };
}

Object.assign(structures, {
  "boundary-moved": (trace: MemoryTrace) => {
    if (trace.chunks.length < 2) return undefined;
    const damaged = copy(trace);
    const all = join(...trace.chunks);
    const length = trace.chunks[0].length + ROW.size;
    damaged.chunks = trace.chunks.map((_, i) => all.subarray(i * length, (i + 1) * length));
    return damaged;
  },
  "chunks-swapped": (trace: MemoryTrace) => {
    if (trace.chunks.length < 2) return undefined;
    const damaged = copy(trace);
    [damaged.chunks[0], damaged.chunks[1]] = [trace.chunks[1], trace.chunks[0]];
    return damaged;
  },
  "last-chunk-missing": (trace: MemoryTrace) => {
    if (trace.chunks.length < 2) return undefined;
    const damaged = copy(trace);
    damaged.chunks.pop();
    damaged.claim.chunks--;
    return damaged;
  },
  "tape-word-changed": (trace: MemoryTrace, random: Random) => {
    if (trace.claim.tapeWordsRead === 0) return undefined;
    const tape = trace.tape.slice();
    tape[random(trace.claim.tapeWordsRead)] ^= 1 << random(31);
    return { ...copy(trace), tape };
  },
  "cycles-changed": (trace: MemoryTrace, random: Random) => {
    const damaged = copy(trace);
    damaged.claim.cycles += random(2) ? 1 : -1;
    return damaged;
  },
  "final-pc-changed": (trace: MemoryTrace) => {
    const damaged = copy(trace);
    damaged.claim.finalPc += 4;
    return damaged;
  },
  "final-register-changed": (trace: MemoryTrace, random: Random) => {
    const damaged = copy(trace);
    const register = damaged.claim.finalRegisters[random(32)];
    if (random(2)) register.value = (register.value ^ (1 << random(31))) >>> 0;
    else register.timestamp++;
    return damaged;
  },
  "output-changed": (trace: MemoryTrace, random: Random) => {
    const damaged = copy(trace);
    (damaged.claim.output as number[])[random(8)] += 1;
    return damaged;
  },
  "chain-changed": (trace: MemoryTrace, random: Random) => {
    const damaged = copy(trace);
    (damaged.claim.chain as number[])[random(8)] += 1;
    return damaged;
  },
  "tape-count-changed": (trace: MemoryTrace) => {
    const damaged = copy(trace);
    damaged.claim.tapeWordsRead++;
    return damaged;
  },
  "call-forged": (trace: MemoryTrace, random: Random) => {
    const damaged = copy(trace);
    const name = DELEGATION_NAMES.find((candidate) => trace.calls[candidate].write_timestamp.length > 0);
    if (!name) return undefined;
    // another result, the rest as it was: the words that are written later read it back
    const { writes } = DELEGATIONS[name];
    const bytes = trace.calls[name].indirect_writes.slice();
    const calls = bytes.length / (writes * PART.write);
    bytes[(random(calls) * writes + random(writes)) * PART.write + 4] ^= 1;
    damaged.calls[name].indirect_writes = bytes;
    return damaged;
  },
});
