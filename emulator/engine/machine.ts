/**
 * What both engines are made of: state, inspection, snapshots, and one instruction executed straight from the table. An engine adds
 * only `advance`, which runs many instructions fast and comes back whenever something is not plain; `step` then does that one
 * instruction exactly, or says why it cannot be done. So the rare cases, and every message, exist once.
 */
import { InputError } from "../../errors.ts";
import { type Decoder, decoderOf, immediateOf, type Refusal, refuse } from "../isa/decode.ts";
import { evaluate, type OperandValues } from "../isa/expression.ts";
import { field } from "../isa/format.ts";
import { type Delegation, INSTRUCTIONS, type Instruction } from "../isa/table.ts";
import type { DelegationCounts, MachineConfig } from "../machine/config.ts";
import { DELEGATION_REGISTERS, refuseDelegation } from "../machine/delegation.ts";
import { DELEGATION_EXPORTS, delegationModule } from "../machine/delegation-code.ts";
import { ADDRESS_SPACE, ENGINE, MEMORY_PAGES, PAGE_SHIFT, ROM_SIZE } from "../machine/layout.ts";
import { createMemory, type MachineMemory, restorePages, savePages } from "../machine/memory.ts";
import type { Stop } from "../machine/stop.ts";
import type { Machine, Snapshot, TapeDevice } from "./engine.ts";

const hex = (value: number) => "0x" + (value >>> 0).toString(16).padStart(8, "0");

/** An instruction that cannot be executed: nothing has been changed. */
export class Unprovable extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** By the memory's pages. */
const delegations = new Map<number, WebAssembly.Module>();

function delegationsFor(pages: number): WebAssembly.Module {
  let module = delegations.get(pages);
  if (!module) delegations.set(pages, (module = new WebAssembly.Module(delegationModule(pages))));
  return module;
}

/** Those without parameters, and those of `DELEGATION_EXPORTS` with. */
type DelegationFunctions = Record<Delegation, () => number> & Readonly<Record<string, (...values: number[]) => number>>;

export abstract class BaseMachine implements Machine {
  readonly config: MachineConfig;
  readonly registers: Uint32Array;
  readonly breakpoints: Set<number> = new Set();
  readonly #delegationCounts: DelegationCounts = { blake2s: 0, u256: 0 };
  protected readonly store: MachineMemory;
  protected readonly decoder: Decoder;
  protected readonly tape: TapeDevice;
  protected readonly imageBytes: number;
  #delegate: DelegationFunctions;
  readonly #makeDelegations: () => DelegationFunctions;
  #cycles = 0;
  #tapeWordsRead = 0;
  #pc = 0;

  /** @param pages of the memory, for machines that need more than the engines' area */
  constructor(image: Uint8Array, config: MachineConfig, tape: TapeDevice, pages: number = MEMORY_PAGES) {
    this.config = config;
    this.tape = tape;
    this.imageBytes = image.length;
    this.store = createMemory(image, pages);
    this.registers = this.store.registers.subarray(0, 32);
    this.decoder = decoderOf(config);
    const imports = { env: { memory: this.store.memory } };
    let made: DelegationFunctions | undefined;
    this.#makeDelegations = () =>
      (made ??= new WebAssembly.Instance(delegationsFor(pages), imports).exports as DelegationFunctions);
    const later = (name: string) => [name, (...values: number[]) => this.#makeDelegations()[name]!(...values)];
    this.#delegate = Object.fromEntries(DELEGATION_EXPORTS.map(later));
  }

  /** Their code takes 5 ms to make, for which a program without delegations does not wait; a debugger may write one into it. */
  protected get delegate(): DelegationFunctions {
    return this.#delegate;
  }
  /** For a program that has some: called without JavaScript in between. */
  protected prepareDelegations(): void {
    this.#delegate = this.#makeDelegations();
  }

  get pc(): number {
    return this.#pc;
  }
  set pc(value: number) {
    this.#pc = value >>> 0;
  }
  get cycles(): number {
    return this.#cycles;
  }
  get tapeWordsRead(): number {
    return this.#tapeWordsRead;
  }
  /** Calls are counted in memory by the delegations themselves (32 bits), and collected here. */
  get delegations(): DelegationCounts {
    this.#collect("blake2s", ENGINE.blake2sCalls);
    this.#collect("u256", ENGINE.u256Calls);
    return { ...this.#delegationCounts };
  }
  #collect(name: Delegation, address: number): void {
    this.#delegationCounts[name] += this.store.words[address / 4];
    this.store.words[address / 4] = 0;
  }

  /**
   * Executes at most `count` (1…2^30) plain instructions from `pc` on, sets `pc`, and returns how many it executed. It must not execute
   * an instruction that ends the run, is refused, or is at a breakpoint (except the first: the caller has dealt with it).
   */
  protected abstract advance(count: number): number;
  /** How many cycles `advance` gets at a time; engines may lower it to let compiled code replace baseline code. */
  protected readonly slice: number = 2 ** 28;
  /** Called before a run for what may have changed in between: breakpoints. */
  protected prepare(): void {}

  /**
   * The tape as compiled code imports it. Neither function throws, for the machine's state must be right when an error of the device
   * reaches the caller of `run`: the code leaves instead (a word below 0; a result that is not 0), and `step` throws the error.
   */
  protected readonly tapeImports = {
    tapeRead: (): number => this.#guarded(() => this.#readTape(), -1),
    tapeWrite: (word: number): number =>
      this.#guarded(() => {
        this.tape.write(word >>> 0);
        return 0;
      }, 1),
  };
  #tapeError: { error: unknown } | undefined;

  #guarded(action: () => number, failed: number): number {
    try {
      return action();
    } catch (error) {
      this.#tapeError = { error };
      return failed;
    }
  }

  #readTape(): number {
    const word = this.tape.read();
    if (word >= 0) this.#tapeWordsRead++;
    return word;
  }

  /**
   * A breakpoint stops before its instruction; not at the instruction where the run begins, so that running on from one works.
   * @param options.maxCycles limit on `cycles`, not on this call's instructions; default: none
   * @throws what the tape device throws, with the machine at the instruction that asked
   */
  run(options: { maxCycles?: number } = {}): Stop {
    const limit = options.maxCycles ?? Number.MAX_SAFE_INTEGER;
    this.prepare();
    this.registers[0] = 0;
    // leave the place of the last stop without meeting its breakpoint
    if (this.breakpoints.has(this.#pc) && this.#cycles < limit) {
      const stop = this.step();
      if (stop) return stop;
    }
    for (;;) {
      const left = limit - this.#cycles;
      if (left <= 0) return { kind: "cycle-limit", pc: this.#pc, cycles: this.#cycles };
      const count = Math.min(left, this.slice);
      const done = this.advance(count);
      this.#cycles += done;
      if (done === count) continue;
      if (this.breakpoints.has(this.#pc)) return { kind: "breakpoint", pc: this.#pc, cycles: this.#cycles };
      const stop = this.step();
      if (stop) return stop;
    }
  }

  step(): Stop | undefined {
    const pc = this.#pc;
    this.registers[0] = 0;
    try {
      const next = this.#execute(pc);
      this.#cycles++;
      this.#pc = next;
      if (next === pc) return { kind: "finished", pc, cycles: this.#cycles };
      return undefined;
    } catch (error) {
      if (!(error instanceof Unprovable)) throw error;
      return { kind: "unprovable", pc, cycles: this.#cycles, ...error.refusal };
    }
  }

  /** @returns the next pc */
  #execute(pc: number): number {
    if (pc >= ROM_SIZE)
      throw new Unprovable({
        cause: "fetch-outside-rom",
        message: `an instruction is fetched from ${hex(pc)}, outside the ROM; only code of the image can be proven`,
      });
    if (pc % 4 !== 0)
      throw new Unprovable({ cause: "misaligned-jump", message: `execution at ${hex(pc)}, not a multiple of 4` });
    const word = this.store.words[pc >>> 2];
    const index = this.decoder.decode(word);
    if (index < 0) throw new Unprovable(refuse(word, this.config, pc < this.imageBytes));
    return this.#perform(index, word, pc);
  }

  #perform(index: number, word: number, pc: number): number {
    const { registers: x } = this;
    const rd = field.rd(word);
    const operands: OperandValues = {
      rs1: x[field.rs1(word)] | 0,
      rs2: x[field.rs2(word)] | 0,
      imm: immediateOf(index, word),
      pc,
    };
    const row = INSTRUCTIONS[index];
    const { effect } = row;
    const setRd = (value: number) => {
      if (rd !== 0) x[rd] = value;
    };
    switch (effect.kind) {
      case "compute":
        setRd(evaluate(effect.value, operands) as number);
        break;
      case "load":
        setRd(this.#load(row, effect.bytes, effect.signed, (evaluate(effect.address, operands) as number) >>> 0));
        break;
      case "store":
        this.#store(
          row,
          effect.bytes,
          (evaluate(effect.address, operands) as number) >>> 0,
          evaluate(effect.value, operands) as number,
        );
        break;
      case "branch":
        if (evaluate(effect.condition, operands)) return this.#target(row, evaluate(effect.target, operands) as number);
        break;
      case "jump": {
        const target = this.#target(row, evaluate(effect.target, operands) as number);
        setRd(evaluate(effect.link, operands) as number);
        return target;
      }
      case "tape":
        this.#throwTapeError();
        if (rd !== 0) {
          const value = this.#readTape();
          if (value < 0)
            throw new Unprovable({
              cause: "tape-exhausted",
              message: `the program asks for word ${this.#tapeWordsRead} of the tape, which has no more words`,
            });
          setRd(value);
        }
        if (field.rs1(word) !== 0) this.tape.write(operands.rs1 >>> 0);
        break;
      case "delegate": {
        this.#callDelegation(effect.delegation, rd);
        setRd(0);
        break;
      }
    }
    return pc + 4;
  }

  #throwTapeError(): void {
    if (!this.#tapeError) return;
    const { error } = this.#tapeError;
    this.#tapeError = undefined;
    throw error;
  }

  #target(row: Instruction, target: number): number {
    if (target & 3)
      throw new Unprovable({
        cause: "misaligned-jump",
        message: `${row.name} to ${hex(target)}, which is not a multiple of 4`,
      });
    return target >>> 0;
  }

  #checkAccess(row: Instruction, bytes: number, address: number): void {
    const what = row.effect.kind === "load" ? "load" : "store";
    if (address % bytes !== 0)
      throw new Unprovable({
        cause: `misaligned-${what}`,
        message: `${row.name} of ${bytes} bytes at ${hex(address)}, which is not a multiple of ${bytes}`,
      });
    if (address >= ADDRESS_SPACE)
      throw new Unprovable({
        cause: `${what}-out-of-bounds`,
        message: `${row.name} at ${hex(address)}, beyond the memory's end at ${hex(ADDRESS_SPACE)}`,
      });
  }

  #load(row: Instruction, bytes: number, signed: boolean, address: number): number {
    this.#checkAccess(row, bytes, address);
    const shifted = this.store.words[address >>> 2] >>> (8 * (address & 3));
    if (bytes === 4) return shifted;
    const unused = 32 - 8 * bytes;
    return signed ? (shifted << unused) >> unused : (shifted << unused) >>> unused;
  }

  #store(row: Instruction, bytes: number, address: number, value: number): void {
    this.#checkAccess(row, bytes, address);
    if (address < ROM_SIZE)
      throw new Unprovable({
        cause: "store-to-rom",
        message: `${row.name} at ${hex(address)}, in the ROM (below ${hex(ROM_SIZE)})`,
      });
    for (let i = 0; i < bytes; i++) this.store.bytes[address + i] = value >>> (8 * i);
    this.store.unwritten[address >>> PAGE_SHIFT] = 0;
  }

  #callDelegation(name: Delegation, rd: number): void {
    if (rd !== 0 && DELEGATION_REGISTERS[name].includes(rd))
      throw new Unprovable({
        cause: "delegation-operand",
        message: `${name}: rd = x${rd} is one of the delegation's own registers; use x0`,
      });
    const refusal = refuseDelegation(name, this.registers);
    if (refusal) throw new Unprovable(refusal);
    if (this.delegate[name]() !== 0) throw new Error(`bug: ${name} refused a call that its checks accept`);
  }

  readWord(address: number): number {
    checkAddress(address);
    return this.store.words[address / 4];
  }

  /** ROM may be written too, as a debugger does; engines then re-read what they have translated. */
  writeWord(address: number, value: number): void {
    checkAddress(address);
    this.store.words[address / 4] = value;
    if (address >= ROM_SIZE) this.store.unwritten[address >>> PAGE_SHIFT] = 0;
    else this.codeChanged(address);
  }

  protected abstract codeChanged(address: number): void;

  snapshot(): Snapshot {
    return {
      pc: this.#pc,
      registers: this.registers.slice(),
      cycles: this.#cycles,
      delegations: this.delegations,
      tapeWordsRead: this.#tapeWordsRead,
      pages: savePages(this.store),
    };
  }

  /** The tape device is the caller's: it has to be moved to `tapeWordsRead` (`TapeDevice.seek`, where it has one, is called). */
  restore(snapshot: Snapshot): void {
    this.restoreState(snapshot);
    restorePages(this.store, snapshot.pages);
  }

  /** All of it but the RAM. */
  protected restoreState(snapshot: Omit<Snapshot, "pages">): void {
    this.#pc = snapshot.pc;
    this.registers.set(snapshot.registers);
    this.#cycles = snapshot.cycles;
    void this.delegations;
    Object.assign(this.#delegationCounts, snapshot.delegations);
    this.#tapeWordsRead = snapshot.tapeWordsRead;
    this.tape.seek?.(snapshot.tapeWordsRead);
  }
}

function checkAddress(address: number): void {
  if (address % 4 !== 0 || address < 0 || address >= ADDRESS_SPACE)
    throw new InputError(
      "that is not the address of a word",
      hex(address),
      `give a multiple of 4 below ${hex(ADDRESS_SPACE)}`,
    );
}
