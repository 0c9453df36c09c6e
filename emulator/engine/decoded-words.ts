/**
 * Images decoded for the engines: two words for each of an image's own, as `interpreter-code.ts` reads them. Machines of one image share what is known of it: runs
 * under forged tapes load the same image thousands of times.
 */
import { decoderOf, immediateOf } from "../isa/decode.ts";
import { isOperand } from "../isa/expression.ts";
import { field } from "../isa/format.ts";
import { INSTRUCTIONS, type Instruction } from "../isa/table.ts";
import type { MachineConfig } from "../machine/config.ts";
import { DELEGATION_REGISTERS } from "../machine/delegation.ts";
import { ROM_SIZE } from "../machine/layout.ts";

/**
 * The operation number that means "leave": for refused words, breakpoints, and jumps that end the run or go astray. It is 0, so that
 * what was never decoded leaves. Row i of the table is operation i + 1.
 */
export const LEAVE = 0;

/** Where writes to x0 go: the word behind x31. */
const NOWHERE = 32;

/** Decoded words, by address: (operation, rd, rs1, rs2) a byte each, registers as byte offsets; and immediates, by word. */
export interface DecodedWords {
  readonly operations: Uint8Array;
  readonly immediates: Int32Array;
}

/** Whether the row jumps by its immediate alone, so that it is known beforehand where to. */
function isRelative({ name, effect, reads }: Instruction): boolean {
  if (effect.kind !== "branch" && (effect.kind !== "jump" || reads.rs1)) return false;
  const { target } = effect;
  if (target.op !== "add" || !isOperand(target.a, "pc") || !isOperand(target.b, "imm"))
    throw new Error(`bug: ${name} does not jump to pc + imm; teach decoded-words.ts its shape`);
  return true;
}

/** Registers that rd may not be, as a mask. */
const delegationMask = ({ effect }: Instruction): number =>
  effect.kind === "delegate" ? DELEGATION_REGISTERS[effect.delegation].reduce((mask, r) => mask | (1 << r), 0) : 0;

/** By row. */
const RELATIVE = Uint8Array.from(INSTRUCTIONS, (row) => Number(isRelative(row)));
const FORBIDDEN = Int32Array.from(INSTRUCTIONS, delegationMask);

/**
 * Decodes `words[from]` up to `words[to - 1]`, the first of which is at address 4 * from.
 * @returns whether there are delegations among them
 */
export function decodeWords(
  words: Uint32Array,
  [from, to]: readonly [number, number],
  config: MachineConfig,
  { operations, immediates }: DecodedWords,
): boolean {
  const decoder = decoderOf(config);
  let hasDelegations = false;
  for (let i = from; i < to; i++) {
    const word = words[i];
    const pc = 4 * i;
    const row = decoder.decode(word);
    operations[pc] = LEAVE;
    if (row < 0) continue;
    const immediate = immediateOf(row, word);
    const rd = field.rd(word);
    operations[pc + 1] = 4 * (rd === 0 ? NOWHERE : rd);
    operations[pc + 2] = 4 * field.rs1(word);
    operations[pc + 3] = 4 * field.rs2(word);
    immediates[i] = immediate;
    // the handler may run if known targets are those of plain jumps: they are checked here once and for all
    const target = pc + immediate;
    if (RELATIVE[row] !== 0 && (immediate === 0 || immediate % 4 !== 0 || target < 0 || target >= ROM_SIZE)) continue;
    if (FORBIDDEN[row] !== 0) {
      hasDelegations = true;
      if ((FORBIDDEN[row] & (1 << rd)) !== 0) continue;
    }
    operations[pc] = row + 1;
  }
  return hasDelegations;
}

/** What machines of the same image share. */
export interface KnownImage {
  readonly words: Uint32Array;
  readonly config: MachineConfig;
  readonly decoded: DecodedWords;
  readonly hasDelegations: boolean;
}

/** The images that were loaded last. */
const known: KnownImage[] = [];
const MOST_KNOWN = 4;

function isEqual(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** @param words of the image; they are copied */
export function knownImage(words: Uint32Array, config: MachineConfig): KnownImage {
  const at = known.findIndex((image) => image.config === config && isEqual(image.words, words));
  const [found] = at >= 0 ? known.splice(at, 1) : [decodeImage(words.slice(), config)];
  known.unshift(found);
  known.length = Math.min(known.length, MOST_KNOWN);
  return found;
}

function decodeImage(words: Uint32Array, config: MachineConfig): KnownImage {
  const decoded = { operations: new Uint8Array(4 * words.length), immediates: new Int32Array(words.length) };
  const hasDelegations = decodeWords(words, [0, words.length], config, decoded);
  return { words, config, decoded, hasDelegations };
}
