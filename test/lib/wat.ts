/**
 * WebAssembly text to binary: modules in tests are written as people read them. By wabt, which leaves bodies as they are written; by binaryen (which
 * comes with AssemblyScript) where wabt cannot.
 */
import binaryen from "assemblyscript/binaryen";
import wabt from "wabt";

const features = {
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  multi_value: true,
  bulk_memory: true,
  reference_types: true,
  simd: true,
  threads: true,
  exceptions: true,
  extended_const: true,
  tail_call: true,
  multi_memory: true,
  memory64: true,
};
const tools = await wabt();

/** wabt writes segments of another memory than the first without the memory's index. */
const hasDataOfOtherMemory = (text: string): boolean =>
  /\(data\s[^()"]*\(memory\b/.test(text) ||
  ((text.match(/\(memory\s/g)?.length ?? 0) > 1 && /\(memory\s[^()]*\((export[^()]*\)\s*\()?data\b/.test(text));

/** Tables with an initial value. */
const hasTableValue = (text: string): boolean => /\(table\s[^()]*(func|extern)ref\s*\((?!elem)/.test(text);

export function wat(text: string, name = "test.wat"): Uint8Array {
  return hasDataOfOtherMemory(text) || hasTableValue(text) ? watOfBinaryen(text) : watOfWabt(text, name);
}

/** @throws Error with wabt's message and place */
function watOfWabt(text: string, name: string): Uint8Array {
  // As bytes: wabt's own conversion of strings knows ASCII only.
  const module = tools.parseWat(name, new TextEncoder().encode(text), features);
  try {
    return module.toBinary({ write_debug_names: true }).buffer;
  } finally {
    module.destroy();
  }
}

/** Binaryen reads text into its own representation: what cannot be reached may be missing from the result. */
function watOfBinaryen(text: string): Uint8Array {
  let module: binaryen.Module;
  try {
    module = binaryen.parseText(text);
  } catch (error) {
    // not an Error, but its message has a place
    throw new Error(`binaryen: ${(error as { message?: string }).message ?? String(error)}`, { cause: error });
  }
  try {
    module.setFeatures(binaryen.Features.All);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
