/**
 * A machine that runs as the interpreter does and knows afterwards how often each instruction was executed, and what each path of calls cost.
 * Calls are told by where a jump goes, not by its registers, for compilers use any register as link: a jump with a link register is a call; one
 * without is a return where it goes to an address that a frame returns to, else, into another function, a tail call.
 */
import type { TapeDevice } from "../engine/engine.ts";
import { InterpreterMachine } from "../engine/interpreter.ts";
import { WATCH } from "../engine/interpreter-code.ts";
import type { Program } from "../image/program.ts";
import { findInstruction } from "../isa/decode.ts";
import { field } from "../isa/format.ts";
import { INSTRUCTIONS } from "../isa/table.ts";
import type { DelegationCounts, MachineConfig } from "../machine/config.ts";
import { ENGINE, ROM_SIZE } from "../machine/layout.ts";
import type { Stop } from "../machine/stop.ts";
import { CallTree, type Cost, costOf } from "./call-tree.ts";
import { countingModule, TABLES } from "./counting-code.ts";
import type { FunctionMap } from "./functions.ts";

let counting: WebAssembly.Module | undefined;

/** What somebody wants to be told while the machine runs. When it is told, `totals` and the tree are up to date. */
export interface Watch {
  /** The instruction at this address is about to be executed. */
  readonly places: ReadonlyMap<number, (machine: ProfilingMachine) => void>;
  /** Functions have been left. */
  readonly left?: (machine: ProfilingMachine) => void;
}

const NOTHING: Watch = { places: new Map() };
const BRANCH = 0x63;
const JALR = 0x67;

export class ProfilingMachine extends InterpreterMachine {
  readonly tree: CallTree;
  /** of the run */
  readonly totals: Cost = costOf();
  readonly #ofWord: Uint16Array;
  readonly #watch: Watch;
  readonly #differences: BigInt64Array;
  readonly #start: number;
  /** cycles of the run when what `advance` was given is used up */
  #advanceEnd = 0;
  /** delegation calls that the counters in memory do not have any more */
  #collected: DelegationCounts = { blake2s: 0, u256: 0 };

  /** @param firstSection label of the call tree's first root */
  constructor(
    program: Program,
    functions: FunctionMap,
    config: MachineConfig,
    tape: TapeDevice,
    watch: Watch = NOTHING,
    firstSection = 0,
  ) {
    // the code's imports must be there before the machine
    const receiver = {
      transfer: (_pc: number, _target: number, _left: number) => {},
      watch: (_pc: number, _left: number) => {},
    };
    counting ??= new WebAssembly.Module(countingModule());
    super(program.image, config, tape, {
      module: counting,
      imports: {
        transfer: (pc: number, target: number, left: number) => receiver.transfer(pc, target, left),
        watch: (pc: number, left: number) => receiver.watch(pc, left),
      },
    });
    receiver.transfer = (pc, target, left) => this.#transfer(pc, target, this.#advanceEnd - left);
    // the instruction that is watched has been taken from what is left, but not been executed
    receiver.watch = (pc, left) => this.#arrive(pc, this.#advanceEnd - left - 1);
    this.#ofWord = functions.ofWord;
    this.#watch = watch;
    const { buffer } = this.store.memory;
    this.#differences = new BigInt64Array(buffer, TABLES.differences, ROM_SIZE / 4 + 1);
    new Uint16Array(buffer, TABLES.functions, ROM_SIZE / 4).set(functions.ofWord);
    const { bytes } = this.store;
    for (const address of watch.places.keys()) {
      bytes[TABLES.watched + address] = bytes[ENGINE.code + address];
      bytes[ENGINE.code + address] = WATCH;
    }
    this.#start = this.pc;
    this.tree = new CallTree(firstSection, functions.ofWord[this.pc >>> 2]);
    this.#setReturnAddress();
  }

  override run(options: { maxCycles?: number } = {}): Stop {
    const stop = super.run(options);
    this.#charge(this.cycles);
    return stop;
  }

  protected override advance(count: number): number {
    this.#advanceEnd = this.cycles + count;
    return super.advance(count);
  }

  override step(): Stop | undefined {
    const { pc } = this;
    const stop = super.step();
    if (stop && stop.kind !== "finished") return stop;
    const row = INSTRUCTIONS[findInstruction(this.store.words[pc >>> 2])];
    // a jump may go to the next instruction too
    if (row.effect.kind !== "jump" && this.pc === pc + 4) return stop;
    this.#differences[pc / 4 + 1]--;
    if (this.pc >= ROM_SIZE) return stop;
    this.#differences[this.pc >>> 2]++;
    if (!stop) this.#stepTransfer(pc, this.pc);
    return stop;
  }

  /** What the counting code decides for itself. */
  #stepTransfer(pc: number, target: number): void {
    const word = this.store.words[pc >>> 2];
    const opcode = field.opcode(word);
    const linked = opcode !== BRANCH && field.rd(word) !== 0;
    const leaves = this.#ofWord[pc >>> 2] !== this.#ofWord[target >>> 2];
    const returns = opcode === JALR && target === this.tree.returnAddress;
    if (linked || leaves || returns) this.#transfer(pc, target, this.cycles);
  }

  /** @param cycles of the run, the jump included */
  #transfer(pc: number, target: number, cycles: number): void {
    const { tree } = this;
    const word = this.store.words[pc >>> 2];
    const opcode = field.opcode(word);
    // taken or not, it goes there: as a function that runs on into the next one
    if (opcode === BRANCH && target === pc + 4) return;
    const from = this.#ofWord[pc >>> 2];
    const to = this.#ofWord[target >>> 2];
    // a function that ran on into the next one, without a jump
    if (from !== tree.current) tree.tail(from);
    this.#charge(cycles);
    if (opcode !== BRANCH && field.rd(word) !== 0) tree.call(to, pc + 4);
    else if (opcode === JALR && tree.leave(target)) this.#watch.left?.(this);
    else if (from !== to) tree.tail(to);
    this.#setReturnAddress();
  }

  #arrive(pc: number, cycles: number): void {
    this.#charge(cycles);
    this.#watch.places.get(pc)?.(this);
  }

  #charge(cycles: number): void {
    const { words } = this.store;
    const { totals } = this;
    totals.cycles = cycles;
    totals.blake2s = this.#collected.blake2s + words[ENGINE.blake2sCalls / 4];
    totals.u256 = this.#collected.u256 + words[ENGINE.u256Calls / 4];
    this.tree.charge(cycles, totals.blake2s, totals.u256);
  }

  override get delegations(): DelegationCounts {
    this.#collected = super.delegations;
    return this.#collected;
  }

  #setReturnAddress(): void {
    this.store.words[TABLES.returnAddress / 4] = this.tree.returnAddress;
  }

  /** How often each instruction was executed, by word of ROM. */
  counts(): Float64Array {
    const counts = new Float64Array(ROM_SIZE / 4);
    let count = 0n;
    // behind the image nothing can be executed
    for (let i = 0; i < this.imageBytes / 4; i++) {
      count += this.#differences[i];
      if (i === this.#start >>> 2) count++;
      if (i === this.pc >>> 2) count--;
      counts[i] = Number(count);
    }
    return counts;
  }
}
