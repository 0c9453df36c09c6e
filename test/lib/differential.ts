/** One module, two machines: V8 and the emulator. What `main` returns must be equal, and where one traps the other must be unprovable. */
import { link } from "../../compiler/link/link.ts";
import { type CompileOptions, compileModule } from "../../compiler/pipeline.ts";
import { readModule } from "../../compiler/wasm/reader.ts";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { FULL, UNSIGNED } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";

export interface Outcome {
  /** words that `main` returned, or what stopped it */
  readonly result: number[] | "trap" | "limit";
  readonly cycles: number;
}

const MAX_CYCLES = 20_000_000;

export function runInEmulator(
  wasm: Uint8Array,
  options: CompileOptions = {},
  tape: readonly number[] = [],
  maxCycles = MAX_CYCLES,
): Outcome {
  const object = compileModule(readModule(wasm), { verify: true, ...options });
  const { image } = link(object);
  const config = options.signedMulDiv === true ? FULL : UNSIGNED;
  const machine = interpreter.load(image, config, new ReplayTape(Uint32Array.from(tape)));
  const stop = machine.run({ maxCycles });
  if (stop.kind === "cycle-limit") return { result: "limit", cycles: machine.cycles };
  if (stop.kind === "unprovable") {
    // the only lawful way to become unprovable is the instruction made for it
    if (stop.cause !== "unknown-csr" && machine.readWord(stop.pc) !== 0xc0001073)
      throw new Error(`unprovable for the wrong reason: ${stop.cause} at 0x${stop.pc.toString(16)}: ${stop.message}`);
    return { result: "trap", cycles: machine.cycles };
  }
  return { result: [...machine.registers.subarray(10, 18)], cycles: machine.cycles };
}

/** The same in V8; i64 results as two words. */
export function runInV8(wasm: Uint8Array, imports: WebAssembly.Imports = {}): number[] | "trap" {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>), imports);
  let result: unknown;
  try {
    result = (instance.exports.main as () => unknown)();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return "trap";
    throw error;
  }
  const values = result === undefined ? [] : Array.isArray(result) ? result : [result];
  const words = values.flatMap((v: number | bigint) =>
    typeof v === "bigint" ? [Number(BigInt.asUintN(32, v)), Number(BigInt.asUintN(32, v >> 32n))] : [v >>> 0],
  );
  while (words.length < 8) words.push(0);
  return words;
}
