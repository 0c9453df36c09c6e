/** Instruction words for tests, made from the instruction table. */
import { FORMATS } from "../../emulator/isa/format.ts";
import { INSTRUCTIONS } from "../../emulator/isa/table.ts";

export interface Fields {
  rd?: number;
  rs1?: number;
  rs2?: number;
  imm?: number;
}

export function assemble(name: string, { rd = 0, rs1 = 0, rs2 = 0, imm = 0 }: Fields = {}): number {
  const row = INSTRUCTIONS.find((candidate) => candidate.name === name);
  if (!row) throw new Error(`no instruction ${name}`);
  const parts = (FORMATS[row.format].syntax as readonly string[]).flatMap((part) =>
    part === "mem" ? ["rs1"] : [part],
  );
  const place = (part: string, value: number, at: number) => (parts.includes(part) ? value << at : 0);
  // the CSR number of csr rows is in `match` already
  const immediate = row.format === "csr" ? 0 : FORMATS[row.format].place(imm);
  return (row.match | place("rd", rd, 7) | place("rs1", rs1, 15) | place("rs2", rs2, 20) | immediate) >>> 0;
}

/** Words that set a register to any value. */
export function loadImmediate(rd: number, value: number): number[] {
  const low = (value << 20) >> 20;
  return [assemble("lui", { rd, imm: (value - low) | 0 }), assemble("addi", { rd, rs1: rd, imm: low })];
}

/** The jump to itself that ends a run. */
export const END = assemble("jal", { imm: 0 });

export function image(...words: (number | number[])[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(words.flat()).buffer);
}
