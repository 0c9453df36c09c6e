/**
 * The image as the translator sees it: decoded words, which of them must be left to `BaseMachine.step`, and what a linear scan tells
 * about where functions begin and where jump tables are. The scan only guides: code that it misses is found when execution arrives.
 */
import { type Decoder, immediateOf } from "../../isa/decode.ts";
import { type Expression, evaluate } from "../../isa/expression.ts";
import { field } from "../../isa/format.ts";
import { INSTRUCTIONS, type Instruction } from "../../isa/table.ts";
import { DELEGATION_REGISTERS } from "../../machine/delegation.ts";
import { ROM_SIZE } from "../../machine/layout.ts";

/** A decoded word. */
export interface Decoded {
  readonly row: Instruction;
  readonly pc: number;
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  readonly imm: number;
}

/** The only shape of address that the table has; the translator joins checks of accesses by the same register. */
function requireRegisterPlusImmediate(row: Instruction): void {
  const { effect } = row;
  if (effect.kind !== "load" && effect.kind !== "store") return;
  const isOperand = (e: Expression | undefined, name: string) => e?.op === "operand" && e.name === name;
  const { address } = effect;
  if (address.op !== "add" || !isOperand(address.a, "rs1") || !isOperand(address.b, "imm"))
    throw new Error(`bug: ${row.name} does not address by rs1 + imm; teach memory-access.ts its shape`);
}
INSTRUCTIONS.forEach(requireRegisterPlusImmediate);

/** Whether rs1's value decides where a jump goes (jalr). */
export const isIndirect = ({ row }: Decoded): boolean => row.reads.rs1;

/** Target of a branch, or of a jump when rs1 is known. */
export function targetOf({ row: { effect }, pc, imm }: Decoded, rs1 = 0): number {
  if (effect.kind !== "branch" && effect.kind !== "jump") throw new Error("bug: not a jump");
  return (evaluate(effect.target, { pc, imm, rs1, rs2: 0 }) as number) >>> 0;
}

/** Whether a jump to a known target is plain: neither refused nor the end of the run, and to the ROM. */
export const isPlainTarget = (target: number, pc: number): boolean =>
  target !== pc && target % 4 === 0 && target < ROM_SIZE;

export class CodeImage {
  readonly words: Uint32Array;
  readonly imageBytes: number;
  /** Addresses that direct calls of the image go to. */
  readonly callTargets = new Set<number>();
  /** Addresses of jump tables, ascending. */
  readonly tables: number[] = [];
  readonly #decoder: Decoder;
  readonly #breakpoints: ReadonlySet<number>;

  constructor(words: Uint32Array, imageBytes: number, decoder: Decoder, breakpoints: ReadonlySet<number>) {
    this.words = words;
    this.imageBytes = imageBytes;
    this.#decoder = decoder;
    this.#breakpoints = breakpoints;
    this.#scan();
  }

  /** The instruction at `pc`, or undefined where execution must leave: refused words, breakpoints, jumps that are not plain. */
  at(pc: number): Decoded | undefined {
    if (this.#breakpoints.has(pc) || pc >= ROM_SIZE) return undefined;
    const word = this.words[pc >>> 2];
    const index = this.#decoder.decode(word);
    if (index < 0) return undefined;
    const row = INSTRUCTIONS[index];
    const decoded: Decoded = {
      row,
      pc,
      rd: field.rd(word),
      rs1: field.rs1(word),
      rs2: field.rs2(word),
      imm: immediateOf(row, word),
    };
    const { effect } = row;
    if (effect.kind === "delegate" && DELEGATION_REGISTERS[effect.delegation].includes(decoded.rd)) return undefined;
    if (effect.kind === "branch" || (effect.kind === "jump" && !isIndirect(decoded)))
      if (!isPlainTarget(targetOf(decoded), pc)) return undefined;
    return decoded;
  }

  /** Entries of the table at `address`, as far as they look like code near `pc`; [] when it is not a jump table. */
  tableEntries(address: number, pc: number): number[] {
    const end = Math.min(this.tables.find((other) => other > address) ?? this.imageBytes, address + 4 * 1024);
    const entries: number[] = [];
    for (let at = address; at + 4 <= Math.min(end, this.imageBytes); at += 4) {
      const entry = this.words[at >>> 2];
      if (entry % 4 !== 0 || entry >= this.imageBytes || Math.abs(entry - pc) > 0x20000) break;
      if (this.at(entry) === undefined) break;
      entries.push(entry);
    }
    return entries;
  }

  /** One pass over all words: opcodes are tested by hand here, for this only guides. */
  #scan(): void {
    const { words, callTargets } = this;
    const found = new Set<number>();
    const [LUI, AUIPC, JALR, JAL, ADDI, LOAD] = [0x37, 0x17, 0x67, 0x6f, 0x13, 0x03];
    const count = this.imageBytes / 4;
    for (let i = 0; i < count; i++) {
      const word = words[i];
      const opcode = word & 0x7f;
      if (opcode === JAL && field.rd(word) !== 0) {
        const target =
          4 * i + ((word >> 31) << 20) + (word & 0xff000) + ((word >>> 9) & 0x800) + ((word >>> 20) & 0x7fe);
        if (target >= 0 && target % 4 === 0) callTargets.add(target);
      } else if (opcode === AUIPC && i + 1 < count) {
        const next = words[i + 1];
        if ((next & 0x7f) === JALR && field.rs1(next) === field.rd(word)) {
          const target = (4 * i + (word & ~0xfff) + (next >> 20)) >>> 0;
          if (target % 4 === 0 && target < this.imageBytes) callTargets.add(target);
        }
      } else if (opcode === JALR && field.rd(word) === 0 && i > 4) {
        // lui/addi of the table's address within the last instructions before the load that feeds this jump
        const rs1 = field.rs1(word);
        const from = Math.max(0, i - 12);
        for (let j = i - 1; j >= from; j--)
          if ((words[j] & 0x7f) === LOAD && field.rd(words[j]) === rs1) {
            for (let k = j - 1; k >= from; k--)
              if ((words[k] & 0x7f) === LUI) {
                const next = words[k + 1];
                const low = (next & 0x7f) === ADDI && field.rs1(next) === field.rd(words[k]) ? next >> 20 : 0;
                found.add(((words[k] & ~0xfff) + low) >>> 0);
              }
            break;
          }
      }
    }
    this.tables.push(...[...found].filter((address) => address < this.imageBytes).sort((a, b) => a - b));
  }
}
