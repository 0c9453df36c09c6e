/** WebAssembly text to binary, by wabt: modules in tests are written as people read them. */
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
};
const tools = await wabt();

export function wat(text: string, name = "test.wat"): Uint8Array {
  // As bytes: wabt's own conversion of strings knows ASCII only.
  const module = tools.parseWat(name, new TextEncoder().encode(text), features);
  try {
    return module.toBinary({ write_debug_names: true }).buffer;
  } finally {
    module.destroy();
  }
}
