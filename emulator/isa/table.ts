/**
 * The instructions of the machine: one row each, the only place where an instruction's encoding and meaning are written.
 * The decoder, the evaluator, the interpreter's and the translator's code generators, the tracer and the disassembler read it.
 *
 * Meaning after `risc_v_simulator/src/cycle/state_new.rs` of zksync-airbender v0.3.1. Encodings are strict (DESIGN section 3):
 * funct7 and funct3 are complete, as the circuit's decoder (`cs/src/machine/ops/`) has them; what is in no row is unprovable.
 */
import {
  apply,
  constant,
  type Expression,
  imm,
  type OperatorName,
  operandsOf,
  pc,
  rs1,
  rs2,
  when,
} from "./expression.ts";
import type { FormatName } from "./format.ts";

/** The CSRs that mean something to this machine. */
export const CSR = { tape: 0x7c0, blake2s: 0x7c7, u256: 0x7ca } as const;

/** A flag of `MachineConfig` that the row needs. */
export type MachineFlag =
  | "mul"
  | "div"
  | "signedMul"
  | "signedDiv"
  | "signedLoad"
  | "subWordAccess"
  | "sra"
  | "rotate"
  | "mops";

export type Delegation = "blake2s" | "u256";

/** What the instruction does. All but branch and jump go on at pc + 4; a taken target not a multiple of 4 is unprovable. */
export type Effect =
  | { readonly kind: "compute"; readonly value: Expression }
  | { readonly kind: "load"; readonly bytes: 1 | 2 | 4; readonly signed: boolean; readonly address: Expression }
  | { readonly kind: "store"; readonly bytes: 1 | 2 | 4; readonly address: Expression; readonly value: Expression }
  | { readonly kind: "branch"; readonly condition: Expression; readonly target: Expression }
  /** rd = link; the target is computed before rd is written */
  | { readonly kind: "jump"; readonly link: Expression; readonly target: Expression }
  /** rd not x0: rd = next tape word; rs1 not x0: its value is written towards the oracle (after the read) */
  | { readonly kind: "tape" }
  /** rs1 is x0; rd = 0; then the delegation works on memory and on x10…x13, none of which may be rd */
  | { readonly kind: "delegate"; readonly delegation: Delegation };

/**
 * The three accesses of a cycle, in the order of their timestamps (`vectors/traces/README.md`): rs1 always; then rs2, or the word
 * loaded from; then rd (x0 for a branch), or the word stored to.
 */
export interface Accesses {
  readonly second: "rs2" | "load";
  readonly third: "rd" | "x0" | "store";
}

export interface Instruction {
  readonly name: string;
  readonly mask: number;
  readonly match: number;
  readonly format: FormatName;
  readonly requires: readonly MachineFlag[];
  readonly effect: Effect;
  readonly accesses: Accesses;
  /** Register fields whose value the meaning depends on (an access of the trace happens in any case). */
  readonly reads: { readonly rs1: boolean; readonly rs2: boolean };
}

const OPCODE = {
  load: 0x03,
  immediate: 0x13,
  auipc: 0x17,
  store: 0x23,
  register: 0x33,
  lui: 0x37,
  branch: 0x63,
  jalr: 0x67,
  jal: 0x6f,
  system: 0x73,
} as const;

const ACCESSES: Record<Effect["kind"], Accesses> = {
  compute: { second: "rs2", third: "rd" },
  load: { second: "load", third: "rd" },
  store: { second: "rs2", third: "store" },
  branch: { second: "rs2", third: "x0" },
  jump: { second: "rs2", third: "rd" },
  tape: { second: "rs2", third: "rd" },
  delegate: { second: "rs2", third: "rd" },
};

function expressionsOf(effect: Effect): Expression[] {
  return Object.values(effect).filter((part): part is Expression => typeof part === "object");
}

function row(
  name: string,
  format: FormatName,
  mask: number,
  match: number,
  effect: Effect,
  ...requires: MachineFlag[]
): Instruction {
  const used = new Set(expressionsOf(effect).flatMap((e) => [...operandsOf(e)]));
  const reads = { rs1: used.has("rs1") || effect.kind === "tape", rs2: used.has("rs2") };
  return {
    name,
    format,
    mask: mask >>> 0,
    match: match >>> 0,
    effect,
    requires,
    accesses: ACCESSES[effect.kind],
    reads,
  };
}

const MAJOR = 0x7f;
const MINOR = 0x707f;
const FULL = 0xfe00707f;
const minor = (opcode: number, funct3: number) => opcode | (funct3 << 12);
const full = (opcode: number, funct3: number, funct7: number) => minor(opcode, funct3) | (funct7 << 25);

const compute = (value: Expression): Effect => ({ kind: "compute", value });
const register = (name: string, funct7: number, funct3: number, value: Expression, ...requires: MachineFlag[]) =>
  row(name, "R", FULL, full(OPCODE.register, funct3, funct7), compute(value), ...requires);
const immediate = (name: string, funct3: number, op: OperatorName) =>
  row(name, "I", MINOR, minor(OPCODE.immediate, funct3), compute(apply(op, rs1, imm)));
const shift = (name: string, funct7: number, funct3: number, op: OperatorName, ...requires: MachineFlag[]) =>
  row(name, "shift", FULL, full(OPCODE.immediate, funct3, funct7), compute(apply(op, rs1, imm)), ...requires);
const address = apply("add", rs1, imm);
const load = (name: string, funct3: number, bytes: 1 | 2 | 4, signed: boolean, ...requires: MachineFlag[]) =>
  row(name, "load", MINOR, minor(OPCODE.load, funct3), { kind: "load", bytes, signed, address }, ...requires);
const store = (name: string, funct3: number, bytes: 1 | 2 | 4, ...requires: MachineFlag[]) =>
  row(name, "S", MINOR, minor(OPCODE.store, funct3), { kind: "store", bytes, address, value: rs2 }, ...requires);
const relative = apply("add", pc, imm);
const branch = (name: string, funct3: number, op: OperatorName) =>
  row(name, "B", MINOR, minor(OPCODE.branch, funct3), {
    kind: "branch",
    condition: apply(op, rs1, rs2),
    target: relative,
  });
const link = apply("add", pc, constant(4));
const delegate = (delegation: Delegation) =>
  row(delegation, "csr", 0xfffff07f, full(OPCODE.system, 1, 0) | (CSR[delegation] << 20), {
    kind: "delegate",
    delegation,
  });

/** Upper half of the 64-bit product. */
const high = (a: Expression, b: Expression) =>
  apply("wrap", apply("shrU64", apply("mul64", a, b), constant(32, "i64")));
const [signed1, signed2] = [apply("extendS", rs1), apply("extendS", rs2)];
const [unsigned1, unsigned2] = [apply("extendU", rs1), apply("extendU", rs2)];
const byZero = apply("eqz", rs2);
/** The one quotient that does not fit: -2^31 / -1. */
const overflows = apply("and", apply("eq", rs1, constant(0x80000000 | 0)), apply("eq", rs2, constant(-1)));

/** Mersenne31: operands need not be reduced, the result is. */
const P = constant(0x7fffffff, "i64");
const modP = (e: Expression) => apply("remU64", e, P);
const field = (name: string, funct7: number, value: Expression) =>
  row(name, "R", FULL, full(OPCODE.system, 4, funct7), compute(apply("wrap", modP(value))), "mops");

export const INSTRUCTIONS: readonly Instruction[] = [
  row("lui", "U", MAJOR, OPCODE.lui, compute(imm)),
  row("auipc", "U", MAJOR, OPCODE.auipc, compute(relative)),
  row("jal", "J", MAJOR, OPCODE.jal, { kind: "jump", link, target: relative }),
  row("jalr", "jalr", MINOR, OPCODE.jalr, { kind: "jump", link, target: apply("and", address, constant(-2)) }),

  branch("beq", 0, "eq"),
  branch("bne", 1, "ne"),
  branch("blt", 4, "ltS"),
  branch("bge", 5, "geS"),
  branch("bltu", 6, "ltU"),
  branch("bgeu", 7, "geU"),

  load("lb", 0, 1, true, "subWordAccess", "signedLoad"),
  load("lh", 1, 2, true, "subWordAccess", "signedLoad"),
  load("lw", 2, 4, false),
  load("lbu", 4, 1, false, "subWordAccess"),
  load("lhu", 5, 2, false, "subWordAccess"),

  store("sb", 0, 1, "subWordAccess"),
  store("sh", 1, 2, "subWordAccess"),
  store("sw", 2, 4),

  immediate("addi", 0, "add"),
  immediate("slti", 2, "ltS"),
  immediate("sltiu", 3, "ltU"),
  immediate("xori", 4, "xor"),
  immediate("ori", 6, "or"),
  immediate("andi", 7, "and"),
  shift("slli", 0x00, 1, "shl"),
  shift("srli", 0x00, 5, "shrU"),
  shift("srai", 0x20, 5, "shrS", "sra"),
  shift("rori", 0x30, 5, "rotr", "rotate"),

  register("add", 0x00, 0, apply("add", rs1, rs2)),
  register("sub", 0x20, 0, apply("sub", rs1, rs2)),
  register("sll", 0x00, 1, apply("shl", rs1, rs2)),
  register("slt", 0x00, 2, apply("ltS", rs1, rs2)),
  register("sltu", 0x00, 3, apply("ltU", rs1, rs2)),
  register("xor", 0x00, 4, apply("xor", rs1, rs2)),
  register("srl", 0x00, 5, apply("shrU", rs1, rs2)),
  register("sra", 0x20, 5, apply("shrS", rs1, rs2), "sra"),
  register("or", 0x00, 6, apply("or", rs1, rs2)),
  register("and", 0x00, 7, apply("and", rs1, rs2)),
  register("rol", 0x30, 1, apply("rotl", rs1, rs2), "rotate"),
  register("ror", 0x30, 5, apply("rotr", rs1, rs2), "rotate"),

  register("mul", 0x01, 0, apply("mul", rs1, rs2), "mul"),
  register("mulh", 0x01, 1, high(signed1, signed2), "mul", "signedMul"),
  register("mulhsu", 0x01, 2, high(signed1, unsigned2), "mul", "signedMul"),
  register("mulhu", 0x01, 3, high(unsigned1, unsigned2), "mul"),
  register(
    "div",
    0x01,
    4,
    when(byZero, constant(-1), when(overflows, rs1, apply("divS", rs1, rs2))),
    "div",
    "signedDiv",
  ),
  register("divu", 0x01, 5, when(byZero, constant(-1), apply("divU", rs1, rs2)), "div"),
  register(
    "rem",
    0x01,
    6,
    when(byZero, rs1, when(overflows, constant(0), apply("remS", rs1, rs2))),
    "div",
    "signedDiv",
  ),
  register("remu", 0x01, 7, when(byZero, rs1, apply("remU", rs1, rs2)), "div"),

  // MOP.RR 0, 1, 2 of Zimop: the operations of the field (`cs/src/machine/ops/mop.rs`)
  field("addmod", 0x41, apply("add64", unsigned1, unsigned2)),
  field("submod", 0x43, apply("sub64", apply("add64", modP(unsigned1), P), modP(unsigned2))),
  field("mulmod", 0x45, apply("mul64", unsigned1, unsigned2)),

  row("tape", "csr", 0xfff0707f, full(OPCODE.system, 1, 0) | (CSR.tape << 20), { kind: "tape" }),
  delegate("blake2s"),
  delegate("u256"),
];
