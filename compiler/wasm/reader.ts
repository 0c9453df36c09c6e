/** Reads a module in the binary format (specification 5.5): sections in order, indices resolved, names attached. Types are checked by `validate.ts`. */
import { type ConstantScope, readConstant } from "./constant.ts";
import { Cursor } from "./cursor.ts";
import { readBody, readReferenceType, readValueType } from "./instructions.ts";
import {
  type Addressed,
  addressType,
  type ConstantExpression,
  type DataSegment,
  type ElementSegment,
  type FunctionType,
  type ImportName,
  type Limits,
  type ValueType,
  type WasmExport,
  type WasmFunction,
  type WasmGlobal,
  type WasmMemory,
  type WasmModule,
  type WasmTable,
  type WasmTag,
} from "./module.ts";
import { type Names, noNames, readNames } from "./names.ts";

/** Section ids in the order in which they must come; data count (12) comes before code. */
const order = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const sectionNames = [
  "custom section",
  "type section",
  "import section",
  "function section",
  "table section",
  "memory section",
  "global section",
  "export section",
  "start section",
  "element section",
  "code section",
  "data section",
  "data count section",
  "tag section",
];
/** As V8 and SpiderMonkey: a limit on locals, so that a few bytes cannot ask for 2^32 of them. */
const maxLocals = 50_000;

interface Body {
  readonly locals: readonly ValueType[];
  readonly cursor: Cursor;
}

interface Section {
  readonly id: number;
  readonly cursor: Cursor;
}

/** Values of imported globals, by `module.name`: with them, constant expressions that use such a global are constants. */
export type GlobalValues = Readonly<Record<string, ConstantExpression>>;

/** @throws InputError `malformed` with section and offset; `invalid` where decoding already needs an index that does not exist; `unsupported` for later proposals */
export function readModule(bytes: Uint8Array, globals: GlobalValues = {}): WasmModule {
  const { sections, custom } = readSections(bytes);
  const nameSection = custom.get("name");
  const names = nameSection ? readNames(nameSection) : noNames;
  const otherCustom = new Map([...custom].filter(([name]) => name !== "name"));
  return new Reader(names, otherCustom, globals).read(sections);
}

function readSections(bytes: Uint8Array): { sections: Section[]; custom: Map<string, Uint8Array> } {
  const cursor = new Cursor(bytes, 0, bytes.length, "header");
  for (const byte of [0x00, 0x61, 0x73, 0x6d]) {
    const at = cursor.offset;
    if (cursor.u8() !== byte) throw cursor.malformed("magic header not detected", at);
  }
  for (const byte of [0x01, 0x00, 0x00, 0x00]) {
    const at = cursor.offset;
    if (cursor.u8() !== byte) throw cursor.malformed("unknown binary version", at);
  }
  const sections: Section[] = [];
  const custom = new Map<string, Uint8Array>();
  let last = -1;
  while (!cursor.done) {
    cursor.where = "section header";
    const at = cursor.offset;
    const id = cursor.u8();
    if (id >= sectionNames.length) throw cursor.malformed(`malformed section id ${id}`, at);
    const size = cursor.u32();
    const section = cursor.sub(size, sectionNames[id]);
    if (id === 0) {
      const name = section.name();
      if (!custom.has(name)) custom.set(name, section.take(section.end - section.offset));
      continue;
    }
    const place = order.indexOf(id);
    if (place <= last) throw cursor.malformed(`unexpected content after last section: ${sectionNames[id]}`, at);
    last = place;
    sections.push({ id, cursor: section });
  }
  return { sections, custom };
}

class Reader {
  private readonly names: Names;
  private readonly custom: ReadonlyMap<string, Uint8Array>;
  private readonly globalValues: GlobalValues;
  private readonly types: FunctionType[] = [];
  private readonly imported: { typeIndex: number; import: ImportName; offset: number }[] = [];
  private declared: { typeIndex: number; offset: number }[] = [];
  private readonly tables: WasmTable[] = [];
  private readonly memories: WasmMemory[] = [];
  private readonly globals: WasmGlobal[] = [];
  private readonly tags: WasmTag[] = [];
  private readonly exports: WasmExport[] = [];
  private start: number | undefined;
  private readonly elements: ElementSegment[] = [];
  private bodies: Body[] = [];
  private readonly data: DataSegment[] = [];
  private dataCount: number | undefined;

  constructor(names: Names, custom: ReadonlyMap<string, Uint8Array>, globalValues: GlobalValues) {
    this.names = names;
    this.custom = custom;
    this.globalValues = globalValues;
  }

  read(sections: readonly Section[]): WasmModule {
    const readers: Record<number, (cursor: Cursor) => void> = {
      1: (cursor) => vector(cursor, () => this.types.push(readFunctionType(cursor))),
      2: (cursor) => vector(cursor, () => this.readImport(cursor)),
      3: (cursor) => vector(cursor, () => this.declared.push({ offset: cursor.offset, typeIndex: cursor.u32() })),
      4: (cursor) => vector(cursor, () => this.tables.push(this.readTable(cursor))),
      5: (cursor) => vector(cursor, () => this.addMemory(cursor)),
      6: (cursor) => vector(cursor, () => this.readGlobal(cursor)),
      7: (cursor) => vector(cursor, () => this.exports.push(readExport(cursor))),
      8: (cursor) => {
        this.start = cursor.u32();
      },
      9: (cursor) => vector(cursor, () => this.elements.push(this.readElement(cursor))),
      10: (cursor) => vector(cursor, () => this.bodies.push(readCodeEntry(cursor))),
      11: (cursor) => vector(cursor, () => this.data.push(this.readData(cursor))),
      12: (cursor) => {
        this.dataCount = cursor.u32();
      },
      13: (cursor) => vector(cursor, () => this.addTag(cursor)),
    };
    let last: Cursor | undefined;
    for (const { id, cursor } of sections) {
      readers[id](cursor);
      if (!cursor.done) throw cursor.malformed("section size mismatch: bytes after its last item");
      last = cursor;
    }
    const end = last ?? new Cursor(new Uint8Array(), 0, 0, "module");
    if (this.declared.length !== this.bodies.length) {
      const what = `${this.declared.length} functions declared, ${this.bodies.length} bodies`;
      throw end.malformed(`function and code section have inconsistent lengths: ${what}`);
    }
    if (this.dataCount !== undefined && this.dataCount !== this.data.length) {
      throw end.malformed("data count and data section have inconsistent lengths");
    }
    return this.assemble();
  }

  private get scope(): ConstantScope {
    return {
      types: this.types,
      globals: this.globals,
      functionCount: this.imported.length + this.declared.length,
    };
  }

  private assemble(): WasmModule {
    const exportNames = new Map<number, string>();
    for (const { kind, index, name } of this.exports) {
      if (kind === "function" && !exportNames.has(index)) exportNames.set(index, name);
    }
    const nameOf = (index: number): string =>
      this.names.functions.get(index) ?? exportNames.get(index) ?? `func[${index}]`;
    const functions: WasmFunction[] = [];
    for (const { typeIndex, import: from, offset } of this.imported) {
      const index = functions.length;
      const type = this.functionType(typeIndex, offset, "import section");
      const name = this.names.functions.get(index) ?? `${from.module}.${from.name}`;
      functions.push({ index, type, typeIndex, import: from, name, locals: [], body: [] });
    }
    for (const [position, { typeIndex, offset }] of this.declared.entries()) {
      const index = functions.length;
      const type = this.functionType(typeIndex, offset, "function section");
      const { locals, cursor } = this.bodies[position];
      const name = nameOf(index);
      cursor.where = `function ${name}`;
      const body = readBody(cursor, this.types);
      if (this.dataCount === undefined) {
        const use = body.find(({ op }) => op === "memory.init" || op === "data.drop");
        if (use) throw cursor.malformed(`data count section required by ${use.op}`, use.offset);
      }
      functions.push({ index, type, typeIndex, name, locals, body });
    }
    const globals = this.globals.map((global, index) => {
      const name = this.names.globals.get(index);
      return name === undefined ? global : { ...global, name };
    });
    return {
      types: this.types,
      functions,
      tables: this.tables,
      memories: this.memories,
      globals,
      tags: this.tags,
      exports: this.exports,
      ...(this.start === undefined ? {} : { start: this.start }),
      elements: this.elements,
      data: this.data,
      ...(this.names.module === undefined ? {} : { name: this.names.module }),
      custom: this.custom,
    };
  }

  private functionType(index: number, offset: number, where: string): FunctionType {
    if (index < this.types.length) return this.types[index];
    throw new Cursor(new Uint8Array(), offset, offset, where).invalid(`unknown type ${index}`);
  }

  private readImport(cursor: Cursor): void {
    const from: ImportName = { module: cursor.name(), name: cursor.name() };
    const offset = cursor.offset;
    const kind = cursor.u8();
    if (kind === 0) this.imported.push({ import: from, offset: cursor.offset, typeIndex: cursor.u32() });
    else if (kind === 1) this.tables.push({ ...readTableType(cursor), import: from });
    else if (kind === 2) this.addMemory(cursor, from);
    else if (kind === 3) {
      const init = this.globalValues[`${from.module}.${from.name}`];
      this.globals.push({ ...readGlobalType(cursor), import: from, ...(init ? { init } : {}) });
    } else if (kind === 4) this.addTag(cursor, from);
    else throw cursor.malformed(`malformed import kind ${kind}`, offset);
  }

  private addMemory(cursor: Cursor, from?: ImportName): void {
    const memory = readMemory(cursor);
    this.memories.push(from ? { ...memory, import: from } : memory);
  }

  private addTag(cursor: Cursor, from?: ImportName): void {
    const at = cursor.offset;
    if (cursor.u8() !== 0) throw cursor.malformed("malformed tag attribute", at);
    const typeIndex = cursor.u32();
    const type = this.functionType(typeIndex, at, cursor.where);
    this.tags.push(from ? { type, typeIndex, import: from } : { type, typeIndex });
  }

  private readTable(cursor: Cursor): WasmTable {
    if (cursor.peek() !== 0x40) return readTableType(cursor);
    cursor.skip(1);
    if (cursor.u8() !== 0) throw cursor.malformed("malformed table", cursor.offset - 1);
    const table = readTableType(cursor);
    return { ...table, init: readConstant(cursor, this.scope, table.type) };
  }

  private readGlobal(cursor: Cursor): void {
    const type = readGlobalType(cursor);
    this.globals.push({ ...type, init: readConstant(cursor, this.scope, type.type) });
  }

  /** Flags: bit 0 passive or declarative, bit 1 explicit table (or declarative), bit 2 expressions in place of function indices. */
  private readElement(cursor: Cursor): ElementSegment {
    const at = cursor.offset;
    const flags = cursor.u32();
    if (flags > 7) throw cursor.malformed(`malformed elements segment kind ${flags}`, at);
    const mode = (flags & 1) === 0 ? "active" : (flags & 2) === 0 ? "passive" : "declarative";
    const table = mode === "active" && (flags & 2) !== 0 ? cursor.u32() : 0;
    const indexed = addressType(this.tables[table] ?? {});
    const offset = mode === "active" ? readConstant(cursor, this.scope, indexed) : undefined;
    const expressions = (flags & 4) !== 0;
    let type: ValueType = "funcref";
    if ((flags & 3) !== 0) {
      if (expressions) type = readReferenceType(cursor);
      else if (cursor.u8() !== 0) throw cursor.malformed("malformed element kind", cursor.offset - 1);
    }
    const items: ConstantExpression[] = [];
    vector(cursor, () => {
      if (expressions) items.push(readConstant(cursor, this.scope, type));
      else {
        const itemOffset = cursor.offset;
        const index = cursor.u32();
        if (index >= this.scope.functionCount) throw cursor.invalid(`unknown function ${index}`, itemOffset);
        items.push({ kind: "function", index });
      }
    });
    return { mode, table, type, ...(offset ? { offset } : {}), items };
  }

  private readData(cursor: Cursor): DataSegment {
    const at = cursor.offset;
    const flags = cursor.u32();
    if (flags > 2) throw cursor.malformed(`malformed data segment kind ${flags}`, at);
    const memory = flags === 2 ? cursor.u32() : 0;
    const addressed = addressType(this.memories[memory] ?? {});
    const offset = flags === 1 ? undefined : readConstant(cursor, this.scope, addressed);
    const bytes = cursor.take(cursor.u32());
    return { bytes, ...(offset ? { offset } : {}), ...(memory > 0 ? { memory } : {}) };
  }
}

function vector(cursor: Cursor, item: () => void): void {
  for (let count = cursor.count(); count > 0; count--) item();
}

function readFunctionType(cursor: Cursor): FunctionType {
  const at = cursor.offset;
  const form = cursor.u8();
  if ([0x4d, 0x4e, 0x4f, 0x50, 0x5e, 0x5f].includes(form)) {
    throw cursor.unsupported("garbage collection (recursive or aggregate types)", at);
  }
  if (form !== 0x60) throw cursor.malformed("malformed function type", at);
  const params: ValueType[] = [];
  const results: ValueType[] = [];
  vector(cursor, () => params.push(readValueType(cursor)));
  vector(cursor, () => results.push(readValueType(cursor)));
  return { params, results };
}

/** Flags: bit 0 there is a maximum, bit 1 shared, bit 2 addresses are of 64 bits. */
function readLimits(cursor: Cursor, sharedAllowed: boolean): Addressed & { limits: Limits } {
  const at = cursor.offset;
  const flags = cursor.u8();
  if (flags >= 8) throw cursor.malformed(`malformed limits flags ${flags}`, at);
  if ((flags & 3) === 3 && sharedAllowed) throw cursor.unsupported("threads (shared memory)", at);
  if ((flags & 2) !== 0) throw cursor.malformed(`malformed limits flags ${flags}`, at);
  const wide = (flags & 4) !== 0;
  const number = (): bigint => (wide ? cursor.u64() : BigInt(cursor.u32()));
  const min = number();
  const max = (flags & 1) === 0 ? undefined : number();
  // here, where all 64 bits are there to be compared
  if (wide && max !== undefined && max < min) throw cursor.invalid("size minimum must not be greater than maximum", at);
  const limits = max === undefined ? { min: Number(min) } : { min: Number(min), max: Number(max) };
  return wide ? { limits, address: "i64" } : { limits };
}

function readTableType(cursor: Cursor): WasmTable {
  const type = readReferenceType(cursor);
  return { type, ...readLimits(cursor, false) };
}

function readMemory(cursor: Cursor): WasmMemory {
  return readLimits(cursor, true);
}

function readGlobalType(cursor: Cursor): Pick<WasmGlobal, "type" | "mutable"> {
  const type = readValueType(cursor);
  const mutable = cursor.u8();
  if (mutable > 1) throw cursor.malformed("malformed mutability", cursor.offset - 1);
  return { type, mutable: mutable === 1 };
}

const exportKinds = ["function", "table", "memory", "global", "tag"] as const;

function readExport(cursor: Cursor): WasmExport {
  const name = cursor.name();
  const at = cursor.offset;
  const kind = cursor.u8();
  if (kind > 4) throw cursor.malformed(`malformed export kind ${kind}`, at);
  return { name, kind: exportKinds[kind], index: cursor.u32() };
}

function readCodeEntry(cursor: Cursor): Body {
  const body = cursor.sub(cursor.u32());
  const runs: [number, ValueType][] = [];
  let total = 0;
  vector(body, () => {
    const at = body.offset;
    const count = body.u32();
    total += count;
    if (total > 0xffff_ffff) throw body.malformed("too many locals", at);
    runs.push([count, readValueType(body)]);
  });
  if (total > maxLocals) throw body.unsupported(`${total} locals in one function, the limit is ${maxLocals}`);
  const locals = runs.flatMap(([count, type]) => new Array<ValueType>(count).fill(type));
  return { locals, cursor: body };
}
