/**
 * Checks of accesses, taken out of loops. Where a loop is entered, registers say where its accesses can go: a pointer that it moves by 4 in a turn gets only so far
 * before the region comes back to its driver (`LOOP_SLICE`), an index that was masked stays in its table. One guard there stands for all these checks; if it fails,
 * the loop is translated anew without it.
 */
import type { Decoded } from "./code-image.ts";
import type { Form } from "./form.ts";
import { findNests, LoopValues, type Nest, type Summary, summarise, type TurnCount } from "./loop-values.ts";
import type { Block, Region } from "./region.ts";
import type { RegionRegisters } from "./registers.ts";

/** One comparison where a loop is entered: all of [low, high) from a sum of registers is in memory, aligned, and stays so for as many cycles as it is told. */
export interface Guard extends Form {
  readonly stores: boolean;
}

/** The guards of a loop. */
export interface LoopGuards {
  readonly guards: readonly Guard[];
  /** What says how many turns the loop has: guards move so many times then. If nothing does, for each cycle. */
  readonly turns: TurnCount | undefined;
  /** Most cycles from a block of the loop to the next look at their count, and least of a turn. */
  readonly longest: number;
  readonly period: number;
}

export interface Guards {
  /** By the loop's header. */
  readonly before: ReadonlyMap<Block, LoopGuards>;
  /** Accesses that need no check, by block. */
  readonly vouched: ReadonlyMap<Block, ReadonlySet<Decoded>>;
}

const NO_GUARDS: Guards = { before: new Map(), vouched: new Map() };

/** Guards of a loop: with more it is left as it is. */
const MOST_GUARDS = 6;
/** Bytes that a guard may be about, without what turns or cycles add; and how many each of these may. */
const [MOST_BYTES, MOST_PACE] = [2 ** 24, 512];

/**
 * About how many operations of the host the check of an access is, a guard is, and one with stores. Guards for all loops made kernels of short loops slower (`json` 1.19 times as long,
 * `sieve` 1.19, `search` 1.04); chosen by what was counted, `bigint` takes 0.79 of the time, `aes` 0.83, `levenshtein` 0.87, `blake2s` 0.88, `life` 0.93, the others as long as before within 1 %.
 */
const COST = { load: 3, store: 6, loop: 15, guard: 12, marks: 25 };
/**
 * What guards must save of the checks in a loop, in comparison with its instructions, and for what they cost where the loop is entered. With four times that, kernels take as long as
 * with once; of block 22244135, which gains nothing by guards, 22 loops are looked at instead of 95: 7 ms of a cold run's 340 instead of 16.
 */
const [LEAST_SHARE, LEAST_GAIN, LEAST_RETURN] = [0.4, 0.1, 4];

/** A guard for an access by a form; undefined when none can vouch for it. */
function guardOf({ row: { effect }, imm }: Decoded, form: Form): Guard | undefined {
  if (effect.kind !== "load" && effect.kind !== "store") return undefined;
  const { bytes } = effect;
  if (form.align < bytes || imm % bytes !== 0) return undefined;
  const { down, up } = form;
  // with what the register itself points to: WebAssembly adds an offset without going round at 2^32
  const [low, high] = [form.low + Math.min(0, imm), form.high + Math.max(0, imm) + bytes];
  if (high - low > MOST_BYTES || down > MOST_PACE || up > MOST_PACE) return undefined;
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

/** Guards of a loop, by their registers. */
type GuardMap = Map<number, Guard>;
const keyOf = ({ terms }: Guard): number => (terms[0] ?? 1) + 1024 * (terms[1] ?? 1);

/** Joins guards for one access with those that there are, or leaves these as they are. @returns whether all could be joined, and there was room */
function joinAll(wanted: readonly Guard[], guards: GuardMap): boolean {
  const joined: Guard[] = [];
  let more = 0;
  for (const guard of wanted) {
    const key = keyOf(guard);
    const known = joined.findLast((other) => keyOf(other) === key) ?? guards.get(key);
    const both = known ? join(known, guard) : guard;
    if (!both || (!known && guards.size + ++more > MOST_GUARDS)) return false;
    joined.push(both);
  }
  for (const guard of joined) guards.set(keyOf(guard), guard);
  return true;
}

/** Guards for an access whose register has one of these forms; undefined when none can vouch for it. */
function guardsOf(at: Decoded, forms: readonly Form[] | undefined): readonly Guard[] | undefined {
  const guards: Guard[] = [];
  if (forms)
    for (const form of forms) {
      const guard = guardOf(at, form);
      if (!guard) return undefined;
      guards.push(guard);
    }
  return forms && guards;
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
  readonly before = new Map<Block, LoopGuards>();
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
    if (all <= LEAST_RETURN * (COST.loop + COST.guard) * counts.entries || all < LEAST_GAIN * work) return;
    for (const block of blocks) {
      if (this.#summaries.has(block)) continue;
      const [first, second] = block.predecessors;
      const isBehind = block !== header && !block.isLoop && second === undefined;
      this.#summaries.set(block, summarise(block, isBehind ? this.#summaries.get(first) : undefined));
    }
    const values = new LoopValues(nest, this.#summaries, this.#masks);
    const guards: GuardMap = new Map();
    const found = new Map<Block, Set<Decoded>>();
    for (const block of blocks)
      for (const { at, form } of this.#summaries.get(block)!.accesses) {
        if (this.vouched.get(block)?.has(at)) continue;
        const wanted = guardsOf(at, values.evaluate(form));
        if (!wanted || !joinAll(wanted, guards)) continue;
        const own = found.get(block);
        if (own) own.add(at);
        else found.set(block, new Set([at]));
      }
    if (
      guards.size === 0 ||
      !isWorthwhile(blocks, turns, found, all, LEAST_GAIN * work, [...guards.values()], counts.entries)
    )
      return;
    const { turns: count, longest, period } = values;
    this.before.set(header, { guards: [...guards.values()], turns: count, longest, period });
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
  return gain > LEAST_RETURN * cost * entries;
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
      const written = at.writes;
      loaded &= ~written;
      stored &= ~written;
    }
    sum += cost * turns.get(block)!;
  }
  return sum;
}

export function findGuards(region: Region, masks: RegionRegisters, history: LoopHistory): Guards {
  if (region.loops.size === 0) return NO_GUARDS;
  const nests = findNests(region);
  if (nests.length === 0) return NO_GUARDS;
  const finder = new GuardFinder(masks, history);
  for (const nest of nests) finder.visit(nest);
  return finder;
}
