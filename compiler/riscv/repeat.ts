/**
 * Drops what puts into a register a value that it already holds: a constant, a copy, a sum with a number. The allocator makes a constant anew for each use, as near as it
 * can: a row of delegation calls on the same operand loads the same address again and again (1.09 million calls in mainnet block 22244135: 0.6 million instructions), and a
 * row of Blake2s rounds copies the same pointer ten times.
 *
 * Works on words, after everything else, along straight ways: what a register holds is known from its loading up to the next write of it, a call, or a place that
 * something jumps to.
 */
import { ENCODINGS } from "./encode.ts";
import type { MBlock } from "./machine.ts";
import { A0, ZERO } from "./registers.ts";

/** What the pass needs to see of an item of the emitter. */
export interface CodeItem {
  readonly kind: "word" | "branch" | "jump" | "label" | "block";
  readonly word?: number;
  readonly reloc?: unknown;
  readonly to?: MBlock | "trap";
  readonly block?: MBlock;
}

const opcodeOf = (name: string): number => ENCODINGS.get(name)!.opcode;
const LUI = opcodeOf("lui");
const IMMEDIATE = opcodeOf("addi");
const LOAD = opcodeOf("lw");
const STORE = opcodeOf("sw");
const JAL = opcodeOf("jal");
const JALR = opcodeOf("jalr");
const SYSTEM = 0x73;
const WORD = 2;

/** A value by name (none: 0) and what is added to it. */
interface Held {
  readonly name: string;
  readonly offset: number;
}
const same = (a: Held | undefined, b: Held | undefined): boolean =>
  a !== undefined && b !== undefined && a.name === b.name && a.offset === b.offset;

type Holds = Map<number, Held>;

/** @param targets blocks that jump tables lead to */
export function dropRepeatedConstants<T extends CodeItem>(items: readonly T[], targets: ReadonlySet<MBlock>): T[] {
  const entered = new Set<MBlock>(targets);
  for (const { kind, to } of items) if ((kind === "branch" || kind === "jump") && to !== "trap") entered.add(to!);
  let holds: Holds = new Map();
  let reachable = false;
  const kept: T[] = [];
  for (let k = 0; k < items.length; k++) {
    const item = items[k]!;
    if (item.kind === "block" && (!reachable || entered.has(item.block!))) {
      holds = new Map();
      reachable = true;
    } else if (item.kind === "jump") reachable = false;
    else if (item.kind === "word") {
      const word = item.word!;
      const opcode = word & 0x7f;
      const rd = (word >>> 7) & 31;
      const value = item.reloc === undefined ? heldBy(word, holds, k) : undefined;
      if (value !== undefined && rd !== ZERO) {
        if (same(holds.get(rd), value)) continue;
        // the upper part of a number whose lower part follows: together they may be what is there
        const next = items[k + 1];
        if (opcode === LUI && next?.kind === "word" && next.reloc === undefined) {
          const whole = added(next.word!, rd, value.offset);
          if (whole !== undefined && same(holds.get(rd), { name: "", offset: whole })) {
            k++;
            continue;
          }
        }
        holds.set(rd, value);
      } else if (opcode === JAL || opcode === JALR) {
        if (rd === ZERO) reachable = false;
        holds = new Map();
      } else if (opcode === SYSTEM) {
        // a delegation answers in x12 (and whoever reads x10…x13 behind one reads what it left there, if that is another machine's)
        for (let r = A0 + 2; r < A0 + 4; r++) holds.delete(r);
        holds.delete(rd);
      } else if (opcode !== STORE) holds.delete(rd);
    }
    kept.push(item);
  }
  return kept;
}

/** What `addi rd, rd, low` makes of `high` in rd; undefined for any other word. */
function added(word: number, rd: number, high: number): number | undefined {
  const same = (word & 0x7f) === IMMEDIATE && ((word >>> 12) & 7) === 0;
  return same && ((word >>> 7) & 31) === rd && ((word >>> 15) & 31) === rd ? (high + (word >> 20)) | 0 : undefined;
}

/** What a word puts into its register, if that is a constant or follows from what another register holds; which gets a name, that of the place, if it has none. */
function heldBy(word: number, holds: Holds, place: number): Held | undefined {
  const opcode = word & 0x7f;
  if (opcode === LUI) return { name: "", offset: (word & 0xfffff000) | 0 };
  const source = (word >>> 15) & 31;
  const funct3 = (word >>> 12) & 7;
  if (opcode === IMMEDIATE && funct3 === 0) {
    if (source === ZERO) return { name: "", offset: word >> 20 };
    let base = holds.get(source);
    if (base === undefined) {
      base = { name: `value ${place}`, offset: 0 };
      holds.set(source, base);
    }
    return { name: base.name, offset: (base.offset + (word >> 20)) | 0 };
  }
  // words below 2 KiB are in ROM
  const pooled = opcode === LOAD && funct3 === WORD && source === ZERO && word >> 20 >= 0;
  return pooled ? { name: `constant ${word >> 20}`, offset: 0 } : undefined;
}
