/**
 * From items to words. Distances are found by making longer what does not reach, until all does; what reaches stays as it is.
 *
 * - A branch spans 4 KiB: further away it is turned around a jump, and a branch to the trap around the trap itself.
 * - A jump spans 1 MiB, and no register is surely free for a longer one: it goes by an island, a jump half-way. A function has islands only if it is
 *   larger than 1 MiB. They lie where nothing falls through, or else behind a jump of their own.
 * - A call spans 1 MiB too; which calls are longer only the layout knows. Those are `auipc`, `jalr` through the link register, which the call writes anyway.
 */
import type { LocalLabel, Origin, Relocation } from "../link/object.ts";
import { encode, UNPROVABLE } from "./encode.ts";
import type { MBlock } from "./machine.ts";
import { TAIL_SCRATCH, ZERO } from "./registers.ts";

interface Island {
  readonly kind: "island";
  readonly to: Target;
  readonly origin: number;
  /** what is before it falls through, and must jump over it */
  readonly over: boolean;
}
type Target = MBlock | "trap" | Island;

export type Item =
  | { readonly kind: "word"; readonly word: number; readonly origin: number; readonly reloc?: Omit<Relocation, "at"> }
  | {
      readonly kind: "branch";
      readonly op: string;
      readonly a: number;
      readonly b: number;
      readonly to: MBlock | "trap";
      readonly origin: number;
    }
  | { readonly kind: "jump"; readonly to: MBlock; readonly origin: number }
  | { readonly kind: "label"; readonly name: string }
  | { readonly kind: "block"; readonly block: MBlock };
type Placed = Item | Island;
type Branch = Extract<Item, { kind: "branch" }>;
type Jumping = Branch | Extract<Item, { kind: "jump" }> | Island;

export const INVERSE: Readonly<Record<string, string>> = {
  beq: "bne",
  bne: "beq",
  blt: "bge",
  bge: "blt",
  bltu: "bgeu",
  bgeu: "bltu",
};

export interface Assembly {
  readonly words: number[];
  readonly relocations: Relocation[];
  readonly origins: Origin[];
  readonly labels: LocalLabel[];
  /** byte offset of a block */
  readonly offsetOf: (block: MBlock) => number;
}

const BRANCH_REACH = 4096;
const JUMP_REACH = 0x10_0000;
/** How far from half-way a place for an island is looked for. */
const SEARCH = 0x8000;
/** What code between an island and those who use it may still grow by. */
const MARGIN = 0x1000;

const isCall = (item: Placed): boolean => item.kind === "word" && item.reloc?.kind === "jal";

class Assembler {
  private items: readonly Placed[];
  private readonly far = new Set<Branch>();
  private readonly routes = new Map<Jumping, Island>();
  private readonly longCalls = new Set<Placed>();
  /** by position of items; one more for the end */
  private offset = new Int32Array(0);
  private readonly position = new Map<MBlock | Island, number>();

  /** @param farCalls which calls are long: numbers in order */
  constructor(items: readonly Item[], farCalls: ReadonlySet<number>) {
    this.items = items;
    items.filter(isCall).forEach((item, k) => {
      if (farCalls.has(k)) this.longCalls.add(item);
    });
    this.place();
    while (this.growBranches() || this.addIslands()) this.place();
  }

  private size(item: Placed): number {
    switch (item.kind) {
      case "word":
        return this.longCalls.has(item) ? 8 : 4;
      case "branch":
        return this.far.has(item) ? 8 : 4;
      case "jump":
        return 4;
      case "island":
        return item.over ? 8 : 4;
      default:
        return 0;
    }
  }

  private place(): void {
    this.offset = new Int32Array(this.items.length + 1);
    let at = 0;
    this.items.forEach((item, k) => {
      this.offset[k] = at;
      at += this.size(item);
      if (item.kind === "block") this.position.set(item.block, k);
      else if (item.kind === "island") this.position.set(item, k);
    });
    this.offset[this.items.length] = at;
  }

  /** Where who goes to it arrives. */
  offsetOf(to: Target): number {
    if (to === "trap") return this.offset[this.items.length]!;
    return this.offset[this.position.get(to)!]! + ("kind" in to && to.over ? 4 : 0);
  }

  private growBranches(): boolean {
    const before = this.far.size;
    this.items.forEach((item, k) => {
      if (item.kind !== "branch" || this.far.has(item)) return;
      const distance = this.offsetOf(item.to) - this.offset[k]!;
      if (distance < -BRANCH_REACH || distance >= BRANCH_REACH) this.far.add(item);
    });
    return this.far.size > before;
  }

  /** Offset of the jump that an item is or has in it. */
  private jumpOf(item: Jumping, k: number): number {
    return this.offset[k]! + (item.kind === "branch" || (item.kind === "island" && item.over) ? 4 : 0);
  }

  private next(item: Jumping): Target {
    return this.routes.get(item) ?? item.to;
  }

  private addIslands(): boolean {
    if (this.offset[this.items.length]! <= JUMP_REACH) return false;
    const made = new Map<number, Island[]>();
    const byTarget = new Map<Target, Island[]>();
    for (const item of this.items)
      if (item.kind === "island") byTarget.set(item.to, [...(byTarget.get(item.to) ?? []), item]);
    let changed = false;
    this.items.forEach((item, k) => {
      if (
        item.kind === "branch"
          ? !this.far.has(item) || item.to === "trap"
          : item.kind !== "jump" && item.kind !== "island"
      )
        return;
      const jumping = item as Jumping;
      const from = this.jumpOf(jumping, k);
      const to = this.next(jumping);
      const target = this.offsetOf(to);
      if (reaches(from, target)) return;
      changed = true;
      const known = byTarget.get(to)?.find((island) => {
        // those of this round have no place yet
        const at = this.position.has(island) ? this.offsetOf(island) : -1;
        return at >= 0 && reaches(from, at) && at > from === target > at;
      });
      if (known !== undefined) {
        this.routes.set(jumping, known);
        return;
      }
      const { at, over } = this.placeFor(from, target);
      const island: Island = { kind: "island", to, origin: jumping.origin, over };
      this.routes.set(jumping, island);
      made.set(at, [...(made.get(at) ?? []), island]);
    });
    if (made.size > 0) this.items = this.items.flatMap((item, k) => [...(made.get(k) ?? []), item]);
    return changed;
  }

  /** Before which item an island goes: near half-way, where nothing falls through if there is such a place. */
  private placeFor(from: number, target: number): { at: number; over: boolean } {
    const middle = (from + target) / 2;
    const window = Math.max(0, Math.min(SEARCH, JUMP_REACH - Math.abs(target - from) / 2 - MARGIN));
    let low = 0;
    for (let high = this.items.length; low < high; ) {
      const k = (low + high) >> 1;
      if (this.offset[k]! < middle) low = k + 1;
      else high = k;
    }
    for (let k = low; k < this.items.length && this.offset[k]! <= middle + window; k++)
      if (endsWay(this.items[k - 1]!)) return { at: k, over: false };
    for (let k = low - 1; k > 0 && this.offset[k]! >= middle - window; k--)
      if (endsWay(this.items[k - 1]!)) return { at: k, over: false };
    return { at: low, over: true };
  }

  words(trapUsed: boolean): Assembly {
    const words: number[] = [];
    const relocations: Relocation[] = [];
    const origins: Origin[] = [];
    const labels: LocalLabel[] = [];
    let last = -2;
    const jump = (to: Target): void => {
      words.push(encode("jal", ZERO, 0, 0, this.offsetOf(to) - 4 * words.length));
    };
    for (const item of this.items) {
      if (item.kind === "block") continue;
      if (item.kind === "label") {
        labels.push({ at: words.length, name: item.name });
        continue;
      }
      if (item.origin !== last) {
        last = item.origin;
        origins.push({ at: words.length, offset: last });
      }
      if (item.kind === "word") {
        if (this.longCalls.has(item)) {
          const link = (item.word >>> 7) & 31;
          // a tail call has none
          const by = link === ZERO ? TAIL_SCRATCH : link;
          relocations.push({ at: words.length, ...item.reloc!, kind: "call" });
          words.push(encode("auipc", by, 0, 0, 0), encode("jalr", link, by, 0, 0));
        } else {
          if (item.reloc !== undefined) relocations.push({ at: words.length, ...item.reloc });
          words.push(item.word);
        }
      } else if (item.kind === "branch") {
        const { op, a, b, to } = item;
        if (this.far.has(item)) {
          words.push(encode(INVERSE[op]!, 0, a, b, 8));
          if (to === "trap") words.push(UNPROVABLE);
          else jump(this.next(item));
        } else words.push(encode(op, 0, a, b, this.offsetOf(to) - 4 * words.length));
      } else {
        if (item.kind === "island" && item.over) words.push(encode("jal", ZERO, 0, 0, 8));
        jump(this.next(item));
      }
    }
    if (trapUsed) words.push(UNPROVABLE);
    return { words, relocations, origins, labels, offsetOf: (block) => this.offsetOf(block) };
  }
}

const reaches = (from: number, to: number): boolean => to - from >= -JUMP_REACH && to - from < JUMP_REACH;

/** Nothing falls through behind it: a jump, a jump by register that is no call, the trap. */
function endsWay(item: Placed): boolean {
  if (item.kind === "jump") return true;
  if (item.kind === "island") return !item.over;
  if (item.kind !== "word") return false;
  const opcode = item.word & 0x7f;
  return item.word === UNPROVABLE || ((opcode === 0x67 || opcode === 0x6f) && ((item.word >>> 7) & 31) === ZERO);
}

/** @param farCalls calls (numbers in order of the function's) that are further away than a `jal` spans */
export function assemble(items: readonly Item[], trapUsed: boolean, farCalls: ReadonlySet<number>): Assembly {
  return new Assembler(items, farCalls).words(trapUsed);
}
