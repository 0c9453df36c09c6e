/** Guards as code: where a loop is entered, what `guards.ts` wants to be true there. */
import { OPERATORS } from "../../isa/expression.ts";
import { ADDRESS_SPACE, ENGINE, PAGE_SHIFT, PAGES, ROM_SIZE } from "../../machine/layout.ts";
import { type Code, OP } from "../../wasm/builder.ts";
import type { Guard, LoopGuards } from "./guards.ts";
import type { TurnCount } from "./loop-values.ts";

const { add, sub, mul, divU, and, or, shl, shrU, rotr, ltS, ltU, ne } = OPERATORS;

/** Cycles for which guards must hold, unless fewer are left: a loop that comes back more often does so for long. */
const LEAST_GUARDED = 1 << 12;

/** The region's function, where a loop is entered. */
export interface LoopEntry {
  readonly code: Code;
  /** Puts a register's value. */
  get(register: number): void;
  /** Puts the cycles until the region's loops come back; below 0 when they do so in this turn. */
  cycles(): void;
  /** Has them come back so many cycles (a local) sooner. */
  sooner(local: number): void;
  /** Where to go if a guard fails. */
  readonly failed: number;
  /** A local for the time being. */
  readonly scratch: number;
}

/** 2^n bytes a cycle, rounded up, sums of fractions too. */
const rateOf = (bytes: number): number => Math.max(0, Math.ceil(Math.log2(bytes * 1.000001)));

/** Puts a sum of registers. */
function putSum({ code: c, get }: LoopEntry, terms: readonly number[]): void {
  if (terms.length === 0) c.i32(0);
  for (const [i, term] of terms.entries()) {
    get(term >>> 5);
    if (term % 32 > 0) c.i32(term % 32).op(shl.code);
    if (i > 0) c.op(add.code);
  }
}

/** Puts a local shifted left, or right if `by` is negative. */
function putShifted(c: Code, local: number, by: number): void {
  c.get(local);
  if (by > 0) c.i32(by).op(shl.code);
  else if (by < 0) c.i32(-by).op(shrU.code);
}

/** What a guard's first address is counted from. */
const leastOf = ({ stores }: Guard): number => (stores ? ROM_SIZE : 0);
const unitOf = ({ align }: Guard): number => Math.log2(align);

/** Goes on only if all guards hold for as long as the loop can run before it comes back, or will do so sooner. */
export function putGuards(entry: LoopEntry, { guards, turns, longest, period }: LoopGuards): void {
  const { code: c } = entry;
  const times = c.local();
  if (turns) putTurns(entry, turns, longest, period);
  else entry.cycles();
  c.set(times);
  const firsts = guards.map((guard) =>
    turns ? putTurnGuard(entry, guard, times) : putCycleGuard(entry, guard, times),
  );
  if (!turns && guards.some(({ down, up }) => down > 0 || up > 0)) putComeBack(entry, times);
  for (const [i, guard] of guards.entries())
    if (guard.stores) putMarks(entry, guard, firsts[i], times, turns !== undefined);
}

/** Puts how many turns there are: by the register that counts them, and no more than there are cycles for. */
function putTurns(entry: LoopEntry, { register, step, end }: TurnCount, longest: number, period: number): void {
  const { code: c, scratch } = entry;
  const most = c.local();
  entry.cycles();
  c.set(scratch);
  putPositive(c, scratch);
  c.i32(longest).op(add.code).i32(period).op(divU.code).set(most);
  // from the register to the end, in the direction of the steps
  if (step < 0) entry.get(register);
  putSum(entry, end.terms);
  c.i32(end.low | 0).op(add.code);
  if (step > 0) entry.get(register);
  c.op(sub.code);
  // an end that is missed is, rotated, far away
  const by = Math.log2(Math.abs(step));
  if (by > 0) c.i32(by).op(rotr.code);
  c.tee(scratch).get(most).get(scratch).get(most).op(ltU.code, OP.select);
  c.i32(1).op(add.code);
}

/** Puts a local, or 0 if it is negative. */
function putPositive(c: Code, local: number): void {
  c.get(local).i32(0).get(local).i32(0).op(OP.gtS, OP.select);
}

/** @returns a local with the first address, counted in units from the first valid one: what is not aligned is, rotated, beyond all */
function putCycleGuard(entry: LoopEntry, guard: Guard, cycles: number): number {
  const { code: c, failed, scratch } = entry;
  const { terms, low, high, down, up } = guard;
  const [least, unit, first] = [leastOf(guard), unitOf(guard), c.local()];
  putSum(entry, terms);
  c.i32((low - least) | 0).op(add.code);
  if (unit > 0) c.i32(unit).op(rotr.code);
  const limit = (ADDRESS_SPACE - least - (high - low)) >>> unit;
  c.tee(first).i32(limit).op(OP.gtU).brIf(failed);
  /** Lowers `cycles` to what there is room for, which is in `scratch`. */
  const bound = (rate: number) => {
    putShifted(c, scratch, unit - rate);
    c.tee(scratch).get(cycles).get(scratch).get(cycles).op(ltS.code, OP.select).set(cycles);
  };
  if (down > 0) {
    c.get(first).set(scratch);
    bound(rateOf(down));
  }
  if (up > 0) {
    c.i32(limit).get(first).op(sub.code).set(scratch);
    bound(rateOf(up));
  }
  return first;
}

/** @returns likewise, with all that turns move it down */
function putTurnGuard(entry: LoopEntry, guard: Guard, turns: number): number {
  const { code: c, failed } = entry;
  const { terms, low, high, down, up } = guard;
  const [least, unit, first] = [leastOf(guard), unitOf(guard), c.local()];
  putSum(entry, terms);
  c.i32((low - least) | 0).op(add.code);
  if (down > 0) c.get(turns).i32(down).op(mul.code, sub.code);
  if (unit > 0) c.i32(unit).op(rotr.code);
  c.tee(first).i32(ADDRESS_SPACE - least - (high - low));
  if (down + up > 0)
    c.get(turns)
      .i32(down + up)
      .op(mul.code, sub.code);
  if (unit > 0) c.i32(unit).op(shrU.code);
  c.op(OP.gtU).brIf(failed);
  return first;
}

/** Has the loops come back when so many cycles are over as guards hold for. */
function putComeBack({ code: c, cycles: left, sooner, failed, scratch }: LoopEntry, cycles: number): void {
  left();
  c.get(cycles).op(sub.code).tee(scratch).i32(0).op(ne.code);
  c.get(cycles).i32(LEAST_GUARDED).op(ltS.code, and.code).brIf(failed);
  sooner(scratch);
}

/** Marks the pages that a guard's stores can reach as written: eight at once, for snapshots leave out what is zero. */
function putMarks({ code: c, scratch }: LoopEntry, guard: Guard, first: number, times: number, byTurns: boolean): void {
  const { low, high, down, up } = guard;
  /** Puts the bytes that turns or cycles move it. */
  const putMoved = (bytes: number) => {
    if (byTurns) c.get(times).i32(bytes).op(mul.code);
    else {
      putPositive(c, times);
      if (rateOf(bytes) > 0) c.i32(rateOf(bytes)).op(shl.code);
    }
  };
  // of turns, those down are in `first`
  const [below, above] = byTurns ? [0, down + up] : [down, up];
  putShifted(c, first, unitOf(guard));
  c.i32(ROM_SIZE).op(add.code).set(scratch);
  c.get(scratch);
  c.i32(high - low - 1).op(add.code);
  if (above > 0) {
    putMoved(above);
    c.op(add.code);
  }
  c.i32(PAGE_SHIFT).op(shrU.code);
  c.get(scratch);
  if (below > 0) {
    putMoved(below);
    c.op(sub.code);
  }
  c.i32(PAGE_SHIFT).op(shrU.code).tee(first);
  c.op(sub.code).tee(scratch).i32(7).op(OP.gtU);
  c.get(first);
  c.i32(PAGES - 8)
    .op(OP.gtU, or.code)
    .if();
  c.get(first).i32(ENGINE.unwritten).op(add.code).i32(0).get(scratch).i32(1).op(add.code).memoryFill();
  c.else().get(first).i64(0n).store("i64", ENGINE.unwritten).end();
}
