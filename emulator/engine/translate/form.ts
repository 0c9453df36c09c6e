/**
 * What is known of a register's value without executing anything: a sum of registers as they are at some place, plus a number between two bounds. All arithmetic is
 * modulo 2^32; bounds are of the number that is added, so a form says something whatever the registers hold.
 */
import type { OperatorName } from "../../isa/expression.ts";

export interface Form {
  /** Registers, each shifted left: 32 * register + shift; in order. */
  readonly terms: readonly number[];
  readonly low: number;
  readonly high: number;
  /** 1, 2 or 4: all numbers that may be added are multiples of it. */
  readonly align: number;
  /** Bytes by which each cycle (or turn of a loop, where these are counted) may move the lower bound down and the upper one up. */
  readonly down: number;
  readonly up: number;
}

/** More than an address has terms in loops of compilers; and how far apart bounds may be, lest sums be mistaken for others modulo 2^32. */
const [MOST_TERMS, MOST] = [2, 2 ** 31];

const alignOf = (value: number): number => (value & 1 ? 1 : value & 2 ? 2 : 4);

export const between = (low: number, high: number, align = 1): Form => ({
  terms: [],
  low,
  high,
  align,
  down: 0,
  up: 0,
});
export const exactly = (value: number): Form => between(value, value, alignOf(value));
/** By register: its own value. */
export const REGISTERS: readonly Form[] = Array.from({ length: 32 }, (_, register) =>
  register === 0 ? exactly(0) : { ...exactly(0), terms: [32 * register] },
);

/** Whether it is a number between its bounds, whatever registers hold. */
const isBounded = ({ terms, down, up }: Form): boolean => terms.length === 0 && down === 0 && up === 0;
const isNatural = (form: Form): boolean => isBounded(form) && form.low >= 0;

function checked(form: Form): Form | undefined {
  return form.low >= -MOST && form.high < MOST ? form : undefined;
}

function joinTerms(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  if (a.length + b.length > MOST_TERMS) return undefined;
  if (a[0] === b[0]) return a[0] % 32 < 31 ? [a[0] + 1] : undefined;
  return a[0] < b[0] ? [a[0], b[0]] : [b[0], a[0]];
}

export function add(a: Form, b: Form): Form | undefined {
  const terms = joinTerms(a.terms, b.terms);
  if (!terms) return undefined;
  return checked({
    terms,
    low: a.low + b.low,
    high: a.high + b.high,
    align: Math.min(a.align, b.align),
    down: a.down + b.down,
    up: a.up + b.up,
  });
}

function subtract(a: Form, b: Form): Form | undefined {
  if (!isBounded(b)) return undefined;
  return add(a, between(-b.high, -b.low, b.align));
}

export function shiftLeft(a: Form, by: number): Form | undefined {
  if (by === 0) return a;
  const scale = 2 ** by;
  if (a.terms.some((term) => (term % 32) + by > 31)) return undefined;
  return checked({
    terms: a.terms.map((term) => term + by),
    low: a.low * scale,
    high: a.high * scale,
    align: Math.min(4, a.align * scale),
    down: a.down * scale,
    up: a.up * scale,
  });
}

/** The least 2^n - 1 that is not less. */
const allOnes = (value: number): number => (value === 0 ? 0 : 2 ** (32 - Math.clz32(value)) - 1);

function mask(a: Form, b: Form): Form | undefined {
  const [x, y] = [isNatural(a) ? a : b, isNatural(a) ? b : a];
  if (!isNatural(x)) return undefined;
  // what is a multiple of 4 keeps no lower bits; of a sum with registers nothing is known
  const align = Math.max(x.align, isBounded(y) ? y.align : 1);
  return between(0, isNatural(y) ? Math.min(x.high, y.high) : x.high, align);
}

function combine(a: Form, b: Form): Form | undefined {
  if (!isNatural(a) || !isNatural(b)) return undefined;
  return between(0, allOnes(Math.max(a.high, b.high)), Math.min(a.align, b.align));
}

/** The amount of a shift, where it is known. */
const amount = (b: Form): number | undefined => (isBounded(b) && b.low === b.high ? b.low & 31 : undefined);

function shiftRight(a: Form, b: Form): Form | undefined {
  const by = amount(b);
  if (by === undefined) return undefined;
  if (by === 0) return a;
  return isNatural(a) ? between(a.low >>> by, a.high >>> by) : between(0, 2 ** (32 - by) - 1);
}

function shiftRightSigned(a: Form, b: Form): Form | undefined {
  const by = amount(b);
  if (by === undefined) return undefined;
  if (by === 0) return a;
  return isBounded(a) ? between(a.low >> by, a.high >> by) : between(-(2 ** (31 - by)), 2 ** (31 - by) - 1);
}

function multiply(a: Form, b: Form): Form | undefined {
  return isNatural(a) && isNatural(b) ? checked(between(a.low * b.low, a.high * b.high)) : undefined;
}

const truth = (): Form => between(0, 1);

/** What operators make of forms; of others nothing is known. */
export const TRANSFER: Partial<Record<OperatorName, (a: Form, b: Form) => Form | undefined>> = {
  add,
  sub: subtract,
  and: mask,
  or: combine,
  xor: combine,
  shl(a, b) {
    const by = amount(b);
    return by === undefined ? undefined : shiftLeft(a, by);
  },
  shrU: shiftRight,
  shrS: shiftRightSigned,
  mul: multiply,
  eq: truth,
  ne: truth,
  ltS: truth,
  ltU: truth,
};

/** What both say, if they are of the same registers. */
export function hull(a: Form, b: Form): Form | undefined {
  if (a.terms.length !== b.terms.length || a.terms.some((term, i) => term !== b.terms[i])) return undefined;
  return {
    terms: a.terms,
    low: Math.min(a.low, b.low),
    high: Math.max(a.high, b.high),
    align: Math.min(a.align, b.align),
    down: Math.max(a.down, b.down),
    up: Math.max(a.up, b.up),
  };
}
