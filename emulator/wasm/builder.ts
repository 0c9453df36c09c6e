/** A writer of WebAssembly modules: just enough for the code that the engines generate. */

export type ValueType = "i32" | "i64" | "f64" | "v128";
const TYPE_CODE: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b };

/** Opcodes that are not operators of the instruction table (those carry their own). */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCallIndirect: 0x13,
  drop: 0x1a,
  select: 0x1b,
  f64Lt: 0x63,
  i64Or: 0x84,
  i64And: 0x83,
  i64Shl: 0x86,
  i64ShrS: 0x87,
  i64Ne: 0x52,
  i64LtU: 0x54,
  i64Xor: 0x85,
  i64Eqz: 0x50,
  f64ToU32: 0xab,
} as const;

/** Opcodes behind the prefix of vector instructions. */
export const SIMD = { or: 0x50, xor: 0x51, shlI32x4: 0xab, shrUI32x4: 0xad, addI32x4: 0xae } as const;

const LOADS = {
  i32: 0x28,
  i64: 0x29,
  i8S: 0x2c,
  i8U: 0x2d,
  i16S: 0x2e,
  i16U: 0x2f,
  /** 32 bits, zero-extended to i64 */
  u32ToI64: 0x35,
} as const;
const STORES = { i32: 0x36, i64: 0x37, i8: 0x3a, i16: 0x3b, i64ToU32: 0x3e } as const;
export type LoadName = keyof typeof LOADS;
export type StoreName = keyof typeof STORES;

const EMPTY = 0x40;

export function unsignedLeb(value: number, out: number[] = []): number[] {
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return out;
}

export function signedLeb(value: bigint, out: number[] = []): number[] {
  let rest = value;
  for (;;) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    if ((rest === 0n && !(low & 64)) || (rest === -1n && low & 64)) {
      out.push(low);
      return out;
    }
    out.push(low | 128);
  }
}

/** Bytes that grow at the end. */
export class Bytes {
  #buffer = new Uint8Array(256);
  length = 0;

  get view(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }
  /** Makes room for `count` more. */
  reserve(count: number): void {
    if (this.length + count <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#buffer.length, this.length + count));
    grown.set(this.#buffer.subarray(0, this.length));
    this.#buffer = grown;
  }
  push(byte: number): void {
    if (this.length === this.#buffer.length) this.reserve(1);
    this.#buffer[this.length++] = byte;
  }
  append(bytes: ArrayLike<number>): void {
    this.reserve(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }
  unsigned(value: number): void {
    this.reserve(8);
    this.#unsigned(value, this.length);
  }
  #unsigned(value: number, at: number): void {
    const buffer = this.#buffer;
    let end = at;
    let rest = value;
    while (rest >= 128) {
      buffer[end++] = (rest & 127) | 128;
      rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 128);
    }
    buffer[end++] = rest;
    this.length = end;
  }
  /** An opcode and an unsigned number. Code is made by these, millions of times while V8 has not yet compiled them: so they call little. */
  opcodeUnsigned(opcode: number, value: number): void {
    if (this.length + 9 > this.#buffer.length) this.reserve(9);
    const at = this.length;
    this.#buffer[at] = opcode;
    if (value < 128) {
      this.#buffer[at + 1] = value;
      this.length = at + 2;
    } else this.#unsigned(value, at + 1);
  }
  /** An opcode and a 32-bit value as signed LEB128: the last byte's bit 6 is the sign. */
  opcodeSigned(opcode: number, value: number): void {
    if (this.length + 6 > this.#buffer.length) this.reserve(6);
    const buffer = this.#buffer;
    let at = this.length;
    buffer[at++] = opcode;
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      buffer[at++] = (rest & 127) | 128;
      rest >>= 7;
    }
    buffer[at++] = rest & 127;
    this.length = at;
  }
}

/** The body of a function under construction. Methods return `this`. */
export class Code {
  readonly bytes = new Bytes();
  readonly locals: ValueType[] = [];
  readonly #parameters: number;
  #open = 0;

  constructor(parameters = 0) {
    this.#parameters = parameters;
  }

  /** This code, complete, inside `blocks` new blocks that are still open. What it branches to beyond its own blocks are these. */
  around(blocks: number): Code {
    const code = new Code(this.#parameters);
    for (let i = 0; i < blocks; i++) code.block();
    code.bytes.append(this.bytes.view);
    code.locals.push(...this.locals);
    return code;
  }

  /** A new local's index. */
  local(type: ValueType = "i32"): number {
    this.locals.push(type);
    return this.#parameters + this.locals.length - 1;
  }

  /** Up to three opcodes: an array of them would be made anew each time. */
  op(first: number, second = -1, third = -1): this {
    this.bytes.push(first);
    if (second >= 0) this.bytes.push(second);
    if (third >= 0) this.bytes.push(third);
    return this;
  }
  f64(value: number): this {
    this.bytes.push(0x44);
    this.bytes.append(new Uint8Array(Float64Array.of(value).buffer));
    return this;
  }
  simd(opcode: number): this {
    this.bytes.opcodeUnsigned(0xfd, opcode);
    return this;
  }
  #vectorAccess(opcode: number, offset: number): this {
    return this.simd(opcode).#with(0, offset);
  }
  v128Load(offset: number): this {
    return this.#vectorAccess(0x00, offset);
  }
  v128Store(offset: number): this {
    return this.#vectorAccess(0x0b, offset);
  }
  /** 32 bits into lane 0, the others 0. */
  v128Load32Zero(offset: number): this {
    return this.#vectorAccess(0x5c, offset);
  }
  /** 32 bits into a lane of the vector on the stack. */
  v128Load32Lane(offset: number, lane: number): this {
    this.#vectorAccess(0x56, offset).bytes.push(lane);
    return this;
  }
  /** A vector of four 32-bit values. */
  v128(values: readonly number[]): this {
    this.simd(0x0c).bytes.append(new Uint8Array(Int32Array.from(values).buffer));
    return this;
  }
  /** Sixteen bytes of two vectors' thirty-two, by number. */
  shuffle(bytes: readonly number[]): this {
    this.simd(0x0d).bytes.append(bytes);
    return this;
  }
  i32(value: number): this {
    this.bytes.opcodeSigned(0x41, value);
    return this;
  }
  i64(value: bigint): this {
    this.bytes.push(0x42);
    this.bytes.append(signedLeb(value));
    return this;
  }
  #with(opcode: number, immediate: number): this {
    this.bytes.opcodeUnsigned(opcode, immediate);
    return this;
  }
  get(local: number): this {
    return this.#with(0x20, local);
  }
  set(local: number): this {
    return this.#with(0x21, local);
  }
  tee(local: number): this {
    return this.#with(0x22, local);
  }
  /** Alignment is given as 0 (any): it is a hint only. */
  load(kind: LoadName, offset = 0, memory = 0): this {
    this.bytes.push(LOADS[kind]);
    if (memory === 0) return this.#with(0, offset);
    this.#with(0x40, memory);
    this.bytes.unsigned(offset);
    return this;
  }
  store(kind: StoreName, offset = 0): this {
    this.bytes.push(STORES[kind]);
    return this.#with(0, offset);
  }
  call(index: number): this {
    return this.#with(OP.call, index);
  }
  /** Calls the function of a signature (`ModuleBuilder.signature`) whose table index is on the stack; `tail`: instead of returning. */
  callIndirect(signature: number, tail = false): this {
    this.#with(tail ? OP.returnCallIndirect : OP.callIndirect, signature);
    this.bytes.push(0);
    return this;
  }

  /** How many blocks are open: a label's number is `depth` now minus `depth` just after its opening. */
  get depth(): number {
    return this.#open;
  }
  block(result?: ValueType): this {
    return this.#enter(OP.block, result);
  }
  loop(result?: ValueType): this {
    return this.#enter(OP.loop, result);
  }
  if(result?: ValueType): this {
    return this.#enter(OP.if, result);
  }
  else(): this {
    this.bytes.push(OP.else);
    return this;
  }
  end(): this {
    this.#open--;
    this.bytes.push(OP.end);
    return this;
  }
  #enter(opcode: number, result: ValueType | undefined): this {
    this.#open++;
    this.bytes.push(opcode);
    this.bytes.push(result ? TYPE_CODE[result] : EMPTY);
    return this;
  }
  /** Branch to the block that was at `depth` just after its opening. */
  br(depth: number): this {
    return this.#with(OP.br, this.#open - depth);
  }
  brIf(depth: number): this {
    return this.#with(OP.brIf, this.#open - depth);
  }
  /** Targets and default by depth, as for `br`. */
  brTable(depths: readonly number[], fallback: number): this {
    this.#with(0x0e, depths.length);
    for (const depth of depths) this.bytes.unsigned(this.#open - depth);
    this.bytes.unsigned(this.#open - fallback);
    return this;
  }
}

interface Signature {
  parameters: readonly ValueType[];
  results: readonly ValueType[];
}

/** A module: imports first, then functions; indices are as in the binary format. */
export class ModuleBuilder {
  readonly #types: string[];
  readonly #typeBytes: number[][];
  readonly #imports: number[][];
  readonly #functions: { type: number; code: Code }[] = [];
  readonly #exports: number[][] = [];
  readonly #elements: number[][] = [];
  #importedFunctions: number;

  /** @param imports a module whose types and imports this one has, too */
  constructor(imports?: ModuleBuilder) {
    this.#types = imports ? [...imports.#types] : [];
    this.#typeBytes = imports ? [...imports.#typeBytes] : [];
    this.#imports = imports ? [...imports.#imports] : [];
    this.#importedFunctions = imports ? imports.#importedFunctions : 0;
  }

  #type({ parameters, results }: Signature): number {
    const key = `${parameters}->${results}`;
    const known = this.#types.indexOf(key);
    if (known >= 0) return known;
    const list = (types: readonly ValueType[]) => [types.length, ...types.map((t) => TYPE_CODE[t])];
    this.#typeBytes.push([0x60, ...list(parameters), ...list(results)]);
    return this.#types.push(key) - 1;
  }

  /** The memory, imported as `env.memory`. */
  importMemory(pages: number, isShared = false): void {
    const limits = [isShared ? 3 : 1, ...unsignedLeb(pages), ...unsignedLeb(pages)];
    this.#imports.push([...text("env"), ...text("memory"), 2, ...limits]);
  }
  /** A further memory of any size, imported as `env.NAME`: number 1 in `load`. */
  importSecondMemory(name: string): void {
    this.#imports.push([...text("env"), ...text(name), 2, 1, 0, ...unsignedLeb(65536)]);
  }

  /** The table of functions, imported as `env.table`. */
  importTable(least: number): void {
    this.#imports.push([...text("env"), ...text("table"), 1, 0x70, 0, ...unsignedLeb(least)]);
  }

  /** Puts functions into the table, from `at` on, when the module is instantiated. */
  addElements(at: number, functions: readonly number[]): void {
    const offset = [0x41, ...signedLeb(BigInt(at)), OP.end];
    const indices = functions.flatMap((index) => unsignedLeb(index));
    this.#elements.push([0, ...offset, ...unsignedLeb(functions.length), ...indices]);
  }

  /** Index of a signature, for `Code.callIndirect`. */
  signature(parameters: readonly ValueType[], results: readonly ValueType[]): number {
    return this.#type({ parameters, results });
  }

  /** Must come before the first `addFunction`. */
  importFunction(name: string, parameters: readonly ValueType[], results: readonly ValueType[]): number {
    this.#imports.push([...text("env"), ...text(name), 0, ...unsignedLeb(this.#type({ parameters, results }))]);
    return this.#importedFunctions++;
  }

  addFunction(parameters: readonly ValueType[], results: readonly ValueType[], code: Code, name?: string): number {
    const type = this.#type({ parameters, results });
    const index = this.#importedFunctions + this.#functions.push({ type, code }) - 1;
    if (name) this.#exports.push([...text(name), 0, ...unsignedLeb(index)]);
    return index;
  }

  build(): Uint8Array<ArrayBuffer> {
    const bodies = this.#functions.map(({ code: { locals, bytes } }) => {
      // locals in runs of one type
      const runs: number[] = [];
      let count = 0;
      for (let at = 0; at < locals.length; count++) {
        const start = at;
        while (at < locals.length && locals[at] === locals[start]) at++;
        unsignedLeb(at - start, runs);
        runs.push(TYPE_CODE[locals[start]!]);
      }
      const head = unsignedLeb(count);
      const body = new Bytes();
      body.reserve(bytes.length + runs.length + 16);
      body.unsigned(head.length + runs.length + bytes.length + 1);
      body.append(head);
      body.append(runs);
      body.append(bytes.view);
      body.push(OP.end);
      return body.view;
    });
    const out = new Bytes();
    out.append([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    section(out, 1, this.#typeBytes);
    section(out, 2, this.#imports);
    section(
      out,
      3,
      this.#functions.map(({ type }) => unsignedLeb(type)),
    );
    section(out, 7, this.#exports);
    section(out, 9, this.#elements);
    section(out, 10, bodies);
    return Uint8Array.from(out.view);
  }
}

function text(s: string): number[] {
  return [...unsignedLeb(s.length), ...[...s].map((c) => c.charCodeAt(0))];
}

function section(out: Bytes, id: number, items: readonly ArrayLike<number>[]): void {
  if (items.length === 0) return;
  const count = unsignedLeb(items.length);
  out.push(id);
  out.unsigned(items.reduce((sum, item) => sum + item.length, count.length));
  out.append(count);
  for (const item of items) out.append(item);
}
