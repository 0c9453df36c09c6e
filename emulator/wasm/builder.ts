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
  gtS: 0x4a,
  gtU: 0x4b,
  f64Lt: 0x63,
  i64Or: 0x84,
  i64And: 0x83,
  i64Shl: 0x86,
  i64Rotl: 0x89,
  i64ShrS: 0x87,
  i64Ne: 0x52,
  i64LtU: 0x54,
  i64GtU: 0x56,
  i64LeS: 0x57,
  i64Xor: 0x85,
  i64Eqz: 0x50,
  f64ToU32: 0xab,
} as const;

/** Opcodes behind the prefix of vector instructions. */
export const SIMD = {
  splatI32x4: 0x11,
  splatI64x2: 0x12,
  eqI32x4: 0x37,
  and: 0x4e,
  or: 0x50,
  xor: 0x51,
  anyTrue: 0x53,
  shlI32x4: 0xab,
  shrUI32x4: 0xad,
  addI32x4: 0xae,
  subI64x2: 0xd1,
} as const;

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

/** Free bytes that each of these methods finds or makes: more than any of them adds. */
const ROOM = 16;
/** A buffer takes longer to make than an instruction to write: so the first one is not small, nor the steps to larger ones, and where there are no bytes there is none. */
const [FIRST, STEP] = [1024, 4];
const NONE = new Uint8Array();

/** Bytes that grow at the end. Code is made by a few of these calls for each instruction, all while V8 has not yet compiled them: so they call nothing. */
export class Bytes {
  #buffer = NONE;
  length = 0;

  get view(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.length);
  }
  #grow(least: number): Uint8Array {
    const grown = new Uint8Array(Math.max(FIRST, STEP * this.#buffer.length, least + ROOM));
    grown.set(this.view);
    this.#buffer = grown;
    return grown;
  }
  /** A name in ASCII, with its length. */
  name(text: string): void {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.push(text.charCodeAt(i));
  }
  /** Makes room for `count` more. */
  reserve(count: number): void {
    const end = this.length + count;
    if (end + ROOM > this.#buffer.length) this.#grow(end);
  }
  append(bytes: ArrayLike<number>): void {
    const end = this.length + bytes.length;
    if (end > this.#buffer.length) this.#grow(end);
    this.#buffer.set(bytes, this.length);
    this.length = end;
  }
  push(byte: number): void {
    const at = this.length;
    const buffer = at < this.#buffer.length ? this.#buffer : this.#grow(at);
    buffer[at] = byte;
    this.length = at + 1;
  }
  /** Up to three, those below 0 left out. */
  opcodes(first: number, second: number, third: number): void {
    let at = this.length;
    const buffer = at + ROOM <= this.#buffer.length ? this.#buffer : this.#grow(at);
    buffer[at++] = first;
    if (second >= 0) buffer[at++] = second;
    if (third >= 0) buffer[at++] = third;
    this.length = at;
  }
  unsigned(value: number): void {
    let at = this.length;
    const buffer = at + ROOM <= this.#buffer.length ? this.#buffer : this.#grow(at);
    let rest = value;
    while (rest >= 128) {
      buffer[at++] = (rest & 127) | 128;
      rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 128);
    }
    buffer[at++] = rest;
    this.length = at;
  }
  /** An opcode and an unsigned number below 2^31; before that, if `middle` is not below 0, another byte. */
  opcodeUnsigned(opcode: number, value: number, middle = -1): void {
    let at = this.length;
    const buffer = at + ROOM <= this.#buffer.length ? this.#buffer : this.#grow(at);
    buffer[at++] = opcode;
    if (middle >= 0) buffer[at++] = middle;
    let rest = value;
    while (rest >= 128) {
      buffer[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    buffer[at++] = rest;
    this.length = at;
  }
  /** An opcode and a 32-bit value as signed LEB128: the last byte's bit 6 is the sign. */
  opcodeSigned(opcode: number, value: number): void {
    let at = this.length;
    const buffer = at + ROOM <= this.#buffer.length ? this.#buffer : this.#grow(at);
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
    this.bytes.opcodes(first, second, third);
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
  #vectorAccess(opcode: number, offset: number, memory = 0): this {
    this.simd(opcode);
    if (memory === 0) return this.#with(0, offset);
    this.#with(0x40, memory);
    this.bytes.unsigned(offset);
    return this;
  }
  v128Load(offset: number, memory = 0): this {
    return this.#vectorAccess(0x00, offset, memory);
  }
  v128Store(offset: number): this {
    return this.#vectorAccess(0x0b, offset);
  }
  /** 64 bits into the lower half, the upper 0; and into the upper half of the vector on the stack. */
  v128Load64Zero(offset: number): this {
    return this.#vectorAccess(0x5d, offset);
  }
  v128Load64Upper(offset: number): this {
    this.#vectorAccess(0x57, offset).bytes.push(1);
    return this;
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
    this.bytes.opcodeUnsigned(0x20, local);
    return this;
  }
  set(local: number): this {
    this.bytes.opcodeUnsigned(0x21, local);
    return this;
  }
  tee(local: number): this {
    this.bytes.opcodeUnsigned(0x22, local);
    return this;
  }
  /** Alignment is given as 0 (any): it is a hint only. */
  load(kind: LoadName, offset = 0, memory = 0): this {
    if (memory === 0) this.bytes.opcodeUnsigned(LOADS[kind], offset, 0);
    else {
      this.bytes.opcodeUnsigned(LOADS[kind], memory, 0x40);
      this.bytes.unsigned(offset);
    }
    return this;
  }
  store(kind: StoreName, offset = 0): this {
    this.bytes.opcodeUnsigned(STORES[kind], offset, 0);
    return this;
  }
  /** Of memory 0: address, value, length. */
  memoryFill(): this {
    this.bytes.append([0xfc, 0x0b, 0]);
    return this;
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
    this.bytes.opcodes(opcode, result ? TYPE_CODE[result] : EMPTY, -1);
    return this;
  }
  /** Branch to the block that was at `depth` just after its opening. */
  br(depth: number): this {
    this.bytes.opcodeUnsigned(OP.br, this.#open - depth);
    return this;
  }
  brIf(depth: number): this {
    this.bytes.opcodeUnsigned(OP.brIf, this.#open - depth);
    return this;
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

/** A section's items, in order. */
class Section extends Bytes {
  readonly #id: number;
  count = 0;

  /** @param start a section whose items this one begins with */
  constructor(id: number, start?: Section) {
    super();
    this.#id = id;
    if (!start) return;
    this.append(start.view);
    this.count = start.count;
  }

  /** @returns the item's index */
  add(item: ArrayLike<number> = []): number {
    this.append(item);
    return this.count++;
  }

  appendTo(out: Bytes): void {
    if (this.count === 0) return;
    const count = unsignedLeb(this.count);
    out.push(this.#id);
    out.unsigned(count.length + this.length);
    out.append(count);
    out.append(this.view);
  }
}

/** A module: imports first, then functions; indices are as in the binary format. */
export class ModuleBuilder {
  readonly #typeNames: string[];
  readonly #types: Section;
  readonly #imports: Section;
  readonly #functions: { type: number; code: Code }[] = [];
  readonly #exports = new Section(7);
  readonly #elements = new Section(9);
  #importedFunctions: number;

  /** @param start a module whose types and imports this one has, too */
  constructor(start?: ModuleBuilder) {
    this.#typeNames = start ? [...start.#typeNames] : [];
    this.#types = new Section(1, start ? start.#types : undefined);
    this.#imports = new Section(2, start ? start.#imports : undefined);
    this.#importedFunctions = start ? start.#importedFunctions : 0;
  }

  #type({ parameters, results }: Signature): number {
    const key = `${parameters}->${results}`;
    const known = this.#typeNames.indexOf(key);
    if (known >= 0) return known;
    this.#typeNames.push(key);
    const list = (types: readonly ValueType[]) => [types.length, ...types.map((t) => TYPE_CODE[t])];
    return this.#types.add([0x60, ...list(parameters), ...list(results)]);
  }

  #addImport(name: string, kind: number, type: readonly number[]): void {
    this.#imports.name("env");
    this.#imports.name(name);
    this.#imports.push(kind);
    this.#imports.add(type);
  }
  /** The memory, imported as `env.memory`. */
  importMemory(pages: number, isShared = false): void {
    const limits = [isShared ? 3 : 1, ...unsignedLeb(pages), ...unsignedLeb(pages)];
    this.#addImport("memory", 2, limits);
  }
  /** A further memory of any size, imported as `env.NAME`: number 1 in `load`. */
  importSecondMemory(name: string, isShared = false): void {
    this.#addImport(name, 2, [isShared ? 3 : 1, 0, ...unsignedLeb(65536)]);
  }

  /** The table of functions, imported as `env.table`. */
  importTable(least: number): void {
    this.#addImport("table", 1, [0x70, 0, ...unsignedLeb(least)]);
  }

  /** Puts functions into the table, from `at` on, when the module is instantiated. */
  addElements(at: number, functions: readonly number[]): void {
    const elements = this.#elements;
    elements.push(0);
    elements.opcodeSigned(0x41, at);
    elements.push(OP.end);
    elements.unsigned(functions.length);
    for (const index of functions) elements.unsigned(index);
    elements.add();
  }

  /** Index of a signature, for `Code.callIndirect`. */
  signature(parameters: readonly ValueType[], results: readonly ValueType[]): number {
    return this.#type({ parameters, results });
  }

  /** Must come before the first `addFunction`. */
  importFunction(name: string, parameters: readonly ValueType[], results: readonly ValueType[]): number {
    this.#addImport(name, 0, unsignedLeb(this.#type({ parameters, results })));
    return this.#importedFunctions++;
  }

  addFunction(parameters: readonly ValueType[], results: readonly ValueType[], code: Code, name?: string): number {
    const type = this.#type({ parameters, results });
    const index = this.#importedFunctions + this.#functions.push({ type, code }) - 1;
    if (name) {
      this.#exports.name(name);
      this.#exports.opcodeUnsigned(0, index);
      this.#exports.add();
    }
    return index;
  }

  build(): Uint8Array<ArrayBuffer> {
    const types = new Section(3);
    const bodies = new Section(10);
    bodies.reserve(this.#functions.reduce((sum, { code }) => sum + code.bytes.length + ROOM, 0));
    for (const { type, code } of this.#functions) {
      const { locals, bytes } = code;
      types.unsigned(type);
      types.add();
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
      bodies.unsigned(head.length + runs.length + bytes.length + 1);
      bodies.append(head);
      bodies.append(runs);
      bodies.append(bytes.view);
      bodies.push(OP.end);
      bodies.add();
    }
    const sections = [this.#types, this.#imports, types, this.#exports, this.#elements, bodies];
    const out = new Bytes();
    out.reserve(sections.reduce((sum, section) => sum + section.length + ROOM, ROOM));
    out.append([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    for (const section of sections) section.appendTo(out);
    return out.view;
  }
}
