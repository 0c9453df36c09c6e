/**
 * Checks of memory accesses, joined: accesses of a block by the same value of a register are checked once, over all their offsets,
 * where the first of them is. A check that fails leaves before that access; `step` then decides about each one by itself, so a
 * joined check may refuse too much but never too little. Accesses in later blocks rely on what earlier ones have established.
 */
import { ADDRESS_SPACE, ROM_SIZE } from "../../machine/layout.ts";
import type { Decoded } from "./code-image.ts";

/** Accesses that share one check: [low, high) relative to the register, all aligned when register + low is a multiple of `align`. */
export interface Group {
  low: number;
  high: number;
  align: number;
  stores: boolean;
  /** Local that holds register + low once the check is done; -1 before. */
  local: number;
}

/** Widens a group by an access; false when both cannot be aligned at once. */
function join(group: Group, offset: number, bytes: number, stores: boolean): boolean {
  const align = Math.max(group.align, bytes);
  // offsets that are a multiple of `align` when the group's wider accesses are
  const reference = group.align >= bytes ? group.low : offset;
  const other = group.align >= bytes ? offset : group.low;
  if ((other - reference) % Math.min(group.align, bytes) !== 0) return false;
  const least = Math.min(group.low, offset);
  group.low = reference - Math.ceil((reference - least) / align) * align;
  group.high = Math.max(group.high, offset + bytes);
  group.align = align;
  group.stores ||= stores;
  return true;
}

/** Whether an established group vouches for an access. */
export function covers(group: Group, offset: number, bytes: number, stores: boolean): boolean {
  return (
    offset >= group.low &&
    offset + bytes <= group.high &&
    (offset - group.low) % bytes === 0 &&
    bytes <= group.align &&
    (group.stores || !stores)
  );
}

export const NO_GROUPS: ReadonlyMap<Decoded, Group> = new Map();

/** The groups of a block's accesses, but for those that guards vouch for. `established` are those that hold at its start, by register. */
export function groupAccesses(
  body: readonly Decoded[],
  established: ReadonlyMap<number, Group>,
  vouched: ReadonlySet<Decoded> | undefined,
): ReadonlyMap<Decoded, Group> {
  const groups = new Map<Decoded, Group>();
  const current = new Map<number, Group>();
  const inherited = new Map(established);
  for (let i = 0; i < body.length; i++) {
    const d = body[i];
    const { effect } = d.row;
    if ((effect.kind === "load" || effect.kind === "store") && !vouched?.has(d)) {
      const stores = effect.kind === "store";
      const known = inherited.get(d.rs1);
      const group = current.get(d.rs1);
      if (known && covers(known, d.imm, effect.bytes, stores)) groups.set(d, known);
      else if (group && join(group, d.imm, effect.bytes, stores)) groups.set(d, group);
      else {
        const made = { low: d.imm, high: d.imm + effect.bytes, align: effect.bytes, stores, local: -1 };
        current.set(d.rs1, made);
        groups.set(d, made);
      }
    }
    if (current.size === 0 && inherited.size === 0) continue;
    const written = d.writes;
    if (written !== 0)
      for (let rest = written; rest !== 0; rest &= rest - 1) {
        const register = 31 - Math.clz32(rest & -rest);
        current.delete(register);
        inherited.delete(register);
      }
  }
  return groups;
}

/** Largest valid (address - base) / align, where base is 0 for loads and the ROM's end for stores (those that are not known beforehand look at the marks of pages). */
export const checkLimit = ({ low, high, align, stores }: Group): number =>
  Math.floor((ADDRESS_SPACE - (stores ? ROM_SIZE : 0) - (high - low)) / align);

/** Whether register + low = `address` passes the check: for addresses known beforehand. */
export function isValidAddress(group: Group, address: number): boolean {
  const offset = (address >>> 0) - (group.stores ? ROM_SIZE : 0);
  return offset >= 0 && offset % group.align === 0 && offset / group.align <= checkLimit(group);
}
