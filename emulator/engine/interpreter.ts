/** The interpreter: the reference engine. Its fast path is `interpreter-code.ts`, everything else `machine.ts`. */
import { immediateOf } from "../isa/decode.ts";
import { evaluate } from "../isa/expression.ts";
import { field } from "../isa/format.ts";
import { INSTRUCTIONS } from "../isa/table.ts";
import type { MachineConfig } from "../machine/config.ts";
import { DELEGATION_REGISTERS } from "../machine/delegation.ts";
import { ENGINE, ROM_SIZE } from "../machine/layout.ts";
import type { Engine, TapeDevice } from "./engine.ts";
import { interpreterModule, LEAVE } from "./interpreter-code.ts";
import { BaseMachine } from "./machine.ts";

let compiled: WebAssembly.Module | undefined;

/** Where writes to x0 go: the word behind x31. */
const NOWHERE = 32;

export class InterpreterMachine extends BaseMachine {
  /** (pc, most instructions) → how many of them are left; the last pc is at `ENGINE.pc` */
  protected readonly interpret: (pc: number, count: number) => number;
  readonly #code: Uint8Array;
  readonly #immediates: Int32Array;
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
    this.#code = new Uint8Array(buffer, ENGINE.code, ROM_SIZE + 4);
    this.#immediates = new Int32Array(buffer, ENGINE.immediates, ROM_SIZE / 4);
    for (let address = 0; address < image.length; address += 4) this.#decodeAt(address);
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
    for (const address of this.#patched) this.#code[address] = LEAVE;
  }

  protected override codeChanged(address: number): void {
    this.#decodeAt(address);
  }

  #decodeAt(address: number): void {
    const word = this.store.words[address >>> 2];
    const index = this.decoder.decode(word);
    if (index < 0) {
      this.#code[address] = LEAVE;
      return;
    }
    const row = INSTRUCTIONS[index];
    const immediate = immediateOf(row, word);
    const rd = field.rd(word);
    this.#code[address] = this.#isPlain(index, address, rd, immediate) ? index + 1 : LEAVE;
    this.#code[address + 1] = 4 * (rd === 0 ? NOWHERE : rd);
    this.#code[address + 2] = 4 * field.rs1(word);
    this.#code[address + 3] = 4 * field.rs2(word);
    this.#immediates[address >>> 2] = immediate;
  }

  /** Whether the handler may run: known targets are checked here once and for all. */
  #isPlain(index: number, pc: number, rd: number, imm: number): boolean {
    const { effect, reads } = INSTRUCTIONS[index];
    if (effect.kind === "delegate") return !DELEGATION_REGISTERS[effect.delegation].includes(rd);
    if (effect.kind === "branch" || (effect.kind === "jump" && !reads.rs1)) {
      const target = evaluate(effect.target, { pc, imm, rs1: 0, rs2: 0 }) as number;
      return target !== pc && target % 4 === 0 && target >= 0 && target < ROM_SIZE;
    }
    return true;
  }
}

export const interpreter: Engine = {
  name: "interpreter",
  load: (image, config, tape) => new InterpreterMachine(image, config, tape),
};
