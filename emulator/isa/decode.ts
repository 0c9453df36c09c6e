/** Decoding: a word and a machine configuration give a row of the table, or the reason why the word is refused. */
import type { MachineConfig } from "../machine/config.ts";
import { FORMATS, field } from "./format.ts";
import { CSR, INSTRUCTIONS, type Instruction } from "./table.ts";

/** Rows by opcode bits 2..6 and funct3, so that few are compared: those of bucket i are at START[i] … START[i + 1] - 1 of ROWS. */
const buckets: number[][] = Array.from({ length: 256 }, () => []);
const bucketOf = (word: number) => ((word >>> 2) & 31) | ((word >>> 7) & 0xe0);
INSTRUCTIONS.forEach((row, index) => {
  const funct3Matters = (row.mask & 0x7000) !== 0;
  for (let funct3 = 0; funct3 < 8; funct3++)
    if (!funct3Matters || funct3 === ((row.match >>> 12) & 7))
      buckets[bucketOf((row.match & 0x7f) | (funct3 << 12))].push(index);
});
const ROWS = Uint8Array.from(buckets.flat());
const START = new Uint16Array(257);
buckets.forEach((rows, i) => {
  START[i + 1] = START[i] + rows.length;
});
const MASK = Int32Array.from(INSTRUCTIONS, ({ mask }) => mask);
const MATCH = Int32Array.from(INSTRUCTIONS, ({ match }) => match);

/** Index of the row in `INSTRUCTIONS`, whatever the machine; -1 when no row has this encoding. */
export function findInstruction(word: number): number {
  const bucket = bucketOf(word);
  for (let i = START[bucket]; i < START[bucket + 1]; i++) {
    const index = ROWS[i];
    if ((word & MASK[index]) === MATCH[index]) return index;
  }
  return -1;
}

/** Whether a machine has the instruction of a row. */
export function supports(config: MachineConfig, row: Instruction): boolean {
  if (row.effect.kind === "delegate") return config.delegations.includes(CSR[row.effect.delegation]);
  return row.requires.every((flag) => config[flag]);
}

export interface Decoder {
  /** Index of the row in `INSTRUCTIONS`, -1 when the machine refuses the word. */
  decode(word: number): number;
}

/** A decoder of one machine. */
export function decoderOf(config: MachineConfig): Decoder {
  const allowed = INSTRUCTIONS.map((row) => supports(config, row));
  return {
    decode(word) {
      const index = findInstruction(word);
      return index >= 0 && allowed[index] ? index : -1;
    },
  };
}

export interface Refusal {
  cause: string;
  message: string;
}

const hex = (value: number) => "0x" + (value >>> 0).toString(16).padStart(8, "0");

/** The word that guests execute to give up: `csrrw x0, cycle, x0`. The prover also fills the ROM behind the image with it. */
export const GIVE_UP = 0xc0001073;

/** Major opcodes that assemblers know and this machine has not. */
const FOREIGN: Record<number, string> = {
  7: "a floating-point load",
  15: "a fence",
  27: "an operation of RV64",
  39: "a floating-point store",
  47: "an atomic operation",
  59: "an operation of RV64",
  67: "a floating-point operation",
  71: "a floating-point operation",
  75: "a floating-point operation",
  79: "a floating-point operation",
  83: "a floating-point operation",
  87: "a vector operation",
};

/** Major opcodes of which the table has rows, but not this one. */
const FAMILIES: Record<number, string> = {
  3: "a load",
  19: "an operation with immediate",
  35: "a store",
  51: "an operation on registers",
  99: "a branch",
  103: "jalr",
};

const CSR_OPERATIONS = ["", "csrrw", "csrrs", "csrrc", "", "csrrwi", "csrrsi", "csrrci"];
const ENVIRONMENT: Record<number, string> = {
  0: "ecall",
  1: "ebreak",
  258: "sret",
  261: "wfi",
  770: "mret",
};

function refuseSystem(word: number): Refusal {
  const funct3 = field.funct3(word);
  const csr = word >>> 20;
  if (funct3 === 0) {
    const name = ENVIRONMENT[csr] ?? "an environment instruction";
    return { cause: "unknown-opcode", message: `${name} (${hex(word)}): the machine has no traps and no environment` };
  }
  if (funct3 === 4)
    return {
      cause: "unknown-opcode",
      message: `SYSTEM with funct3 = 4 (${hex(word)}) is not one of the machine's field operations`,
    };
  if (funct3 !== 1)
    return {
      cause: "unknown-opcode",
      message: `${CSR_OPERATIONS[funct3]} (${hex(word)}): of the CSR instructions the machine has only csrrw`,
    };
  if (csr === CSR.blake2s || csr === CSR.u256)
    return {
      cause: "delegation-operand",
      message: `csrrw on delegation CSR 0x${csr.toString(16)} with rs1 = x${field.rs1(word)}: the circuit proves it only with rs1 = x0`,
    };
  return { cause: "unknown-csr", message: `CSR 0x${csr.toString(16)} (${hex(word)}) does not exist in this machine` };
}

/** Why a word that `decode` refused is refused. `fromImage`: it lies in the image, not behind it. */
export function refuse(word: number, config: MachineConfig, fromImage = true): Refusal {
  const index = findInstruction(word);
  if (index >= 0) {
    const row = INSTRUCTIONS[index];
    return {
      cause: "unsupported-instruction",
      message: `${row.name} (${hex(word)}) is not part of machine ${config.name}`,
    };
  }
  if (word >>> 0 === GIVE_UP)
    return fromImage
      ? { cause: "gave-up", message: "the program gave up (csrrw x0, cycle, x0)" }
      : { cause: "ran-off-image", message: "execution ran past the end of the image" };
  if ((word & 3) !== 3)
    return {
      cause: "unknown-opcode",
      message: `word ${hex(word)} is no instruction (compressed ones do not exist here)`,
    };
  const opcode = field.opcode(word);
  if (opcode === 0x73) return refuseSystem(word);
  const foreign = FOREIGN[opcode];
  if (foreign)
    return { cause: "unknown-opcode", message: `word ${hex(word)} is ${foreign}, which the machine has not` };
  const family = FAMILIES[opcode];
  const encoding = `funct3 = ${field.funct3(word)}, funct7 = 0x${field.funct7(word).toString(16)}`;
  const message = family
    ? `${family} with ${encoding} (${hex(word)}) is no instruction of the machine`
    : `word ${hex(word)} with opcode 0x${opcode.toString(16)} is no instruction`;
  return { cause: "unknown-opcode", message };
}

const IMMEDIATE = INSTRUCTIONS.map(({ format }) => FORMATS[format].immediate as (word: number) => number);

/** The immediate of a word that decodes to this row of `INSTRUCTIONS`. */
export const immediateOf = (index: number, word: number): number => IMMEDIATE[index](word) | 0;
