/**
 * Checks of accesses, taken out of loops. Where a loop is entered, registers say where its accesses can go: a pointer that it moves by 4 in a turn gets only so far
 * before the region comes back to its driver (`LOOP_SLICE`), an index that was masked stays in its table. One guard there stands for all these checks; if it fails,
 * the loop is translated anew without it.
 *
 * Which values registers have inside is found without order: a register has what it had where the loop was entered, or what some block of the loop leaves in it.
 * Registers that blocks only move by numbers are bounded by how often that can happen in so many cycles.
 */
import type { Decoded } from "./code-image.ts";
import { add, between, exactly, type Form, hull, registerForm, shiftLeft, TRANSFER } from "./form.ts";
import type { Block, Region } from "./region.ts";
import { type RegionRegisters, writeMask } from "./registers.ts";

/** One comparison where a loop is entered: all of [low, high) from a sum of registers is in memory, aligned, and stays so for as many cycles as it is told. */
export interface Guard {
  /** See `Form`. */
  readonly terms: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly align: number;
  /** Each cycle takes at most 2^down bytes off what is free below, likewise above; -1: none. */
  readonly down: number;
  readonly up: number;
  readonly stores: boolean;
}

export interface Guards {
  /** By the loop's header. */
  readonly before: ReadonlyMap<Block, readonly Guard[]>;
  /** Accesses that need no check, by block. */
  readonly vouched: ReadonlyMap<Block, ReadonlySet<Decoded>>;
}

const NO_GUARDS: Guards = { before: new Map(), vouched: new Map() };

/** Values that a register may have, one form for each set of registers; undefined: nothing is known. */
type Forms = readonly Form[] | undefined;

/** Forms of a register, guards of a loop, blocks of a loop: beyond these it is left as it is. */
const [MOST_FORMS, MOST_GUARDS, MOST_BLOCKS] = [3, 6, 100];
/** Bytes that a guard may be about, without what cycles add; and 2^n bytes that each of them may. */
const [MOST_BYTES, MOST_RATE] = [2 ** 24, 6];

/**
 * About how many operations of the host the check of an access is, a guard is, and one with stores. Guards for all loops made kernels of short loops slower (`json` 1.19 times as long,
 * `sieve` 1.19, `search` 1.04); chosen by what was counted, `bigint` takes 0.79 of the time, `aes` 0.83, `levenshtein` 0.87, `blake2s` 0.88, `life` 0.93, and none more.
 */
const COST = { load: 3, store: 6, loop: 15, guard: 12, marks: 25 };
/** What guards must save of the checks in a loop, and in comparison with its instructions. */
const [LEAST_SHARE, LEAST_GAIN] = [0.4, 0.1];

/** What a block does, in terms of the registers at the start of the first of those blocks that lead to it one by one. */
interface Summary {
  /** Registers that the block writes. */
  readonly written: number;
  /** By register that it or those blocks write. */
  readonly left: ReadonlyMap<number, Form | undefined>;
  /** Accesses whose register is a known form. */
  readonly accesses: readonly { readonly at: Decoded; readonly form: Form }[];
}

function transfer(
  { row: { effect, reads }, rs1, rs2, imm, pc }: Decoded,
  valueAt: (register: number) => Form | undefined,
) {
  if (effect.kind === "load") {
    const size = 2 ** (8 * effect.bytes);
    if (effect.bytes === 4) return undefined;
    return effect.signed ? between(-size / 2, size / 2 - 1) : between(0, size - 1);
  }
  if (effect.kind !== "compute") return undefined;
  const { value } = effect;
  if (value.op === "operand") return exactly(imm);
  if (value.op === "const" || value.op === "if" || !value.b) return undefined;
  if (value.a.op !== "operand" || value.b.op !== "operand") return undefined;
  const a = reads.rs1 ? valueAt(rs1) : exactly(pc);
  const b = reads.rs2 ? valueAt(rs2) : exactly(imm);
  return a && b && TRANSFER[value.op]?.(a, b);
}

function summarise({ body }: Block, before: Summary | undefined): Summary {
  const left = new Map(before?.left);
  let all = 0;
  const accesses: { at: Decoded; form: Form }[] = [];
  const valueAt = (register: number) => (left.has(register) ? left.get(register) : registerForm(register));
  for (const at of body) {
    const { kind } = at.row.effect;
    if (kind === "load" || kind === "store") {
      const form = valueAt(at.rs1);
      if (form) accesses.push({ at, form });
    }
    const written = writeMask(at);
    if (written === 0) continue;
    all |= written;
    const value = transfer(at, valueAt);
    for (let rest = written; rest !== 0; rest &= rest - 1) {
      const register = 31 - Math.clz32(rest & -rest);
      left.set(register, register === at.rd ? value : undefined);
    }
  }
  return { written: all, left, accesses };
}

/** A nest of loops without calls. */
interface Nest {
  readonly header: Block;
  readonly blocks: readonly Block[];
  readonly inner: readonly Nest[];
}

/** Least cycles between two executions of a block: of a way round one of the loops that it is in. */
function findPeriods(nest: Nest, periods: Map<Block, number>): void {
  const { header, blocks } = nest;
  const within = new Set(blocks);
  const until = new Map([[header, 0]]);
  let period = Number.POSITIVE_INFINITY;
  for (const block of blocks) {
    const behind = until.get(block)! + block.length;
    for (const { block: to } of block.edges)
      if (to === header) period = Math.min(period, behind);
      else if (to && to.order > block.order && within.has(to))
        until.set(to, Math.min(until.get(to) ?? Number.POSITIVE_INFINITY, behind));
  }
  for (const block of blocks) periods.set(block, Math.min(periods.get(block) ?? Number.POSITIVE_INFINITY, period));
  for (const inner of nest.inner) findPeriods(inner, periods);
}

/** Values of registers at the beginnings of a loop's blocks. */
class LoopValues {
  readonly #live: number;
  readonly #definitions: { readonly form: Form | undefined; readonly block: Block }[][] = [];
  readonly #values: Forms[] = [];
  readonly #periods: ReadonlyMap<Block, number>;
  readonly #longest: number;
  /** Tarjan's numbers, 0 for registers that were not visited. */
  readonly #numbers: number[] = new Array(32).fill(0);
  readonly #lowest: number[] = new Array(32).fill(0);
  readonly #stack: number[] = [];
  #visited = 0;

  constructor(
    { header, blocks }: Nest,
    summaries: ReadonlyMap<Block, Summary>,
    masks: RegionRegisters,
    periods: ReadonlyMap<Block, number>,
  ) {
    this.#periods = periods;
    this.#longest = Math.max(...blocks.map(({ longest }) => longest));
    for (const block of blocks) {
      const { written, left } = summaries.get(block)!;
      for (const [register, form] of left)
        if ((written & (1 << register)) !== 0) (this.#definitions[register] ??= []).push({ form, block });
    }
    this.#live = findLive(header, blocks, masks);
  }

  /** What a form over the registers at a block's start can be. */
  evaluate({ terms, low, high, align }: Form): Forms {
    let found: Form[] = [{ terms: [], low, high, align, down: 0, up: 0 }];
    for (const term of terms) {
      const values = this.#valuesOf(term >>> 5);
      if (!values) return undefined;
      const next: Form[] = [];
      for (const value of values) {
        const shifted = shiftLeft(value, term % 32);
        for (const form of found) {
          const sum = shifted && add(form, shifted);
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
    if (this.#definitions[register] === undefined) return [registerForm(register)];
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
      if ((this.#live & (1 << member)) !== 0) found.push(registerForm(member));
      for (const { form, block } of this.#definitions[member]) {
        if (!form) return undefined;
        if (!form.terms.some((term) => inside.has(term >>> 5))) {
          const values = this.evaluate(form);
          if (!values) return undefined;
          found.push(...values);
          continue;
        }
        if (form.terms.length > 1 || form.terms[0] % 32 !== 0) return undefined;
        const period = this.#periods.get(block)!;
        // in so many cycles, and those from the last look at their count on, a block is executed at most cycles / period + 1 times
        const times = Math.ceil(this.#longest / period) + 1;
        const [least, most] = [Math.min(0, form.low), Math.max(0, form.high)];
        low += least * times;
        high += most * times;
        down -= least / period;
        up += most / period;
        align = Math.min(align, form.align);
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
  const live = new Map<Block, number>();
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const block = blocks[i];
      const { read, written } = masks[block.order];
      let after = 0;
      for (const { block: to } of block.edges) if (to) after |= live.get(to) ?? 0;
      const own = read | (after & ~written);
      if (own === live.get(block)) continue;
      live.set(block, own);
      changed = true;
    }
  }
  return live.get(header)!;
}

/** 2^n bytes a cycle, rounded up, sums of fractions too; -1 for none. */
const rateOf = (bytes: number): number => (bytes === 0 ? -1 : Math.max(0, Math.ceil(Math.log2(bytes * 1.000001))));

/** A guard for an access by a form; undefined when none can vouch for it. */
function guardOf({ row: { effect }, imm }: Decoded, form: Form): Guard | undefined {
  if (effect.kind !== "load" && effect.kind !== "store") return undefined;
  const { bytes } = effect;
  if (form.align < bytes || imm % bytes !== 0) return undefined;
  const [down, up] = [rateOf(form.down), rateOf(form.up)];
  // with what the register itself points to: WebAssembly adds an offset without going round at 2^32
  const [low, high] = [form.low + Math.min(0, imm), form.high + Math.max(0, imm) + bytes];
  if (high - low > MOST_BYTES || down > MOST_RATE || up > MOST_RATE) return undefined;
  return { terms: form.terms, low, high, align: bytes, down, up, stores: effect.kind === "store" };
}

function join(a: Guard, b: Guard): Guard | undefined {
  const low = Math.min(a.low, b.low);
  const high = Math.max(a.high, b.high);
  const align = Math.max(a.align, b.align);
  // the guard compares sum + low, so both must be aligned at once
  if (high - low > MOST_BYTES || (a.low - b.low) % Math.min(a.align, b.align) !== 0) return undefined;
  const reference = a.align >= b.align ? a.low : b.low;
  return {
    terms: a.terms,
    low: reference - Math.ceil((reference - low) / align) * align,
    high,
    align,
    down: Math.max(a.down, b.down),
    up: Math.max(a.up, b.up),
    stores: a.stores || b.stores,
  };
}

/** What guards become with others, if all can be joined and there is room. */
function joinAll(wanted: readonly Guard[], guards: ReadonlyMap<string, Guard>): ReadonlyMap<string, Guard> | undefined {
  const joined = new Map<string, Guard>();
  let more = 0;
  for (const guard of wanted) {
    const key = guard.terms.join();
    const known = joined.get(key) ?? guards.get(key);
    const both = known ? join(known, guard) : guard;
    if (!both || (!known && guards.size + ++more > MOST_GUARDS)) return undefined;
    joined.set(key, both);
  }
  return joined;
}

/** How often the header of a loop was arrived at, and what is behind the loop. */
export interface LoopCounts {
  readonly turns: number;
  readonly entries: number;
}

/** What is known of loops from executing them. */
export interface LoopHistory {
  /** Whether a guard at this header has failed before. */
  isCareful(header: number): boolean;
  /** What was executed of the loop with this header and so many blocks; undefined when a smaller one has it: another loop goes through it then, for the region begins inside. */
  counts(header: number, blocks: number): LoopCounts | undefined;
}

class GuardFinder {
  readonly before = new Map<Block, readonly Guard[]>();
  readonly vouched = new Map<Block, Set<Decoded>>();
  readonly #masks: RegionRegisters;
  readonly #history: LoopHistory;
  readonly #summaries = new Map<Block, Summary>();

  constructor(masks: RegionRegisters, history: LoopHistory) {
    this.#masks = masks;
    this.#history = history;
  }

  /** Guards for a whole nest where it is entered, and for what they leave where its inner loops are. */
  visit(nest: Nest): void {
    const { header, inner } = nest;
    if (!this.#history.isCareful(header.pc)) this.#guard(nest);
    for (const each of inner) this.visit(each);
  }

  #guard(nest: Nest): void {
    const { header, blocks } = nest;
    const turns = new Map<Block, number>();
    const counts = this.#count(nest, turns);
    if (!counts) return;
    const all = weigh(blocks, turns, (block, at) => this.vouched.get(block)?.has(at) !== true);
    let work = 0;
    for (const block of blocks) work += turns.get(block)! * block.length;
    if (all <= (COST.loop + COST.guard) * counts.entries || all < LEAST_GAIN * work) return;
    for (const block of blocks) {
      if (this.#summaries.has(block)) continue;
      const [first, second] = block.predecessors;
      const isBehind = block !== header && !block.isLoop && second === undefined;
      this.#summaries.set(block, summarise(block, isBehind ? this.#summaries.get(first) : undefined));
    }
    const periods = new Map<Block, number>();
    findPeriods(nest, periods);
    const values = new LoopValues(nest, this.#summaries, this.#masks, periods);
    const guards = new Map<string, Guard>();
    const found = new Map<Block, Set<Decoded>>();
    for (const block of blocks)
      for (const { at, form } of this.#summaries.get(block)!.accesses) {
        if (this.vouched.get(block)?.has(at)) continue;
        const wanted = values.evaluate(form)?.map((each) => guardOf(at, each));
        if (!wanted?.every((guard) => guard !== undefined)) continue;
        const joined = joinAll(wanted, guards);
        if (!joined) continue;
        for (const [key, guard] of joined) guards.set(key, guard);
        const own = found.get(block);
        if (own) own.add(at);
        else found.set(block, new Set([at]));
      }
    if (
      guards.size === 0 ||
      !isWorthwhile(blocks, turns, found, all, LEAST_GAIN * work, [...guards.values()], counts.entries)
    )
      return;
    this.before.set(header, [...guards.values()]);
    for (const [block, own] of found) this.vouched.set(block, new Set([...own, ...(this.vouched.get(block) ?? [])]));
  }

  /** Notes for each block how often the innermost of its loops was executed. */
  #count({ header, blocks, inner }: Nest, turns: Map<Block, number>): LoopCounts | undefined {
    const counts = this.#history.counts(header.pc, blocks.length);
    for (const block of blocks) turns.set(block, counts?.turns ?? 0);
    for (const each of inner) this.#count(each, turns);
    return counts;
  }
}

/** Whether a nest goes round often enough, and its guards are about enough of its accesses. */
function isWorthwhile(
  blocks: readonly Block[],
  turns: ReadonlyMap<Block, number>,
  found: ReadonlyMap<Block, ReadonlySet<Decoded>>,
  all: number,
  least: number,
  guards: readonly Guard[],
  entries: number,
): boolean {
  const gain = weigh(blocks, turns, (block, at) => found.get(block)?.has(at) === true);
  if (gain < Math.max(least, LEAST_SHARE * all)) return false;
  let cost = COST.loop;
  for (const { stores } of guards) cost += stores ? COST.marks : COST.guard;
  return gain > cost * entries;
}

/** What the checks of accesses cost. Those of a block by one value of a register have one. */
function weigh(
  blocks: readonly Block[],
  turns: ReadonlyMap<Block, number>,
  isMeant: (block: Block, at: Decoded) => boolean,
): number {
  let sum = 0;
  for (const block of blocks) {
    let cost = 0;
    let [loaded, stored] = [0, 0];
    for (const at of block.body) {
      const { kind } = at.row.effect;
      const register = 1 << at.rs1;
      if (kind === "load" && (loaded & register) === 0 && isMeant(block, at)) {
        cost += COST.load;
        loaded |= register;
      } else if (kind === "store" && (stored & register) === 0 && isMeant(block, at)) {
        cost += COST.store;
        stored |= register;
      }
      const written = writeMask(at);
      loaded &= ~written;
      stored &= ~written;
    }
    sum += cost * turns.get(block)!;
  }
  return sum;
}

/** The outermost loops without calls, each with the loops inside. */
function findNests({ blocks, loops }: Region): Nest[] {
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

export function findGuards(region: Region, masks: RegionRegisters, history: LoopHistory): Guards {
  if (region.loops.size === 0) return NO_GUARDS;
  const nests = findNests(region);
  if (nests.length === 0) return NO_GUARDS;
  const finder = new GuardFinder(masks, history);
  for (const nest of nests) finder.visit(nest);
  return finder;
}
