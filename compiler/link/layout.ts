/**
 * Gives every function and every piece of read-only data its address in ROM.
 *
 * The entry is at 0. Fixed segments keep their addresses and the rest is placed around them, each in the lowest gap that holds it. Functions follow their
 * first caller (depth first from the entry), so that most calls reach: a `jal` spans 1 MiB either way. There is no cache, so order costs nothing else.
 */
import { InputError } from "../errors.ts";
import { ROM_SIZE } from "./memory-map.ts";
import type { ObjectData, ObjectFunction, ProgramObject } from "./object.ts";

export interface Range {
  readonly start: number;
  /** first address after it */
  readonly end: number;
}

export interface Placed<T> extends Range {
  readonly item: T;
}

export interface Layout {
  /** symbol of the entry */
  readonly entry: string;
  readonly functions: readonly Placed<ObjectFunction>[];
  readonly data: readonly Placed<ObjectData>[];
  /** initial contents in ROM at addresses of the program's choice */
  readonly fixed: readonly Placed<Uint8Array>[];
  /** zeros of static data in ROM */
  readonly reserved: readonly Range[];
  readonly addresses: ReadonlyMap<string, number>;
  /** bytes of ROM from 0 to the last one used */
  readonly size: number;
}

/** The entry, which must be at 0, does not fit before the static data in ROM. */
export class EntryTooLarge extends InputError {
  constructor(bytes: number) {
    super(`the entry takes ${bytes} bytes, and static data begins before its end`, "ROM", "keep static data in RAM");
  }
}

/**
 * @param reserved ranges of ROM that hold nothing but zeros and must stay so (zeros of static data)
 * @throws InputError when it does not fit into ROM, with the largest functions; or when fixed segments overlap
 */
export function layOut(program: ProgramObject, reserved: readonly Range[] = []): Layout {
  const fixed = program.fixed
    .filter(({ address, bytes }) => address < ROM_SIZE && bytes.length > 0)
    .map(({ address, bytes }) => ({ start: address, end: address + bytes.length, item: bytes }))
    .sort((a, b) => a.start - b.start);
  checkOverlap(fixed);
  const gaps = new Gaps([...fixed, ...reserved]);
  const [entry, ...rest] = callOrder(program.functions);
  if (!gaps.fits(0, sizeOf(entry))) throw new EntryTooLarge(sizeOf(entry));
  const addresses = new Map<string, number>();
  const functions: Placed<ObjectFunction>[] = [];
  const data: Placed<ObjectData>[] = [];
  const record = <T extends { symbol: string }>(to: Placed<T>[], item: T, start: number, size: number): void => {
    if (start < 0) throw tooLarge(program, fixed);
    if (addresses.has(item.symbol)) throw new Error(`symbol ${item.symbol} is defined twice`);
    addresses.set(item.symbol, start);
    to.push({ start, end: start + size, item });
  };
  record(functions, entry, gaps.take(0, sizeOf(entry)), sizeOf(entry));
  for (const item of rest) record(functions, item, gaps.find(sizeOf(item), 4), sizeOf(item));
  for (const item of program.data) {
    record(data, item, gaps.find(item.bytes.length, Math.max(item.align, 1)), item.bytes.length);
  }
  // Behind the image the prover's ROM is not zero (it is padded with an instruction), so reserved zeros belong to the image.
  const last = Math.max(...[...functions, ...data, ...fixed, ...reserved].map(({ end }) => end));
  const byAddress = (a: Range, b: Range): number => a.start - b.start;
  return {
    entry: entry.symbol,
    functions: functions.sort(byAddress),
    data: data.sort(byAddress),
    fixed,
    reserved,
    addresses,
    size: (last + 3) & ~3,
  };
}

const sizeOf = (item: ObjectFunction): number => item.code.length * 4;

function checkOverlap(ranges: readonly Range[]): void {
  for (let i = 1; i < ranges.length; i++) {
    if (ranges[i].start < ranges[i - 1].end) {
      throw new InputError(
        "static data overlaps",
        `address 0x${ranges[i].start.toString(16)}`,
        "give each segment addresses of its own",
      );
    }
  }
}

function tooLarge(program: ProgramObject, fixed: readonly Range[]): InputError {
  const code = program.functions.reduce((sum, item) => sum + sizeOf(item), 0);
  const constants = program.data.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const segments = fixed.reduce((sum, { start, end }) => sum + end - start, 0);
  const largest = [...program.functions]
    .sort((a, b) => sizeOf(b) - sizeOf(a) || (a.symbol < b.symbol ? -1 : 1))
    .slice(0, 20)
    .map((item) => `  ${String(sizeOf(item)).padStart(8)}  ${item.displayName}`);
  return new InputError(
    `the image does not fit into ROM (${ROM_SIZE} bytes): ${code} of code, ${constants} of constants, ${segments} of static data`,
    ["largest functions, in bytes:", ...largest].join("\n"),
    "make these smaller, inline less, or read data from the tape",
  );
}

/** Functions from the entry on, each followed by those that it calls first; those that no call reaches (tables) in their order at the end. */
function callOrder(functions: readonly ObjectFunction[]): ObjectFunction[] {
  const bySymbol = new Map(functions.map((item) => [item.symbol, item]));
  const order: ObjectFunction[] = [];
  const seen = new Set<ObjectFunction>();
  for (const root of functions) {
    const stack = [root];
    while (stack.length > 0) {
      const item = stack.pop()!;
      if (seen.has(item)) continue;
      seen.add(item);
      order.push(item);
      for (let i = item.relocations.length - 1; i >= 0; i--) {
        const { kind, symbol } = item.relocations[i];
        const callee = kind === "jal" || kind === "call" ? bySymbol.get(symbol) : undefined;
        if (callee && !seen.has(callee)) stack.push(callee);
      }
    }
  }
  return order;
}

/** The free ranges of ROM, in order of address. */
class Gaps {
  private free: { start: number; end: number }[] = [{ start: 0, end: ROM_SIZE }];

  constructor(taken: readonly Range[]) {
    for (const { start, end } of taken) this.remove(start, Math.min(end, ROM_SIZE));
  }

  fits(start: number, size: number): boolean {
    return this.free.some((gap) => gap.start <= start && start + size <= gap.end);
  }

  take(start: number, size: number): number {
    this.remove(start, start + size);
    return start;
  }

  /** The lowest address with room, which is taken; -1 when there is none. */
  find(size: number, align: number): number {
    for (const gap of this.free) {
      const start = Math.ceil(gap.start / align) * align;
      if (start + size <= gap.end) return this.take(start, size);
    }
    return -1;
  }

  private remove(start: number, end: number): void {
    if (start >= end) return;
    this.free = this.free.flatMap((gap) => {
      if (end <= gap.start || start >= gap.end) return [gap];
      return [
        { start: gap.start, end: start },
        { start: end, end: gap.end },
      ].filter((part) => part.start < part.end);
    });
  }
}
