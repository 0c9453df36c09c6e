/** Code that reads a witness: where it lies, in the memory of the model or in another one. */
import { Code, type LoadName } from "../wasm/builder.ts";

/** Number of the memory: 0 is the checker's own, into which rows and calls were copied; 1 the recorder's. */
export type WitnessMemory = 0 | 1;

export class WitnessCode extends Code {
  readonly #memory: WitnessMemory;

  constructor(parameters: number, memory: WitnessMemory) {
    super(parameters);
    this.#memory = memory;
  }

  loadWitness(kind: LoadName, offset = 0): this {
    return this.load(kind, offset, this.#memory);
  }
  loadWitnessVector(offset: number): this {
    return this.v128Load(offset, this.#memory);
  }
}

/** A module that imports two memories of no bytes. */
const TWO_MEMORIES = [0, 97, 115, 109, 1, 0, 0, 0, 2, 13, 2, 1, 97, 0, 2, 0, 0, 1, 98, 0, 2, 0, 0];

let canHaveTwo: boolean | undefined;

/** Whether a module may have two memories: Node 20 and Safari do not know how. */
export function hasSecondMemory(): boolean {
  return (canHaveTwo ??= WebAssembly.validate(Uint8Array.from(TWO_MEMORIES)));
}
