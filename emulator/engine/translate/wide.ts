/**
 * Numbers of 64 bits that a program computes in halves, as compilers do for rv32: products with their cross terms, sums with their carries, rotations. They are found by following values
 * through a block, and computed as the host does; halves that nothing else reads are then never made. All equations are modulo 2^64.
 */
import { isOperand } from "../../isa/expression.ts";
import { INSTRUCTIONS, type Instruction } from "../../isa/table.ts";
import type { Sum } from "./carries.ts";
import { type Decoded, TRAIT } from "./code-image.ts";
import type { Group } from "./memory-access.ts";
import { JOINS, WIDE } from "./products.ts";
import type { Block } from "./region.ts";

/** What an instruction computes, or a register holds at the block's start. */
export interface Value {
  readonly number: number;
  /** An operator of the table, `mulhu`, `load`, `const`; else it is only itself. */
  readonly op: string;
  readonly a: Value | undefined;
  readonly b: Value | undefined;
  /** Of a constant its number; of a load the offset. */
  readonly constant: number;
  /** Position in the block; -1: at its start. */
  readonly at: number;
  readonly register: number;
  /** Of a load, how many instructions before it may have written to memory. */
  readonly version: number;
  uses: number;
  /** Whether its last use is as a summand. */
  isSummand: boolean;
  /** WebAssembly local with a copy of it, once it was made; -1 before. */
  local: number;
}

export type Wide = {
  /** Local with all 64 bits once they were computed; -1 before. */
  local: number;
  /** Position behind which all that it is made of is there. */
  readonly ready: number;
} & (
  | { readonly kind: "sum"; readonly terms: readonly Wide[] }
  | { readonly kind: "product"; readonly a: Wide; readonly b: Wide }
  | { readonly kind: "rotation"; readonly of: Wide; readonly by: number }
  /** Two halves; without the upper one it is 0. */
  | { readonly kind: "halves"; readonly low: Value; readonly high: Value | undefined }
  /** Two words in memory, by the instruction that loads the second. */
  | { readonly kind: "load"; readonly second: Decoded; readonly isUpper: boolean }
);

/** What an instruction writes: a half of a number, for the upper one with what is added to it. */
export interface Half {
  readonly wide: Wide;
  readonly isHigh: boolean;
  readonly rest: readonly Value[];
  /** The register that holds the other half, where that was there before the number was. */
  readonly other: number;
}

export interface Wides {
  readonly halves: ReadonlyMap<Decoded, Half>;
  /** Values that numbers are made of, by the instruction that computes them; and those of the block's start. */
  readonly kept: ReadonlyMap<Decoded, readonly Value[]>;
  readonly atStart: readonly Value[];
}

/** By row: the operator that it applies to rs1 and rs2, or to rs1 and its immediate. */
const OPERATOR = new Map<Instruction, string>();
for (const row of INSTRUCTIONS) {
  if (row.effect.kind !== "compute") continue;
  const { value } = row.effect;
  const product = WIDE.get(row);
  if (product?.op === "mul64" && product.a.op === "extendU" && product.b?.op === "extendU") OPERATOR.set(row, "mulhu");
  else if ("a" in value && isOperand(value.a, "rs1") && (isOperand(value.b, "rs2") || isOperand(value.b, "imm")))
    OPERATOR.set(row, value.op);
}
const COMMUTES = new Set(["add", "mul", "mulhu", "and", "or", "xor"]);
/** Summands of a half. */
const MOST_SUMMANDS = 12;

class Finder {
  readonly #body: readonly Decoded[];
  readonly #groups: ReadonlyMap<Decoded, Group>;
  /** By position. */
  readonly #values: (Value | undefined)[] = [];
  readonly #known = new Map<string, Value>();
  readonly #held: Value[] = [];
  #count = 0;
  readonly #atStart: Value[] = [];
  /** Numbers by their halves. */
  readonly #numbers = new Map<Value, { readonly high: Value; readonly wide: Wide }>();
  readonly #found: { low: Value; high: Value; wide: Wide; rest: readonly Value[] }[] = [];

  constructor(body: readonly Decoded[], groups: ReadonlyMap<Decoded, Group>) {
    this.#body = body;
    this.#groups = groups;
  }

  find(): Wides | undefined {
    this.#followValues();
    for (const value of this.#values)
      if (value?.op === "add" && !(value.uses === 1 && value.isSummand)) this.#matchUpperHalf(value);
    return this.#found.length > 0 ? this.#result() : undefined;
  }

  // ---- values

  #new(op: string, at: number, register: number, from?: Partial<Value>): Value {
    const nothing = { a: undefined, b: undefined, constant: 0, version: 0 };
    return { number: this.#count++, op, at, register, uses: 0, isSummand: false, local: -1, ...nothing, ...from };
  }

  #constant(constant: number): Value {
    const key = `const ${constant}`;
    let found = this.#known.get(key);
    if (!found) this.#known.set(key, (found = this.#new("const", -1, 0, { constant })));
    return found;
  }

  #holds(register: number): Value {
    if (register === 0) return this.#constant(0);
    let value = this.#held[register];
    if (!value) {
      value = this.#held[register] = this.#new("start", -1, register);
      this.#atStart.push(value);
    }
    return value;
  }

  /** The same value as before, if it was computed before. */
  #apply(op: string, x: Value, y: Value, at: number, register: number): Value {
    const [a, b] = COMMUTES.has(op) && y.number < x.number ? [y, x] : [x, y];
    if (op === "add" || op === "or" || op === "xor") {
      if (b.op === "const" && b.constant === 0) return a;
      if (a.op === "const" && a.constant === 0) return b;
    }
    const key = `${op} ${a.number} ${b.number}`;
    const known = this.#known.get(key);
    if (known) return known;
    for (const operand of [a, b]) {
      operand.uses++;
      operand.isSummand = op === "add";
    }
    const made = this.#new(op, at, register, { a, b });
    this.#known.set(key, made);
    return made;
  }

  #followValues(): void {
    let stores = 0;
    for (const [i, d] of this.#body.entries()) {
      const { row, rd, rs1, rs2, imm } = d;
      const { kind } = row.effect;
      const a = row.reads.rs1 ? this.#holds(rs1) : undefined;
      const b = row.reads.rs2 ? this.#holds(rs2) : undefined;
      const op = OPERATOR.get(row);
      let value: Value | undefined;
      if (op && a && rd !== 0) value = this.#apply(op, a, b ?? this.#constant(imm), i, rd);
      else {
        // what is not followed reads its operands as they are
        if (a) a.uses += 2;
        if (b) b.uses += 2;
        if (kind === "load" && row.effect.bytes === 4 && a && rd !== 0) value = this.#load(a, imm, stores, i, rd);
        else if (kind !== "load" && kind !== "compute") stores++;
      }
      for (let rest = d.writes; rest !== 0; rest &= rest - 1) {
        const register = 31 - Math.clz32(rest & -rest);
        this.#held[register] = value ?? this.#new("other", i, register);
      }
      this.#values.push(value);
    }
  }

  #load(base: Value, offset: number, stores: number, at: number, register: number): Value {
    const key = `load ${base.number} ${offset} ${stores}`;
    const known = this.#known.get(key);
    if (known) return known;
    const made = this.#new("load", at, register, { a: base, constant: offset, version: stores });
    this.#known.set(key, made);
    return made;
  }

  // ---- numbers

  /** Summands of a half; what is the upper half of a number itself stays whole. */
  #summands(sum: Value): Value[] {
    const found: Value[] = [];
    const stack = [sum];
    for (let value = stack.pop(); value; value = stack.pop()) {
      const isWhole = value !== sum && this.#found.some(({ high }) => high === value);
      if (value.op !== "add" || isWhole || found.length + stack.length >= MOST_SUMMANDS) found.push(value);
      else stack.push(value.a!, value.b!);
    }
    return found;
  }

  /**
   * An upper half is a sum of upper halves, of cross terms of products, and of a carry for each of the sums that make the lower half. The lower half's summands say what the number is a sum
   * of; what then is left of the upper one's is added to it.
   */
  #matchUpperHalf(high: Value): void {
    const summands = this.#summands(high);
    const sums = new Set<Value>();
    const rest: Value[] = [];
    for (const summand of summands) {
      const { op, a: sum, b } = summand;
      if (op === "ltU" && sum?.op === "add" && (sum.a === b || sum.b === b) && !sums.has(sum)) sums.add(sum);
      else rest.push(summand);
    }
    const carries = sums.size;
    const product = rest.find(({ op }) => op === "mulhu");
    if (carries === 0 && !product) return;
    const isLast = (sum: Value) => ![...sums].some(({ a, b }) => a === sum || b === sum);
    const low =
      carries > 0 ? [...sums].find(isLast) : this.#known.get(`mul ${product!.a!.number} ${product!.b!.number}`);
    if (!low) return;
    const leaves: Value[] = [];
    const visit = (value: Value): void => {
      if (!sums.delete(value)) leaves.push(value);
      else {
        visit(value.a!);
        visit(value.b!);
      }
    };
    visit(low);
    if (sums.size > 0) return;
    const before = rest.length;
    let products = 0;
    const terms = leaves.map((leaf) => {
      const upper = rest.findIndex(
        ({ op, a, b }) => op === "mulhu" && leaf.op === "mul" && a === leaf.a && b === leaf.b,
      );
      if (upper < 0) return this.#summand(leaf, rest);
      products++;
      rest.splice(upper, 1);
      return this.#product(leaf, rest);
    });
    // what upper halves and cross terms have been found
    const gain = before - rest.length - products;
    if (gain === 0 && carries < 2 && (carries === 0 || products === 0)) return;
    const ready = Math.max(...terms.map((term) => term.ready));
    const wide: Wide = terms.length === 1 ? terms[0] : { kind: "sum", terms, ready, local: -1 };
    this.#note(low, high, wide, rest);
  }

  /** The product whose lower half is a value, with the cross terms that are among the summands left. */
  #product({ a, b }: Value, rest: Value[]): Wide {
    /** What a cross term multiplies one factor by: the other's upper half. */
    const crossing = (factor: Value): Value | undefined => {
      const at = rest.findIndex((term) => term.op === "mul" && (term.a === factor || term.b === factor));
      if (at < 0) return undefined;
      const [term] = rest.splice(at, 1);
      return term.a === factor ? term.b : term.a;
    };
    const [upperOfB, upperOfA] = [crossing(a!), crossing(b!)];
    const [x, y] = [this.#halves(a!, upperOfA), this.#halves(b!, upperOfB)];
    return { kind: "product", a: x, b: y, ready: Math.max(x.ready, y.ready), local: -1 };
  }

  /** A number whose lower half is a value, and its upper half among the summands left, if one belongs to it. */
  #summand(low: Value, rest: Value[]): Wide {
    for (const [i, high] of rest.entries()) {
      // what a loop carries round it in two registers
      const isCarried = low.op === "start" && high.op === "start" && rest.length === 1;
      const found = this.#number(low, high) ?? (isCarried ? this.#halves(low, high) : undefined);
      if (!found) continue;
      rest.splice(i, 1);
      return found;
    }
    return this.#halves(low, undefined);
  }

  #halves(low: Value, high: Value | undefined): Wide {
    const found = high && this.#number(low, high);
    if (found) return found;
    const isZero = high === undefined || (high.op === "const" && high.constant === 0);
    const ready = Math.max(low.at, high?.at ?? -1);
    return { kind: "halves", low, high: isZero ? undefined : high, ready, local: -1 };
  }

  /** The number with these halves, if it takes less to compute it as a whole. */
  #number(low: Value, high: Value): Wide | undefined {
    const known = this.#numbers.get(low);
    if (known?.high === high) return known.wide;
    return this.#loaded(low, high) ?? this.#rotated(low, high);
  }

  #loaded(low: Value, high: Value): Wide | undefined {
    if (low.op !== "load" || high.op !== "load" || low.a !== high.a || low.version !== high.version) return undefined;
    if (high.constant !== low.constant + 4) return undefined;
    const [first, second] = [Math.min(low.at, high.at), Math.max(low.at, high.at)].map((at) => this.#body[at]);
    // one check must be for both
    if (this.#groups.get(first) !== this.#groups.get(second)) return undefined;
    // it is computed where the second word is loaded
    const ready = Math.max(low.at, high.at) - 1;
    return this.#note(low, high, { kind: "load", second, isUpper: high.at > low.at, ready, local: -1 });
  }

  #note(low: Value, high: Value, wide: Wide, rest: readonly Value[] = []): Wide {
    this.#found.push({ low, high, wide, rest });
    if (rest.length === 0) this.#numbers.set(low, { high, wide });
    return wide;
  }

  #rotated(low: Value, high: Value): Wide | undefined {
    const [x, y] = [funnelOf(low), funnelOf(high)];
    if (!x || !y || x.by !== y.by || x.left !== y.right || x.right !== y.left) return undefined;
    const of = this.#halves(x.left, y.left);
    return this.#note(low, high, { kind: "rotation", of, by: x.by, ready: of.ready, local: -1 });
  }

  // ---- result

  #isWrittenBetween(register: number, from: number, to: number): boolean {
    for (let i = from + 1; i <= to; i++) if ((this.#body[i].writes & (1 << register)) !== 0) return true;
    return false;
  }

  #result(): Wides {
    const halves = new Map<Decoded, Half>();
    const needed = new Set<Value>();
    for (const { low, high, wide, rest } of this.#found) {
      collect(wide, needed);
      for (const value of rest) needed.add(value);
      const lower = { wide, isHigh: false, rest: [], other: -1 };
      const upper = { wide, isHigh: true, rest, other: -1 };
      const [first, second] = low.at < high.at ? [low, high] : [high, low];
      const [earlier, later] = low.at < high.at ? [lower, upper] : [upper, lower];
      if (first.at > wide.ready) halves.set(this.#body[first.at], earlier);
      // only a lower half can be there before: all that an upper one is made of comes before it
      else if (!this.#isWrittenBetween(first.register, first.at, second.at)) later.other = first.register;
      halves.set(this.#body[second.at], later);
    }
    const kept = new Map<Decoded, Value[]>();
    for (const value of needed) {
      if (value.at < 0) continue;
      const d = this.#body[value.at];
      const others = kept.get(d);
      if (others) others.push(value);
      else kept.set(d, [value]);
    }
    return { halves, kept, atStart: this.#atStart.filter((value) => needed.has(value)) };
  }
}

/** Shifted left, with the uppermost bits of another behind: how halves are rotated. */
function funnelOf({ op, a, b }: Value): { left: Value; right: Value; by: number } | undefined {
  if (!JOINS.has(op)) return undefined;
  const [shl, shr] = a!.op === "shl" ? [a!, b!] : [b!, a!];
  if (shl.op !== "shl" || shr.op !== "shrU" || shl.b!.op !== "const" || shr.b!.op !== "const") return undefined;
  const by = shl.b!.constant;
  return by > 0 && by < 32 && shr.b!.constant === 32 - by ? { left: shl.a!, right: shr.a!, by } : undefined;
}

function collect(wide: Wide, values: Set<Value>): void {
  if (wide.kind === "sum") for (const term of wide.terms) collect(term, values);
  else if (wide.kind === "product") {
    collect(wide.a, values);
    collect(wide.b, values);
  } else if (wide.kind === "rotation") collect(wide.of, values);
  else if (wide.kind === "halves") {
    values.add(wide.low);
    if (wide.high) values.add(wide.high);
  }
}

/**
 * @param groups of the block's accesses: those that share a check
 * @param carries of the block
 */
export function findWides(
  { body, traits }: Pick<Block, "body" | "traits">,
  groups: ReadonlyMap<Decoded, Group>,
  carries: ReadonlyMap<Decoded, Sum> | undefined,
): Wides | undefined {
  const hasProducts = (traits & TRAIT.upperProduct) !== 0 && (carries !== undefined || (traits & TRAIT.product) !== 0);
  // two sums with their carries are four instructions
  if (!hasProducts && (carries === undefined || carries.size < 4)) return undefined;
  return new Finder(body, groups).find();
}
