/** A module of a script as bytes. */
import { wat } from "../../lib/wat.ts";
import type { ModuleSource } from "./script.ts";
import { Excluded, REFERENCES } from "./verdict.ts";

/**
 * A valid module behaves the same when its function references lose their types: no instruction that accepts them looks at the type
 * (those of WebAssembly 3 that do are not accepted). Types are what invalid modules are about, so those are left as they are.
 */
function eraseReferences(text: string): string {
  if (/\((rec|sub|struct|array)[\s)]/.test(text)) return text;
  return text
    .replace(/\(ref (null )?extern\)/g, "externref")
    .replace(/\(ref (null )?(func|\$\w+|\d+)\)/g, "funcref")
    .replace(/\(ref\.null (\$\w+|\d+)\)/g, "(ref.null func)");
}

/** @throws Excluded for what no assembler here knows */
export function assemble(source: ModuleSource, erase: boolean): Uint8Array {
  if (source.form === "binary") return source.bytes;
  if (source.form === "quote")
    throw new Excluded("text format: the test is for parsers of text, which the compiler does not read");
  const text = erase ? eraseReferences(source.text) : source.text;
  if (/\((ref|rec|sub|struct|array)[\s)]/.test(text)) throw new Excluded(REFERENCES);
  try {
    return wat(text);
  } catch (error) {
    const reason = /error: ([^\n]*)/.exec(error instanceof Error ? error.message : "")?.[1] ?? "unknown";
    const known = wabtGaps.find(([pattern]) => pattern.test(reason));
    throw new Excluded(known ? known[1] : `no assembler here knows it: ${reason}`);
  }
}

/** What wabt says → the feature. */
const wabtGaps: readonly [RegExp, string][] = [
  [/call_ref|as_non_null|anyref|nullref|"(null|func|extern|any)"|rec|sub|array|struct|reference type/, REFERENCES],
];
