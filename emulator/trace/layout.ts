/**
 * The witness as the original's tracer lays it out in memory, and where the tracing machine keeps what it needs for it.
 * Source: `prover/src/tracers/` and `risc_v_simulator/src/abstractions/tracer.rs` of zksync-airbender v0.3.1, `vectors/traces/README.md`.
 */
import { CSR, type Delegation } from "../isa/table.ts";
import { ADDRESS_SPACE, ENGINE } from "../machine/layout.ts";

/** Rows of a chunk: the circuit has 2^22, the last one is not a cycle. */
export const CHUNK_ROWS = 2 ** 22 - 1;

/** Main circuits of a run: a timestamp has 38 bits (`full_statement_verifier/src/lib.rs`). */
export const MAX_CHUNKS = 2 ** 14;

/** Bytes and field offsets of a row (`SingleCycleTracingData`). Timestamps are 6 bytes; all numbers are little-endian. */
export const ROW = {
  size: 56,
  pc: 0,
  rs1Value: 4,
  rs1Timestamp: 8,
  rs1Index: 14,
  secondValue: 16,
  /** index of rs2, or `MEMORY` + word number of the word loaded from */
  secondPlace: 20,
  secondTimestamp: 24,
  /** CSR number of a delegation, else 0 */
  delegation: 30,
  thirdOld: 32,
  thirdNew: 36,
  /** index of rd, or `MEMORY` + word number of the word stored to */
  thirdPlace: 40,
  thirdTimestamp: 44,
  padding: 50,
  tapeWord: 52,
} as const;

/** Marks a place as a word of memory. */
export const MEMORY = 0x8000_0000;

/** Timestamps grow by this much a cycle: rs1, rs2 or load, rd or store, delegation. */
export const TIMESTAMPS_A_CYCLE = 4;

/** Timestamps have six bytes; the two above them are another field's. */
export const TIMESTAMP_MASK: bigint = 2n ** 48n - 1n;

/** First timestamp of a row. Between two chunks one cycle's timestamps are left out: the circuit's last row. */
export const timestampOf = (chunk: number, row: number, chunkRows: number = CHUNK_ROWS): number =>
  TIMESTAMPS_A_CYCLE * (chunk * (chunkRows + 1) + row + 1);

/** Bytes of the parts of a delegation witness, for one of each. */
export const PART = { timestamp: 6, register: 16, read: 12, write: 16, touched: 16 } as const;

export interface DelegationShape {
  readonly csr: number;
  /** x10 and following, that many */
  readonly registers: number;
  /** words at x11 */
  readonly reads: number;
  /** words at x10 */
  readonly writes: number;
  /** calls that one circuit holds */
  readonly capacity: number;
}

export const DELEGATIONS: Readonly<Record<Delegation, DelegationShape>> = {
  blake2s: { csr: CSR.blake2s, registers: 4, reads: 16, writes: 24, capacity: 2 ** 20 - 1 },
  u256: { csr: CSR.u256, registers: 3, reads: 8, writes: 8, capacity: 2 ** 21 - 1 },
};
export const DELEGATION_NAMES = Object.keys(DELEGATIONS) as Delegation[];

/** The four files of a delegation's witness, as the original's struct names its fields, and the bytes that one call adds to each. */
export const DELEGATION_PARTS = ["write_timestamp", "register_accesses", "indirect_reads", "indirect_writes"] as const;
export type DelegationPart = (typeof DELEGATION_PARTS)[number];

export function bytesPerCall(name: Delegation): Record<DelegationPart, number> {
  const { registers, reads, writes } = DELEGATIONS[name];
  return {
    write_timestamp: PART.timestamp,
    register_accesses: registers * PART.register,
    indirect_reads: reads * PART.read,
    indirect_writes: writes * PART.write,
  };
}

/**
 * Rows that are handed over at a time: 3.7 MB. A recorder and a checker in turns take 3 % less time than with 2^14, which would stay in the second-level cache: what a
 * processor learns of one's jumps the other makes it forget.
 */
export const BUFFER_ROWS = 2 ** 16;
/** Delegation calls of a kind that are handed over at a time, with the rows up to there. */
export const BUFFER_CALLS = 2 ** 12;

const own = ENGINE.tables;

function buffersOf(name: Delegation, start: number) {
  let at = start;
  const size = bytesPerCall(name);
  const parts = DELEGATION_PARTS.map((part) => {
    const begin = at;
    at += size[part] * BUFFER_CALLS;
    // an 8-byte store of the last timestamp reaches two bytes further
    at += 64;
    return [part, begin];
  });
  return { ...(Object.fromEntries(parts) as Record<DelegationPart, number>), end: at };
}

const blake2sBuffers = buffersOf("blake2s", own + 0x1_0000);
const u256Buffers = buffersOf("u256", blake2sBuffers.end);

/** Addresses in the tracing machine's memory, behind those of `ENGINE`. */
export const TRACE = {
  /** 8 bytes a register: timestamp of the last access. Not at the registers' own low 12 bits of an address, see `ENGINE.unwritten` */
  registerTimestamps: own + 0x800,
  /** words: calls that are in the buffers */
  calls: { blake2s: own + 0x200, u256: own + 0x204 },
  /** one byte a page of the guest's memory, not 0 if a word of it was accessed since this was last cleared */
  accessed: own + 0x1000,
  delegations: { blake2s: blake2sBuffers, u256: u256Buffers },
  rows: own + 0x40_0000,
  /** 8 bytes a word of the guest's memory: timestamp of the last access. The word at `address` has its own at twice that. */
  wordTimestamps: ADDRESS_SPACE + 0x100_0000,
} as const;

/** Pages of the tracing machine's memory: 3 GiB of address space, of which only what is touched costs memory. */
export const TRACE_PAGES = (TRACE.wordTimestamps + 2 * ADDRESS_SPACE) / 65536;
