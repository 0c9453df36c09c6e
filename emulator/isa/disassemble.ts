/** One instruction as text, in the assembler's usual notation; operands as the table's formats list them. */
import { findInstruction, GIVE_UP } from "./decode.ts";
import { FORMATS, field } from "./format.ts";
import { CSR, INSTRUCTIONS } from "./table.ts";

export const REGISTER_NAMES =
  "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(" ");

const hex = (value: number) => "0x" + (value >>> 0).toString(16);
const CSR_NAMES: Record<number, string> = Object.fromEntries(
  Object.entries(CSR).map(([name, number]) => [number, name]),
);

/**
 * @param nameOf what to write for a code address, such as a symbol; default: the number
 * @returns `.word` for what no row of the table has, whatever the machine's configuration
 */
export function disassemble(word: number, pc = 0, nameOf: (address: number) => string = hex): string {
  const index = findInstruction(word);
  if (index < 0) return word >>> 0 === GIVE_UP ? "csrrw zero, cycle, zero" : `.word ${hex(word)}`;
  const row = INSTRUCTIONS[index];
  const immediate = FORMATS[row.format].immediate(word);
  const register = (n: number) => REGISTER_NAMES[n];
  const operands = {
    rd: () => register(field.rd(word)),
    rs1: () => register(field.rs1(word)),
    rs2: () => register(field.rs2(word)),
    imm: () => String(immediate),
    upper: () => hex(immediate >>> 12),
    mem: () => `${immediate}(${register(field.rs1(word))})`,
    target: () => nameOf((pc + immediate) >>> 0),
    csr: () => CSR_NAMES[immediate] ?? hex(immediate),
  };
  const mnemonic = row.format === "csr" ? "csrrw" : row.name;
  return `${mnemonic} ${FORMATS[row.format].syntax.map((part) => operands[part]()).join(", ")}`;
}
