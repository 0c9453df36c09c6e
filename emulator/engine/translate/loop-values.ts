/**
 * Which values registers can have in a loop, in terms of those that they have where it is entered. It is found without order: at the beginning of a block a register has what it had
 * where the loop was entered, or what some block of the loop leaves in it. Registers that blocks only move by numbers are bounded by how often that can happen: in so many cycles, or,
 * where a register that is moved once a turn says how many there will be, in so many turns.
 */
import type { Decoded } from "./code-image.ts";
import { add, between, exactly, type Form, hull, REGISTERS, shiftLeft, TRANSFER } from "./form.ts";
import type { Block, Region } from "./region.ts";
import type { RegionRegisters } from "./registers.ts";

/** Values that a register may have, one form for each set of registers; undefined: nothing is known. */
type Forms = readonly Form[] | undefined;

/** Forms of a register, blocks of a loop: beyond these nothing is known. */
const [MOST_FORMS, MOST_BLOCKS] = [3, 100];

/** What a block does, in terms of the registers at the start of the first of those blocks that lead to it one by one. */
export interface Summary {
  /** Registers that the block writes; and that it or those blocks write. */
  readonly written: number;
  readonly changed: number;
  /** What is in each register behind the block. */
  readonly left: readonly (Form | undefined)[];
  /** Accesses whose register is a known form. */
  readonly accesses: readonly { readonly at: Decoded; readonly form: Form }[];
}

/** What an instruction writes to rd, if something is known of it. */
function transfer(at: Decoded, left: readonly (Form | undefined)[]): Form | undefined {
  const { effect, reads } = at.row;
  if (effect.kind === "load") {
    if (effect.bytes === 4) return undefined;
    const size = 2 ** (8 * effect.bytes);
    return effect.signed ? between(-size / 2, size / 2 - 1) : between(0, size - 1);
  }
  if (effect.kind !== "compute") return undefined;
  const { value } = effect;
  if (value.op === "operand") return exactly(at.imm);
  if (value.op === "const" || value.op === "if" || !value.b) return undefined;
  const apply = TRANSFER[value.op];
  if (!apply || value.a.op !== "operand" || value.b.op !== "operand") return undefined;
  const a = reads.rs1 ? left[at.rs1] : exactly(at.pc);
  const b = reads.rs2 ? left[at.rs2] : exactly(at.imm);
  return a && b && apply(a, b);
}

/** @param before the only block that leads to this one, if its summary is to go on */
export function summarise({ body }: Block, before: Summary | undefined): Summary {
  const left = (before?.left ?? REGISTERS).slice();
  const accesses: { at: Decoded; form: Form }[] = [];
  let all = 0;
  for (let i = 0; i < body.length; i++) {
    const at = body[i];
    const { kind } = at.row.effect;
    if (kind === "store" || kind === "load") {
      const form = left[at.rs1];
      if (form) accesses.push({ at, form });
    }
    const written = at.writes;
    if (written === 0) continue;
    all |= written;
    const value = transfer(at, left);
    for (let rest = written; rest !== 0; rest &= rest - 1) left[31 - Math.clz32(rest & -rest)] = undefined;
    if (at.rd !== 0) left[at.rd] = value;
  }
  return { written: all, changed: all | (before?.changed ?? 0), left, accesses };
}

/** A nest of loops without calls. */
export interface Nest {
  readonly header: Block;
  readonly blocks: readonly Block[];
  readonly inner: readonly Nest[];
}

/** The outermost loops without calls, each with the loops inside. */
export function findNests({ blocks, loops }: Region): Nest[] {
  const outermost: Nest[] = [];
  const open: (Nest & { inner: Nest[]; readonly pcs: ReadonlySet<number> })[] = [];
  for (const header of blocks) {
    if (!header.isLoop) continue;
    const pcs = loops.get(header.pc)!;
    const own = blocks.filter(({ pc }) => pcs.has(pc));
    if (own.length > MOST_BLOCKS || own.some(({ end }) => end.kind === "call")) continue;
    const nest = { header, blocks: own, inner: [], pcs };
    const around = open.findLast((other) => other.pcs.has(header.pc));
    if (around) around.inner.push(nest);
    else outermost.push(nest);
    open.push(nest);
  }
  return outermost;
}

/** By position in reverse postorder: least cycles between two executions of a block, of a way round one of the loops that it is in. */
function findPeriods({ header, blocks, inner }: Nest, periods: number[]): void {
  const until: number[] = [];
  until[header.order] = 0;
  let period = Number.POSITIVE_INFINITY;
  const last = blocks[blocks.length - 1].order;
  for (const block of blocks) {
    const behind = until[block.order] + block.length;
    for (const { block: to } of block.edges)
      if (to === header) period = Math.min(period, behind);
      // of blocks that are not of the loop nothing is used
      else if (to && to.order > block.order && to.order <= last && !(until[to.order] <= behind))
        until[to.order] = behind;
  }
  for (const { order } of blocks) if (!(periods[order] <= period)) periods[order] = period;
  for (const each of inner) findPeriods(each, periods);
}

/** A loop without others inside that ends when a register is equal to something, and moves it once a turn. */
export interface TurnCount {
  readonly register: number;
  /** plus or minus 2^n */
  readonly step: number;
  /** What the register is compared with, less what it is at the first comparison but for its value where the loop is entered. */
  readonly end: Form;
}

function isEveryTurn(block: Block, latch: Block): boolean {
  let at = latch;
  while (at.order > block.order) at = at.dominator!;
  return at === block;
}

/** Values of registers at the beginnings of a loop's blocks. */
export class LoopValues {
  /** If it is known, `down` and `up` of forms are for each turn, else for each cycle. */
  readonly turns: TurnCount | undefined;
  /** Most cycles from a block of the loop to the next look at their count, and least of a turn. */
  readonly longest: number;
  readonly period: number;
  readonly #live: number;
  readonly #definitions: { readonly form: Form | undefined; readonly block: Block }[][] = [];
  readonly #values: Forms[] = [];
  readonly #periods: number[] = [];
  /** Tarjan's numbers, 0 for registers that were not visited. */
  readonly #numbers = new Uint8Array(32);
  readonly #lowest = new Uint8Array(32);
  readonly #stack: number[] = [];
  #visited = 0;

  constructor(nest: Nest, summaries: ReadonlyMap<Block, Summary>, masks: RegionRegisters) {
    const { header, blocks } = nest;
    findPeriods(nest, this.#periods);
    this.period = this.#periods[header.order];
    this.longest = Math.max(...blocks.map(({ longest }) => longest));
    for (const block of blocks) {
      const { written, left } = summaries.get(block)!;
      for (let rest = written; rest !== 0; rest &= rest - 1) {
        const register = 31 - Math.clz32(rest & -rest);
        (this.#definitions[register] ??= []).push({ form: left[register], block });
      }
    }
    this.#live = findLive(header, blocks, masks);
    this.turns = this.#findTurns(nest, summaries);
    // what has been found by then is by cycles
    this.#values.length = 0;
    this.#numbers.fill(0);
  }

  /** How many turns a loop has, if a comparison at its end says so. */
  #findTurns(nest: Nest, summaries: ReadonlyMap<Block, Summary>): TurnCount | undefined {
    const latches = nest.blocks.filter(({ edges }) => edges.some(({ block }) => block === nest.header));
    const [latch, second] = latches;
    if (nest.inner.length > 0 || second || latch.end.kind !== "branch") return undefined;
    const { at, taken, other } = latch.end;
    const { effect } = at.row;
    if (effect.kind !== "branch" || taken.block === other.block) return undefined;
    if (effect.condition.op !== (taken.block === nest.header ? "ne" : "eq")) return undefined;
    const { left, changed } = summaries.get(latch)!;
    for (const [moved, fixed] of [
      [left[at.rs1], left[at.rs2]],
      [left[at.rs2], left[at.rs1]],
    ]) {
      if (moved?.terms.length !== 1 || moved.terms[0] % 32 !== 0 || moved.low !== moved.high) continue;
      const register = moved.terms[0] >>> 5;
      const [definition, another] = this.#definitions[register] ?? [];
      const step = definition?.form?.low ?? 0;
      if (!definition?.form || another || !isEveryTurn(definition.block, latch)) continue;
      const { terms, high } = definition.form;
      if (terms.length !== 1 || terms[0] !== 32 * register || high !== step || step === 0) continue;
      if (!Number.isInteger(Math.log2(Math.abs(step)))) continue;
      const ends = fixed && this.evaluate(fixed);
      if (ends?.length !== 1 || ends[0].low !== ends[0].high || ends[0].down > 0 || ends[0].up > 0) continue;
      // what was moved in a block before those whose beginning the form is about is not in the form
      const first = moved.low + ((changed & (1 << register)) !== 0 ? 0 : step);
      const end = add(ends[0], exactly(-first));
      if (end) return { register, step, end };
    }
    return undefined;
  }

  /** What a form over the registers at a block's start can be. */
  evaluate(form: Form): Forms {
    const { terms, low, high, align } = form;
    if (terms.length === 0) return [form];
    let found: Form[] = [{ terms: [], low, high, align, down: 0, up: 0 }];
    for (const term of terms) {
      const values = this.#valuesOf(term >>> 5);
      if (!values) return undefined;
      const next: Form[] = [];
      for (const value of values) {
        const shifted = shiftLeft(value, term % 32);
        for (const each of found) {
          const sum = shifted && add(each, shifted);
          if (!sum) return undefined;
          next.push(sum);
        }
      }
      if (next.length > MOST_FORMS) return undefined;
      found = next;
    }
    return found;
  }

  #valuesOf(register: number): Forms {
    if (this.#definitions[register] === undefined) return [REGISTERS[register]];
    if (this.#numbers[register] === 0) this.#visit(register);
    return this.#values[register];
  }

  /** Tarjan's algorithm: registers that depend on each other are solved together, behind those that they depend on. */
  #visit(register: number): void {
    this.#numbers[register] = this.#lowest[register] = ++this.#visited;
    this.#stack.push(register);
    for (const { form } of this.#definitions[register])
      for (const term of form?.terms ?? []) {
        const other = term >>> 5;
        if (this.#definitions[other] === undefined) continue;
        if (this.#numbers[other] === 0) this.#visit(other);
        if (this.#stack.includes(other)) this.#lowest[register] = Math.min(this.#lowest[register], this.#lowest[other]);
      }
    if (this.#lowest[register] !== this.#numbers[register]) return;
    const members = this.#stack.splice(this.#stack.indexOf(register));
    const values = this.#solve(members);
    for (const member of members) this.#values[member] = values;
  }

  /** One answer for all members: they are copied to each other, with numbers added. */
  #solve(members: readonly number[]): Forms {
    const inside = new Set(members);
    const found: Form[] = [];
    let [down, up, align] = [0, 0, 4];
    let [low, high] = [0, 0];
    for (const member of members) {
      if ((this.#live & (1 << member)) !== 0) found.push(REGISTERS[member]);
      for (const { form, block } of this.#definitions[member]) {
        if (!form) return undefined;
        if (!form.terms.some((term) => inside.has(term >>> 5))) {
          const values = this.evaluate(form);
          if (!values) return undefined;
          found.push(...values);
          continue;
        }
        if (form.terms.length > 1 || form.terms[0] % 32 !== 0) return undefined;
        const [least, most] = [Math.min(0, form.low), Math.max(0, form.high)];
        align = Math.min(align, form.align);
        if (this.turns) {
          down -= least;
          up += most;
          continue;
        }
        const period = this.#periods[block.order];
        // in so many cycles, and those from the last look at their count on, a block is executed at most cycles / period + 1 times
        const times = Math.ceil(this.longest / period) + 1;
        low += least * times;
        high += most * times;
        down -= least / period;
        up += most / period;
      }
    }
    const moved = { terms: [], low, high, align, down, up };
    const values: Form[] = [];
    for (const form of found) {
      const sum = add(form, moved);
      if (!sum) return undefined;
      const i = values.findIndex((other) => hull(other, sum) !== undefined);
      if (i < 0) values.push(sum);
      else values[i] = hull(values[i], sum)!;
    }
    return values.length <= MOST_FORMS ? values : undefined;
  }
}

/** Registers that a loop reads before it writes them. */
function findLive(header: Block, blocks: readonly Block[], masks: RegionRegisters): number {
  const live: number[] = [];
  for (const { order } of blocks) live[order] = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const { order, edges, isLoop } = blocks[i];
      let after = 0;
      for (const { block: to } of edges) if (to) after |= live[to.order] ?? 0;
      const own = masks[order].read | (after & ~masks[order].written);
      if (own === live[order]) continue;
      live[order] = own;
      if (isLoop && blocks.length > 1) changed = true;
    }
  }
  return live[header.order];
}
