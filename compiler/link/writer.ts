/** A growing little-endian byte buffer with the encodings of ELF and DWARF. */
const encoder = new TextEncoder();

export class Writer {
  private buffer = new Uint8Array(1024);
  private view = new DataView(this.buffer.buffer);
  length = 0;

  private reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.length, this.buffer.length * 2));
      larger.set(this.buffer);
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  u8(value: number): this {
    const at = this.reserve(1);
    this.view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.reserve(2);
    this.view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.reserve(4);
    this.view.setUint32(at, value, true);
    return this;
  }

  setU32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  /** Unsigned LEB128 of a number below 2^32. */
  uleb(value: number): this {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return this.u8(rest);
  }

  /** Signed LEB128 of a 32-bit number. */
  sleb(value: number): this {
    let rest = value | 0;
    while (rest < -0x40 || rest >= 0x40) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    return this.u8(rest & 0x7f);
  }

  bytes(bytes: Uint8Array): this {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
    return this;
  }

  /** UTF-8 with a zero at the end. */
  string(text: string): this {
    return this.bytes(encoder.encode(text)).u8(0);
  }

  align(alignment: number): this {
    while (this.length % alignment !== 0) this.u8(0);
    return this;
  }

  /** Writes a 32-bit length, what `body` writes, and sets the length to its size. */
  sized(body: () => void): this {
    const at = this.length;
    this.u32(0);
    body();
    this.setU32(at, this.length - at - 4);
    return this;
  }

  done(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}
