/** The witness as columns: `arrow/rows_NNNNN.arrow`, `arrow/touched_words.arrow`, `arrow/delegation_CSR.arrow`. Derived from the other files. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CHUNK_ROWS, DELEGATION_NAMES, DELEGATIONS, PART, ROW, timestampOf } from "../../emulator/trace/layout.ts";
import { ArrowFile, type Column, type ColumnArray, newColumn } from "./arrow-file.ts";
import { delegationReaders } from "./delegation-files.ts";
import { type FileDigest, piecesOf, rowsFile, TOUCHED } from "./files.ts";

/** Items of a batch. */
const BATCH = 2 ** 18;

/** A column that is cut out of records: at an offset, or computed from the record's number. */
type Cut = Column & { readonly from: number | ((index: number) => bigint) };

const u32 = (name: string, from: number): Cut => ({ name, type: "u32", from });
const u16 = (name: string, from: number): Cut => ({ name, type: "u16", from });
/** six bytes in the file, 64 bits in the column */
const timestamp = (name: string, from: number): Cut => ({ name, type: "u64", from });

function fill(array: ColumnArray, { type, from }: Cut, view: DataView, size: number, first: number): void {
  const length = array.length;
  if (typeof from === "function") for (let i = 0; i < length; i++) (array as BigUint64Array)[i] = from(first + i);
  else if (type === "u32") for (let i = 0; i < length; i++) array[i] = view.getUint32(i * size + from, true);
  else if (type === "u16") for (let i = 0; i < length; i++) array[i] = view.getUint16(i * size + from, true);
  else {
    // as halves: bigints are slow
    const halves = new Uint32Array(array.buffer);
    for (let i = 0; i < length; i++) {
      halves[2 * i] = view.getUint32(i * size + from, true);
      halves[2 * i + 1] = view.getUint16(i * size + from + 4, true);
    }
  }
}

interface Source {
  pieces: Iterable<Uint8Array>;
  /** bytes of a record */
  size: number;
}

function convert(folder: string, name: string, cuts: readonly Cut[], { pieces, size }: Source): FileDigest {
  const file = new ArrowFile(folder, name, cuts);
  let first = 0;
  for (const piece of pieces) {
    const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
    const length = piece.length / size;
    const arrays = cuts.map((cut) => {
      const array = newColumn(cut.type, length);
      fill(array, cut, view, size, first);
      return array;
    });
    file.batch(arrays);
    first += length;
  }
  return file.finish();
}

function rowCuts(chunk: number): Cut[] {
  return [
    { name: "cycle", type: "u64", from: (i) => BigInt(chunk * CHUNK_ROWS + i) },
    { name: "timestamp", type: "u64", from: (i) => BigInt(timestampOf(chunk, i)) },
    u32("pc", ROW.pc),
    u32("rs1_value", ROW.rs1Value),
    timestamp("rs1_timestamp", ROW.rs1Timestamp),
    u16("rs1_index", ROW.rs1Index),
    u32("rs2_or_load_value", ROW.secondValue),
    u32("rs2_or_load_place", ROW.secondPlace),
    timestamp("rs2_or_load_timestamp", ROW.secondTimestamp),
    u16("delegation", ROW.delegation),
    u32("rd_or_store_old_value", ROW.thirdOld),
    u32("rd_or_store_new_value", ROW.thirdNew),
    u32("rd_or_store_place", ROW.thirdPlace),
    timestamp("rd_or_store_timestamp", ROW.thirdTimestamp),
    u32("tape_word", ROW.tapeWord),
  ];
}

/** @param chunks of the finished witness in the folder. Bytes are read in pieces of whole batches */
export function writeArrow(folder: string, chunks: number): FileDigest[] {
  mkdirSync(join(folder, "arrow"), { recursive: true });
  const files: FileDigest[] = [];
  for (let chunk = 0; chunk < chunks; chunk++) {
    const name = rowsFile(chunk);
    const pieces = piecesOf(join(folder, name), BATCH * ROW.size);
    files.push(convert(folder, arrowFile(name.replace(".bin", "")), rowCuts(chunk), { pieces, size: ROW.size }));
  }
  const touched: Cut[] = [u32("address", 0), u32("value", 4), timestamp("timestamp", 8)];
  const pieces = piecesOf(join(folder, TOUCHED), BATCH * PART.touched);
  files.push(convert(folder, arrowFile("touched_words"), touched, { pieces, size: PART.touched }));
  return [...files, ...writeDelegations(folder)];
}

const arrowFile = (name: string) => `arrow/${name}.arrow`;

/** One row a call: its timestamp, then value before, value after and timestamp of each register and word. */
function writeDelegations(folder: string): FileDigest[] {
  const files: FileDigest[] = [];
  const readers = delegationReaders(folder);
  for (const name of DELEGATION_NAMES) {
    const reader = readers[name];
    const { csr, registers, reads, writes } = DELEGATIONS[name];
    const total = reader.files.reduce((sum, calls) => sum + calls, 0);
    if (total === 0) continue;
    const each = (count: number, cut: (i: number) => Cut[]) => Array.from({ length: count }, (_, i) => cut(i)).flat();
    const groups: readonly (readonly [
      part: "write_timestamp" | "register_accesses" | "indirect_reads" | "indirect_writes",
      size: number,
      cuts: Cut[],
    ])[] = [
      ["write_timestamp", PART.timestamp, [timestamp("timestamp", 0)]],
      [
        "register_accesses",
        registers * PART.register,
        each(registers, (i) => [
          u32(`x${10 + i}`, i * PART.register),
          u32(`x${10 + i}_after`, i * PART.register + 4),
          timestamp(`x${10 + i}_timestamp`, i * PART.register + 8),
        ]),
      ],
      [
        "indirect_reads",
        reads * PART.read,
        each(reads, (i) => [u32(`read_${i}`, i * PART.read), timestamp(`read_${i}_timestamp`, i * PART.read + 4)]),
      ],
      [
        "indirect_writes",
        writes * PART.write,
        each(writes, (i) => [
          u32(`write_${i}`, i * PART.write),
          u32(`write_${i}_after`, i * PART.write + 4),
          timestamp(`write_${i}_timestamp`, i * PART.write + 8),
        ]),
      ],
    ];
    const file = new ArrowFile(
      folder,
      arrowFile(`delegation_${csr}`),
      groups.flatMap(([, , cuts]) => cuts),
    );
    const batch = BATCH / 16;
    for (let first = 0; first < total; first += batch) {
      const count = Math.min(batch, total - first);
      const parts = reader.read(first, count);
      const arrays = groups.flatMap(([part, size, cuts]) => {
        const view = new DataView(parts[part].buffer);
        return cuts.map((cut) => {
          const array = newColumn(cut.type, count);
          fill(array, cut, view, size, first);
          return array;
        });
      });
      file.batch(arrays);
    }
    files.push(file.finish());
    reader.close();
  }
  return files;
}
