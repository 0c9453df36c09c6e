/** Encoding of RV32IM instructions: a table by mnemonic. RISC-V Unprivileged ISA, chapter "RV32/64G Instruction Set Listings". */

type Format = "r" | "i" | "shift" | "load" | "s" | "b" | "u" | "j" | "jalr";

export interface Encoding {
  readonly format: Format;
  readonly opcode: number;
  readonly funct3: number;
  readonly funct7: number;
}

export const ENCODINGS: Map<string, Encoding> = new Map();
const define = (names: string, format: Format, opcode: number, first: number, funct7 = 0): void => {
  names.split(" ").forEach((name, i) => {
    if (name !== "-") ENCODINGS.set(name, { format, opcode, funct3: first + i, funct7 });
  });
};
define("add sll slt sltu xor srl or and", "r", 0x33, 0);
define("sub", "r", 0x33, 0, 0x20);
define("sra", "r", 0x33, 5, 0x20);
define("mul mulh mulhsu mulhu div divu rem remu", "r", 0x33, 0, 1);
define("addi - slti sltiu xori - ori andi", "i", 0x13, 0);
define("slli", "shift", 0x13, 1);
define("srli", "shift", 0x13, 5);
define("srai", "shift", 0x13, 5, 0x20);
define("lb lh lw - lbu lhu", "load", 0x03, 0);
define("sb sh sw", "s", 0x23, 0);
define("beq bne - - blt bge bltu bgeu", "b", 0x63, 0);
define("lui", "u", 0x37, 0);
define("auipc", "u", 0x17, 0);
define("jal", "j", 0x6f, 0);
define("jalr", "jalr", 0x67, 0);

/** `csrrw rd, csr, rs1` */
export function csrrw(rd: number, csr: number, rs1: number): number {
  return ((csr << 20) | (rs1 << 15) | (1 << 12) | (rd << 7) | 0x73) >>> 0;
}
/** `csrrw x0, cycle, x0`: makes the run unprovable. */
export const UNPROVABLE: number = csrrw(0, 0xc00, 0);
export const CSR = { tape: 0x7c0, blake2s: 0x7c7, u256: 0x7ca } as const;

function check(ok: boolean, name: string, imm: number): void {
  if (!ok) throw new Error(`immediate ${imm} of ${name} is out of range`);
}

/** One instruction word. Which of the operands count is the format's matter. Branch and jump offsets are in bytes. */
export function encode(name: string, rd: number, rs1: number, rs2: number, imm: number): number {
  const e = ENCODINGS.get(name);
  if (e === undefined) throw new Error(`no encoding for ${name}`);
  const base = e.opcode | (e.funct3 << 12);
  switch (e.format) {
    case "r":
      return (base | (rd << 7) | (rs1 << 15) | (rs2 << 20) | (e.funct7 << 25)) >>> 0;
    case "i":
    case "load":
    case "jalr":
      check(imm >= -2048 && imm <= 2047, name, imm);
      return (base | (rd << 7) | (rs1 << 15) | ((imm & 0xfff) << 20)) >>> 0;
    case "shift":
      check(imm >= 0 && imm <= 31, name, imm);
      return (base | (rd << 7) | (rs1 << 15) | (imm << 20) | (e.funct7 << 25)) >>> 0;
    case "s":
      check(imm >= -2048 && imm <= 2047, name, imm);
      return (base | ((imm & 31) << 7) | (rs1 << 15) | (rs2 << 20) | (((imm >> 5) & 0x7f) << 25)) >>> 0;
    case "b":
      check(imm >= -4096 && imm <= 4095 && (imm & 1) === 0, name, imm);
      return (
        (base |
          (rs1 << 15) |
          (rs2 << 20) |
          (((imm >> 11) & 1) << 7) |
          (((imm >> 1) & 15) << 8) |
          (((imm >> 5) & 63) << 25) |
          (((imm >> 12) & 1) << 31)) >>>
        0
      );
    case "u":
      return (e.opcode | (rd << 7) | (imm & 0xfffff000)) >>> 0;
    case "j":
      check(imm >= -0x100000 && imm < 0x100000 && (imm & 1) === 0, name, imm);
      return (
        (base |
          (rd << 7) |
          (((imm >> 12) & 0xff) << 12) |
          (((imm >> 11) & 1) << 20) |
          (((imm >> 1) & 0x3ff) << 21) |
          (((imm >> 20) & 1) << 31)) >>>
        0
      );
  }
}

/** Upper part for `lui` so that adding the sign-extended low 12 bits gives `value`. */
export function hi20(value: number): number {
  return ((value + 0x800) & 0xfffff000) | 0;
}
export function lo12(value: number): number {
  return (value << 20) >> 20;
}
/** Instructions that it takes to put a constant into a register. */
export function constantCost(value: number): number {
  return (value >= -2048 && value <= 2047) || (value & 0xfff) === 0 ? 1 : 2;
}
