/**
 * Cycles and gas by EVM opcode, measured in the running image: the interpreter's fetch of an opcode is marked (`markers.ts`), and the instruction at the mark says
 * where the opcode is.
 *
 * An opcode lasts from its fetch to the next one. One that leaves the interpreter's loop (calls, creations, ends of frames) lasts on in the runner, until the
 * next fetch of whatever frame, or the runner's end. What the interpreter runs in one go counts as one (`BEHIND`), and a jump goes through its JUMPDEST.
 */
import type { Program } from "../../emulator/image/program.ts";
import { FORMATS, field } from "../../emulator/isa/format.ts";
import { addCost, type Cost, costOf } from "../../emulator/profile/call-tree.ts";
import type { ProfilingMachine } from "../../emulator/profile/machine.ts";
import { FIRST_LABEL } from "../../emulator/profile/profile.ts";
import { OPCODES } from "../../guest/stf/evm/table.ts";
import { opcodePlaces } from "./markers.ts";

const NAMES: Readonly<Record<number, string>> = Object.fromEntries(OPCODES.map(({ code, name }) => [code, name]));
const CODES: Readonly<Record<string, number>> = Object.fromEntries(OPCODES.map(({ code, name }) => [name, code]));

/** What the guest's interpreter runs in one go behind an opcode (`guest/stf/evm/interpreter.ts`). */
const BEHIND = ["", "JUMP", "JUMPI", "ISZERO", "PUSH2 JUMPI", "ISZERO PUSH2 JUMPI"];
const COMPARISONS: ReadonlySet<number> = new Set(["LT", "GT", "SLT", "SGT", "EQ", "ISZERO"].map((name) => CODES[name]));

/** Which of `BEHIND` goes with the opcode at an address. */
function fusedBehind(byte: (address: number) => number, code: number, at: number): number {
  if (code === CODES.PUSH2) return BEHIND.indexOf({ [CODES.JUMP]: "JUMP", [CODES.JUMPI]: "JUMPI" }[byte(at + 3)] ?? "");
  if (!COMPARISONS.has(code)) return 0;
  const negated = byte(at + 1) === CODES.ISZERO;
  const next = at + (negated ? 2 : 1);
  const jumps = byte(next) === CODES.PUSH2 && byte(next + 3) === CODES.JUMPI;
  return BEHIND.indexOf([negated && "ISZERO", jumps && "PUSH2 JUMPI"].filter(Boolean).join(" "));
}

/** Their gas goes to another frame, or is not known before the frame's end. */
const LEAVING = new Set(
  [
    "CALL",
    "CALLCODE",
    "DELEGATECALL",
    "STATICCALL",
    "CREATE",
    "CREATE2",
    "RETURN",
    "REVERT",
    "STOP",
    "SELFDESTRUCT",
    "INVALID",
  ].map((name) => CODES[name]),
);

/** Labels of opcodes in the call tree: the opcode and, above it, which of `BEHIND` goes with it. */
const FIRST_OPCODE = FIRST_LABEL + 0x8000;
export const isOpcodeLabel = (label: number): boolean => label >= FIRST_OPCODE;

const nameOfCode = (code: number): string => NAMES[code] ?? `0x${code.toString(16).padStart(2, "0")}`;
export function opcodeName(label: number): string {
  const name = nameOfCode((label - FIRST_OPCODE) & 0xff);
  const behind = BEHIND[(label - FIRST_OPCODE) >> 8];
  return behind ? `${name} ${behind}` : name;
}

export interface OpcodeCost extends Cost {
  readonly name: string;
  count: number;
  /** EVM gas, undefined for opcodes that leave the frame */
  gas: number | undefined;
}

interface Open {
  row: OpcodeCost;
  code: number;
  before: Cost;
  gas: number;
  depth: number;
  /** still in the frame where it was fetched */
  inFrame: boolean;
}

/** Opcodes whose gas never varies, to find the register that holds it. */
const STEADY: Readonly<Record<number, number>> = Object.fromEntries(
  OPCODES.filter(({ name }) =>
    /^(ADD|SUB|MUL|DIV|AND|OR|XOR|NOT|SHL|SHR|POP|JUMPDEST|PUSH0|CALLER|DUP\d+|SWAP\d+)$/.test(name),
  ).map(({ code, gas }) => [code, gas]),
);

/** How the image says where the opcode is: `lbu rd, offset(register)` at the mark. */
export interface FetchPlace {
  readonly pc: number;
  readonly register: number;
  readonly offset: number;
}

/** Marked fetches of an image; none for a foreign one. */
export function fetchPlaces({ image, symbols }: Program): FetchPlace[] {
  const words = new DataView(image.buffer, image.byteOffset, image.byteLength);
  return opcodePlaces(symbols).flatMap((pc) => {
    const word = words.getUint32(pc, true);
    const isByteLoad = field.opcode(word) === 0x03 && field.funct3(word) === 4;
    return isByteLoad ? [{ pc, register: field.rs1(word), offset: FORMATS.load.immediate(word) }] : [];
  });
}

const byteAt = (machine: ProfilingMachine, address: number): number =>
  (machine.readWord(address & ~3) >>> (8 * (address & 3))) & 0xff;

/**
 * Finds the register that holds the frame's gas at the fetch, whatever the compiler chose: the one that falls by every steady opcode's gas.
 */
export class GasFinder {
  readonly places: ReadonlyMap<number, (machine: ProfilingMachine) => void>;
  #candidates = Array.from({ length: 31 }, (_, i) => i + 1);
  #observed = new Map<number, number>();
  #last: { gas: number; registers: Uint32Array } | undefined;

  constructor(places: readonly FetchPlace[]) {
    this.places = new Map(places.map((place) => [place.pc, (machine) => this.#observe(machine, place)]));
  }

  /** undefined as long as it is not certain */
  get register(): number | undefined {
    const enough = this.#observed.size >= 2 && [...this.#observed.values()].reduce((sum, n) => sum + n, 0) >= 50;
    return enough && this.#candidates.length === 1 ? this.#candidates[0] : undefined;
  }

  /** A frame was left: the next fetch is another's. */
  readonly left = (): void => {
    this.#last = undefined;
  };

  #observe(machine: ProfilingMachine, { register, offset }: FetchPlace): void {
    if (this.register !== undefined) return;
    const { registers } = machine;
    const last = this.#last;
    if (last) {
      this.#candidates = this.#candidates.filter((i) => ((last.registers[i] - registers[i]) | 0) === last.gas);
      this.#observed.set(last.gas, (this.#observed.get(last.gas) ?? 0) + 1);
    }
    const gas = STEADY[byteAt(machine, registers[register] + offset)];
    this.#last = gas === undefined ? undefined : { gas, registers: registers.slice() };
  }
}

export class OpcodeMeter {
  readonly places: ReadonlyMap<number, (machine: ProfilingMachine) => void>;
  readonly #rows = new Map<number, OpcodeCost>();
  readonly #gasRegister: number | undefined;
  #open: Open | undefined;

  constructor(places: readonly FetchPlace[], gasRegister: number | undefined) {
    this.#gasRegister = gasRegister;
    this.places = new Map(places.map((place) => [place.pc, (machine) => this.#fetch(machine, place)]));
  }

  /** Dearest first, by effective cycles. */
  rows(): OpcodeCost[] {
    const dearness = ({ cycles, blake2s, u256 }: Cost) => cycles + 16 * blake2s + 4 * u256;
    return [...this.#rows.values()].sort((a, b) => dearness(b) - dearness(a));
  }

  readonly left = ({ tree, totals }: ProfilingMachine): void => {
    const open = this.#open;
    if (!open) return;
    if (tree.depth < open.depth) open.inFrame = false;
    // the interpreter's caller, the runner, has ended too
    if (tree.depth < open.depth - 1) this.#close(totals);
  };

  #fetch(machine: ProfilingMachine, { register, offset }: FetchPlace): void {
    const { registers, tree, totals } = machine;
    const gas = this.#gasRegister === undefined ? 0 : registers[this.#gasRegister] | 0;
    const open = this.#open;
    if (open) {
      if (open.inFrame && open.row.gas !== undefined) open.row.gas += open.gas - gas;
      this.#close(totals);
    }
    const at = registers[register] + offset;
    const code = byteAt(machine, at);
    const label = FIRST_OPCODE + code + (fusedBehind((address) => byteAt(machine, address), code, at) << 8);
    tree.relabel(label);
    const row = this.#row(label, code);
    row.count++;
    this.#open = { row, code, before: { ...totals }, gas, depth: tree.depth, inFrame: true };
  }

  #row(label: number, code: number): OpcodeCost {
    let row = this.#rows.get(label);
    if (!row) {
      const measured = this.#gasRegister !== undefined && !LEAVING.has(code);
      row = { name: opcodeName(label), count: 0, gas: measured ? 0 : undefined, ...costOf() };
      this.#rows.set(label, row);
    }
    return row;
  }

  #close({ cycles, blake2s, u256 }: Cost): void {
    const { row, before } = this.#open!;
    addCost(row, costOf(cycles - before.cycles, blake2s - before.blake2s, u256 - before.u256));
    this.#open = undefined;
  }
}
