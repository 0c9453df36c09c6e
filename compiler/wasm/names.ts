/** Custom sections that carry names: the name section (specification, appendix A.4) and the sections that tools look for by name. */
import { Cursor } from "./cursor.ts";

export interface Names {
  readonly module: string | undefined;
  readonly functions: ReadonlyMap<number, string>;
  readonly globals: ReadonlyMap<number, string>;
}

export const noNames: Names = { module: undefined, functions: new Map(), globals: new Map() };

/** Reads a name section. A broken one is ignored, as the specification asks: names never change what a module means. */
export function readNames(bytes: Uint8Array): Names {
  let module: string | undefined;
  const functions = new Map<number, string>();
  const globals = new Map<number, string>();
  try {
    const cursor = new Cursor(bytes, 0, bytes.length, "name section");
    while (!cursor.done) {
      const id = cursor.u8();
      const section = cursor.sub(cursor.u32());
      if (id === 0) module = section.name();
      else if (id === 1) readMap(section, functions);
      else if (id === 7) readMap(section, globals);
    }
  } catch {
    return { module, functions, globals };
  }
  return { module, functions, globals };
}

function readMap(cursor: Cursor, names: Map<number, string>): void {
  for (let count = cursor.count(); count > 0; count--) {
    const index = cursor.u32();
    names.set(index, cursor.name());
  }
}
