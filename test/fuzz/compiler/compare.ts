/** One random module on both machines. */
import { runInEmulator, runInV8 } from "../../lib/differential.ts";
import { wat } from "../../lib/wat.ts";

export interface Comparison {
  readonly message: string | undefined;
  readonly trapped: boolean;
}

export function differs(text: string, options: { wild: boolean; signedMulDiv: boolean }): Comparison {
  const wasm = wat(text);
  const expected = runInV8(wasm);
  const trapped = expected === "trap";
  try {
    const strict = options.wild ? { boundsChecks: true, memoryBias: 0x20_0000 } : {};
    const { result } = runInEmulator(wasm, { ...strict, signedMulDiv: options.signedMulDiv });
    if (JSON.stringify(result) === JSON.stringify(expected)) return { message: undefined, trapped };
    return { message: `V8: ${JSON.stringify(expected)}, emulator: ${JSON.stringify(result)}`, trapped };
  } catch (error) {
    return { message: (error as Error).stack ?? String(error), trapped };
  }
}
