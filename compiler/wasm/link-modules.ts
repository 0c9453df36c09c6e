/**
 * Several modules as one: what a module imports by the name of another is that one's own function, table, memory or global. Index spaces are laid one
 * behind the other; imports that no module of the list provides stay imports.
 *
 * The specification instantiates one module after the other (4.5.4): segments, then the start function, then the next module. As long as no start
 * function comes before a segment, segments stay what they are; from there on they become passive, and code puts them where they belong.
 */
import { ModuleError } from "../errors.ts";
import { mapConstant, mapInstruction, type Spaces } from "./map-indices.ts";
import {
  addressType,
  type ConstantExpression,
  type DataSegment,
  type ElementSegment,
  type FunctionType,
  type ImportName,
  type Instruction,
  type Limits,
  type WasmExport,
  type WasmFunction,
  type WasmGlobal,
  type WasmMemory,
  type WasmModule,
  type WasmTable,
  type WasmTag,
} from "./module.ts";

/** A module to be instantiated, and which one of the list each module name of its imports means; they come before it. */
export interface Instantiation {
  readonly module: WasmModule;
  readonly scope: ReadonlyMap<string, number>;
}

export interface Linked {
  /** without exports and start function */
  readonly module: WasmModule;
  /** by instantiation: its exports in the linked module, and the function that instantiates it, if there is anything to do */
  readonly instances: readonly { readonly exports: readonly WasmExport[]; readonly initialiser: number | undefined }[];
}

/** A module and the name that others import from it by. */
export interface NamedModule {
  readonly name: string;
  readonly module: WasmModule;
}

/**
 * One program of several modules: the first one's exports and, where it has one, its start function last. What they import from each other decides who
 * comes before whom; imports of names that are not in the list stay.
 * @throws ModuleError `unlinkable`
 */
export function linkModules(list: readonly NamedModule[]): WasmModule {
  const order = importOrder(list);
  const scope = new Map(order.map(({ name }, index) => [name, index]));
  const { module, instances } = linkInstances(
    order.map((one) => ({ module: one === list[0] ? one.module : named(one), scope })),
  );
  const initialisers = instances.flatMap(({ initialiser }) => (initialiser === undefined ? [] : [initialiser]));
  const { exports } = instances[order.indexOf(list[0]!)]!;
  const [only, ...others] = initialisers;
  if (others.length === 0) return { ...module, exports, ...(only === undefined ? {} : { start: only }) };
  const start: WasmFunction = {
    index: module.functions.length,
    type: nothing,
    typeIndex: module.types.length,
    name: "instantiate",
    locals: [],
    body: [...initialisers.map((index) => ({ op: "call", offset: -1, index })), { op: "end", offset: -1 }],
  };
  const types = [...module.types, nothing];
  return { ...module, types, functions: [...module.functions, start], exports, start: start.index };
}

/** Functions are known by their module's name before their own. */
function named({ name, module }: NamedModule): WasmModule {
  return { ...module, name, functions: module.functions.map((func) => ({ ...func, name: `${name}.${func.name}` })) };
}

/** Exporters before importers, else as they are given. */
function importOrder(list: readonly NamedModule[]): NamedModule[] {
  const byName = new Map(list.map((one) => [one.name, one]));
  if (byName.size < list.length) throw notLinked(`two modules of one name: ${list.map(({ name }) => name).join(", ")}`);
  const order: NamedModule[] = [];
  const visit = (one: NamedModule, path: readonly NamedModule[]): void => {
    if (order.includes(one)) return;
    const way = [...path, one];
    if (path.includes(one)) throw notLinked(`imports in a circle: ${way.map(({ name }) => name).join(" → ")}`);
    for (const { import: from } of KINDS.flatMap((kind) => entitiesOf(one.module, kind))) {
      const exporter = from && byName.get(from.module);
      if (exporter) visit(exporter, way);
    }
    order.push(one);
  };
  for (const one of list) visit(one, []);
  return order;
}

const notLinked = (what: string): ModuleError => new ModuleError("unlinkable", what, "the list of modules");

type Kind = WasmExport["kind"];
type Entity = WasmFunction | WasmTable | WasmMemory | WasmGlobal | WasmTag;
const KINDS: readonly Kind[] = ["function", "table", "memory", "global", "tag"];

const entitiesOf = (module: WasmModule, kind: Kind): readonly Entity[] =>
  ({
    function: module.functions,
    table: module.tables,
    memory: module.memories,
    global: module.globals,
    tag: module.tags,
  })[kind];

const nothing: FunctionType = { params: [], results: [] };

/**
 * @param deferred from which instantiation on segments are put in place by the initialiser; 0 for all, so that the caller decides when
 * @throws ModuleError `unlinkable` for an import that its module does not export, or exports as something else
 */
export function linkInstances(list: readonly Instantiation[], deferred = firstDeferred(list)): Linked {
  const linker = new Linker(list);
  const instances = list.map((_, index) => ({
    exports: linker.exportsOf(index),
    initialiser: linker.initialise(index, index >= deferred),
  }));
  return { module: linker.module(), instances };
}

/** The instantiation before whose segments a start function runs. */
function firstDeferred(list: readonly Instantiation[]): number {
  const first = list.findIndex(({ module }) => module.start !== undefined);
  return first < 0 ? list.length : first + 1;
}

class Linker {
  private readonly list: readonly Instantiation[];
  private readonly spaces: Record<Kind, number[]>[] = [];
  private readonly bases: { type: number; element: number; data: number }[] = [];
  private readonly merged: Record<Kind, Entity[]> = { function: [], table: [], memory: [], global: [], tag: [] };
  private readonly types: FunctionType[] = [];
  private readonly elements: ElementSegment[] = [];
  private readonly data: DataSegment[] = [];
  /** memories and tables that something makes larger */
  private readonly grown = new Set<string>();
  private readonly checks: Instruction[][] = [];

  constructor(list: readonly Instantiation[]) {
    this.list = list;
    this.takeImports();
    for (const [index, { module }] of list.entries()) this.takeDefinitions(index, module);
    for (const [index, { module }] of list.entries()) this.takeBodies(index, module);
    for (const index of list.keys()) this.checkImports(index);
  }

  /** What stays an import comes first in its index space. */
  private takeImports(): void {
    for (const { module, scope } of this.list) {
      const space: Record<Kind, number[]> = { function: [], table: [], memory: [], global: [], tag: [] };
      for (const kind of KINDS)
        for (const [index, entity] of entitiesOf(module, kind).entries())
          if (entity.import && !scope.has(entity.import.module))
            space[kind][index] = this.merged[kind].push(entity) - 1;
      this.spaces.push(space);
    }
  }

  private takeDefinitions(at: number, module: WasmModule): void {
    const space = this.spaces[at]!;
    for (const kind of KINDS)
      for (const [index, entity] of entitiesOf(module, kind).entries()) {
        if (!entity.import) space[kind][index] = this.merged[kind].push(entity) - 1;
        else if (space[kind][index] === undefined) space[kind][index] = this.resolve(at, kind, entity.import);
      }
    this.bases.push({ type: this.types.length, element: this.elements.length, data: this.data.length });
    this.types.push(...module.types);
    const to = this.spacesOf(at);
    this.elements.push(
      ...module.elements.map((segment) => ({
        ...segment,
        table: segment.mode === "active" ? to.table(segment.table) : segment.table,
        ...(segment.offset ? { offset: mapConstant(segment.offset, to) } : {}),
        items: segment.items.map((item) => mapConstant(item, to)),
      })),
    );
    this.data.push(
      ...module.data.map((segment) =>
        segment.offset
          ? { ...segment, offset: mapConstant(segment.offset, to), memory: to.memory(segment.memory ?? 0) }
          : segment,
      ),
    );
  }

  /** Index in the linked module of what an import names. */
  private resolve(at: number, kind: Kind, from: ImportName): number {
    const exporter = this.list[at]!.scope.get(from.module)!;
    const found = this.list[exporter]!.module.exports.find(({ name }) => name === from.name);
    if (!found) throw unlinkable(from, `unknown import: ${from.module} does not export ${from.name}`);
    if (found.kind !== kind)
      throw unlinkable(from, `incompatible import type: ${kind} wanted, the export is a ${found.kind}`);
    return this.spaces[exporter]![kind][found.index]!;
  }

  private spacesOf(at: number): Spaces {
    const space = this.spaces[at]!;
    const base = this.bases[at]!;
    return {
      function: (index) => space.function[index]!,
      table: (index) => space.table[index]!,
      memory: (index) => space.memory[index]!,
      global: (index) => space.global[index]!,
      tag: (index) => space.tag[index]!,
      type: (index) => base.type + index,
      element: (index) => base.element + index,
      data: (index) => base.data + index,
    };
  }

  private takeBodies(at: number, module: WasmModule): void {
    const to = this.spacesOf(at);
    const place = <T extends Entity>(kind: Kind, index: number, entity: T): void => {
      this.merged[kind][to[kind](index)] = entity;
    };
    const own = (entity: Entity): boolean => !entity.import || !this.list[at]!.scope.has(entity.import.module);
    for (const func of module.functions) {
      if (!own(func)) continue;
      const body = func.body.map((instruction) => mapInstruction(instruction, to));
      for (const { op, index } of body)
        if (op === "memory.grow" || op === "table.grow") this.grown.add(`${op} ${index}`);
      const index = to.function(func.index);
      place("function", func.index, { ...func, index, typeIndex: to.type(func.typeIndex), body });
    }
    for (const [index, tag] of module.tags.entries())
      if (own(tag)) place("tag", index, { ...tag, typeIndex: to.type(tag.typeIndex) });
    for (const [index, global] of module.globals.entries())
      if (own(global)) place("global", index, global.init ? { ...global, init: mapConstant(global.init, to) } : global);
    for (const [index, table] of module.tables.entries())
      if (own(table)) place("table", index, table.init ? { ...table, init: mapConstant(table.init, to) } : table);
  }

  private checkImports(at: number): void {
    const { module, scope } = this.list[at]!;
    const checks: Instruction[] = [];
    for (const kind of KINDS)
      for (const [index, wanted] of entitiesOf(module, kind).entries()) {
        const from = wanted.import;
        if (!from || !scope.has(from.module)) continue;
        const target = this.spaces[at]![kind][index]!;
        const found = this.merged[kind][target]!;
        const reason = this.mismatch(kind, wanted, found, target, checks);
        if (reason !== undefined) throw unlinkable(from, `incompatible import type: ${reason}`);
      }
    this.checks.push(checks);
  }

  private mismatch(
    kind: Kind,
    wanted: Entity,
    found: Entity,
    index: number,
    checks: Instruction[],
  ): string | undefined {
    if (kind === "function" || kind === "tag") {
      const [a, b] = [wanted, found].map((entity) => describe((entity as WasmFunction | WasmTag).type));
      return a === b ? undefined : `${a} wanted, the export has ${b}`;
    }
    if (kind === "global") {
      const [a, b] = [wanted, found].map((entity) => {
        const { type, mutable } = entity as WasmGlobal;
        return mutable ? `mutable ${type}` : type;
      });
      return a === b ? undefined : `${a} wanted, the export is ${b}`;
    }
    if (kind === "table" && (wanted as WasmTable).type !== (found as WasmTable).type)
      return `${(wanted as WasmTable).type} wanted, the export has ${(found as WasmTable).type}`;
    const address = addressType(found as WasmMemory);
    if (addressType(wanted as WasmMemory) !== address) return `addressed by ${addressType(wanted as WasmMemory)}`;
    const { min, max } = (wanted as WasmMemory).limits;
    const has: Limits = (found as WasmMemory).limits;
    if (max !== undefined && (has.max === undefined || has.max > max))
      return `at most ${max} wanted, the export has ${has.max ?? "no"} maximum`;
    if (has.min >= min) return undefined;
    if (!this.grown.has(`${kind}.grow ${index}`)) return `at least ${min} wanted, the export has ${has.min}`;
    // it may have grown by then
    const limit = address === "i64" ? { value64: BigInt(min) } : { value: min };
    checks.push(
      { op: `${kind}.size`, offset: -1, index },
      { op: `${address}.const`, offset: -1, ...limit },
      { op: `${address}.lt_u`, offset: -1 },
      { op: "if", offset: -1, block: nothing },
      { op: "unreachable", offset: -1 },
      { op: "end", offset: -1 },
    );
    return undefined;
  }

  exportsOf(at: number): WasmExport[] {
    const to = this.spacesOf(at);
    return this.list[at]!.module.exports.map((item) => ({ ...item, index: to[item.kind](item.index) }));
  }

  /** @returns the function that does what instantiation does, undefined for nothing */
  initialise(at: number, withSegments: boolean): number | undefined {
    const { module } = this.list[at]!;
    const to = this.spacesOf(at);
    const body = [...this.checks[at]!];
    if (withSegments) {
      for (const index of module.elements.keys()) body.push(...this.placeElements(to.element(index)));
      for (const index of module.data.keys()) body.push(...this.placeData(to.data(index)));
    }
    if (module.start !== undefined) body.push({ op: "call", offset: -1, index: to.function(module.start) });
    if (body.length === 0) return undefined;
    return this.addFunction(`instantiate.${module.name ?? at}`, body);
  }

  addFunction(name: string, body: readonly Instruction[]): number {
    const index = this.merged.function.length;
    const typeIndex = this.types.push(nothing) - 1;
    const whole = [...body, { op: "end", offset: -1 }];
    this.merged.function.push({ index, type: nothing, typeIndex, name, locals: [], body: whole });
    return index;
  }

  private placeElements(index: number): Instruction[] {
    const { offset, ...segment } = this.elements[index]!;
    const drop = { op: "elem.drop", offset: -1, index };
    if (segment.mode === "passive") return [];
    this.elements[index] = { ...segment, mode: "passive" };
    if (segment.mode === "declarative") return [drop];
    const init = { op: "table.init", offset: -1, index, index2: segment.table };
    return [...toCode(offset!), constant(0), constant(segment.items.length), init, drop];
  }

  private placeData(index: number): Instruction[] {
    const { offset, memory = 0, bytes } = this.data[index]!;
    if (!offset) return [];
    this.data[index] = { bytes };
    const init = { op: "memory.init", offset: -1, index, index2: memory };
    return [...toCode(offset), constant(0), constant(bytes.length), init, { op: "data.drop", offset: -1, index }];
  }

  module(): WasmModule {
    return {
      types: this.types,
      functions: this.merged.function as WasmFunction[],
      tables: this.merged.table as WasmTable[],
      memories: this.merged.memory as WasmMemory[],
      globals: this.merged.global as WasmGlobal[],
      tags: this.merged.tag as WasmTag[],
      exports: [],
      elements: this.elements,
      data: this.data,
      custom: new Map(),
    };
  }
}

const constant = (value: number): Instruction => ({ op: "i32.const", offset: -1, value });

function toCode(expression: ConstantExpression): Instruction[] {
  switch (expression.kind) {
    case "i32":
      return [constant(expression.value)];
    case "i64":
      return [{ op: "i64.const", offset: -1, value64: expression.value }];
    case "global":
      return [{ op: "global.get", offset: -1, index: expression.index }];
    case "binary":
      return [...toCode(expression.left), ...toCode(expression.right), { op: expression.op, offset: -1 }];
    default:
      throw new ModuleError("unsupported", "a segment's offset is not a number", "element or data section");
  }
}

function unlinkable({ module, name }: ImportName, what: string): ModuleError {
  return new ModuleError("unlinkable", what, `import ${module}.${name}`);
}

function describe({ params, results }: FunctionType): string {
  return `(${params.join(", ")}) -> (${results.join(", ")})`;
}
