/**
 * RISC-V instruction formats (unprivileged specification, chapter 2.2 and 2.3): where the immediate is, and how operands are written.
 * rd, rs1 and rs2 are always the bit fields 7..11, 15..19 and 20..24, used or not: the prover's row shows them for every format.
 */

export interface Format {
  /** The immediate as a signed 32-bit number. */
  immediate(word: number): number;
  /** The bits that hold this immediate; the inverse of `immediate` for values that it can return. */
  place(immediate: number): number;
  /** Operands in assembly order; `mem` is imm(rs1), `target` a pc-relative address, `csr` a CSR by name. */
  readonly syntax: readonly ("rd" | "rs1" | "rs2" | "imm" | "upper" | "mem" | "target" | "csr")[];
}

export const field = {
  opcode: (w: number) => w & 0x7f,
  rd: (w: number) => (w >>> 7) & 31,
  funct3: (w: number) => (w >>> 12) & 7,
  rs1: (w: number) => (w >>> 15) & 31,
  rs2: (w: number) => (w >>> 20) & 31,
  funct7: (w: number) => w >>> 25,
};

const immediateI = (w: number) => w >> 20;
const immediateS = (w: number) => ((w >> 25) << 5) | ((w >>> 7) & 31);
const immediateB = (w: number) => ((w >> 31) << 12) | ((w << 4) & 0x800) | ((w >>> 20) & 0x7e0) | ((w >>> 7) & 0x1e);
const immediateJ = (w: number) => ((w >> 31) << 20) | (w & 0xff000) | ((w >>> 9) & 0x800) | ((w >>> 20) & 0x7fe);

const placeS = (i: number) => ((i & 0xfe0) << 20) | ((i & 31) << 7);
const placeB = (i: number) => ((i & 0x1000) << 19) | ((i & 0x7e0) << 20) | ((i & 0x1e) << 7) | ((i & 0x800) >>> 4);
const placeJ = (i: number) => ((i & 0x100000) << 11) | ((i & 0x7fe) << 20) | ((i & 0x800) << 9) | (i & 0xff000);

export const FORMATS = {
  R: { immediate: () => 0, place: () => 0, syntax: ["rd", "rs1", "rs2"] },
  I: { immediate: immediateI, place: (i) => i << 20, syntax: ["rd", "rs1", "imm"] },
  /** I with a 5-bit shift amount; funct7 belongs to the encoding */
  shift: { immediate: (w) => (w >>> 20) & 31, place: (i) => (i & 31) << 20, syntax: ["rd", "rs1", "imm"] },
  load: { immediate: immediateI, place: (i) => i << 20, syntax: ["rd", "mem"] },
  jalr: { immediate: immediateI, place: (i) => i << 20, syntax: ["rd", "mem"] },
  S: { immediate: immediateS, place: placeS, syntax: ["rs2", "mem"] },
  B: { immediate: immediateB, place: placeB, syntax: ["rs1", "rs2", "target"] },
  U: { immediate: (w) => w & ~0xfff, place: (i) => i & ~0xfff, syntax: ["rd", "upper"] },
  J: { immediate: immediateJ, place: placeJ, syntax: ["rd", "target"] },
  csr: { immediate: (w) => w >>> 20, place: (i) => i << 20, syntax: ["rd", "csr", "rs1"] },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
