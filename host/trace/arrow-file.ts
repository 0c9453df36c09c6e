/**
 * A writer of Apache Arrow IPC files ("Feather v2"; arrow.apache.org/docs/format/Columnar.html): columns of unsigned integers without nulls,
 * in batches. The npm package `apache-arrow` does all of Arrow; a witness needs four pages of it.
 */
import { DigestedFile, type FileDigest } from "./files.ts";
import { type Fields, flatbuffer, i8, i16, i32, i64, string, structs, table, tables } from "./flatbuffer.ts";

export type ColumnType = "u8" | "u16" | "u32" | "u64";
export type ColumnArray = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

const BITS: Readonly<Record<ColumnType, number>> = { u8: 8, u16: 16, u32: 32, u64: 64 };
const ARRAYS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, u64: BigUint64Array } as const;

export const newColumn = (type: ColumnType, length: number): ColumnArray => new ARRAYS[type](length);

// numbers of enums and unions of Arrow's Schema.fbs and Message.fbs
const V5 = 4;
const INT = 2;
const HEADER = { schema: 1, recordBatch: 3 } as const;
const MAGIC = new TextEncoder().encode("ARROW1");

const padded = (length: number) => Math.ceil(length / 8) * 8;

function schemaOf(columns: readonly Column[]): Fields {
  const fields = columns.map(({ name, type }): Fields => {
    const int = table({ 0: i32(BITS[type]), 1: i8(0) });
    return { 0: string(name), 1: i8(0), 2: i8(INT), 3: int, 5: tables([]) };
  });
  return { 0: i16(0), 1: tables(fields) };
}

const longs = (values: number[]) => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

export class ArrowFile {
  readonly #columns: readonly Column[];
  readonly #file: DigestedFile;
  readonly #blocks: { offset: number; metadata: number; body: number }[] = [];
  #at = 0;

  constructor(folder: string, name: string, columns: readonly Column[]) {
    this.#columns = columns;
    this.#file = new DigestedFile(folder, name);
    this.#write(MAGIC);
    this.#pad();
    this.#message(HEADER.schema, schemaOf(columns), 0);
  }

  #write(bytes: Uint8Array): void {
    this.#file.write(bytes);
    this.#at += bytes.length;
  }
  #pad(): void {
    const missing = padded(this.#at) - this.#at;
    if (missing) this.#write(new Uint8Array(missing));
  }

  /** @returns bytes of the metadata with its prefix */
  #message(headerType: number, header: Fields, bodyLength: number): number {
    const metadata = flatbuffer({ 0: i16(V5), 1: i8(headerType), 2: table(header), 3: i64(bodyLength) });
    this.#write(new Uint8Array(Int32Array.of(-1, metadata.length).buffer));
    this.#write(metadata);
    return 8 + metadata.length;
  }

  /** Rows of equal number for all columns. */
  batch(arrays: readonly ColumnArray[]): void {
    const { length } = arrays[0];
    const buffers: number[] = [];
    let body = 0;
    for (const array of arrays) {
      // no bitmap of nulls, then the values
      buffers.push(body, 0, body, array.byteLength);
      body += padded(array.byteLength);
    }
    const nodes = arrays.flatMap(() => [length, 0]);
    const header = {
      0: i64(length),
      1: structs(arrays.length, longs(nodes)),
      2: structs(2 * arrays.length, longs(buffers)),
    };
    const offset = this.#at;
    const metadata = this.#message(HEADER.recordBatch, header, body);
    for (const array of arrays) {
      this.#write(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
      this.#pad();
    }
    this.#blocks.push({ offset, metadata, body });
  }

  finish(): FileDigest {
    this.#write(new Uint8Array(Int32Array.of(-1, 0).buffer));
    const blocks = new Uint8Array(24 * this.#blocks.length);
    const view = new DataView(blocks.buffer);
    this.#blocks.forEach(({ offset, metadata, body }, i) => {
      view.setBigInt64(24 * i, BigInt(offset), true);
      view.setInt32(24 * i + 8, metadata, true);
      view.setBigInt64(24 * i + 16, BigInt(body), true);
    });
    const footer = flatbuffer({
      0: i16(V5),
      1: table(schemaOf(this.#columns)),
      2: structs(0, new Uint8Array()),
      3: structs(this.#blocks.length, blocks),
    });
    this.#write(footer);
    this.#write(new Uint8Array(Int32Array.of(footer.length).buffer));
    this.#write(MAGIC);
    return this.#file.finish();
  }
}
