/** Checks a decoded module by the validation rules of the specification (section 3.4); bodies in `validate-body.ts`. */
import { ModuleError } from "../errors.ts";
import { addressType, type ConstantExpression, type Limits, type WasmModule } from "./module.ts";
import { validateBody } from "./validate-body.ts";

const maxPages = { i32: 65_536, i64: 2 ** 48 };
const maxTable = { i32: 0xffff_ffff, i64: 2 ** 64 };

function invalid(what: string): ModuleError {
  return new ModuleError("invalid", what, "the module as a whole");
}

/** @throws ModuleError `invalid` */
export function validateModule(module: WasmModule): void {
  for (const memory of module.memories) {
    const { limits } = memory;
    const most = maxPages[addressType(memory)];
    if (Math.max(limits.min, limits.max ?? 0) > most) throw invalid(`memory size must be at most ${most} pages`);
    checkLimits(limits, "memory");
  }
  for (const table of module.tables) {
    const { limits } = table;
    const most = maxTable[addressType(table)];
    if (limits.min > most) throw invalid(`table size must be at most ${most}`);
    checkLimits(limits, "table");
  }
  for (const { type } of module.tags) if (type.results.length > 0) throw invalid("non-empty tag result type");
  checkSegments(module);
  checkExports(module);
  if (module.start !== undefined) {
    const start = module.functions[module.start];
    if (!start) throw invalid(`unknown function ${module.start} (start)`);
    if (start.type.params.length + start.type.results.length > 0) {
      throw invalid(`start function ${start.name} must have no parameters and no results`);
    }
  }
  const references = declaredReferences(module);
  for (const func of module.functions) if (!func.import) validateBody({ module, references }, func);
}

function checkLimits({ min, max }: Limits, what: string): void {
  if (max !== undefined && max < min) throw invalid(`size minimum of ${what} must not be greater than maximum`);
}

function checkSegments(module: WasmModule): void {
  for (const [index, segment] of module.elements.entries()) {
    if (segment.mode !== "active") continue;
    const table = module.tables[segment.table];
    if (!table) throw invalid(`unknown table ${segment.table} (element segment ${index})`);
    if (table.type !== segment.type) {
      throw invalid(`type mismatch: element segment ${index} of ${segment.type} for a table of ${table.type}`);
    }
  }
  for (const [index, segment] of module.data.entries()) {
    const memory = segment.memory ?? 0;
    if (segment.offset && memory >= module.memories.length)
      throw invalid(`unknown memory ${memory} (data segment ${index})`);
  }
}

function checkExports(module: WasmModule): void {
  const spaces = {
    function: module.functions,
    table: module.tables,
    memory: module.memories,
    global: module.globals,
    tag: module.tags,
  };
  const seen = new Set<string>();
  for (const { name, kind, index } of module.exports) {
    if (seen.has(name)) throw invalid(`duplicate export name ${JSON.stringify(name)}`);
    seen.add(name);
    if (index >= spaces[kind].length) throw invalid(`unknown ${kind} ${index} (export ${JSON.stringify(name)})`);
  }
}

/** Functions that occur outside of bodies: in elements, exports and initial values of globals. */
function declaredReferences(module: WasmModule): Set<number> {
  const references = new Set<number>();
  const add = (expression: ConstantExpression | undefined): void => {
    if (expression?.kind === "function") references.add(expression.index);
  };
  for (const { items } of module.elements) for (const item of items) add(item);
  for (const { init } of [...module.globals, ...module.tables]) add(init);
  for (const { kind, index } of module.exports) if (kind === "function") references.add(index);
  return references;
}
