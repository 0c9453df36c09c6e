/** Source maps: version 3 for a WebAssembly file read into a table, and the map of an image (pc → source, function), which is written as JSON. */
import { InputError } from "../errors.ts";
import type { Layout } from "./layout.ts";

export interface SourcePosition {
  readonly file: string;
  /** from 1 */
  readonly line: number;
  /** from 1 */
  readonly column: number;
}

/** Positions by offset in the module file, ascending. */
export interface ModuleMap {
  readonly files: readonly string[];
  /** offset, file, line (from 1), column (from 1), four numbers an entry; file -1: no source from here on */
  readonly entries: Int32Array;
}

/** One map of several files that lie one behind the other, each with its length; a file without a map has no positions. */
export function joinModuleMaps(
  parts: readonly { readonly map: ModuleMap | undefined; readonly size: number }[],
): ModuleMap {
  const files: string[] = [];
  const entries: number[] = [];
  let base = 0;
  for (const { map, size } of parts) {
    entries.push(base, -1, 0, 0);
    for (let at = 0; at < (map?.entries.length ?? 0); at += 4) {
      const [offset, file, line, column] = map!.entries.subarray(at, at + 4) as unknown as [
        number,
        number,
        number,
        number,
      ];
      entries.push(base + offset, file < 0 ? -1 : file + files.length, line, column);
    }
    files.push(...(map?.files ?? []));
    base += size;
  }
  return { files, entries: Int32Array.from(entries) };
}

const base64 = new Map(
  [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].map((letter, value) => [letter, value]),
);

/**
 * Reads a version 3 map whose generated file is a WebAssembly module: one line, columns are byte offsets.
 * @throws InputError when it is not such a map
 */
export function readModuleMap(json: string): ModuleMap {
  const map = parse(json);
  const entries: number[] = [];
  let offset = 0;
  let file = 0;
  let line = 0;
  let column = 0;
  for (const segment of map.mappings.split(",")) {
    if (segment === "") continue;
    const fields = decode(segment);
    offset += fields[0];
    if (fields.length >= 4) {
      file += fields[1];
      line += fields[2];
      column += fields[3];
      entries.push(offset, file, line + 1, column + 1);
    } else entries.push(offset, -1, 0, 0);
  }
  return { files: map.sources, entries: Int32Array.from(entries) };
}

const FIX = "make the module and its map again with one tool, or remove the map";

function parse(json: string): { sources: string[]; mappings: string } {
  try {
    const { version, sources, mappings } = JSON.parse(json);
    if (version === 3 && Array.isArray(sources) && typeof mappings === "string" && !mappings.includes(";")) {
      return { sources, mappings };
    }
  } catch {
    // The same message: what it is not.
  }
  throw new InputError("it is not a version 3 map of a WebAssembly module", "source map", FIX);
}

function decode(segment: string): number[] {
  const fields: number[] = [];
  let value = 0;
  let shift = 0;
  for (const letter of segment) {
    const digit = base64.get(letter);
    if (digit === undefined)
      throw new InputError(`bad character: ${JSON.stringify(letter)}`, "source map, mappings", FIX);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if (digit & 32) continue;
    fields.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2);
    value = 0;
    shift = 0;
  }
  return fields;
}

/** Index of the last entry (of `stride` numbers) whose first number is at most `key`, times the stride; -1 when there is none. */
function search(entries: ArrayLike<number>, stride: number, key: number): number {
  let low = 0;
  let high = entries.length / stride;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle * stride] <= key) low = middle + 1;
    else high = middle;
  }
  return (low - 1) * stride;
}

/** The source of a byte offset in the module. */
export function positionOf(map: ModuleMap, offset: number): SourcePosition | undefined {
  const at = search(map.entries, 4, offset);
  if (at < 0 || map.entries[at + 1] < 0) return undefined;
  return { file: map.files[map.entries[at + 1]], line: map.entries[at + 2], column: map.entries[at + 3] };
}

/** The map of an image. Addresses are byte addresses, lines and columns count from 1. */
export interface ImageMap {
  readonly version: 1;
  readonly files: readonly string[];
  readonly functions: readonly { readonly name: string; readonly symbol: string; start: number; end: number }[];
  /** pc, file, line, column, four numbers an entry, ascending; each holds until the next; file -1: code without source */
  readonly lines: readonly number[];
}

/** Bodies that are inlined everywhere and say nothing: what called them is the place to show. */
const transparent = /(^|\/)guest\/sdk\/panic\.ts$/;

/**
 * The entry for an offset; where asc notes none (the `unreachable` of a failed assertion) or only where giving up is written, the one before it in the
 * same body, which is the condition.
 */
function callerEntry(map: ModuleMap, offset: number, body: number): number {
  for (let at = search(map.entries, 4, offset); at >= 0 && map.entries[at] >= body; at -= 4) {
    const file = map.entries[at + 1];
    if (file >= 0 && !transparent.test(map.files[file])) return at;
  }
  return -1;
}

export function makeImageMap(layout: Layout, map: ModuleMap | undefined): ImageMap {
  const lines: number[] = [];
  const used = new Map<number, number>();
  const fileIndex = (file: number): number => {
    if (!used.has(file)) used.set(file, used.size);
    return used.get(file)!;
  };
  const add = (pc: number, file: number, line: number, column: number): void => {
    const at = lines.length - 4;
    if (lines[at] === pc) lines.length = at;
    const last = lines.length - 4;
    if (last >= 0 && lines[last + 1] === file && lines[last + 2] === line && lines[last + 3] === column) return;
    lines.push(pc, file, line, column);
  };
  let end = 0;
  for (const { start, item, end: next } of layout.functions) {
    if (start > end) add(end, -1, 0, 0);
    end = next;
    if (item.origins[0]?.at !== 0) add(start, -1, 0, 0);
    const known = item.origins.filter(({ offset }) => offset >= 0);
    const body = known.reduce((least, { offset }) => Math.min(least, offset), Number.MAX_SAFE_INTEGER);
    for (const { at, offset } of item.origins) {
      const entry = map && offset >= 0 ? callerEntry(map, offset, body) : -1;
      if (entry < 0) add(start + at * 4, -1, 0, 0);
      else add(start + at * 4, fileIndex(map!.entries[entry + 1]), map!.entries[entry + 2], map!.entries[entry + 3]);
    }
  }
  add(end, -1, 0, 0);
  return {
    version: 1,
    files: [...used.keys()].map((file) => map!.files[file]),
    functions: layout.functions.map(({ start, end: stop, item }) => ({
      name: item.displayName,
      symbol: item.symbol,
      start,
      end: stop,
    })),
    lines,
  };
}

/** What is at a pc: the function, and the source where it is known. */
export function lookUp(map: ImageMap, pc: number): { function?: string; position?: SourcePosition } {
  const inside = map.functions.find(({ start, end }) => pc >= start && pc < end);
  const at = search(map.lines, 4, pc);
  const file = at >= 0 ? map.lines[at + 1] : -1;
  return {
    ...(inside ? { function: inside.name } : {}),
    ...(inside && file >= 0
      ? { position: { file: map.files[file], line: map.lines[at + 2], column: map.lines[at + 3] } }
      : {}),
  };
}

export function formatPosition({ file, line, column }: SourcePosition): string {
  return `${file}:${line}:${column}`;
}
