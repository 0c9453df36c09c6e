/** Just enough of FlatBuffers (flatbuffers.dev, "internals") to write the metadata of Apache Arrow files: tables, strings, vectors. */

type Scalar = { kind: "i8" | "i16" | "i32" | "i64"; value: number };
export type Value =
  | Scalar
  | { kind: "string"; value: string }
  | { kind: "table"; fields: Fields }
  | { kind: "tables"; items: Fields[] }
  /** structs of 8-byte aligned members, as bytes */
  | { kind: "structs"; count: number; bytes: Uint8Array };
/** Fields of a table by number. */
export type Fields = Readonly<Record<number, Value>>;

export const i8 = (value: number): Value => ({ kind: "i8", value });
export const i16 = (value: number): Value => ({ kind: "i16", value });
export const i32 = (value: number): Value => ({ kind: "i32", value });
export const i64 = (value: number): Value => ({ kind: "i64", value });
export const string = (value: string): Value => ({ kind: "string", value });
export const table = (fields: Fields): Value => ({ kind: "table", fields });
export const tables = (items: Fields[]): Value => ({ kind: "tables", items });
export const structs = (count: number, bytes: Uint8Array): Value => ({ kind: "structs", count, bytes });

const SIZE: Readonly<Record<string, number>> = { i8: 1, i16: 2, i32: 4, i64: 8 };
const sizeOf = (value: Value) => SIZE[value.kind] ?? 4;

class Writer {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  reserve(count: number): number {
    const at = this.length;
    this.length += count;
    while (this.length > this.#bytes.length) {
      const longer = new Uint8Array(2 * this.#bytes.length);
      longer.set(this.#bytes);
      this.#bytes = longer;
      this.#view = new DataView(longer.buffer);
    }
    return at;
  }
  align(to: number): void {
    this.reserve((to - (this.length % to)) % to);
  }
  put(kind: Scalar["kind"], at: number, value: number): void {
    if (kind === "i8") this.#view.setInt8(at, value);
    else if (kind === "i16") this.#view.setInt16(at, value, true);
    else if (kind === "i32") this.#view.setInt32(at, value, true);
    else this.#view.setBigInt64(at, BigInt(value), true);
  }
  bytes(content: Uint8Array): void {
    const at = this.reserve(content.length);
    this.#bytes.set(content, at);
  }
  done(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }
}

/** @returns where the table is. What it refers to lies behind it. */
function writeTable(w: Writer, fields: Fields): number {
  const numbers = Object.keys(fields).map(Number);
  const count = Math.max(-1, ...numbers) + 1;
  // largest first: every field is aligned then; the table itself begins with the 4 bytes that lead to its vtable
  const order = numbers.sort((a, b) => sizeOf(fields[b]) - sizeOf(fields[a]));
  w.align(2);
  const vtable = w.reserve(4 + 2 * count);
  w.align(8);
  // so that fields of 8 bytes, which come first, are aligned
  w.reserve(4);
  const start = w.reserve(4);
  for (const number of order) {
    const at = w.reserve(sizeOf(fields[number]));
    w.put("i16", vtable + 4 + 2 * number, at - start);
  }
  w.put("i16", vtable, 4 + 2 * count);
  w.put("i16", vtable + 2, w.length - start);
  w.put("i32", start, start - vtable);
  let at = start + 4;
  for (const number of order) {
    const value = fields[number];
    if ("value" in value && value.kind !== "string") w.put(value.kind, at, value.value);
    else w.put("i32", at, writeReferenced(w, value) - at);
    at += sizeOf(value);
  }
  return start;
}

function writeReferenced(w: Writer, value: Value): number {
  if (value.kind === "table") return writeTable(w, value.fields);
  if (value.kind === "string") {
    const text = new TextEncoder().encode(value.value);
    w.align(4);
    const at = w.reserve(4);
    w.put("i32", at, text.length);
    w.bytes(text);
    w.reserve(1);
    return at;
  }
  if (value.kind === "tables") {
    w.align(4);
    const at = w.reserve(4 + 4 * value.items.length);
    w.put("i32", at, value.items.length);
    value.items.forEach((item, i) => {
      const reference = at + 4 + 4 * i;
      w.put("i32", reference, writeTable(w, item) - reference);
    });
    return at;
  }
  if (value.kind !== "structs") throw new Error(`bug: ${value.kind} is not referred to`);
  w.align(8);
  w.reserve(4);
  const at = w.reserve(4);
  w.put("i32", at, value.count);
  w.bytes(value.bytes);
  return at;
}

/** A finished buffer, padded to 8 bytes. */
export function flatbuffer(root: Fields): Uint8Array {
  const w = new Writer();
  w.reserve(4);
  w.put("i32", 0, writeTable(w, root));
  w.align(8);
  return w.done();
}
