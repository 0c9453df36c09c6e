/** Reads the primitive encodings of the WebAssembly binary format (specification 5.2) from a range of bytes, with errors that name the place. */
import { ModuleError } from "../errors.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class Cursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  offset: number;
  /** what is being read, for messages: `code section` */
  where: string;

  constructor(bytes: Uint8Array, offset: number, end: number, where: string) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
    this.where = where;
  }

  get done(): boolean {
    return this.offset >= this.end;
  }

  malformed(what: string, offset = this.offset): ModuleError {
    return new ModuleError("malformed", what, this.where, offset);
  }

  invalid(what: string, offset = this.offset): ModuleError {
    return new ModuleError("invalid", what, this.where, offset);
  }

  unsupported(what: string, offset = this.offset): ModuleError {
    return new ModuleError("unsupported", what, this.where, offset);
  }

  u8(): number {
    if (this.offset >= this.end) throw this.malformed("unexpected end");
    return this.bytes[this.offset++];
  }

  peek(): number {
    if (this.offset >= this.end) throw this.malformed("unexpected end");
    return this.bytes[this.offset];
  }

  skip(count: number): void {
    if (count > this.end - this.offset) throw this.malformed("unexpected end");
    this.offset += count;
  }

  take(count: number): Uint8Array {
    this.skip(count);
    return this.bytes.slice(this.offset - count, this.offset);
  }

  /** A cursor over the next `count` bytes, which this one steps over. */
  sub(count: number, where = this.where): Cursor {
    const start = this.offset;
    if (count > this.end - start) throw this.malformed("length out of bounds");
    this.offset += count;
    return new Cursor(this.bytes, start, start + count, where);
  }

  u32(): number {
    return Number(this.leb(32, false));
  }

  s32(): number {
    return Number(this.leb(32, true));
  }

  /** Block types are signed 33-bit numbers, so that every type index is positive. */
  s33(): number {
    return Number(this.leb(33, true));
  }

  u64(): bigint {
    return this.leb(64, false);
  }

  s64(): bigint {
    return this.leb(64, true);
  }

  name(): string {
    const length = this.u32();
    const start = this.offset;
    if (length > this.end - start) throw this.malformed("length out of bounds");
    this.skip(length);
    try {
      return utf8.decode(this.bytes.subarray(start, start + length));
    } catch {
      throw this.malformed("malformed UTF-8 encoding", start);
    }
  }

  /** A count that precedes that many items, each at least one byte long: a larger one is refused before anything is allocated. */
  count(): number {
    const start = this.offset;
    const count = this.u32();
    if (count > this.end - this.offset) throw this.malformed("length out of bounds", start);
    return count;
  }

  private leb(bits: number, signed: boolean): bigint {
    const start = this.offset;
    // The common case, one byte, without big integers in between.
    const first = this.u8();
    if (first < 0x80) return BigInt(signed && first >= 0x40 ? first - 0x80 : first);
    let result = BigInt(first & 0x7f);
    let shift = 7;
    for (;;) {
      if (shift >= bits) throw this.malformed("integer representation too long", start);
      const byte = this.u8();
      const remaining = bits - shift;
      if (remaining < 7) {
        // The unused bits of the last byte must be a proper extension.
        if (byte >= 0x80) throw this.malformed("integer representation too long", start);
        const top = byte >> (signed ? remaining - 1 : remaining);
        const ones = 0x7f >> (signed ? remaining - 1 : remaining);
        if (top !== 0 && !(signed && top === ones)) throw this.malformed("integer too large", start);
      }
      result |= BigInt(byte & 0x7f) << BigInt(shift);
      shift += 7;
      if (byte < 0x80) break;
    }
    return signed ? BigInt.asIntN(Math.min(shift, bits), result) : result;
  }
}

export function hex(offset: number): string {
  return `offset 0x${offset.toString(16)}`;
}
