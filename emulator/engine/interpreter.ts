/** The interpreter: the reference engine. Its fast path is `interpreter-code.ts`, everything else `machine.ts`. */
import type { MachineConfig } from "../machine/config.ts";
import { ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { type DecodedWords, decodeWords, type KnownImage, knownImage, LEAVE } from "./decoded-words.ts";
import type { Engine, TapeDevice } from "./engine.ts";
import { interpreterModule } from "./interpreter-code.ts";
import { BaseMachine } from "./machine.ts";

let compiled: WebAssembly.Module | undefined;

export class InterpreterMachine extends BaseMachine {
  /** (pc, most instructions) → how many of them are left; the last pc is at `ENGINE.pc` */
  protected readonly interpret: (pc: number, count: number) => number;
  /** What is known of the image as it was loaded. */
  protected readonly image: KnownImage;
  /** In the machine's memory, with breakpoints. */
  protected readonly decodedWords: DecodedWords;
  #patched: number[] = [];
  /** Small enough that V8 soon enters the optimised code, which it compiles while the baseline code runs. */
  protected override readonly slice = 2 ** 18;

  /** @param variant code with hooks, and the functions that the hooks import */
  constructor(
    image: Uint8Array,
    config: MachineConfig,
    tape: TapeDevice,
    variant?: { readonly module: WebAssembly.Module; readonly imports: Record<string, (...values: number[]) => void> },
  ) {
    super(image, config, tape);
    const { buffer } = this.store.memory;
    this.decodedWords = {
      operations: new Uint8Array(buffer, ENGINE.code, ROM_SIZE + 4),
      immediates: new Int32Array(buffer, ENGINE.immediates, ROM_SIZE / 4),
    };
    this.image = knownImage(this.store.words.subarray(0, image.length / 4), config);
    if (this.image.hasDelegations) this.prepareDelegations();
    this.decodedWords.operations.set(this.image.decoded.operations);
    this.decodedWords.immediates.set(this.image.decoded.immediates);
    const module = variant?.module ?? (compiled ??= new WebAssembly.Module(interpreterModule()));
    const env = {
      memory: this.store.memory,
      ...this.tapeImports,
      ...this.delegate,
      ...variant?.imports,
    };
    this.interpret = new WebAssembly.Instance(module, { env }).exports.run as (pc: number, count: number) => number;
  }

  protected override advance(count: number): number {
    const { pc } = this;
    if (pc >= ROM_SIZE || pc % 4 !== 0) return 0;
    const left = this.interpret(pc, count);
    this.pc = this.store.words[ENGINE.pc / 4];
    return count - left;
  }

  protected override prepare(): void {
    for (const address of this.#patched) this.#decodeAt(address);
    this.#patched = [...this.breakpoints].filter((address) => address < ROM_SIZE && address % 4 === 0);
    for (const address of this.#patched) this.decodedWords.operations[address] = LEAVE;
  }

  protected override codeChanged(address: number): void {
    this.#decodeAt(address);
  }

  #decodeAt(address: number): void {
    const word = address >>> 2;
    decodeWords(this.store.words, [word, word + 1], this.config, this.decodedWords);
  }
}

export const interpreter: Engine = {
  name: "interpreter",
  load: (image, config, tape) => new InterpreterMachine(image, config, tape),
};
