/** Checks a decoded module by the validation rules of the specification (section 3.4); bodies in `validate-body.ts`. */
import { ModuleError } from "../errors.ts";
import type { ConstantExpression, Limits, WasmModule } from "./module.ts";
import { validateBody } from "./validate-body.ts";

const maxPages = 65_536;
const maxTable = 0xffff_ffff;

function invalid(what: string): ModuleError {
  return new ModuleError("invalid", what, "the module as a whole");
}

/** @throws ModuleError `invalid` */
export function validateModule(module: WasmModule): void {
  for (const { limits } of module.memories) {
    const pages = limits.max ?? limits.min;
    if (limits.min > maxPages || pages > maxPages) throw invalid("memory size must be at most 65536 pages (4 GiB)");
    checkLimits(limits, "memory");
  }
  for (const { limits } of module.tables) {
    if (limits.min > maxTable) throw invalid("table size must be at most 2^32 - 1");
    checkLimits(limits, "table");
  }
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
    if (segment.offset && module.memories.length === 0) throw invalid(`unknown memory 0 (data segment ${index})`);
  }
}

function checkExports(module: WasmModule): void {
  const spaces = {
    function: module.functions,
    table: module.tables,
    memory: module.memories,
    global: module.globals,
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
  for (const { init } of module.globals) add(init);
  for (const { kind, index } of module.exports) if (kind === "function") references.add(index);
  return references;
}
